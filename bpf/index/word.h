/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The process word: the rows that the names of a process and of its parent have, and whether it is in a
 * container, kept with the task for as long as these are as they were.
 */
#ifndef LANNER_INDEX_WORD_H
#define LANNER_INDEX_WORD_H

#include "base/task_facts.h"
#include "index/tables.h"

/* Fills current's process word; 0: done, else it stays unknown. */
extern int word__make(__u32 generation, __u64 cgroup);

#endif
