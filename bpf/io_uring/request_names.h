/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's copies of the names that a request was given, from its submission until it is carried out.
 */
#ifndef LANNER_IO_URING_REQUEST_NAMES_H
#define LANNER_IO_URING_REQUEST_NAMES_H

#include "io_uring/request_fields.h"
#include "kernel/io_uring_versions.h"
#include "names/names.h"

/* With this CPU's path buffer. */
static __always_inline void request__keep_name(__u64 req, __u32 part, struct filename *name)
{
	names__keep_text(req, part | NAME_OF_REQUEST, (__u64)BPF_CORE_READ(name, name));
}

static __always_inline void request__keep_names(__u64 req, __u32 opcode)
{
	__u64 command = request__command(req);

	switch (opcode) {
	case REQUEST_OPENAT:
	case REQUEST_OPENAT2:
		request__keep_name(req, NAME_GIVEN, name__of_open(command));
		break;
	case REQUEST_UNLINKAT:
		request__keep_name(req, NAME_GIVEN, name__of_unlink(command));
		break;
	case REQUEST_MKDIRAT:
		request__keep_name(req, NAME_GIVEN, name__of_mkdir(command));
		break;
	case REQUEST_RENAMEAT:
		request__keep_name(req, NAME_GIVEN, name__of_rename(command, 0));
		request__keep_name(req, NAME_GIVEN + 1, name__of_rename(command, 1));
		break;
	case REQUEST_LINKAT:
		request__keep_name(req, NAME_GIVEN, name__of_link(command, 0));
		request__keep_name(req, NAME_GIVEN + 1, name__of_link(command, 1));
		break;
	case REQUEST_SYMLINKAT:
		request__keep_name(req, NAME_STRING, name__of_link(command, 0));
		request__keep_name(req, NAME_GIVEN, name__of_link(command, 1));
		break;
	}
}

#endif
