/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the index asks when a call ends that is no open.
 */
#ifndef LANNER_INDEX_CALL_H
#define LANNER_INDEX_CALL_H

#include "wire/index.h"

/* Whether a call of which only numbers are asked can be of interest to any rule. */
extern int index__wants_numbered(__u32 event, __u32 variant, __s64 result);

#endif
