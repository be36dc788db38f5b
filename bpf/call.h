/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that are described by user space (struct call) rather than by code.
 */
#ifndef LANNER_CALL_H
#define LANNER_CALL_H

#include "event.h"

#define AT_FDCWD     (-100)
#define ADDRESS_MOST 110 /* a struct sockaddr_un */
#define BUFFER_MOST  80	 /* what evt.buffer shows */

/* In call.bpf.c: adds what struct call of current's call asks for to this CPU's record. */
extern int call__add(__s64 result);

#endif
