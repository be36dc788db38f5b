/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The second look, in full: of more clauses than a word has, and at how names begin and end.
 */
#ifndef LANNER_INDEX_IN_FULL_H
#define LANNER_INDEX_IN_FULL_H

#include <linux/types.h>

/* Whether a clause is left of an open, by what it returned and where in user memory its path is. */
extern int index__wants_in_full(__u32 event, __s64 result, __u64 given);

#endif
