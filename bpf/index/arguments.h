/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the index asks of numbers that a call has when it ends: of its arguments in registers, of what it
 * returned, and of the socket behind its descriptor.
 */
#ifndef LANNER_INDEX_ARGUMENTS_H
#define LANNER_INDEX_ARGUMENTS_H

#include "wire/index.h"

/* Whether a clause is left of current's event when the numbers that clauses ask for are looked at. */
extern int index__numbers(__u32 event, __s64 result);

#endif
