/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The file that a request works on, or that it made.
 */
#ifndef LANNER_IO_URING_REQUEST_FILE_H
#define LANNER_IO_URING_REQUEST_FILE_H

#include "io_uring/request_fields.h"
#include "kernel/io_uring_versions.h"
#include "read/descriptor.h"

#define ANY_SLOT (~0U)

/* The file that the request works on: not in its place yet before the request is carried out. */
static __always_inline struct file *request__file(const struct request *request, __u64 req)
{
	struct file *file = BPF_CORE_READ(request__at(req), file);

	if (file || BPF_CORE_READ(request__at(req), flags) & REQ_FIXED_FILE)
		return file;
	return (void *)descriptor__file(request->args[0]);
}

/* What is now where the request put a file. */
static __always_inline struct file *request__in_place(const struct request *request, __u64 req, __s64 result)
{
	__u32 slot = request->file_slot;

	if (!slot)
		return (void *)descriptor__file(result);
	return ring__file(BPF_CORE_READ(request__at(req), ctx), slot == ANY_SLOT ? result : slot - 1);
}

/* The file that the request made; null: it is not there any more, or another one may be (request_made.h). */
static __always_inline struct file *request__made(const struct request *request, __u64 req, __s64 result)
{
	if (result < 0 || (request->made.state != MADE_THERE && request->made.state != MADE_RENAMED))
		return 0;
	if (request__opcode(req) == REQUEST_FIXED_FD_INSTALL) /* held until the request is freed */
		return BPF_CORE_READ(request__at(req), file);
	return request__in_place(request, req, result);
}

#endif
