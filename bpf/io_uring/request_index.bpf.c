// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the index asks of a request of io_uring: the same as of the system call, of what its record will hold.
 * Who acts is current, as in the record, but for the credentials of a worker of the kernel, which are not
 * asked: the record has those of the thread that submitted. Of a request whose beginning was not seen it is
 * not known what it was given.
 */
#include "io_uring/request_index.h"

#include "index/index.h"
#include "index/kept.h"
#include "index/word.h"
#include "io_uring/request_file.h"
#include "io_uring/request_made.h"

/* In place of an address in user memory: what is there cannot be read, and so it may hold all. */
#define GIVEN_UNKNOWN (~0ULL)

/* A name that the request was given, as its record has it. */
__noinline int texts__add_request_name(__u64 req, __u32 part)
{
	struct name_key key = { .thread = req, .part = part | NAME_OF_REQUEST };
	struct name_block *block = bpf_map_lookup_elem(&request_names, &key);

	if (block)
		texts__add_block(block, TEXT_MEANT);
	else
		texts__miss(TEXT_PLACES);
	return 0;
}

static __always_inline void request__ask_name(const struct request *request, const struct call *call,
					      __u64 req, __u32 index)
{
	__u32 base = call->base[index]; /* of none it is more than there are */

	texts__add_request_name(req, NAME_GIVEN + index);
	barrier_var(base); /* or the compiler compares another one than it uses */
	if (base < ARGUMENTS)
		texts__add_folder(request->args[base], TEXT_FOLDER);
	else
		texts__miss(TEXT_PLACES);
}

static __always_inline void request__ask_string(const struct index_texts *texts, __u64 req)
{
	texts__add_request_name(req, NAME_STRING);
	if (texts->event_class != CLASS_PATH)
		texts__add_folder(AT_FDCWD, TEXT_FOLDER);
}

/* Whether a clause is left when the paths of a request are known. */
static __always_inline int request__ask_paths(struct index_live *live, __u32 event_class,
					      const struct request *request, const struct call *call,
					      __u64 req)
{
	struct index_texts *texts;

	if (!texts__begin(live, event_class))
		return 1;
	texts = texts__get();
	if (!texts)
		return 1;
	if (call->path[0] != ARGUMENT_NONE)
		request__ask_name(request, call, req, 0);
	if (call->path[1] != ARGUMENT_NONE)
		request__ask_name(request, call, req, 1);
	if (call->string != ARGUMENT_NONE)
		request__ask_string(texts, req);
	if (call->on_file)
		texts__add_file(request__file(request, req), TEXT_ITSELF);
	return texts__keep(live);
}

/* Whether one is left when its paths are, if the index asks for them. */
static __always_inline int request__keeps_paths(const struct request *request, const struct call *call,
						__u64 req, __u32 variant)
{
	struct index_task *index = index_task__get();
	struct index_event *entry;

	if (!index || !index->live.words)
		return 1;
	entry = index__event(index->live.generation, call->event, variant);
	if (!entry || (entry->event_class != CLASS_PATH && entry->event_class != CLASS_OTHER))
		return 1;
	return request__ask_paths(&index->live, entry->event_class, request, call, req);
}

/* Whether one is left when its numbers are. */
__noinline int request__keeps_numbers(__u64 req, __s64 result)
{
	struct request *request = bpf_map_lookup_elem(&requests, &req);
	struct call *call = request__call(request__opcode(req));
	struct index_request asked = {};

	if (!request || !call)
		return 1;
	__builtin_memcpy(asked.args, request->args, sizeof(asked.args));
	asked.given = call->given;
	if (call->event >= EVENT_CALLS && call->descriptor == ARGUMENT_RESULT)
		asked.file = (__u64)request__made(request, req, result);
	else if (call->event >= EVENT_CALLS && call->descriptor != ARGUMENT_NONE)
		asked.file = (__u64)request__file(request, req);
	return index__numbers(call->event, result, &asked);
}

/* Of a file that is not there any more nothing is asked, and of its numbers none. */
static __always_inline int request__is_without_file(const struct request *request, __s64 result)
{
	return result >= 0 && request->made.state != MADE_THERE;
}

/* The look in full, without the first one, which is there to be quick. Of a file that has no descriptor
 * nothing is asked. */
static __always_inline int request__wants_open(const struct request *request, __u32 event, __s64 result)
{
	struct index_task *index = index_task__get();
	int wants;

	if ((request->file_slot && result >= 0) || !index)
		return index__wants(event, VARIANT_UNKNOWN);
	index->dentry = request->made.dentry;
	index->mount = request->made.mount;
	wants = index__wants_in_full(event, result, GIVEN_UNKNOWN);
	index->dentry = 0;
	return wants;
}

static __always_inline int request__passes(const struct request *request, const struct call *call, __u64 req,
					   __s64 result)
{
	__u32 variant = result < 0 ? VARIANT_FAILED : 0;

	if (!request || request__is_without_file(request, result))
		return index__wants(call->event, VARIANT_UNKNOWN);
	if (call->event < EVENT_CALLS) {
		if (!request__wants_open(request, call->event, result))
			return 0;
	} else if (!index__wants(call->event, variant) ||
		   !request__keeps_paths(request, call, req, variant)) {
		return 0;
	}
	return request__keeps_numbers(req, result);
}

/* Whether a file that was noted was renamed or replaced while it was asked about. */
static __always_inline int request__is_overtaken(const struct request *request, __u64 req, __s64 result)
{
	if (!request || !request->made.file || request->made.state != MADE_THERE)
		return 0;
	request__look(req, result);
	return request__is_without_file(request, result);
}

int request__is_wanted(__u64 req, __s64 result)
{
	struct request *request = bpf_map_lookup_elem(&requests, &req);
	struct call *call = request__call(request__opcode(req));
	int wants;

	if (!call || !(call->wanted & (result < 0 ? CALL_FAILED : CALL_SUCCEEDED)))
		return 0;
	wants = request__passes(request, call, req, result);
	/* then another file was asked about, which may have passed too, but by clauses that are not this
	 * one's */
	if (request__is_overtaken(request, req, result))
		wants = index__wants(call->event, VARIANT_UNKNOWN);
	return event__passes(call->event, wants);
}
