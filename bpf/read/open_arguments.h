/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Where flags and mode are among the arguments of an open.
 */
#ifndef LANNER_READ_OPEN_ARGUMENTS_H
#define LANNER_READ_OPEN_ARGUMENTS_H

#include "kernel/kernel_versions.h"
#include "wire/record.h"

#define CREAT_FLAGS 01101 /* O_CREAT | O_WRONLY | O_TRUNC */

struct open_arguments {
	__u32 flags;
	__u32 mode;
};

/* 0: done; openat2's lie in user memory. */
static __always_inline int open__arguments(struct open_arguments *out, const struct pt_regs *regs,
					   __u32 event, int compat)
{
	switch (event) {
	case EVENT_CREAT:
		out->flags = CREAT_FLAGS;
		out->mode = regs__argument(regs, 1, compat);
		return 0;
	case EVENT_OPEN:
		out->flags = regs__argument(regs, 1, compat);
		out->mode = regs__argument(regs, 2, compat);
		return 0;
	case EVENT_OPENAT:
		out->flags = regs__argument(regs, 2, compat);
		out->mode = regs__argument(regs, 3, compat);
		return 0;
	case EVENT_OPEN_BY_HANDLE_AT:
		out->flags = regs__argument(regs, 2, compat);
		out->mode = 0;
		return 0;
	default:
		return -1;
	}
}

#endif
