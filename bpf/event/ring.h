/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The rings, and which of them takes an event.
 */
#ifndef LANNER_EVENT_RING_H
#define LANNER_EVENT_RING_H

#include "base/configuration.h"

struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
};

/* Rings made by user space: 0 for processes' life (exec, fork, exit), the others for a pair of CPUs each. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, RINGS);
	__type(key, __u32);
	__array(values, struct ring);
} rings SEC(".maps") __weak;

/* Ring 0 for processes' life, so that a flood of opens cannot push it out; else one for this pair of CPUs. */
static __always_inline __u32 event__ring(const struct config *config, __u32 event)
{
	if (event <= EVENT_PROCEXIT || !config->ring_count)
		return 0;
	return 1 + (bpf_get_smp_processor_id() >> 1) % config->ring_count;
}

#endif
