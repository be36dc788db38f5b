/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether anything is reported of a task: not of the agent itself, nor of what is outside of the part of the
 * machine that is watched.
 */
#ifndef LANNER_READ_SCOPE_H
#define LANNER_READ_SCOPE_H

#include "base/configuration.h"
#include "kernel/kernel_types.h"

/* Whether current is in this cgroup of the hierarchy, or below it. */
extern int scope__holds_current(__u64 id, __u32 hierarchy);

/* Whether anything is reported of current, which `task` is: not of the agent itself, nor of what is outside
 * of the scope. */
static __always_inline int current__is_reported(const struct config *config, const struct task_struct *task)
{
	if (!config || config->self == task->tgid)
		return 0;
	return !config->scope || scope__holds_current(config->scope, config->hierarchy);
}

/* The same for those that have not asked for the task. */
static __always_inline int current__is_watched(const struct config *config)
{
	return current__is_reported(config, bpf_get_current_task_btf());
}

#endif
