// SPDX-License-Identifier: Apache-2.0
/*
 * The ancestors of current: its parents while they are those that made it, from there on its makers as they
 * were when they did. A global function, verified once.
 */
#include "event.h"
#include "lineage.h"

/* Of how many ancestors, the nearest first, strings are read: they are half of a record's cost. */
struct depth {
	__u32 exepaths;
	__u32 args;
};

static __always_inline void ancestor__add_strings(struct ancestor_facts *ancestor, __u64 exec, __u32 at,
						  const struct depth *depth)
{
	ancestor->exepath = (struct text){};
	ancestor->args = (struct text){};
	if (at < depth->exepaths)
		ancestor->exepath = text__unpack(record__append_string(exec, STRING_EXEPATH));
	if (at < depth->args)
		ancestor->args = text__unpack(record__append_string(exec, STRING_ARGS));
}

/* A parent as it is now. */
static __always_inline void ancestor__add_living(struct ancestor_facts *ancestor, struct task_struct *leader,
						 const struct task_facts *facts, const struct maker *maker,
						 __u32 at, const struct depth *depth)
{
	struct pid *pid = BPF_CORE_READ(leader, thread_pid);
	__u64 exec = facts ? facts->exec : 0;

	if (maker && (!exec || exec == EXEC_DEAD))
		exec = maker->exec;
	ancestor->start = leader->start_boottime;
	ancestor->pid = leader->tgid;
	ancestor->vpid = pid__number(pid, pid ? BPF_CORE_READ(pid, level) : 0);
	BPF_CORE_READ_INTO(&ancestor->comm, leader, comm);
	ancestor__add_strings(ancestor, exec == EXEC_DEAD ? 0 : exec, at, depth);
}

/* A parent as it was. */
static __always_inline void ancestor__add_maker(struct ancestor_facts *ancestor, const struct maker *maker,
						__u32 at, const struct depth *depth)
{
	ancestor->start = maker->start;
	ancestor->pid = maker->pid;
	ancestor->vpid = maker->vpid;
	__builtin_memcpy(ancestor->comm, maker->comm, COMM_LEN);
	ancestor__add_strings(ancestor, maker->exec, at, depth);
}

/* Behind those that the record has: what is kept with the lowest one that has lost its maker. */
static __always_inline void ancestors__add_makers(struct record *record, const struct task_facts *facts,
						  const struct depth *depth)
{
	__u32 at = record->ancestors; /* from memory: the verifier need not look at every number */
	int i;

	for (i = 0; i < MAKERS; i++, at++) {
		if (i >= facts->makers || at >= ANCESTORS)
			break;
		ancestor__add_maker(&record->ancestor[at], &facts->maker[i], at, depth);
		record->ancestors = at + 1;
	}
}

/* Whether task is the one that made what facts are about. */
static __always_inline int maker__is(const struct task_facts *facts, struct task_struct *task)
{
	return facts->maker[0].pid == task->tgid && facts->maker[0].start == task->start_boottime;
}

int ancestors__add(__u32 exepaths, __u32 args)
{
	struct depth depth = { .exepaths = exepaths, .args = args };
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_facts *facts = bpf_task_storage_get(&tasks, task, 0, 0);
	struct scratch *scratch = scratch__get();
	struct task_facts *orphan = 0;
	int i;

	if (!scratch)
		return 0;
	task = task->group_leader;
	if (!facts) /* a thread older than the agent, or a worker of io_uring */
		facts = bpf_task_storage_get(&tasks, task, 0, 0);
	for (i = 0; i < ANCESTORS; i++) {
		const struct maker *maker = facts && facts->makers ? &facts->maker[0] : 0;

		task = task->real_parent;
		if (!task)
			break;
		task = task->group_leader;
		if (!task)
			break;
		if (maker && !maker__is(facts, task)) {
			orphan = facts;
			break;
		}
		if (!task->tgid)
			break;
		facts = bpf_task_storage_get(&tasks, task, 0, 0);
		ancestor__add_living(&scratch->record.ancestor[i], task, facts, maker, i, &depth);
		scratch->record.ancestors = i + 1;
	}
	if (orphan)
		ancestors__add_makers(&scratch->record, orphan, &depth);
	return 0;
}

char LICENSE[] SEC("license") __weak = "Dual BSD/GPL";
