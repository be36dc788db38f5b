/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Calls that are described by user space (struct call) rather than by code.
 */
#ifndef LANNER_EVENT_CALL_H
#define LANNER_EVENT_CALL_H

#include <linux/types.h>

/* Adds what struct call of current's call asks for to this CPU's record. */
extern int call__add(__s64 result);

#endif
