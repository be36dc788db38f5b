/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What rows have in common where there are more clauses than a word has.
 */
#ifndef LANNER_INDEX_ROWS_H
#define LANNER_INDEX_ROWS_H

#include "index/live.h"

/* Whether a clause is left of those that the rows of an event and of its process have in common; which are.
 * Of a process that is not known all are. */
extern int rows__join(struct index_live *live, __u32 event, __u32 variant, __u32 known);

#endif
