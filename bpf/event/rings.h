/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Handing a record over.
 */
#ifndef LANNER_EVENT_RINGS_H
#define LANNER_EVENT_RINGS_H

#include "base/buffers.h"
#include "base/counters.h"
#include "event/fairness.h"
#include "event/reader.h"
#include "event/ring.h"
#include "event/unmet.h"

/* The record goes to its ring and stays as it is. */
static __always_inline void event__send(struct config *config, struct scratch *scratch)
{
	struct record *record = &scratch->record;
	__u32 number = event__ring(config, record->event);
	void *ring = bpf_map_lookup_elem(&rings, &number);
	__u64 size;

	if (record->flags & RECORD_STRINGS_CUT)
		counter__add(record->event, REASON_RECORD_CUT);
	size = record->size; /* read here: older verifiers forget bounds of what was on the stack */
	if (size > RECORD_MAX)
		size = RECORD_MAX;
	if (!ring || bpf_ringbuf_output(ring, record, size, BPF_RB_NO_WAKEUP)) {
		counter__add(record->event, REASON_RING_FULL);
		unmet__keep(1);
	} else {
		counter__add(record->event, REASON_SENT);
		fairness__charge(scratch->origin, number, record->event, record->size);
	}
	reader__wake(config, number, ring);
}

#endif
