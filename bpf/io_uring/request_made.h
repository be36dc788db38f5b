/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The files that requests make, which others may have closed or replaced when the kernel tells that those are
 * over: it tells the ends of what it could do at once together.
 *
 *	open a ── carried out ──▶ close a ── carried out ──▶ open b ── carried out ──▶ ends of a, close, b
 *	                    └ submitted: request__note(a)                                └ request__look(a)
 */
#ifndef LANNER_IO_URING_REQUEST_MADE_H
#define LANNER_IO_URING_REQUEST_MADE_H

#include <linux/types.h>

/* Notes the file that this request, which was carried out, made; with this CPU's buffers. */
extern int request__note(__u64 req);
/* Whether that file is still there when its end is told, into made.state. */
extern int request__look(__u64 req, __s64 result);

/* The same of a request of which nothing is kept: enum made_state. */
extern int request__look_late(__u64 req, __u32 slot, __s64 result);

#endif
