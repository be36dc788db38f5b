/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The leaders of a process' session and group, found by their struct pid: they need not be ancestors. A group
 * without one has its oldest process instead; a session's that has ended, user space looks for among the
 * creators.
 */
#ifndef LANNER_READ_LEADERS_H
#define LANNER_READ_LEADERS_H

#include "read/exec.h"
#include "read/task.h"

#define PIDTYPE_PID 0
#define GROUP_MOST  256 /* processes of a group that are looked at */

/* The process that has a pid as a plain address; 0: it has ended. */
static __always_inline struct task_struct *pid__task(struct pid *pid)
{
	struct hlist_node *first = pid ? BPF_CORE_READ(pid, tasks[PIDTYPE_PID].first) : 0;

	return first ? (void *)first - bpf_core_field_offset(struct task_struct, pid_links[PIDTYPE_PID]) : 0;
}

/* The search for the oldest process of a group, all plain addresses. */
struct eldest {
	__u64 node; /* of the group's list: the next process to look at */
	__u64 task; /* the oldest so far */
	__u64 start;
};

/* Looks at one process; 1: it was the last. */
static long eldest__step(__u64 index, struct eldest *eldest)
{
	struct hlist_node *node = (void *)eldest->node;
	struct task_struct *task =
		(void *)node - bpf_core_field_offset(struct task_struct, pid_links[PIDTYPE_PGID]);
	__u64 start;

	if (!node)
		return 1;
	start = BPF_CORE_READ(task, start_boottime);
	if (start < eldest->start) {
		eldest->start = start;
		eldest->task = (__u64)task;
	}
	eldest->node = (__u64)BPF_CORE_READ(node, next);
	return 0;
}

/* The oldest process of a group as a plain address. */
static __always_inline struct task_struct *group__oldest(struct pid *group)
{
	struct eldest eldest = { .start = ~0ULL };

	if (group)
		eldest.node = (__u64)BPF_CORE_READ(group, tasks[PIDTYPE_PGID].first);
	bpf_loop(GROUP_MOST, eldest__step, &eldest, 0);
	return (void *)eldest.task;
}

static __always_inline void leader__add(struct ancestor_facts *out, struct task_struct *task)
{
	__u32 number = BPF_CORE_READ(task, tgid);
	struct image *image = bpf_map_lookup_elem(&images, &number);
	struct pid *pid = BPF_CORE_READ(task, thread_pid);

	out->start = BPF_CORE_READ(task, start_boottime);
	out->pid = number;
	out->vpid = pid__plain_number(pid, pid ? BPF_CORE_READ(pid, level) : 0);
	if (!image) {
		bpf_probe_read_kernel(out->comm, sizeof(out->comm),
				      (void *)task + bpf_core_field_offset(struct task_struct, comm));
		return;
	}
	__builtin_memcpy(out->comm, image->comm, sizeof(out->comm));
	out->exec = image->exec;
	out->exepath = text__unpack(record__append_string(out->exec, STRING_EXEPATH));
	out->args = text__unpack(record__append_string(out->exec, STRING_ARGS));
}

static __always_inline void leaders__add(struct more_facts *more, struct task_struct *task,
					 const struct process_numbers *numbers, __u32 pid)
{
	struct signal_struct *signal = task->signal;
	struct pid *group = BPF_CORE_READ(signal, pids[PIDTYPE_PGID]);
	struct task_struct *session_leader = 0, *group_leader = 0;

	if (numbers->sid && numbers->sid != pid)
		session_leader = pid__task(BPF_CORE_READ(signal, pids[PIDTYPE_SID]));
	if (session_leader)
		leader__add(&more->leader[LEADER_SESSION], session_leader);
	if (numbers->pgid == numbers->sid && session_leader) {
		more->leader[LEADER_GROUP] = more->leader[LEADER_SESSION];
		return;
	}
	if (numbers->pgid && numbers->pgid != pid)
		group_leader = pid__task(group) ?: group__oldest(group);
	if (group_leader)
		leader__add(&more->leader[LEADER_GROUP], group_leader);
}

#endif
