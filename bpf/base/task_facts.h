/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is kept of a task for as long as it lives: the exec whose image it runs, its name, and who made it.
 */
#ifndef LANNER_BASE_TASK_FACTS_H
#define LANNER_BASE_TASK_FACTS_H

#include "kernel/kernel_types.h"
#include "wire/record.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/* So many that a task's storage fits into 512 bytes, of which the kernel takes 72. */
#define CREATORS_KEPT 8

/* What a process was when it made the one below it. */
struct kept_creator {
	__u64 start;
	__u64 exec;
	__u32 pid;
	__u32 vpid;
	char comm[COMM_LEN]; /* as exec gave it */
};

/* How far a task's creators are known. */
enum lineage {
	LINEAGE_UNKNOWN,
	LINEAGE_CLAIMED, /* somebody is writing them down */
	LINEAGE_KNOWN,
	LINEAGE_OVER, /* the task has ended */
};

/* One per task: which exec's image it runs, the name that exec gave it, and who made it, its creator first.
 */
struct task_facts {
	__u64 exec;
	__u32 lineage; /* enum lineage */
	__u32 creators;
	__u32 exec_id;	     /* task_struct.self_exec_id when `comm` was written down; 0: it was not */
	__u32 claimed;	     /* enum claim of base/reentry.h */
	char comm[COMM_LEN]; /* begins with NUL: unknown */
	struct kept_creator creator[CREATORS_KEPT];
};

/* Stored in place of a number once the task is exiting, so that the start-up scan cannot bring it back. */
#define EXEC_DEAD (~0ULL)

/* The exec whose image a task runs. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_facts);
} tasks SEC(".maps") __weak;

/* What is kept of a task, or of its leader where the task is older than the agent; null: nothing. */
static __always_inline struct task_facts *task__facts(struct task_struct *task)
{
	struct task_facts *facts = bpf_task_storage_get(&tasks, task, 0, 0);

	if (!facts || !facts->exec)
		facts = bpf_task_storage_get(&tasks, task->group_leader, 0, 0);
	return facts;
}

/* The exec whose image a task with these facts runs; 0: unknown. */
static __always_inline __u64 facts__exec(const struct task_facts *facts)
{
	return facts && facts->exec != EXEC_DEAD ? facts->exec : 0;
}

static __always_inline __u64 task__exec(struct task_struct *task)
{
	return facts__exec(task__facts(task));
}

/*
 * The name that exec gave the image of a task with these facts. A process may call itself and its threads
 * anything later; where the exec was not seen, the leader's name is the best there is.
 */
static __always_inline void task__read_name(char *name, struct task_struct *task,
					    const struct task_facts *facts)
{
	if (facts && facts->comm[0])
		__builtin_memcpy(name, facts->comm, COMM_LEN);
	else
		BPF_CORE_READ_INTO((char(*)[COMM_LEN])name, task, group_leader, comm);
}

#endif
