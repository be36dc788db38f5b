/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whose events are counted together: the container, or the part of the host, that a process belongs to.
 */
#ifndef LANNER_EVENT_ORIGIN_H
#define LANNER_EVENT_ORIGIN_H

#include <linux/types.h>

/* The origin of current, never 0. */
extern __u64 origin__current(void);

#endif
