// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The way up from current to its forebears. */
#include "index/forebears.h"

#include "base/task_facts.h"

/* Adds what clauses ask of a forebear with this name. */
static __always_inline void forebears__add_name(struct forebears *found, const char *comm)
{
	struct index_name_key key = { .half = found->half };
	const struct index_forebear *asked;
	int i;

	if (!comm[0]) {
		found->known |= FOREBEARS_UNKNOWN;
		return;
	}
	__builtin_memcpy(key.comm, comm, COMM_LEN);
	asked = bpf_map_lookup_elem(&index_forebears, &key);
	if (!asked)
		return;
	for (i = 0; i < CLASSES; i++) {
		found->names.some[i] |= asked->some[i];
		found->names.none[i] |= asked->none[i];
	}
}

/*
 * The name of an ancestor of which none was kept: of a kernel thread, or of a process that the start-up scan
 * did not find. It counts from now on, as what the scan finds does. An exec counts its number up before its
 * name is kept: what was read before is read again, and the number of the exec is left to the exec itself.
 */
static __always_inline void ancestor__learn_name(struct task_facts *facts, struct task_struct *task)
{
	__u32 execs_made = task->self_exec_id;

	BPF_CORE_READ_INTO(&facts->comm, task, comm);
	if ((__u32)task->self_exec_id != execs_made)
		BPF_CORE_READ_INTO(&facts->comm, task, comm);
	else
		__sync_val_compare_and_swap(&facts->exec_id, 0, execs_made);
}

/* An ancestor, by what is kept of it. A function that is verified by itself: it is called in a loop. */
__noinline int forebears__add(struct forebears *found, const struct task_facts *facts)
{
	if (!found)
		return 0;
	if (facts)
		forebears__add_name(found, facts->comm);
	else /* there was no room to keep its name */
		found->known |= FOREBEARS_MOVING;
	return 0;
}

/* The creators that are kept with a task. A function that is verified by itself: it is called in a loop. */
__noinline int forebears__add_creators(struct forebears *found, const struct task_facts *facts)
{
	int i;

	if (!found || !facts)
		return 0;
	if (facts->lineage == LINEAGE_CLAIMED)
		found->known |= FOREBEARS_MOVING;
	found->creators += facts->creators;
	if (found->creators > CREATORS)
		found->known |= FOREBEARS_UNKNOWN;
	for (i = 0; i < CREATORS_KEPT; i++) {
		if (i >= facts->creators)
			break;
		forebears__add_name(found, facts->creator[i].comm);
	}
	return 0;
}

/* Whether task has made what these facts are about; where nothing is known, it has. */
static __always_inline int facts__are_of_child(const struct task_facts *facts, struct task_struct *task)
{
	return !facts || (!facts->creators && facts->lineage != LINEAGE_CLAIMED) ||
	       (facts->creator[0].pid == task->tgid && facts->creator[0].start == task->start_boottime);
}

/* The way up from current. The verifier looks at one step: for each pointer that is read from a task it
 * searches all types of the kernel, 0.2 ms and more. */
struct forebears_way {
	struct forebears *found;
	struct task_struct *task;
	struct task_facts *facts; /* of task, or of the thread that task leads */
};

/* The next forebear; 1: there is no further one. */
static long forebears__step(__u64 i, struct forebears_way *up)
{
	struct forebears *found = up->found;
	struct task_struct *task = up->task->real_parent;
	struct task_facts *facts;

	if (!task)
		return 1;
	if (task->flags & PF_EXITING) /* its children are about to be moved */
		found->known |= FOREBEARS_MOVING;
	task = task->group_leader;
	if (!task)
		return 1;
	if (!facts__are_of_child(up->facts, task))
		forebears__add_creators(found, up->facts);
	if (!task->tgid)
		return 1;
	facts = bpf_task_storage_get(&tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (facts && !facts->comm[0])
		ancestor__learn_name(facts, task);
	forebears__add(found, facts);
	up->task = task;
	up->facts = facts;
	return 0;
}

int forebears__read(struct forebears *found)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct forebears_way up = {
		.found = found,
		.task = task->group_leader,
		.facts = bpf_task_storage_get(&tasks, task, 0, 0),
	};

	if (!found || !up.task)
		return 0;
	if (!up.facts) /* a thread older than the agent */
		up.facts = bpf_task_storage_get(&tasks, up.task, 0, 0);
	/* all steps were made, and the last did not find the end */
	if (bpf_loop(ANCESTORS, forebears__step, &up, 0) == ANCESTORS && up.task->tgid > 1)
		found->known |= FOREBEARS_UNKNOWN;
	return 0;
}
