/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Handing a record over.
 */
#ifndef LANNER_EVENT_RINGS_H
#define LANNER_EVENT_RINGS_H

#include "base/buffers.h"
#include "base/configuration.h"
#include "base/counters.h"
#include "event/reader.h"

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
static __always_inline __u32 event__ring(struct config *config, struct record *record)
{
	if (record->event <= EVENT_PROCEXIT || !config->ring_count)
		return 0;
	return 1 + (record->cpu >> 1) % config->ring_count;
}

/* The record goes to its ring and stays as it is. */
static __always_inline void event__send(struct config *config, struct scratch *scratch)
{
	struct record *record = &scratch->record;
	__u32 number = event__ring(config, record);
	void *ring = bpf_map_lookup_elem(&rings, &number);
	__u64 size = record->size;

	if (record->flags & RECORD_STRINGS_CUT)
		counter__add(record->event, REASON_RECORD_CUT);
	if (size > RECORD_MAX)
		size = RECORD_MAX;
	if (!ring || bpf_ringbuf_output(ring, record, size, BPF_RB_NO_WAKEUP))
		counter__add(record->event, REASON_RING_FULL);
	else
		counter__add(record->event, REASON_SENT);
	reader__wake(config, number, ring);
}

#endif
