/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the index asks of an exec: besides who acts, what the executable is and where, and its folder.
 */
#ifndef LANNER_INDEX_EXECS_H
#define LANNER_INDEX_EXECS_H

#include "wire/index.h"

/* Whether current's exec can be of interest to any rule. `exec`: of the image that runs now;
 * `failed`: VARIANT_EXEC_FAILED, or 0. */
extern int index__wants_exec(__u32 event, __u64 exec, __u32 failed);

#endif
