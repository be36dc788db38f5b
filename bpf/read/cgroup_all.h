/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The cgroup of a process in every hierarchy.
 */
#ifndef LANNER_READ_CGROUP_ALL_H
#define LANNER_READ_CGROUP_ALL_H

#include <linux/types.h>

/* Appends all cgroups of current to this CPU's record: (offset << 16 | length). */
extern __u64 cgroups__add(void);

#endif
