// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The ancestors of current as the kernel has them now, and behind each that another process has made than
 * its parent, its creators as they were when they did. A global function, verified once.
 */
#include "base/append.h"
#include "base/counters.h"
#include "read/ancestors.h"
#include "read/lineage.h"

#define ANCESTOR_SIZE sizeof(struct ancestor_facts)

/* What follows what the record has; null: there is no room. */
static __always_inline struct ancestor_facts *ancestors__next(struct scratch *scratch)
{
	__u32 at = scratch->record.size - RECORD_HEAD;
	struct ancestor_facts *next;

	if (at >= STRINGS_END) {
		scratch->record.flags |= RECORD_STRINGS_CUT;
		return 0;
	}
	next = (void *)&scratch->strings[at];
	next->args = (struct text){};
	next->exepath = (struct text){};
	scratch->record.size += ANCESTOR_SIZE;
	scratch->record.lineage.length += ANCESTOR_SIZE;
	return next;
}

/* The task whose address is in the scratch. A function that is verified by itself: it is called in a loop. */
__noinline int ancestor__add(const struct task_facts *facts, __u32 level, __u64 start, __u32 number,
			     __u32 vpid)
{
	struct scratch *scratch = scratch__get();
	struct ancestor_facts *ancestor = scratch ? ancestors__next(scratch) : 0;
	struct task_struct *leader;

	if (!ancestor)
		return 0;
	ancestor->level = level;
	ancestor->start = start;
	ancestor->exec = facts__exec(facts);
	ancestor->pid = number;
	ancestor->vpid = vpid;
	if (facts && facts->comm[0]) {
		__builtin_memcpy(ancestor->comm, facts->comm, sizeof(ancestor->comm));
		return 0;
	}
	leader = (void *)scratch->relative;
	bpf_probe_read_kernel(ancestor->comm, sizeof(ancestor->comm),
			      (void *)leader + bpf_core_field_offset(struct task_struct, comm));
	return 0;
}

static __always_inline void creator__add(struct scratch *scratch, const struct kept_creator *kept)
{
	struct ancestor_facts *creator = ancestors__next(scratch);

	if (!creator)
		return;
	creator->level = 0;
	creator->start = kept->start;
	creator->exec = kept->exec;
	creator->pid = kept->pid;
	creator->vpid = kept->vpid;
	__builtin_memcpy(creator->comm, kept->comm, sizeof(creator->comm));
}

/* The creators that are kept with a task. A function that is verified by itself: it is called in a loop. */
__noinline int creators__add(const struct task_facts *facts)
{
	struct scratch *scratch = scratch__get();
	int i;

	if (!facts || !scratch)
		return 0;
	if (scratch->record.creators + facts->creators > CREATORS) {
		counter__add(scratch->record.event, REASON_LINEAGE_CUT);
		return 0;
	}
	for (i = 0; i < CREATORS_KEPT; i++) {
		if (i >= facts->creators)
			break;
		creator__add(scratch, &facts->creator[i]);
	}
	scratch->record.creators += facts->creators;
	return 0;
}

/* Whether task is the one that made what facts are about; where nothing is known, it is. */
static __always_inline int creator__is(const struct task_facts *facts, struct task_struct *task)
{
	return !facts || !facts->creators ||
	       (facts->creator[0].pid == task->tgid && facts->creator[0].start == task->start_boottime);
}

/* The way up from current. The verifier looks at one step, and at few pointers to tasks: for each pointer in
 * one of those it searches all types of the kernel. */
struct forebears {
	const struct reads *reads;
	struct scratch *scratch;
	struct task_struct *task;
	struct task_facts *facts; /* of task */
};

/* The ancestor number i + 1; 1: there is no further one. */
static long forebear__step(__u64 i, struct forebears *up)
{
	const struct reads *reads = up->reads;
	struct task_struct *task = up->task->real_parent;

	if (!task)
		return 1;
	task = task->group_leader;
	barrier_var(task); /* loaded before the ways part */
	if (!task || (i && i >= reads->ancestors))
		return 1;
	if (!creator__is(up->facts, task)) {
		if (!i)
			up->scratch->record.flags |= RECORD_ORPHAN;
		if (reads->creators)
			creators__add(up->facts);
	}
	if (!task->tgid)
		return 1;
	up->task = task;
	up->facts = bpf_task_storage_get(&tasks, task, 0, 0);
	if (i < reads->ancestors) {
		up->scratch->relative = (__u64)task;
		ancestor__add(up->facts, i + 1, task->start_boottime, task->tgid, task__vtid(task));
	}
	return 0;
}

/* The entries without their strings. */
static __always_inline void ancestors__add_names(struct scratch *scratch, const struct reads *reads)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct forebears up = {
		.reads = reads,
		.scratch = scratch,
		.facts = bpf_task_storage_get(&tasks, task, 0, 0),
		.task = task->group_leader,
	};

	if (!up.facts) /* a thread older than the agent, or a worker of io_uring */
		up.facts = bpf_task_storage_get(&tasks, up.task, 0, 0);
	if (bpf_loop(ANCESTORS, forebear__step, &up, 0) == ANCESTORS && reads->ancestors >= ANCESTORS &&
	    up.task->tgid > 1)
		counter__add(scratch->record.event, REASON_LINEAGE_CUT);
}

/* The strings of the entry at `at` of a record's strings, if some rule reads them of it. */
__noinline int ancestor__add_strings(const struct reads *reads, __u32 at)
{
	struct scratch *scratch = scratch__get();
	struct ancestor_facts *one;
	int exepath, args;

	if (!reads || !scratch || at >= STRINGS_END)
		return 0;
	one = (void *)&scratch->strings[at];
	exepath = one->level ? one->level <= reads->exepaths : reads->creators & CREATOR_EXEPATHS;
	args = one->level ? one->level <= reads->args : reads->creators & CREATOR_ARGS;
	if (exepath)
		one->exepath = text__unpack(record__append_string(one->exec, STRING_EXEPATH));
	if (args)
		one->args = text__unpack(record__append_string(one->exec, STRING_ARGS));
	return 0;
}

/* Strings are half of a record's cost: only those that some rule reads are added. */
static __always_inline void ancestors__add_strings(struct scratch *scratch, const struct reads *reads)
{
	__u32 first = scratch->record.lineage.at - RECORD_HEAD, done;
	int i;

	for (i = 0; i < ANCESTORS + CREATORS; i++) {
		done = i * ANCESTOR_SIZE;
		if (done >= scratch->record.lineage.length)
			return;
		ancestor__add_strings(reads, first + done);
	}
}

int ancestors__add(const struct reads *reads)
{
	struct scratch *scratch = scratch__get();

	if (!reads || !scratch)
		return 0;
	scratch->record.size = (scratch->record.size + 7) & ~7;
	scratch->record.lineage.at = scratch->record.size;
	ancestors__add_names(scratch, reads);
	if (reads->exepaths || reads->args || reads->creators & (CREATOR_EXEPATHS | CREATOR_ARGS))
		ancestors__add_strings(scratch, reads);
	return 0;
}
