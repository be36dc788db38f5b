/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The rules' index: whether an event can be of interest to any rule, asked before a record is begun. Rows of
 * bits, one a clause, by what is known of the event; those of all of them are ANDed, the cheapest first:
 *
 *	event and variant & name & parent's name & host or container & forebears & user & terminal &
 *	last name & parent folder & top & ... & numbers
 *
 * What is not known has all bits. engine/lanner_engine/index says what the clauses are,
 * agent/lanner_agent/kernel/index.py fills the maps.
 */
#ifndef LANNER_INDEX_INDEX_H
#define LANNER_INDEX_INDEX_H

#include "base/counters.h"
#include "index/arguments.h"
#include "index/asked.h"
#include "index/calls.h"
#include "index/execs.h"
#include "index/in_full.h"
#include "kernel/kernel_versions.h"

/* Counts an event that is held back. */
static __always_inline int event__passes(__u32 event, int wants)
{
	if (!wants)
		counter__add(event, REASON_HELD_BACK);
	return wants;
}

/* Where in user memory the path as given is; 0: a handle was given. */
static __always_inline __u64 open__given(const struct pt_regs *regs, __u32 event, int compat)
{
	if (event == EVENT_OPEN_BY_HANDLE_AT)
		return 0;
	return regs__traced_argument(regs, event == EVENT_OPENAT || event == EVENT_OPENAT2, compat);
}

/* Whether an open can be of interest to any rule; which clauses are left. */
static __always_inline int index__wants_open(const struct pt_regs *regs, __u32 event, long result, int compat)
{
	__u64 given = open__given(regs, event, compat);
	int wants = index__wants_file(event, result, given);

	if (wants == INDEX_IN_FULL)
		wants = index__wants_in_full(event, result, given);
	return wants && index__numbers(event, result, 0);
}

#endif
