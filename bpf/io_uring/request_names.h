/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's copies of the names that a request was given, from its submission until it is carried out.
 */
#ifndef LANNER_IO_URING_REQUEST_NAMES_H
#define LANNER_IO_URING_REQUEST_NAMES_H

#include "io_uring/request_fields.h"
#include "kernel/io_uring_versions.h"
#include "names/names.h"

/* The name of this part (enum name_part); null: there is none. */
static __always_inline struct filename *request__name(__u64 req, __u32 opcode, __u32 part)
{
	__u64 command = request__command(req);

	switch (opcode) {
	case REQUEST_OPENAT:
	case REQUEST_OPENAT2:
		return part == NAME_GIVEN ? name__of_open(command) : 0;
	case REQUEST_UNLINKAT:
		return part == NAME_GIVEN ? name__of_unlink(command) : 0;
	case REQUEST_MKDIRAT:
		return part == NAME_GIVEN ? name__of_mkdir(command) : 0;
	case REQUEST_RENAMEAT:
		return part == NAME_STRING ? 0 : name__of_rename(command, part - NAME_GIVEN);
	case REQUEST_LINKAT:
		return part == NAME_STRING ? 0 : name__of_link(command, part - NAME_GIVEN);
	case REQUEST_SYMLINKAT:
		return part == NAME_GIVEN + 1 ? 0 : name__of_link(command, part == NAME_GIVEN);
	}
	return 0;
}

/* 1: it is kept; 0: there is none; -1: there is no room for it. */
__noinline int request__keep_name(__u64 req, __u32 part)
{
	struct filename *name = request__name(req, request__opcode(req), part);

	if (!name)
		return 0;
	return names__keep_text(req, part | NAME_OF_REQUEST, filename__text((__u64)name), MEMORY_KERNEL) ? -1
													 : 1;
}

/* Not 0: there is no room for one of them. */
static __always_inline int request__keep_names(struct request *request, __u64 req)
{
	int kept, lost = 0;
	__u32 part;

	for (part = NAME_GIVEN; part < NAME_PARTS; part++) {
		kept = request__keep_name(req, part);
		if (kept > 0)
			request->parts |= 1 << part;
		lost |= kept < 0;
	}
	return lost;
}

static __always_inline void request__drop_names(__u64 req, __u32 parts)
{
	__u32 part;

	for (part = 0; part < NAME_PARTS; part++)
		if (parts & 1 << part)
			names__drop(req, part | NAME_OF_REQUEST);
}

#endif
