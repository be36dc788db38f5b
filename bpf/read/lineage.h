/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who made a process, kept with it: when its creator ends, the kernel hands it to another parent and forgets
 * (the double fork of daemons, and of those who hide). The CREATORS_KEPT nearest are kept.
 *
 *	tasks[task].creator[0]  the process that forked it, as it was then
 *	           .creator[1]  the one that forked that, as it was then
 */
#ifndef LANNER_READ_LINEAGE_H
#define LANNER_READ_LINEAGE_H

#include "read/exec.h"
#include "read/task.h"

/*
 * The nearest creators keep their exec's path and arguments for their descendants; those further up have them
 * only while somebody still runs their image, so that nobody can fill the maps with a chain of the dead.
 */
#define CREATORS_HELD 4

static __always_inline void exec__hold(__u64 exec)
{
	struct exec_facts *facts = bpf_map_lookup_elem(&execs, &exec);

	if (facts)
		__sync_fetch_and_add(&facts->users, 1);
}

static __always_inline void lineage__put(const struct task_facts *facts)
{
	int i;

	for (i = 0; i < CREATORS_HELD; i++)
		if (facts->creator[i].exec)
			exec__put(facts->creator[i].exec);
}

/* Whether the creators are now the caller's to write down: the probes and the start-up scan may meet. */
static __always_inline int lineage__claim(struct task_facts *facts)
{
	return __sync_val_compare_and_swap(&facts->lineage, LINEAGE_UNKNOWN, LINEAGE_CLAIMED) ==
	       LINEAGE_UNKNOWN;
}

static __always_inline void lineage__keep(struct task_facts *facts)
{
	int i;

	for (i = 0; i < CREATORS_HELD; i++)
		if (facts->creator[i].exec)
			exec__hold(facts->creator[i].exec);
	if (__sync_val_compare_and_swap(&facts->lineage, LINEAGE_CLAIMED, LINEAGE_KNOWN) != LINEAGE_CLAIMED)
		lineage__put(facts); /* it ended meanwhile */
}

/* The task ends: names and numbers stay for as long as it is in sight. */
static __always_inline void lineage__end(struct task_facts *facts)
{
	if (__sync_lock_test_and_set(&facts->lineage, LINEAGE_OVER) == LINEAGE_KNOWN)
		lineage__put(facts);
}

static __always_inline void creator__read(struct kept_creator *creator, struct task_struct *leader)
{
	struct task_facts *facts = bpf_task_storage_get(&tasks, leader, 0, 0);

	creator->start = leader->start_boottime;
	creator->exec = facts__exec(facts);
	creator->pid = leader->tgid;
	creator->vpid = task__vtid(leader);
	task__read_name(creator->comm, leader, facts);
}

/* The way up from a process. The verifier looks at one step of it. */
struct makers {
	struct task_facts *facts; /* what is kept of the process */
	struct task_struct *above;
};

/* Keeps one creator more; 1: there is no further one. */
static long makers__step(__u64 i, struct makers *known)
{
	struct task_struct *above = known->above->real_parent;

	if (!above)
		return 1;
	above = above->group_leader;
	if (!above || !above->tgid || i >= CREATORS_KEPT)
		return 1;
	creator__read(&known->facts->creator[i], above);
	known->facts->creators = i + 1;
	known->above = above;
	return 0;
}

/* Of a process older than the agent: its parents are all that is left of its creators. */
static __always_inline void lineage__learn(struct task_facts *facts, struct task_struct *task)
{
	struct makers known = { .facts = facts, .above = task->group_leader };

	if (!lineage__claim(facts))
		return;
	bpf_loop(CREATORS_KEPT, makers__step, &known, 0);
	lineage__keep(facts);
}

/*
 * The creator's creators behind the creator. Where there is no room for all, one that runs the same image as
 * the creator gives way before the furthest does: forks alone push nobody out.
 */
static __always_inline void lineage__append(struct task_facts *facts, const struct task_facts *own)
{
	const __u64 rest = sizeof(facts->creator) - sizeof(struct kept_creator);

	if (own->creators == CREATORS_KEPT && own->creator[0].exec == facts->creator[0].exec) {
		__builtin_memcpy(&facts->creator[1], &own->creator[1], rest);
		facts->creators = CREATORS_KEPT;
	} else {
		__builtin_memcpy(&facts->creator[1], own->creator, rest);
		facts->creators = own->creators < CREATORS_KEPT ? own->creators + 1 : CREATORS_KEPT;
	}
}

/* A thread, and a child made with CLONE_PARENT, has the creators of its creator; any other has its creator
 * too. */
static __always_inline void lineage__inherit(struct task_facts *facts, struct task_struct *child,
					     const struct task_facts *own, struct task_struct *creator)
{
	if (!lineage__claim(facts))
		return;
	if (child->group_leader == creator->group_leader || child->real_parent != creator) {
		__builtin_memcpy(facts->creator, own->creator, sizeof(facts->creator));
		facts->creators = own->creators;
	} else {
		creator__read(&facts->creator[0], creator->group_leader);
		lineage__append(facts, own);
	}
	lineage__keep(facts);
}

#endif
