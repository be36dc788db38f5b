/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The process word: what the rows of a process have in common, those of its name, its parent's name, of being
 * in a container or not, and of what else is asked of who acts. It is kept with the task for as long as these
 * are as they were.
 */
#ifndef LANNER_INDEX_WORD_H
#define LANNER_INDEX_WORD_H

#include "base/task_facts.h"
#include "index/actor.h"
#include "index/live.h"
#include "index/upward.h"

struct process_word {
	__u32 generation; /* 0: not made yet */
	__u32 parent;	  /* its number, */
	__u64 parent_start;
	__u64 cgroup;
	__u32 parent_exec; /* and how many execs it has made */
	__u32 place;	   /* enum place */
	__u64 folded[CLASSES];
	struct actor_word actor;
	__u16 name_row[CLASSES];
	__u16 parent_row[CLASSES];
};

/* What the index has of a task: its word, and what is needed while one of its events is looked at, which is
 * too much for the stack. */
struct index_task {
	struct process_word word;
	struct index_live live; /* of its last event that was asked about */
	__u64 dentry;		/* the place that a descriptor is known to lead to, and its mount; 0: any */
	__u64 mount;
	union {
		struct {
			struct upward up;
			struct index_row row; /* of a name */
			__u64 some;	      /* clauses that may hold of a name looked at so far, folded */
		};
		struct forebears forebears; /* while they are read, before any name is */
	};
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct index_task);
} index_tasks SEC(".maps") __weak;

static __always_inline struct index_task *index_task__of(struct task_struct *task)
{
	return bpf_task_storage_get(&index_tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
}

static __always_inline struct index_task *index_task__get(void)
{
	return index_task__of(bpf_get_current_task_btf());
}

/* Fills current's process word, which this is, but for who acts besides; 0: done, else it stays unknown. */
extern int word__make(__u32 generation, __u64 cgroup, struct process_word *word);

/* By an exec, which gives the process another name. */
static __always_inline void word__drop(struct task_struct *task)
{
	struct index_task *index = bpf_task_storage_get(&index_tasks, task, 0, 0);

	if (index)
		index->word.generation = 0;
}

static __always_inline __u32 word__place_row(const struct process_word *word, const struct index_head *head,
					     __u32 event_class)
{
	return word->place == PLACE_HOST ? head->host[event_class] : head->container[event_class];
}

#endif
