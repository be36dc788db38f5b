/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Waking the reader. It says in one word what it does, and the programs look at that behind each record:
 *
 *	reader   state = READER_SLEEPS   fence                nothing in the rings? waits for the alarm
 *	program  record committed        (a full barrier)     state != READER_AWAKE? AWAKE, and alarm
 *
 * so that one of them sees what the other has done. The alarm has a ring of its own: it has room when no
 * other has, and it is rung once for each wait, however many records come.
 */
#ifndef LANNER_EVENT_READER_H
#define LANNER_EVENT_READER_H

#include "base/configuration.h"

/* enum reader_state; mapped by the reader. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} reader SEC(".maps") __weak;

/* Ends the reader's wait; its records hold nothing. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
} alarm SEC(".maps") __weak;

/* A nap gathers records of calls; processes' life ends it, and so does a ring that fills up. */
static __always_inline int reader__is_needed(const struct config *config, __u64 state, __u32 number,
					     void *ring)
{
	if (state != READER_NAPS)
		return state == READER_SLEEPS;
	return !number || (ring && bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) > config->ring_wake);
}

/* To be called behind each record. */
static __always_inline void reader__wake(const struct config *config, __u32 number, void *ring)
{
	__u32 zero = 0;
	__u64 *now = bpf_map_lookup_elem(&reader, &zero), *bell, state;

	if (!now)
		return;
	state = *now;
	if (!reader__is_needed(config, state, number, ring))
		return;
	if (__sync_val_compare_and_swap(now, state, READER_AWAKE) != state)
		return;
	bell = bpf_ringbuf_reserve(&alarm, sizeof(*bell), 0);
	if (bell)
		bpf_ringbuf_discard(bell, BPF_RB_FORCE_WAKEUP);
	else /* the next record's turn */
		__sync_val_compare_and_swap(now, READER_AWAKE, state);
}

#endif
