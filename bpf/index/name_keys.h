/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A name of a path as the tables have it: by its length and first eight bytes.
 */
#ifndef LANNER_INDEX_NAME_KEYS_H
#define LANNER_INDEX_NAME_KEYS_H

#include "index/tables.h"

#define HASH_EXACT  0x9e3779b97f4a7c15ULL
#define HASH_PREFIX 0xc2b2ae3d27d4eb4fULL
#define HASH_SUFFIX 0x165667b19e3779f9ULL
#define HASH_SHIFT  50 /* leaves the bits of INDEX_SLOTS */

/* Number of a key's row at a place; 0: no clause asks for it. */
static __always_inline __u32 key__row_number(__u32 half, __u32 place, __u64 text, __u64 length, __u64 hash)
{
	__u32 number = ((text ^ length << 56) * hash) >> HASH_SHIFT;
	struct index_slot *slot;

	number = (number & (INDEX_SLOTS - 1)) + (half & 1) * INDEX_SLOTS;
	slot = bpf_map_lookup_elem(&index_slots, &number);
	return slot ? slot->row[place & (PATH_PLACES - 1)] : 0;
}

#endif
