/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the index asks of every event: its type, how it happened, who acts; and of a file that was opened:
 * how, and the names of its path.
 */
#ifndef LANNER_INDEX_ASKED_H
#define LANNER_INDEX_ASKED_H

#include "index/live.h"

/* Whether an event of which nothing more is asked can be of interest to any rule. If so, its record is begun:
 * a set of buffers is taken, unless there is none, and holds which clauses are left. */
extern int index__wants(__u32 event, __u32 variant);
/* The same of an open, by what it returned and where in user memory its path is. */
extern int index__wants_file(__u32 event, __s64 result, __u64 given);
/* Whether a clause is left of those that the event's rows have in common; which are. */
extern int index__begin(struct index_live *live, __u32 generation, __u32 event, __u32 variant);
/* Whether a clause is left when the file behind a descriptor was opened; which are. */
extern int index__opened(__u32 generation, __u32 event, __u32 number, struct index_live *live);
/* Whether a clause is left when all names of live.file's path are looked at. */
extern int index__above(struct index_live *live);

#endif
