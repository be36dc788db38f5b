/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whose events are counted together: the container, or the part of the host, that a process belongs to.
 */
#ifndef LANNER_EVENT_ORIGIN_H
#define LANNER_EVENT_ORIGIN_H

#include "wire/fairness.h"

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* Id of a cgroup -> origin, as user space found out. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 8192);
	__type(key, __u64);
	__type(value, __u64);
} origins SEC(".maps") __weak;

/* The origin of current, never 0. */
extern __u64 origin__current(void);

#endif
