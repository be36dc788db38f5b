/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the kernel's struct io_kiocb says of a request: its kind, its ring, its arguments.
 */
#ifndef LANNER_IO_URING_REQUEST_FIELDS_H
#define LANNER_IO_URING_REQUEST_FIELDS_H

#include "io_uring/request_maps.h"
#include "kernel/io_uring_types.h"

#include <bpf/bpf_core_read.h>

/* enum io_uring_op of linux/io_uring.h: numbers that never change. */
enum request_kind {
	REQUEST_SENDMSG = 9,
	REQUEST_RECVMSG = 10,
	REQUEST_ACCEPT = 13,
	REQUEST_CONNECT = 16,
	REQUEST_OPENAT = 18,
	REQUEST_CLOSE = 19,
	REQUEST_FILES_UPDATE = 20,
	REQUEST_SEND = 26,
	REQUEST_RECV = 27,
	REQUEST_OPENAT2 = 28,
	REQUEST_SHUTDOWN = 34,
	REQUEST_RENAMEAT = 35,
	REQUEST_UNLINKAT = 36,
	REQUEST_MKDIRAT = 37,
	REQUEST_SYMLINKAT = 38,
	REQUEST_LINKAT = 39,
	REQUEST_SOCKET = 45,
	REQUEST_SEND_ZC = 47,
	REQUEST_SENDMSG_ZC = 48,
	REQUEST_FIXED_FD_INSTALL = 54,
	REQUEST_FTRUNCATE = 55,
	REQUEST_BIND = 56,
	REQUEST_LISTEN = 57,
	REQUEST_PIPE = 62, /* makes files, as those behind it may that are not known yet */
};

/* Bits of io_kiocb.flags that are those of struct io_uring_sqe. */
#define REQ_FIXED_FILE	  1  /* its descriptor is a place among the ring's files */
#define REQ_BUFFER_SELECT 32 /* the kernel chooses the buffer */
#define REQ_CQE_SKIP	  64 /* says nothing when it succeeds */

static __always_inline struct io_kiocb *request__at(__u64 req)
{
	return (struct io_kiocb *)req;
}

static __always_inline __u32 request__opcode(__u64 req)
{
	return BPF_CORE_READ(request__at(req), opcode) & (REQUEST_KINDS - 1);
}

/* What the table says of the call that it does the work of; null: no rule wants it. */
static __always_inline struct call *request__call(__u32 opcode)
{
	struct call *call = bpf_map_lookup_elem(&request_calls, &opcode);

	return call && call->wanted ? call : 0;
}

static __always_inline struct request_tag request__tag(__u64 req)
{
	return (struct request_tag){
		.ring = (__u64)BPF_CORE_READ(request__at(req), ctx),
		.user_data = BPF_CORE_READ(request__at(req), cqe.user_data),
	};
}

/* The part of struct io_kiocb that each kind of request has in its own way. */
static __always_inline __u64 request__command(__u64 req)
{
	return req + bpf_core_field_offset(struct io_kiocb, cmd);
}

static __always_inline void request__read_socket(struct request *out, __u64 command, __u32 opcode)
{
	const struct io_sr_msg *moved = (void *)command;

	switch (opcode) {
	case REQUEST_ACCEPT:
		out->args[3] = BPF_CORE_READ((struct io_accept *)command, flags);
		out->file_slot = BPF_CORE_READ((struct io_accept *)command, file_slot);
		break;
	case REQUEST_SOCKET:
		out->args[0] = BPF_CORE_READ((struct io_socket *)command, domain);
		out->args[1] = BPF_CORE_READ((struct io_socket *)command, type);
		out->args[2] = BPF_CORE_READ((struct io_socket *)command, protocol);
		out->file_slot = BPF_CORE_READ((struct io_socket *)command, file_slot);
		break;
	case REQUEST_LISTEN:
		if (bpf_core_field_exists(((struct io_listen *)0)->backlog))
			out->args[1] = BPF_CORE_READ((struct io_listen *)command, backlog);
		break;
	case REQUEST_SHUTDOWN:
		out->args[1] = BPF_CORE_READ((struct io_shutdown *)command, how);
		break;
	case REQUEST_SENDMSG:
	case REQUEST_SENDMSG_ZC:
		out->args[2] = BPF_CORE_READ(moved, msg_flags);
		break;
	case REQUEST_SEND:
	case REQUEST_SEND_ZC:
	case REQUEST_RECV:
		out->args[1] = (__u64)BPF_CORE_READ(moved, buf);
		out->args[2] = (__u32)BPF_CORE_READ(moved, len);
		out->args[3] = BPF_CORE_READ(moved, msg_flags);
		break;
	}
}

/* Arguments that are numbers, where the system call has them. */
static __always_inline void request__read(struct request *out, __u64 req, __u32 opcode)
{
	__u64 command = request__command(req);
	const struct io_open *open = (void *)command;
	const struct io_rename *rename = (void *)command;
	const struct io_link *link = (void *)command;

	out->args[0] = BPF_CORE_READ(request__at(req), cqe.fd);
	switch (opcode) {
	case REQUEST_OPENAT:
	case REQUEST_OPENAT2:
		out->args[0] = BPF_CORE_READ(open, dfd);
		out->args[2] = BPF_CORE_READ(open, how.flags);
		out->args[3] = BPF_CORE_READ(open, how.mode);
		out->args[4] = BPF_CORE_READ(open, how.resolve);
		out->file_slot = BPF_CORE_READ(open, file_slot);
		break;
	case REQUEST_UNLINKAT:
		out->args[0] = BPF_CORE_READ((struct io_unlink *)command, dfd);
		out->args[2] = BPF_CORE_READ((struct io_unlink *)command, flags);
		break;
	case REQUEST_MKDIRAT:
		out->args[0] = BPF_CORE_READ((struct io_mkdir *)command, dfd);
		out->args[2] = BPF_CORE_READ((struct io_mkdir *)command, mode);
		break;
	case REQUEST_RENAMEAT:
		out->args[0] = BPF_CORE_READ(rename, old_dfd);
		out->args[2] = BPF_CORE_READ(rename, new_dfd);
		out->args[4] = BPF_CORE_READ(rename, flags);
		break;
	case REQUEST_LINKAT:
		out->args[0] = BPF_CORE_READ(link, old_dfd);
		out->args[2] = BPF_CORE_READ(link, new_dfd);
		out->args[4] = BPF_CORE_READ(link, flags);
		break;
	case REQUEST_SYMLINKAT:
		out->args[1] = BPF_CORE_READ(link, new_dfd);
		break;
	case REQUEST_FTRUNCATE:
		if (bpf_core_field_exists(((struct io_ftrunc *)0)->len))
			out->args[1] = BPF_CORE_READ((struct io_ftrunc *)command, len);
		break;
	default:
		request__read_socket(out, command, opcode);
	}
}

#endif
