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

/* The file that the request made. */
static __always_inline struct file *request__made(const struct request *request, __u64 req, __s64 result)
{
	__u32 slot = request->file_slot;

	if (result < 0)
		return 0;
	if (!slot)
		return (void *)descriptor__file(result);
	return ring__file(BPF_CORE_READ(request__at(req), ctx), slot == ANY_SLOT ? result : slot - 1);
}

/* The file that the request works on: not in its place yet before the request is carried out. */
static __always_inline struct file *request__file(const struct request *request, __u64 req)
{
	struct file *file = BPF_CORE_READ(request__at(req), file);

	if (file || BPF_CORE_READ(request__at(req), flags) & REQ_FIXED_FILE)
		return file;
	return (void *)descriptor__file(request->args[0]);
}

#endif
