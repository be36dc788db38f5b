/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How often what happened to events of which kind: what user space tells of losses.
 */
#ifndef LANNER_BASE_COUNTERS_H
#define LANNER_BASE_COUNTERS_H

#include "wire/record.h"

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* event * REASONS + reason -> how often. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, EVENTS *REASONS);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps") __weak;

/* Atomic, though it is this CPU's own: a program that is preempted between load and store (at functions on
 * all kernels, at tracepoints since v7.0) would take back what others counted meanwhile. */
static __always_inline void counter__add_many(__u32 event, __u32 reason, __u64 times)
{
	__u32 key = event * REASONS + reason;
	__u64 *value = bpf_map_lookup_elem(&counters, &key);

	if (value)
		__sync_fetch_and_add(value, times);
}

static __always_inline void counter__add(__u32 event, __u32 reason)
{
	counter__add_many(event, reason, 1);
}

#endif
