/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Handing a record over.
 */
#ifndef LANNER_EVENT_RINGS_H
#define LANNER_EVENT_RINGS_H

#include "base/buffers.h"
#include "base/configuration.h"
#include "base/counters.h"
#include "event/fairness.h"

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

/* The record goes to its ring and stays as it is. */
static __always_inline void event__send(struct config *config, struct scratch *scratch)
{
	struct record *record = &scratch->record;
	__u32 number = event__ring(config, record->event);
	void *ring = bpf_map_lookup_elem(&rings, &number);
	__u64 size = record->size;
	__u64 flags = BPF_RB_NO_WAKEUP;

	if (record->flags & RECORD_STRINGS_CUT)
		counter__add(record->event, REASON_RECORD_CUT);
	/* exec and its like are rare and wake the reader; the others wait for its next round unless many have
	 * gathered */
	if (!number || (ring && bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) > config->ring_wake))
		flags = 0;
	if (size > RECORD_MAX)
		size = RECORD_MAX;
	if (!ring || bpf_ringbuf_output(ring, record, size, flags)) {
		counter__add(record->event, REASON_RING_FULL);
		return;
	}
	counter__add(record->event, REASON_SENT);
	fairness__charge(scratch->origin, number, record->event, size);
}

#endif
