/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the index asks of every event: its type, how it happened, who acts; and of a file that was opened:
 * how, and the names of its path.
 */
#ifndef LANNER_INDEX_ASKED_H
#define LANNER_INDEX_ASKED_H

#include "index/upward.h"

/* What the first look at a file answers when a second is needed. */
#define INDEX_IN_FULL 2

/* Whether an event of current of which nothing more is asked can be of interest to any rule; which clauses
 * are left is in its struct index_task. */
extern int index__wants(__u32 event, __u32 variant);
/* The same of an open, by what it returned and where in user memory its path is, at the first look: 0, 1, or
 * INDEX_IN_FULL. */
extern int index__wants_file(__u32 event, __s64 result, __u64 given);
/* To the file of one of current's descriptors; how it was opened, as enum open_variant, or -1: it is not
 * there any more. */
extern int upward__of_descriptor(struct upward *up, __u32 number);
/* Up to the next name: enum upward_step. */
extern int upward__next(struct upward *up);

#endif
