/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the index asks of a path as it was given, in user memory: last, for that costs most.
 */
#ifndef LANNER_INDEX_GIVEN_H
#define LANNER_INDEX_GIVEN_H

#include "index/live.h"

/* Whether a clause is left when the path at this address is looked at; 0: there is none. */
extern int index__given(struct index_live *live, __u64 text);

#endif
