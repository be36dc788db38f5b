/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Numbers of a task that few rules read: its pids as its namespace and its session count them, capabilities,
 * what its executable is.
 */
#ifndef LANNER_READ_NUMBERS_H
#define LANNER_READ_NUMBERS_H

#include "read/exec.h"
#include "read/task.h"

static __always_inline void pid_namespace__read(struct pid_namespace *ns, struct process_numbers *out)
{
	out->pid_ns = ns->ns.inum;
	out->pidns_start = ns->child_reaper->start_boottime;
}

/* The namespace at a level that plain loads do not reach. */
static __always_inline void pid_namespace__read_deep(struct task_struct *task, __u32 level,
						     struct process_numbers *out)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	struct pid_namespace *ns = 0;

	if (level >= PID_LEVELS)
		return;
	bpf_probe_read_kernel(&ns, sizeof(ns),
			      (void *)pid + bpf_core_field_offset(struct pid, numbers) +
				      level * bpf_core_type_size(struct upid) +
				      bpf_core_field_offset(struct upid, ns));
	out->pid_ns = BPF_CORE_READ(ns, ns.inum);
	out->pidns_start = BPF_CORE_READ(ns, child_reaper, start_boottime);
}

/* Of the namespace in which task has its pid. */
static __always_inline void task__read_pid_namespace(struct task_struct *task, struct pid *pid,
						     struct process_numbers *out)
{
	out->pid_ns = 0;
	out->pidns_start = 0;
	if (!pid)
		return;
	if (!pid->level)
		pid_namespace__read(pid->numbers[0].ns, out);
	else if (pid->level == 1 && pid__is_open())
		pid_namespace__read(pid->numbers[1].ns, out);
	else
		pid_namespace__read_deep(task, pid->level, out);
}

static __always_inline void task__read_pids(struct task_struct *task, struct pid *thread,
					    struct process_numbers *out)
{
	struct signal_struct *signal = task->signal;
	__u32 level = thread ? thread->level : 0;

	out->vtid = pid__number_of(thread, &task->thread_pid, level);
	out->vpid = pid__number(&signal->pids[PIDTYPE_TGID], level);
	out->pgid = pid__number(&signal->pids[PIDTYPE_PGID], 0);
	out->vpgid = pid__number(&signal->pids[PIDTYPE_PGID], level);
	out->sid = pid__number(&signal->pids[PIDTYPE_SID], 0);
	out->vsid = pid__number(&signal->pids[PIDTYPE_SID], level);
	out->threads = signal->nr_threads;
}

static __always_inline void cred__read_capabilities(const struct cred *cred, struct process_numbers *out)
{
	out->cap_inheritable = *(const __u64 *)&cred->cap_inheritable;
	out->cap_permitted = *(const __u64 *)&cred->cap_permitted;
	out->cap_effective = *(const __u64 *)&cred->cap_effective;
}

static __always_inline void exec__read_numbers(__u64 exec, struct process_numbers *out)
{
	struct exec_facts *facts = bpf_map_lookup_elem(&execs, &exec);

	out->exe_ino = facts ? facts->exe_ino : 0;
	out->exe_ctime = facts ? facts->exe_ctime : 0;
	out->exe_mtime = facts ? facts->exe_mtime : 0;
}

static __always_inline void numbers__read(struct process_numbers *out, struct task_struct *task, __u64 exec)
{
	struct pid *thread = task->thread_pid;

	cred__read_capabilities(task->cred,
				out); /* before the ways part, on each of which a load is verified */
	task__read_pids(task, thread, out);
	task__read_pid_namespace(task, thread, out);
	exec__read_numbers(exec, out);
}

#endif
