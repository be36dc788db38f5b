/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The tables of the index. Those of a generation lie in the half of each map that its lowest bit says, so
 * that those of the next one are filled while these are asked.
 */
#ifndef LANNER_INDEX_TABLES_H
#define LANNER_INDEX_TABLES_H

#include "wire/index.h"

#include <linux/bpf.h>
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

/* The same rows, folded. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * INDEX_ROWS);
	__type(key, __u32);
	__type(value, __u64);
} index_folded SEC(".maps") __weak;

/* The first or last byte of a name at a place of an open's path -> clauses, folded, that ask for a name which
 * begins or ends with this byte. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * PATH_PLACES * NAME_ENDS * INDEX_BYTES);
	__type(key, __u32);
	__type(value, __u64);
} index_ends SEC(".maps") __weak;

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

static __always_inline __u64 *index__folded(__u32 half, __u32 number)
{
	number += (half & 1) * INDEX_ROWS;
	return bpf_map_lookup_elem(&index_folded, &number);
}

static __always_inline __u64 *index__ends(__u32 half, __u32 place, enum name_end end, __u8 byte)
{
	__u32 number = (((half & 1) * PATH_PLACES + place) * NAME_ENDS + end) * INDEX_BYTES + byte;

	return bpf_map_lookup_elem(&index_ends, &number);
}

static __always_inline struct index_event *index__event(__u32 half, __u32 event, __u32 variant)
{
	__u32 number = ((half & 1) * EVENTS + event) * INDEX_VARIANTS + variant;

	return bpf_map_lookup_elem(&index_events, &number);
}

#endif
