// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The beginning and the end of requests of io_uring. All programs are optional: names and arguments of the
 * hooks depend on the kernel (agent/lanner_agent/kernel/io_uring.py), and who uses no io_uring pays nothing.
 */
#include "base/counters.h"
#include "base/reentry.h"
#include "io_uring/request.h"
#include "io_uring/request_fields.h"
#include "io_uring/request_index.h"
#include "io_uring/request_made.h"
#include "kernel/io_uring_versions.h"
#include "names/names.h"

#include <bpf/bpf_tracing.h>

#define CHECK_CQ_OVERFLOW 1 /* of io_ring_ctx.check_cq: IO_CHECK_CQ_OVERFLOW_BIT */

/* The program request_ends, for the one behind it (base/reentry.h). */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} first_end SEC(".maps");

/* A pointer as a number, by way of memory: the verifier lets no pointer pass for one. */
static __always_inline __u64 pointer__number(const void *pointer)
{
	__u64 number = 0;

	bpf_probe_read_kernel(&number, sizeof(number), &pointer);
	return number;
}

/* Whether there is no room for its completion now. */
static __always_inline int ring__is_full(__u64 req)
{
	return BPF_CORE_READ(request__at(req), ctx, check_cq) & CHECK_CQ_OVERFLOW;
}

/* Before this one is carried out: what the last one that was has made. */
static __always_inline void request__look_back(const struct io_kiocb *submitted)
{
	const struct io_ring_ctx *ring = submitted->ctx;
	__u64 req;

	if (!ring__lists_done() || !BPF_CORE_READ(ring, submit_state.compl_reqs.first))
		return;
	req = (__u64)BPF_CORE_READ(ring, submit_state.compl_reqs.last) -
	      bpf_core_field_offset(struct io_kiocb, comp_list);
	if (!bpf_map_lookup_elem(&requests, &req) || !buffers__take())
		return;
	request__note(req);
	buffers__release();
}

static __always_inline int request__begins(const struct io_kiocb *submitted)
{
	struct call *call = request__call(submitted->opcode & (REQUEST_KINDS - 1));
	struct config *config;
	int kept = 0;
	__u64 req;

	request__look_back(submitted);
	if (!call)
		return 0;
	config = config__get();
	if (!current__is_watched(config))
		return 0;
	req = pointer__number(submitted);
	if (buffers__take()) {
		kept = request__keep(req);
		buffers__release();
	} else {
		counter__add(call->event, REASON_SCRATCH_BUSY);
		request__forget(req); /* what an earlier one at this address left is not of this one */
	}
	/* this may be all that is ever heard of it */
	if ((!kept || submitted->flags & REQ_CQE_SKIP || ring__is_full(req)) &&
	    request__may_be_wanted(call, 0))
		request__report(req, 0, kept ? REPORT_UNFINISHED : REPORT_UNKEPT);
	if (submitted->flags & REQ_CQE_SKIP)
		request__forget(req);
	return 0;
}

/* The request that a completion is about, where the kernel tells only its ring and number. */
static __always_inline __u64 request__of_tag(__u64 ring, __u64 user_data)
{
	struct request_tag tag = { .ring = ring, .user_data = user_data };
	__u64 *found = bpf_map_lookup_elem(&request_tags, &tag);

	return found ? *found : 0;
}

/* By a thread of the kernel: the process was gone, and with it what could be said of it. */
static __always_inline int request__is_orphan(const struct call *call, __s64 result)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (!(task->flags & PF_KTHREAD))
		return 0;
	if (result >= 0)
		counter__add(call->event, REASON_REQUEST_ORPHAN);
	return 1;
}

/* By such a thread a request ends in no cgroup of its own: whether it was watched was asked when it began. */
static __always_inline int request__is_watched(const struct config *config)
{
	struct task_struct *task = bpf_get_current_task_btf();

	return config && (task->flags & PF_KTHREAD || current__is_watched(config));
}

/* Without req it is one of several completions of a request that goes on. */
static __always_inline int request__ends(__u64 ring, __u64 req, __u64 user_data, __s64 result)
{
	int goes_on = !req;
	struct config *config = config__get();
	struct call *call;

	if (!req)
		req = request__of_tag(ring, user_data);
	call = req && request__is_watched(config) ? request__call(request__opcode(req)) : 0;
	if (call && !goes_on)
		request__look(req, result);
	/* asked here, and not by who makes the record, for the kernel bounds how deep functions may call */
	if (call && !request__is_orphan(call, result) && request__is_wanted(req, result))
		request__report(req, result, REPORT_END);
	/* also where it is of no interest any more, or its tag alone is left */
	if (!goes_on && (call || bpf_map_lookup_elem(&requests, &req)))
		request__forget(req);
	return 0;
}

/* The kernel has taken a request over, and copied its names. */
SEC("?tp_btf/io_uring_submit_req")
int BPF_PROG(request_begins, struct io_kiocb *req)
{
	return request__begins(req);
}

/* The same until v6.3. */
SEC("?tp_btf/io_uring_submit_sqe")
int BPF_PROG(request_begins_6, struct io_kiocb *req)
{
	return request__begins(req);
}

/* A completion for the process to read. */
SEC("?tp_btf/io_uring_complete")
int BPF_PROG(request_ends, struct io_ring_ctx *ring, void *req, struct io_uring_cqe *cqe)
{
	reentry__own_stack(ctx, config__get(), &first_end);
	return request__ends(req ? 0 : pointer__number(ring), (__u64)req, cqe->user_data, cqe->res);
}

/* Where the first was passed over the request is still kept. */
SEC("?tp_btf/io_uring_complete")
int BPF_PROG(request_ends_2, struct io_ring_ctx *ring, void *req, struct io_uring_cqe *cqe)
{
	__u64 number = (__u64)req;

	if (number && bpf_map_lookup_elem(&requests, &number))
		bpf_tail_call(ctx, &first_end, 0);
	return 0;
}

/* The same where the kernel hands its parts over. */
SEC("?tp_btf/io_uring_complete")
int BPF_PROG(request_ends_6, void *ring, void *req, __u64 user_data, int result)
{
	return request__ends((__u64)ring, (__u64)req, user_data, result);
}

/* Whether this result may be one of the request's: of what it accepts and receives it may have many. */
static __always_inline int request__has_result(__u64 req, __s64 result)
{
	__u32 opcode = request__opcode(req);

	if (opcode == REQUEST_ACCEPT || opcode == REQUEST_RECV || opcode == REQUEST_RECVMSG)
		return 1;
	return BPF_CORE_READ(request__at(req), cqe.res) == result;
}

/* Those that wait under one tag, from the last one on. */
struct tagged {
	__u64 req;
	__s64 result;
};

static __always_inline void request__overflows(__u64 req, const struct call *call, __s64 result)
{
	if (!request__has_result(req, result))
		return;
	request__look(req, result);
	if (!request__is_orphan(call, result) && request__may_be_wanted(call, result))
		request__report(req, result, REPORT_END);
	request__forget(req);
}

/* 1: it was the last one. */
static long tagged__overflows(__u64 index, struct tagged *tagged)
{
	__u64 req = tagged->req;
	struct request *request = bpf_map_lookup_elem(&requests, &req);
	struct call *call = request ? request__call(request__opcode(req)) : 0;

	if (!call)
		return 1;
	tagged->req = request->previous;
	request__overflows(req, call, tagged->result);
	return 0;
}

/* A completion that there was no room for: one of the requests with this tag, or several of them. */
SEC("?tp_btf/io_uring_cqe_overflow")
int BPF_PROG(request_overflows, void *ring, __u64 user_data, int result)
{
	struct tagged tagged = { .req = request__of_tag((__u64)ring, user_data), .result = result };

	if (request__is_watched(config__get()))
		bpf_loop(REQUESTS, tagged__overflows, &tagged, 0);
	return 0;
}

/* One that is over for the function that carries it out, whoever runs that, and whenever its end is told. */
static __always_inline int request__is_carried_out(void *ctx)
{
	__u64 req = hook__argument(ctx, 0), returned = 0;

	bpf_get_func_ret(ctx, &returned);
	if ((__u32)returned || !bpf_map_lookup_elem(&requests, &req) || !buffers__take())
		return 0; /* it goes on, or is tried again */
	request__note(req);
	buffers__release();
	return 0;
}

/* openat; on most kernels the other one does the work. */
SEC("?fexit/io_openat")
int made_openat(void *ctx)
{
	return request__is_carried_out(ctx);
}

/* openat2. */
SEC("?fexit/io_openat2")
int made_openat2(void *ctx)
{
	return request__is_carried_out(ctx);
}

/* accept. */
SEC("?fexit/io_accept")
int made_accept(void *ctx)
{
	return request__is_carried_out(ctx);
}

/* socket. */
SEC("?fexit/io_socket")
int made_socket(void *ctx)
{
	return request__is_carried_out(ctx);
}
