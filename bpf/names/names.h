/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The names of a call as the kernel has them. Those in user memory can be rewritten during the call:
 *
 *	getname()                 where it went               the call's end
 *	   written_*: its copy ──▶ security_path_*()  ──▶ ... ──▶ names__copy() into the record, names__drop()
 *	          └──────────┴──▶ names[thread, part, n] ─────────────┘
 *
 * The programs that keep them are optional: they need fentry and the functions they are attached to, which
 * agent/lanner_agent/kernel/hooks.py looks for.
 */
#ifndef LANNER_NAMES_NAMES_H
#define LANNER_NAMES_NAMES_H

#include "base/buffers.h"
#include "base/call_table.h"
#include "base/configuration.h"
#include "read/path.h"
#include "read/scope.h"

#define LENGTH_MASK 0xffff
#define NAME_CUT    0x80000000 /* of name_block.total: only the end of the path is there */
#define NAME_NONE   (~0ULL)
#define NAME_LOST   (~0U) /* in place of name_block.total: not all of the blocks found room */
#define NAME_BLOCKS 10	  /* hold PATH_BUFFER bytes */

struct name_key {
	__u64 thread;
	__u32 part;
	__u32 index;
};

/* Of name_key.part: the name is one of a request, and thread is the request. */
#define NAME_OF_REQUEST 0x100

/* key.part in names; a call's second name comes next to the first. */
enum name_part {
	NAME_RESOLVED,
	NAME_GIVEN = NAMES,
	NAME_STRING = 2 * NAMES, /* a symbolic link's text, a mount's device */
	NAME_PARTS,
	NAME_MOUNT = NAME_PARTS, /* that is about to be written to, no name */
};

/* What the kernel took the names of a thread's running call to be, in blocks. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, struct name_key);
	__type(value, struct name_block);
} names SEC(".maps") __weak;

/* The names of requests, in blocks. When it is full the next ones are not kept: those that wait lose nothing.
 */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4096);
	__type(key, struct name_key);
	__type(value, struct name_block);
} request_names SEC(".maps") __weak;

/* Keeps length bytes of this CPU's path buffer for whose: current's call, by its thread, or a
 * request of io_uring, with NAME_OF_REQUEST in part. Not 0: there is no room. */
extern int names__store(__u64 whose, __u32 part, __u32 start, __u32 length, __u32 cut);
/* Whether this is what was kept: length bytes of this CPU's path buffer; -1: it is not kept. */
extern int names__are(__u64 whose, __u32 part, __u32 start, __u32 length);
/* Copies what was kept into this CPU's record: (offset << 16 | length), or NAME_NONE. */
extern __u64 names__copy(__u64 whose, __u32 part);
/* Forgets what was kept for current's call. */
extern int names__forget(void);
/* Forgets one of whose names. */
extern int names__drop(__u64 whose, __u32 part);

/*
 * The call that current is in, where this program is to keep its names. The kernel's own threads have no
 * call, io_uring_enter() is not unlink(), and a core dump is written when the call is over.
 */
static __always_inline struct call *names__call(struct task_struct *task, enum name_keeper keeper)
{
	struct call *call;

	if (task->flags & (PF_KTHREAD | PF_IO_WORKER | PF_DUMPCORE))
		return 0;
	call = call__of((void *)bpf_task_pt_regs(task), task__in_compat_call(task));
	if (!call || !call->named || call->keeper != keeper || !call->wanted || call->wanted & CALL_COUNTED)
		return 0;
	return call;
}

/* What is done in another's name: overlayfs and cachefiles change credentials first. */
static __always_inline int task__acts_for_another(const struct task_struct *task)
{
	return task->cred != task->real_cred;
}

/* Whether current's call has its names kept by this program, and this CPU's buffers, now the caller's. */
static __always_inline int names__begin(enum name_keeper keeper)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct config *config = config__get();

	if (task__acts_for_another(task) || !names__call(task, keeper))
		return 0;
	return current__is_watched(config) && buffers__take();
}

/* The same of a look-up: access() changes credentials for its own. */
static __always_inline int names__begin_lookup(void)
{
	struct config *config = config__get();

	if (!names__call(bpf_get_current_task_btf(), KEEPER_LOOKUP))
		return 0;
	return current__is_watched(config) && buffers__take();
}

/* An argument of the function that the program is attached to: as a number, since a pointer may not be passed
 * on.
 */
static __always_inline __u64 hook__argument(void *ctx, __u32 number)
{
	__u64 value = 0;

	bpf_get_func_arg(ctx, number, &value);
	return value;
}

static __always_inline __u64 mount__of_path(__u64 path)
{
	return (__u64)BPF_CORE_READ((const struct path *)path, mnt);
}

static __always_inline __u64 dentry__of_path(__u64 path)
{
	return (__u64)BPF_CORE_READ((const struct path *)path, dentry);
}

/* The kernel's copy of a name that a process passed. */
static __always_inline __u64 filename__text(__u64 filename)
{
	return (__u64)BPF_CORE_READ((const struct filename *)filename, name);
}

/* Whether something is kept of current's call. */
static __always_inline int names__has(__u32 part)
{
	struct name_key key = { .thread = bpf_get_current_pid_tgid(), .part = part };

	return bpf_map_lookup_elem(&names, &key) != 0;
}

/* As a thread ends: what calls have left whose end was not told. */
static __always_inline void names__forget_left(void)
{
	if (names__has(NAME_RESOLVED) || names__has(NAME_GIVEN) || names__has(NAME_STRING))
		names__forget();
}

static __always_inline void names__keep_place(__u32 part, __u64 dentry, __u64 vfsmount)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct path_span span = path__at(dentry, vfsmount, task->fs);

	names__store(bpf_get_current_pid_tgid(), part, span.start, span.length, span.cut);
}

/* Not 0: there is no room for it. */
static __always_inline int names__keep_text(__u64 whose, __u32 part, __u64 text, enum memory memory)
{
	struct path_buffer *buffer = path__buffer();
	long size;

	if (!buffer || !text)
		return 0;
	if (memory == MEMORY_USER)
		size = bpf_probe_read_user_str(buffer->bytes, PATH_BUFFER, (void *)text);
	else
		size = bpf_probe_read_kernel_str(buffer->bytes, PATH_BUFFER, (void *)text);
	return size > 0 ? names__store(whose, part, 0, size - 1, 0) : 0;
}

#endif
