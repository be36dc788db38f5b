/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What every record says of the process.
 */
#ifndef LANNER_EVENT_PROCESS_H
#define LANNER_EVENT_PROCESS_H

#include <linux/types.h>

/* Fills it into this CPU's record, of current; `wanted` has the facts that some rule asks for. */
extern int process__read(__u32 wanted);

#endif
