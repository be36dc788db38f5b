/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The rules' index: whether an event can be of interest to any rule, asked before a record is begun. Rows of
 * bits, one a clause, by what is known of the event; those of all of them are ANDed, the cheapest first:
 *
 *	event and variant & name & parent's name & host or container & last name & parent folder & top & ...
 *
 * What is not known has all bits. The tables of a generation lie in the half of each map that its lowest bit
 * says, so that those of the next one are filled while this one is asked. engine/lanner_engine/index says
 * what the clauses are, agent/lanner_agent/kernel/index.py fills the maps.
 */
#ifndef LANNER_INDEX_INDEX_H
#define LANNER_INDEX_INDEX_H

#include "base/task_facts.h"
#include "kernel/kernel_versions.h"
#include "wire/index.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/* Number of the tables in force; 0: there are none, everything is of interest. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} index_generation SEC(".maps") __weak;

/* One struct index_head for each half. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct index_head);
} index_heads SEC(".maps") __weak;

/* Rows by number, half by half. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * INDEX_ROWS);
	__type(key, __u32);
	__type(value, struct index_row);
} index_rows SEC(".maps") __weak;

/* Event and variant -> row and class. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * EVENTS * INDEX_VARIANTS);
	__type(key, __u32);
	__type(value, struct index_event);
} index_events SEC(".maps") __weak;

/* Hash of a name, or of its beginning or end -> rows of it at each place. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * INDEX_SLOTS);
	__type(key, __u32);
	__type(value, struct index_slot);
} index_slots SEC(".maps") __weak;

/* Name of a process -> its rows; those that no clause names have none. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, struct index_name_key);
	__type(value, struct index_name);
} index_names SEC(".maps") __weak;

/* Id of a cgroup -> enum place, as user space found out. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u64);
	__type(value, __u32);
} index_cgroups SEC(".maps") __weak;

/* The clauses that may still hold. */
struct index_live {
	__u64 word[INDEX_WORDS];
	__u16 words; /* that are used; 0: all clauses may hold */
	__u16 half;
	__u64 dentry; /* of the name that is looked at next; 0: an empty name */
};

/* Whether a clause is left of those that the event's rows have in common; which are. */
extern int index__begin(struct index_live *live, __u32 generation, __u32 event, __u32 variant);
/* Whether a clause is left of those that this row has, too. */
extern int live__keep(struct index_live *live, const struct index_row *row);
/* Whether a clause that is left is in none of these. */
extern int live__asks(const struct index_live *live, const struct index_row *free);
/* Whether a clause is left when the file behind a descriptor was opened; which are. */
extern int index__opened(__u32 generation, __u32 event, __u32 number, struct index_live *live);

/* Whether a clause is left when the path as given, in user memory, is looked at. */
extern int index__given(struct index_live *live, __u64 text);

static __always_inline __u32 index__generation(void)
{
	__u32 zero = 0;
	__u32 *generation = bpf_map_lookup_elem(&index_generation, &zero);

	return generation ? *generation : 0;
}

static __always_inline struct index_head *index__head(__u32 half)
{
	half &= 1;
	return bpf_map_lookup_elem(&index_heads, &half);
}

static __always_inline struct index_row *index__row(__u32 half, __u32 number)
{
	number += (half & 1) * INDEX_ROWS;
	return bpf_map_lookup_elem(&index_rows, &number);
}

static __always_inline struct index_event *index__event(__u32 half, __u32 event, __u32 variant)
{
	__u32 number = ((half & 1) * EVENTS + event) * INDEX_VARIANTS + variant;

	return bpf_map_lookup_elem(&index_events, &number);
}

/* Of an event of which nothing more is asked. */
static __always_inline int index__wants(__u32 event, __u32 variant)
{
	__u32 generation = index__generation();
	struct index_live live;

	return !generation || index__begin(&live, generation, event, variant);
}

/* Where in user memory the path as given is; 0: a handle was given. */
static __always_inline __u64 open__given(const struct pt_regs *regs, __u32 event, int compat)
{
	if (event == EVENT_OPEN_BY_HANDLE_AT)
		return 0;
	if (event == EVENT_OPENAT || event == EVENT_OPENAT2)
		return regs__argument(regs, 1, compat);
	return regs__argument(regs, 0, compat);
}

/* Whether an open can be of interest to any rule. */
static __always_inline int index__wants_open(const struct pt_regs *regs, __u32 event, long result, int compat)
{
	__u32 generation = index__generation();
	struct index_live live;

	if (!generation)
		return 1;
	if (result < 0)
		return index__begin(&live, generation, event, OPEN_FAILED) &&
		       index__given(&live, open__given(regs, event, compat));
	live.words = 0;
	live.half = generation & 1;
	return index__opened(generation, event, result, &live) &&
	       index__given(&live, open__given(regs, event, compat));
}

#endif
