/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The leaders of a process' session and group, found by their struct pid: they need not be ancestors. Where
 * they have ended, user space looks for them among the makers.
 */
#ifndef LANNER_LEADERS_H
#define LANNER_LEADERS_H

#include "event.h"

#define PIDTYPE_PID 0

/* The process that has a pid as a plain address; 0: it has ended. */
static __always_inline struct task_struct *pid__task(struct pid *pid)
{
	struct hlist_node *first = pid ? BPF_CORE_READ(pid, tasks[PIDTYPE_PID].first) : 0;

	return first ? (void *)first - bpf_core_field_offset(struct task_struct, pid_links[PIDTYPE_PID]) : 0;
}

static __always_inline void leader__add(struct ancestor_facts *out, struct pid *pid)
{
	struct task_struct *task = pid__task(pid);
	__u32 number = pid__number(pid, 0);
	__u64 *exec = bpf_map_lookup_elem(&images, &number);

	if (!task)
		return;
	out->start = BPF_CORE_READ(task, start_boottime);
	out->pid = number;
	out->vpid = pid__number(pid, BPF_CORE_READ(pid, level));
	BPF_CORE_READ_INTO(&out->comm, task, comm);
	if (!exec)
		return;
	out->exepath = text__unpack(record__append_string(*exec, STRING_EXEPATH));
	out->args = text__unpack(record__append_string(*exec, STRING_ARGS));
}

static __always_inline void leaders__add(struct more_facts *more, struct task_struct *task,
					 const struct process_facts *process)
{
	struct signal_struct *signal = task->signal;

	if (process->sid && process->sid != process->pid)
		leader__add(&more->leader[LEADER_SESSION], BPF_CORE_READ(signal, pids[PIDTYPE_SID]));
	if (process->pgid == process->sid)
		more->leader[LEADER_GROUP] = more->leader[LEADER_SESSION];
	else if (process->pgid && process->pgid != process->pid)
		leader__add(&more->leader[LEADER_GROUP], BPF_CORE_READ(signal, pids[PIDTYPE_PGID]));
}

#endif
