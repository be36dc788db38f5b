/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What user space has set.
 */
#ifndef LANNER_BASE_CONFIGURATION_H
#define LANNER_BASE_CONFIGURATION_H

#include "wire/config.h"

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* The one struct config. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct config);
} configuration SEC(".maps") __weak;

static __always_inline struct config *config__get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&configuration, &zero);
}

/* Event -> what its records must hold. Event 0 is none: its entry asks for nothing. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, EVENTS);
	__type(key, __u32);
	__type(value, struct reads);
} reads SEC(".maps") __weak;

static __always_inline struct reads *reads__of(__u32 event)
{
	return bpf_map_lookup_elem(&reads, &event);
}

#endif
