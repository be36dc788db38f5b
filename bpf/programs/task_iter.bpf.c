// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The processes that ran before the agent did: one pass over all tasks, after the probes are attached. What a
 * probe has stored in the meantime is newer and stays. User space adds the arguments, which only current
 * could read here.
 */
#include "base/configuration.h"
#include "base/counters.h"
#include "index/forebears.h"
#include "read/cgroup.h"
#include "read/lineage.h"
#include "wire/fairness.h"

#include <bpf/bpf_tracing.h>

/* The name of a task whose exec nobody saw: its leader's, for a thread gives itself another. The number of
 * its execs is looked at before: a newer exec has a name of its own. */
static __always_inline void name__learn(struct task_facts *facts, struct task_struct *task)
{
	__u32 execs_made = task->self_exec_id;

	task__read_name(facts->comm, task, bpf_task_storage_get(&tasks, task->group_leader, 0, 0));
	__sync_val_compare_and_swap(&facts->exec_id, 0, execs_made);
}

/* Takes part in the exec that the leader runs, or is the first of it. 0: somebody was quicker, or there is no
 * room. */
static __always_inline __u64 task__adopt(struct task_struct *task, __u64 exec)
{
	struct task_facts *facts = bpf_task_storage_get(&tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	__u64 old;

	if (!facts) {
		counter__add(EVENT_EXECVE, REASON_STORAGE_FULL);
		exec__put(exec);
		return 0;
	}
	name__learn(facts, task);
	if (__sync_val_compare_and_swap(&facts->exec, 0, exec)) {
		name__learn(facts, task); /* an exec may have been here in between */
		exec__put(exec);
		return 0;
	}
	if (!(task->flags & PF_EXITING)) {
		if (task->group_leader == task || !task->group_leader->mm) /* the first thread has ended */
			image__keep(task, facts, exec, EVENT_EXECVE);
		return exec;
	}
	old = __sync_lock_test_and_set(&facts->exec, EXEC_DEAD);
	if (old && old != EXEC_DEAD)
		exec__put(old);
	return 0;
}

/* Whose share it is: no cgroup is known yet, and none to be new. */
static __always_inline __u64 task__origin(struct task_struct *task)
{
	struct config *config = config__get();
	struct cgroup *cgroup = config ? task__cgroup(task, config->hierarchy) : 0;

	return 1ULL << ORIGIN_NEW_BIT | (cgroup ? BPF_CORE_READ(cgroup, kn, id) : 0);
}

/* How many bytes of its arguments there is room for. */
static __always_inline __u32 task__take_args(const struct mm_struct *mm, __u64 exec)
{
	struct exec_facts *facts = bpf_map_lookup_elem(&execs, &exec);

	if (!facts)
		return 0;
	return exec__take_string(facts, STRING_ARGS, exec__length_of_args(facts, mm, EVENT_EXECVE),
				 EVENT_EXECVE);
}

/* The exec that the leader runs, or, where that has ended, the first thread that was found. */
static __always_inline __u64 task__known_exec(struct task_struct *task)
{
	__u64 exec = task__exec(task);
	__u32 number = task->tgid;
	struct image *image;

	if (exec)
		return exec;
	image = bpf_map_lookup_elem(&images, &number);
	return image ? image->exec : 0;
}

SEC("iter/task")
int task_scan(struct bpf_iter__task *ctx)
{
	struct seq_file *seq = ctx->meta->seq;
	struct task_struct *task = ctx->task;
	struct scanned line = {};
	struct task_facts *facts;
	struct exec_facts *shared;
	__u64 exec;

	if (!task) { /* all have been seen: of some of them names and creators are known now */
		lineage__count();
		return 0;
	}
	if (!task->mm)
		return 0;
	facts = bpf_task_storage_get(&tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (facts && !(task->flags & PF_EXITING))
		lineage__learn(facts, task);
	if (facts && facts->exec)
		return 0;
	if (facts && !facts->comm[0]) /* for good, also where there is no room for its exec */
		name__learn(facts, task);
	exec = task__known_exec(task);
	shared = bpf_map_lookup_elem(&execs, &exec);
	if (shared) {
		__sync_fetch_and_add(&shared->users, 1);
		task__adopt(task, exec);
		return 0;
	}
	if (!buffers__take())
		return 0;
	exec = exec__create(task, task__origin(task), EVENT_EXECVE);
	buffers__release();
	line.exec = exec;
	line.pid = task->pid;
	line.args = task->mm->arg_start;
	line.most = task__take_args(task->mm, exec);
	if (!exec__let_go(exec) || !task__adopt(task, exec))
		return 0;
	bpf_seq_write(seq, &line, sizeof(line));
	return 0;
}
