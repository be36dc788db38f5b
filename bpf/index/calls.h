/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the index asks of a call without code of its own: besides who acts, the paths that it names.
 */
#ifndef LANNER_INDEX_CALLS_H
#define LANNER_INDEX_CALLS_H

#include "wire/index.h"

/* Whether the call that current is at the end of can be of interest to any rule. */
extern int index__wants_call(__u32 event, __u32 variant);

#endif
