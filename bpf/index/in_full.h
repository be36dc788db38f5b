/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The second look, in full: of more clauses than a word has, and at how names begin and end.
 */
#ifndef LANNER_INDEX_IN_FULL_H
#define LANNER_INDEX_IN_FULL_H

#include "index/live.h"

/* What the first look at a file answers when a second is needed. */
#define INDEX_IN_FULL 2

/* Whether a clause is left of those that the rows of an event and of its process have in common; which are.
 * Of a process that is not known all are. */
extern int rows__join(struct index_live *live, __u32 event, __u32 variant, __u32 known);
/* Whether a clause is left of an open, by what it returned and where in user memory its path is. */
extern int index__wants_in_full(__u32 event, __s64 result, __u64 given, struct index_live *live);

#endif
