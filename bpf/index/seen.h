/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the process word says of opens, of the task that last opened something on this CPU: to find the word
 * itself, with the task, is a fifth of what an open costs that is held back.
 *
 * A program may be preempted between any two of its steps (base/buffers.h), and another task look here
 * meanwhile: the sequence is odd while somebody writes, and another one afterwards.
 */
#ifndef LANNER_INDEX_SEEN_H
#define LANNER_INDEX_SEEN_H

#include "index/word.h"

/* It is that task's for as long as all else is as it was. */
struct seen_opener {
	__u32 sequence;
	__u32 generation; /* 0: nothing was written yet */
	__u64 task;
	__u64 start;
	__u64 cgroup;
	__u64 parent_start;
	__u32 exec;
	__u32 parent;
	__u32 parent_exec;
	__u64 folded; /* clauses that may hold */
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct seen_opener);
} seen_openers SEC(".maps") __weak;

static __always_inline struct seen_opener *seen__opener(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&seen_openers, &zero);
}

/* The clauses that may hold of the opens of a task with this parent, in this cgroup, into `folded`; whether
 * they are known. */
static __always_inline int seen__read(__u64 *folded, struct task_struct *task, struct task_struct *parent,
				      __u64 cgroup, __u32 generation)
{
	volatile struct seen_opener *seen = seen__opener();
	__u32 sequence;

	if (!seen)
		return 0;
	sequence = seen->sequence;
	if (sequence & 1 || seen->task != (__u64)task || seen->generation != generation ||
	    seen->cgroup != cgroup || seen->start != task->start_boottime ||
	    seen->exec != (__u32)task->self_exec_id || seen->parent != parent->tgid ||
	    seen->parent_start != parent->start_boottime || seen->parent_exec != (__u32)parent->self_exec_id)
		return 0;
	*folded = seen->folded;
	return seen->sequence == sequence;
}

/* Writes down a task's word, unless clauses ask what may change without it, or somebody else is writing. */
static __always_inline void seen__write(const struct process_word *word, struct task_struct *task)
{
	volatile struct seen_opener *seen = seen__opener();
	__u32 sequence;

	if (!seen || word->actor.asks[CLASS_OPEN])
		return;
	sequence = seen->sequence;
	if (sequence & 1 || __sync_val_compare_and_swap(&seen->sequence, sequence, sequence + 1) != sequence)
		return;
	seen->generation = word->generation;
	seen->task = (__u64)task;
	seen->start = task->start_boottime;
	seen->cgroup = word->cgroup;
	seen->parent_start = word->parent_start;
	seen->exec = task->self_exec_id;
	seen->parent = word->parent;
	seen->parent_exec = word->parent_exec;
	seen->folded = word->folded[CLASS_OPEN];
	seen->sequence = sequence + 2;
}

#endif
