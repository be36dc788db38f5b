/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who made a process, kept with it: when its maker ends, the kernel hands it to another parent and forgets
 * (the double fork of daemons, and of those who hide). The MAKERS nearest are kept.
 *
 *	tasks[task].maker[0]  the process that forked it, as it was then
 *	           .maker[1]  the one that forked that, as it was then
 */
#ifndef LANNER_LINEAGE_H
#define LANNER_LINEAGE_H

#include "task.h"

/*
 * The nearest makers keep their exec's path and arguments for their descendants; those further up have them
 * only while somebody still runs their image, so that nobody can fill the maps with a chain of the dead.
 */
#define MAKERS_HELD 4

static __always_inline void exec__hold(__u64 exec)
{
	struct exec_facts *facts = bpf_map_lookup_elem(&execs, &exec);

	if (facts)
		__sync_fetch_and_add(&facts->users, 1);
}

static __always_inline void lineage__put(const struct task_facts *facts)
{
	int i;

	for (i = 0; i < MAKERS_HELD; i++)
		if (facts->maker[i].exec)
			exec__put(facts->maker[i].exec);
}

/* Whether the makers are now the caller's to write down: the probes and the start-up scan may meet. */
static __always_inline int lineage__claim(struct task_facts *facts)
{
	return __sync_val_compare_and_swap(&facts->lineage, LINEAGE_UNKNOWN, LINEAGE_CLAIMED) ==
	       LINEAGE_UNKNOWN;
}

static __always_inline void lineage__keep(struct task_facts *facts)
{
	int i;

	for (i = 0; i < MAKERS_HELD; i++)
		if (facts->maker[i].exec)
			exec__hold(facts->maker[i].exec);
	if (__sync_val_compare_and_swap(&facts->lineage, LINEAGE_CLAIMED, LINEAGE_KNOWN) != LINEAGE_CLAIMED)
		lineage__put(facts); /* it ended meanwhile */
}

/* The task ends: names and numbers stay for as long as it is in sight. */
static __always_inline void lineage__end(struct task_facts *facts)
{
	if (__sync_lock_test_and_set(&facts->lineage, LINEAGE_OVER) == LINEAGE_KNOWN)
		lineage__put(facts);
}

static __always_inline void maker__read(struct maker *maker, struct task_struct *leader)
{
	struct task_facts *facts = bpf_task_storage_get(&tasks, leader, 0, 0);
	struct pid *pid = BPF_CORE_READ(leader, thread_pid);

	maker->start = leader->start_boottime;
	maker->exec = facts__exec(facts);
	maker->pid = leader->tgid;
	maker->vpid = pid__number(pid, pid ? BPF_CORE_READ(pid, level) : 0);
	task__read_name(maker->comm, leader, facts);
}

/* Of a process older than the agent: its parents are all that is left of its makers. */
static __always_inline void lineage__learn(struct task_facts *facts, struct task_struct *task)
{
	struct task_struct *above = task->group_leader;
	int i;

	if (!lineage__claim(facts))
		return;
	for (i = 0; i < MAKERS; i++) {
		above = above->real_parent;
		if (!above)
			break;
		above = above->group_leader;
		if (!above || !above->tgid)
			break;
		maker__read(&facts->maker[i], above);
		facts->makers = i + 1;
	}
	lineage__keep(facts);
}

/*
 * The maker's makers behind the maker. Where there is no room for all, one that runs the same image as the
 * maker gives way before the furthest does: forks alone push nobody out.
 */
static __always_inline void lineage__append(struct task_facts *facts, const struct task_facts *own)
{
	const __u64 rest = sizeof(facts->maker) - sizeof(struct maker);

	if (own->makers == MAKERS && own->maker[0].exec == facts->maker[0].exec) {
		__builtin_memcpy(&facts->maker[1], &own->maker[1], rest);
		facts->makers = MAKERS;
	} else {
		__builtin_memcpy(&facts->maker[1], own->maker, rest);
		facts->makers = own->makers < MAKERS ? own->makers + 1 : MAKERS;
	}
}

/* A thread, and a child made with CLONE_PARENT, has the makers of its maker; any other has its maker too. */
static __always_inline void lineage__inherit(struct task_facts *facts, struct task_struct *child,
					     const struct task_facts *own, struct task_struct *maker)
{
	if (!lineage__claim(facts))
		return;
	if (child->group_leader == maker->group_leader || child->real_parent != maker) {
		__builtin_memcpy(facts->maker, own->maker, sizeof(facts->maker));
		facts->makers = own->makers;
	} else {
		maker__read(&facts->maker[0], maker->group_leader);
		lineage__append(facts, own);
	}
	lineage__keep(facts);
}

#endif
