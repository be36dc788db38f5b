/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the index asks of numbers that a call has when it ends: of its arguments in registers, or in a request
 * of io_uring, of what it returned, and of the socket behind its descriptor; and of the flags with which a
 * process is made.
 */
#ifndef LANNER_INDEX_ARGUMENTS_H
#define LANNER_INDEX_ARGUMENTS_H

#include "wire/index.h"

/* A request that does the work of a call: what its record has in place of registers and of a descriptor. Of
 * what makes a process the first argument is the flags. */
struct index_request {
	__u64 args[ARGUMENTS];
	__u64 file;  /* struct file of the call's descriptor; 0: it is not known */
	__u64 given; /* struct call's */
};

/* Whether a clause is left of current's event when the numbers that clauses ask for are looked at: those of
 * this request, or, when there is none, of the call that current is at the end of. */
extern int index__numbers(__u32 event, __s64 result, const struct index_request *request);

#endif
