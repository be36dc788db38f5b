/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which strings user space has, and says so: records do without them.
 *
 *	record with the strings -> user space keeps them -> kept[number] -> records with TEXT_KEPT instead
 *
 * User space forgets a string only when it has taken the number out of here and read all records that were
 * made before. An exec has a new number, so that no string of another image can be meant.
 */
#ifndef LANNER_READ_KEPT_H
#define LANNER_READ_KEPT_H

#include "wire/execs.h"

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* Number of an exec, or the complement of a cgroup's id -> bit n: user space has string part n. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, __u64);
	__type(value, __u32);
} kept SEC(".maps") __weak;

static __always_inline int kept__has(__u64 number, __u32 part)
{
	__u32 *parts = bpf_map_lookup_elem(&kept, &number);

	return parts && *parts & 1U << part;
}

static __always_inline int kept__has_cgroup(__u64 id)
{
	return kept__has(~id, STRING_CGROUP);
}

#endif
