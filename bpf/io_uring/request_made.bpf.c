// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Whether the file that a request made is there when its end is told: global functions, verified once. */
#include "io_uring/request_made.h"

#include "base/configuration.h"
#include "io_uring/request_file.h"
#include "names/names.h"
#include "read/file.h"

#define LOOKED_AT 64 /* requests that are carried out between one and its end; of more it is not known */

static __always_inline int opcode__makes_file(__u32 opcode)
{
	return opcode == REQUEST_OPENAT || opcode == REQUEST_OPENAT2 || opcode == REQUEST_ACCEPT ||
	       opcode == REQUEST_SOCKET;
}

/* Its path, as the process sees it, in this CPU's path buffer. */
static __always_inline struct path_span file__path(struct file *file)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return path__of((__u64)file + bpf_core_field_offset(struct file, f_path), task->fs);
}

static __always_inline void made__note_numbers(struct descriptor_facts *facts, struct file *file,
					       __s64 result)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);

	facts->num = result;
	facts->ino = BPF_CORE_READ(inode, i_ino);
	facts->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	facts->file_mode = BPF_CORE_READ(inode, i_mode);
	facts->file_flags = FILE_KNOWN | file__layer(file);
	if (BPF_CORE_READ(file, f_mode) & FMODE_CREATED)
		facts->file_flags |= FILE_CREATED;
	if (file__is_memfd(file))
		facts->file_flags |= FILE_FROM_MEMFD;
}

/* Names of unix sockets are left out. */
static __always_inline void made__note_socket(struct descriptor_facts *facts, struct file *file)
{
	struct scratch *scratch = scratch__get();

	if (!scratch)
		return;
	scratch->record.size = sizeof(struct record);
	socket__add(scratch, facts, file);
	facts->path = (struct text){};
	facts->peer = (struct text){};
}

static __always_inline void made__note(struct request *request, __u64 req, struct file *file, __s64 result)
{
	struct made_file *made = &request->made;
	struct path_span span;

	made__note_numbers(&made->facts, file, result);
	if (file__is_socket(file)) {
		made__note_socket(&made->facts, file);
	} else {
		span = file__path(file);
		if (!names__store(req, NAME_RESOLVED | NAME_OF_REQUEST, span.start, span.length, span.cut))
			request->parts |= 1 << NAME_RESOLVED;
	}
	made->dentry = (__u64)BPF_CORE_READ(file, f_path.dentry);
	made->mount = (__u64)BPF_CORE_READ(file, f_path.mnt);
	made->file = (__u64)file;
}

int request__note(__u64 req)
{
	struct request *request = bpf_map_lookup_elem(&requests, &req);
	__s64 result = BPF_CORE_READ(request__at(req), cqe.res);
	struct file *file;

	if (!request || request->made.file || request->made.state != MADE_THERE || result < 0 ||
	    !opcode__makes_file(request__opcode(req)))
		return 0; /* or it was too late before: another file may be there by now */
	file = request__in_place(request, req, result);
	if (file)
		made__note(request, req, file, result);
	else
		request->made.state = MADE_UNKNOWN;
	return 0;
}

/* Whether this is the file that was noted: a struct file is used again for others. */
static __always_inline int made__is(const struct made_file *made, struct file *file)
{
	struct inode *inode;

	if (made->file != (__u64)file || made->dentry != (__u64)BPF_CORE_READ(file, f_path.dentry) ||
	    made->mount != (__u64)BPF_CORE_READ(file, f_path.mnt))
		return 0;
	inode = BPF_CORE_READ(file, f_inode);
	return made->facts.ino == BPF_CORE_READ(inode, i_ino) &&
	       made->facts.dev == BPF_CORE_READ(inode, i_sb, s_dev);
}

/* Whether it has the name that it had, of a file that is there. */
static __always_inline enum made_state made__state(__u64 req, struct file *file)
{
	struct path_span span;
	int same;

	if (file__is_socket(file))
		return MADE_THERE;
	if (!buffers__take())
		return MADE_OTHER; /* what was noted is right in any case */
	span = file__path(file);
	same = names__are(req, NAME_RESOLVED | NAME_OF_REQUEST, span.start, span.length);
	buffers__release();
	if (same < 0)
		return MADE_RENAMED;
	return same && !span.cut ? MADE_THERE : MADE_OTHER;
}

/* What is looked for behind a request that was carried out: who has taken its file away since. */
struct taker {
	__u64 node; /* the next one's comp_list */
	__s64 result;
	__u32 slot;
	__u32 state; /* enum made_state */
};

static __always_inline __u64 request__of_node(__u64 node)
{
	return node - bpf_core_field_offset(struct io_kiocb, comp_list);
}

static __always_inline int taker__closes(const struct taker *taker, __u64 other)
{
	const struct io_close *close = (void *)request__command(other);
	__u32 slot = BPF_CORE_READ(close, file_slot);

	return slot == taker->slot && (slot || (__u32)BPF_CORE_READ(close, fd) == (__u32)taker->result);
}

/* Whether another request may have taken the file of the first away: closed it, or put one in its place. */
static __always_inline int taker__takes(const struct taker *taker, __u64 other)
{
	__u32 opcode = request__opcode(other);
	struct request *kept;

	if (opcode == REQUEST_CLOSE)
		return taker__closes(taker, other);
	if (!taker->slot)
		return 0;
	if (opcode == REQUEST_FILES_UPDATE || opcode >= REQUEST_PIPE)
		return 1;
	if (!opcode__makes_file(opcode))
		return 0;
	kept = bpf_map_lookup_elem(&requests, &other);
	return !kept || kept->file_slot == taker->slot;
}

/* 1: no more, or the file is taken. */
static long taker__step(__u64 index, struct taker *taker)
{
	__u64 other = request__of_node(taker->node);

	if (!taker->node)
		return 1;
	if (index == LOOKED_AT || taker__takes(taker, other)) {
		taker->state = MADE_UNKNOWN;
		return 1;
	}
	taker->node = (__u64)BPF_CORE_READ(request__at(other), comp_list.next);
	return 0;
}

/* Whether it is told by a worker that has carried it out, which does so at once. */
static __always_inline int request__is_told_at_once(__u64 req)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return task->flags & PF_IO_WORKER && BPF_CORE_READ(request__at(req), ctx, sq_data, thread) != task;
}

/* Of a file that was not noted: whether one of those that were carried out behind its request, and wait to be
 * told, may have taken it. */
static __always_inline enum made_state request__look_behind(__u64 req, __u32 slot, __s64 result)
{
	struct taker taker = {
		.slot = slot == ANY_SLOT ? result + 1 : slot,
		.result = result,
		.state = MADE_THERE,
	};

	if (request__is_told_at_once(req))
		return MADE_THERE;
	if (!ring__lists_done())
		return MADE_UNKNOWN;
	taker.node = (__u64)BPF_CORE_READ(request__at(req), comp_list.next);
	bpf_loop(LOOKED_AT + 1, taker__step, &taker, 0);
	return taker.state;
}

int request__look_late(__u64 req, __u32 slot, __s64 result)
{
	if (result < 0 || !opcode__makes_file(request__opcode(req)))
		return MADE_THERE;
	return request__look_behind(req, slot, result);
}

int request__look(__u64 req, __s64 result)
{
	struct request *request = bpf_map_lookup_elem(&requests, &req);
	struct file *file;

	if (!request || request->made.state != MADE_THERE || result < 0 ||
	    !opcode__makes_file(request__opcode(req)))
		return 0;
	if (!request->made.file) {
		request->made.state = request__look_behind(req, request->file_slot, result);
		return 0;
	}
	file = request__in_place(request, req, result);
	request->made.state = file && made__is(&request->made, file) ? made__state(req, file) : MADE_OTHER;
	return 0;
}
