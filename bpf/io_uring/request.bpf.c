// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* From a request of io_uring to its record: global functions, verified once. */
#include "event/event.h"
#include "event/open.h"
#include "io_uring/request.h"
#include "io_uring/request_file.h"
#include "io_uring/request_made.h"
#include "io_uring/request_names.h"
#include "read/descriptor.h"
#include "read/msghdr.h"

/* Bytes that the record has just been given, into the buffer of a request; how many. */
static __always_inline __u16 request__copy(struct scratch *scratch, char *into, struct text text)
{
	__u32 at = text.at - RECORD_HEAD;
	__u32 length = text.length & 127;

	if (!length || at >= STRINGS_END)
		return 0;
	return bpf_probe_read_kernel(into, length, &scratch->strings[at]) ? 0 : length;
}

/* What is sent, and to whom: the process may take both back once it has submitted the request. */
static __always_inline void request__read_message(struct scratch *scratch, struct request *out, __u64 req)
{
	const struct io_sr_msg *moved = (void *)request__command(req);
	struct call_facts *facts = &scratch->record.call;

	scratch->record.size = sizeof(struct record);
	facts->address = (struct text){};
	facts->buffer = (struct text){};
	msghdr__add((__u64)BPF_CORE_READ(moved, buf), 0,
		    MSGHDR_GIVEN | (request__is_compat(req) ? MSGHDR_COMPAT : 0));
	out->size = facts->size;
	out->address_length = request__copy(scratch, out->address, facts->address);
	out->data_length = request__copy(scratch, out->data, facts->buffer);
}

/* Where what is received goes. */
static __always_inline void request__read_receiver(struct request *out, __u64 req)
{
	const struct io_sr_msg *moved = (void *)request__command(req);
	__u32 compat = request__is_compat(req);
	struct user_msghdr message = {};
	struct user_iovec iovec = {};

	if (msghdr__read(&message, (__u64)BPF_CORE_READ(moved, buf), compat))
		return;
	out->name_at = message.name;
	out->name_length = message.name_length;
	out->control = message.control;
	out->control_length = message.control_length;
	if (!iovec__read(&iovec, message.iovecs, 0, compat))
		out->buffer = iovec.base;
}

static __always_inline void request__read_address(struct request *out, const void *from, __u32 length,
						  enum memory memory)
{
	if (length > ADDRESS_MOST)
		length = ADDRESS_MOST;
	barrier_var(length);
	length &= REQUEST_ADDRESS - 1;
	if (!from || !length)
		return;
	if (memory == MEMORY_USER ? bpf_probe_read_user(out->address, length, from)
				  : bpf_probe_read_kernel(out->address, length, from))
		return;
	out->address_length = length;
}

static __always_inline int family__is_known(__u16 family)
{
	return family == AF_UNIX || family == AF_INET || family == AF_INET6 || family == AF_NETLINK;
}

/* What to bind to: some kernels copy it into a message without any bytes, others just so. */
static __always_inline void request__read_bind(struct request *out, __u64 req)
{
	const struct io_async_msghdr *copied = BPF_CORE_READ(request__at(req), async_data);
	const void *from = copied;
	__u16 family = 0;

	bpf_probe_read_kernel(&family, sizeof(family), from);
	if (!family__is_known(family))
		from += bpf_core_field_offset(copied->addr);
	request__read_address(out, from, BPF_CORE_READ((struct io_bind *)request__command(req), addr_len),
			      MEMORY_KERNEL);
}

static __always_inline void request__read_sent(struct request *out, __u64 req)
{
	struct destination to = request__destination(req);
	__u32 length = out->args[2] > BUFFER_MOST ? BUFFER_MOST : out->args[2];

	request__read_address(out, to.address, to.length, to.copied ? MEMORY_KERNEL : MEMORY_USER);
	barrier_var(length);
	length &= REQUEST_DATA - 1;
	if (!(BPF_CORE_READ(request__at(req), flags) & REQ_BUFFER_SELECT) && length &&
	    !bpf_probe_read_user(out->data, length, (void *)out->args[1]))
		out->data_length = length;
}

/* What lies in the process' memory, and may be gone when the request ends. */
static __always_inline void request__read_memory(struct scratch *scratch, struct request *out, __u64 req,
						 __u32 opcode)
{
	const struct io_connect *connect = (void *)request__command(req);

	switch (opcode) {
	case REQUEST_CONNECT:
		request__read_address(out, BPF_CORE_READ(connect, addr), BPF_CORE_READ(connect, addr_len),
				      MEMORY_USER);
		break;
	case REQUEST_BIND:
		if (bpf_core_field_exists(((struct io_bind *)0)->addr_len))
			request__read_bind(out, req);
		break;
	case REQUEST_SEND:
	case REQUEST_SEND_ZC:
		request__read_sent(out, req);
		break;
	case REQUEST_RECV:
		if (!(BPF_CORE_READ(request__at(req), flags) & REQ_BUFFER_SELECT))
			out->buffer = out->args[1];
		break;
	case REQUEST_SENDMSG:
	case REQUEST_SENDMSG_ZC:
		request__read_message(scratch, out, req);
		break;
	case REQUEST_RECVMSG:
		request__read_receiver(out, req);
		break;
	}
}

static __always_inline struct request *request__buffer(void)
{
	struct workspace *workspace = workspace__get();

	if (!workspace)
		return 0;
	__builtin_memset(&workspace->request, 0, sizeof(workspace->request));
	return &workspace->request;
}

/* Those that wait under the same tag form a chain, whose end is in request_tags: a completion without room
 * may be that of any. */
static __always_inline int request__link(struct request *request, __u64 req)
{
	struct request_tag tag = request__tag(req);
	__u64 *found = bpf_map_lookup_elem(&request_tags, &tag);
	__u64 previous = found ? *found : 0;
	struct request *before = previous == req ? 0 : bpf_map_lookup_elem(&requests, &previous);

	request->tag = tag;
	request->previous = before ? previous : 0;
	if (bpf_map_update_elem(&requests, &req, request, BPF_ANY))
		return -1;
	if (bpf_map_update_elem(&request_tags, &tag, &req, BPF_ANY)) {
		bpf_map_delete_elem(&requests, &req);
		return -1;
	}
	if (before)
		before->next = req;
	return 0;
}

static __always_inline void request__unlink(const struct request *request, __u64 req)
{
	struct request_tag tag = request->tag;
	__u64 previous = request->previous, next = request->next;
	struct request *before = bpf_map_lookup_elem(&requests, &previous);
	struct request *behind = bpf_map_lookup_elem(&requests, &next);
	__u64 *last = bpf_map_lookup_elem(&request_tags, &tag);

	if (before && before->next == req)
		before->next = next;
	if (behind && behind->previous == req)
		behind->previous = previous;
	if (!last || *last != req)
		return;
	if (before)
		*last = previous;
	else
		bpf_map_delete_elem(&request_tags, &tag);
}

/* It is not among requests any more, but its tag is: a later request must not pass for it. */
static __always_inline void request__forget_tag(__u64 req)
{
	struct request_tag tag = request__tag(req);
	__u64 *last = bpf_map_lookup_elem(&request_tags, &tag);

	if (last && *last == req)
		bpf_map_delete_elem(&request_tags, &tag);
}

int request__keep(__u64 req)
{
	struct request *request = request__buffer();
	struct scratch *scratch = scratch__get();
	__u32 opcode = request__opcode(req);

	request__forget(req); /* what an earlier one at this address left is not of this one */
	if (!request || !scratch)
		return 0;
	request__read(request, req, opcode);
	request__read_memory(scratch, request, req, opcode);
	if (!request__keep_names(request, req) && !request__link(request, req))
		return 1;
	request__drop_names(req, request->parts);
	return 0;
}

int request__forget(__u64 req)
{
	struct request *request = bpf_map_lookup_elem(&requests, &req);

	if (request) {
		request__unlink(request, req);
		request__drop_names(req, request->parts);
		bpf_map_delete_elem(&requests, &req);
	} else {
		request__forget_tag(req);
	}
	return 0;
}

/* Workers of io_uring are threads of the process, but none that it made: it is whoever submitted. What they
 * are called is not asked of that thread, which may have given itself another name than exec did. */
__noinline int request__name_submitter(__u64 req)
{
	struct scratch *scratch = scratch__get();
	struct process_facts *out;
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_struct *who = request__submitter(req);
	const struct cred *cred;
	struct pid *pid;
	__u32 vtid;

	if (!(task->flags & PF_IO_WORKER) || !scratch)
		return 0;
	out = &scratch->record.process;
	if (!who || BPF_CORE_READ(who, flags) & PF_IO_WORKER)
		who = task->group_leader;
	pid = BPF_CORE_READ(who, thread_pid);
	out->tid = BPF_CORE_READ(who, pid);
	vtid = pid__plain_number(pid, pid ? BPF_CORE_READ(pid, level) : 0);
	record__overwrite(scratch, out->numbers, offsetof(struct process_numbers, vtid), &vtid, sizeof(vtid));
	/* a worker has those of when it was made, whatever the process is now */
	cred = BPF_CORE_READ(who, cred);
	out->uid = BPF_CORE_READ(cred, euid.val);
	out->gid = BPF_CORE_READ(cred, egid.val);
	return 0;
}

static __always_inline struct text request__copy_name(__u64 req, __u32 part)
{
	__u64 kept = names__copy(req, part | NAME_OF_REQUEST);

	return kept == NAME_NONE ? (struct text){} : text__unpack(kept);
}

/* A name of a request that is not carried out yet: (offset << 16 | length). */
__noinline __u64 request__append_name(__u64 req, __u32 part)
{
	struct filename *name = request__name(req, request__opcode(req), part);
	struct scratch *scratch = scratch__get();
	struct text text;

	if (!name || !scratch)
		return 0;
	text = record__append_name(scratch, BPF_CORE_READ(name, name), MEMORY_KERNEL);
	return (__u64)text.at << 16 | text.length;
}

/* One that the request was given. */
static __always_inline struct text request__given_name(__u64 req, __u32 part, __u32 how)
{
	if (how == REPORT_UNKEPT)
		return text__unpack(request__append_name(req, part));
	return request__copy_name(req, part);
}

static __always_inline void request__add_name(struct scratch *scratch, const struct call *call, __u64 req,
					      __u32 index, __u32 how)
{
	struct call_facts *facts = &scratch->record.call;
	struct name_facts *name = &facts->name[index];
	__s8 base = call->base[index];

	if (base >= 0 && base < ARGUMENTS)
		name->dirfd = facts->args[(__u8)base];
	name->raw = request__given_name(req, NAME_GIVEN + index, how);
	if (name->raw.length && record__first_of(scratch, name->raw) != '/')
		name->base = text__unpack(directory__append(name->dirfd));
}

/* What was sent, or was to be, as it was at the submission. */
static __always_inline void request__add_sent(struct scratch *scratch, const struct request *request,
					      __s64 result)
{
	__u32 length = request->data_length;

	if (result > 0 && length > result)
		length = result;
	scratch->record.call.buffer = record__append(scratch, request->data, length & 127);
	scratch->record.call.size = request->size;
}

/* What came, from where it was put. */
static __always_inline void request__add_received(struct scratch *scratch, const struct request *request,
						  __s64 result)
{
	struct call_facts *facts = &scratch->record.call;

	if (result < 0)
		return;
	facts->address = record__append_user(scratch, request->name_at, request->name_length, ADDRESS_MOST);
	facts->control = record__append_user(scratch, request->control, request->control_length, BUFFER_MOST);
	facts->buffer = record__append_user(scratch, request->buffer, result, BUFFER_MOST);
	facts->size = result;
}

/* The file that was noted, where it is not in its place any more. */
static __always_inline void request__add_noted(struct scratch *scratch, const struct request *request,
					       __u64 req)
{
	struct descriptor_facts *out = &scratch->record.call.descriptor;

	if (request->made.state == MADE_UNKNOWN)
		counter__add(scratch->record.event, REASON_FILE_GONE);
	if (request->made.state != MADE_OTHER)
		return;
	__builtin_memcpy(out, &request->made.facts, sizeof(*out));
	out->path = request__copy_name(req, NAME_RESOLVED);
}

static __always_inline void request__add_call(struct scratch *scratch, const struct call *call,
					      const struct request *request, __u64 req, __s64 result,
					      __u32 how)
{
	struct call_facts *facts = &scratch->record.call;

	__builtin_memset(facts, 0, sizeof(*facts));
	__builtin_memcpy(facts->args, request->args, sizeof(facts->args));
	facts->descriptor.num = -1;
	if (call->descriptor == ARGUMENT_RESULT) {
		descriptor__read_file(&facts->descriptor, result, (__u64)request__made(request, req, result));
		request__add_noted(scratch, request, req);
	} else if (call->descriptor != ARGUMENT_NONE) {
		descriptor__read_file(&facts->descriptor, request->args[0],
				      (__u64)request__file(request, req));
	}
	if (call->path[0] != ARGUMENT_NONE)
		request__add_name(scratch, call, req, 0, how);
	if (call->path[1] != ARGUMENT_NONE)
		request__add_name(scratch, call, req, 1, how);
	if (call->string != ARGUMENT_NONE)
		facts->string = request__given_name(req, NAME_STRING, how);
	if (request->address_length)
		facts->address = record__append(scratch, request->address, request->address_length & 127);
	if (call->given)
		request__add_sent(scratch, request, result);
	else if (call->message != ARGUMENT_NONE || call->buffer != ARGUMENT_NONE)
		request__add_received(scratch, request, result);
	if (call->listener != ARGUMENT_NONE)
		socket__read_queue(facts, request__file(request, req));
}

/* Of the file that was noted; 0: its name is not kept. */
static __always_inline int request__add_noted_open(struct scratch *scratch, const struct request *request,
						   __u64 req)
{
	const struct descriptor_facts *facts = &request->made.facts;
	struct open_facts *open = &scratch->record.open;

	open->ino = facts->ino;
	open->dev = facts->dev;
	open->file_flags = facts->file_flags;
	open->file_mode = facts->file_mode;
	open->path = request__copy_name(req, NAME_RESOLVED);
	return open->path.length != 0;
}

static __always_inline void request__add_open(struct scratch *scratch, const struct request *request,
					      __u64 req, __s64 result, __u32 how)
{
	struct open_facts *open = &scratch->record.open;
	struct file *file = how == REPORT_END ? request__made(request, req, result) : 0;

	open__clear(open);
	open->dirfd = request->args[0];
	open->flags = request->args[2];
	open->mode = request->args[3];
	open->resolve = request->args[4];
	open->raw = request__given_name(req, NAME_GIVEN, how);
	/* its name may be another one by now */
	if (how == REPORT_END && request->made.file && request->made.state != MADE_UNKNOWN &&
	    request__add_noted_open(scratch, request, req))
		return;
	if (file) {
		if (request->made.file)
			counter__add(scratch->record.event, REASON_NAME_UNSURE);
		open__read_file(open, file);
		return;
	}
	if (result >= 0 && how == REPORT_END)
		counter__add(scratch->record.event, REASON_FILE_GONE);
	if (open->raw.length && record__first_of(scratch, open->raw) != '/')
		open->base = text__unpack(directory__append(open->dirfd));
}

/* What is known of a request of which nothing is kept. */
static __always_inline struct request *request__late(__u64 req, __u32 event, __s64 result, __u32 how)
{
	struct request *request = request__buffer();

	if (request)
		request__read(request, req, request__opcode(req));
	counter__add(event, how == REPORT_UNKEPT ? REASON_REQUEST_UNKEPT : REASON_REQUEST_LATE);
	if (how == REPORT_UNKEPT)
		return request;
	if (request)
		request->made.state = request__look_late(req, request->file_slot, result);
	return request;
}

/* What is kept and reported before its end may end meanwhile on another CPU, which then has reported it, and
 * dropped its names. */
static __always_inline int request__is_over(__u64 req, __u32 how)
{
	return how == REPORT_UNFINISHED && !bpf_map_lookup_elem(&requests, &req);
}

int request__report(__u64 req, __s64 result, __u32 how)
{
	struct request *request = bpf_map_lookup_elem(&requests, &req);
	struct call *call = request__call(request__opcode(req));
	struct config *config = config__get();
	struct scratch *scratch;

	if (!call || !config)
		return 0;
	if (request__is_over(req, how)) {
		event__forget_candidates();
		return 0;
	}
	scratch = event__begin(config, call->event, result);
	if (!scratch)
		return 0;
	if (!request)
		request = request__late(req, call->event, result, how);
	scratch->record.flags |= RECORD_IO_URING;
	if (how != REPORT_END)
		scratch->record.flags |= RECORD_RESULT_UNKNOWN;
	request__name_submitter(req);
	if (request && call->event >= EVENT_CALLS)
		request__add_call(scratch, call, request, req, result, how);
	else if (request)
		request__add_open(scratch, request, req, result, how);
	if (request__is_over(req, how))
		buffers__release();
	else
		event__submit(config, scratch);
	return 0;
}
