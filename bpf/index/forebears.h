/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the clauses ask of the names of a process' forebears: of its ancestors as they are now, and of the
 * creators that made it or one of them and are its parent no more, as read/ancestors has them in a record.
 *
 * Who they are changes when an ancestor executes a program or ends. Then a number is counted up, and so it is
 * known of all that was found before that it may hold no more:
 *
 *	an ancestor:  new name written down, or marked as ending ... number up ......... (children moved)
 *	a reader:     number read ... names read; of one that is ending nothing is kept
 */
#ifndef LANNER_INDEX_FOREBEARS_H
#define LANNER_INDEX_FOREBEARS_H

#include "index/tables.h"
#include "kernel/kernel_types.h"

#include <bpf/bpf_core_read.h>

/* How much is known of the forebears, as bits; none: all. */
enum forebears_known {
	FOREBEARS_UNKNOWN = 1, /* one has no name that is known, or they are too many */
	FOREBEARS_MOVING = 2,  /* the same, but soon they are known */
};

/* The clauses that ask for a name that one of them has, and those that ask that none has it. */
struct forebears {
	struct index_forebear names;
	__u32 half;
	__u16 creators;
	__u16 known; /* enum forebears_known */
};

/* How often the forebears of a process may have become others. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} index_lineage SEC(".maps") __weak;

/* Name of a process -> what clauses ask of forebears with it. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 2 * INDEX_FOREBEARS);
	__type(key, struct index_name_key);
	__type(value, struct index_forebear);
} index_forebears SEC(".maps") __weak;

/* Reads those of current. */
extern int forebears__read(struct forebears *found);

static __always_inline __u64 *lineage__number(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&index_lineage, &zero);
}

static __always_inline void lineage__count(void)
{
	__u64 *number = lineage__number();

	if (number)
		__sync_fetch_and_add(number, 1);
}

/* By a task that has another name now, or is about to end: with children it is a forebear. */
static __always_inline void lineage__change(struct task_struct *task)
{
	__u64 none = (__u64)task + bpf_core_field_offset(struct task_struct, children);

	if ((__u64)task->children.next != none)
		lineage__count();
}

#endif
