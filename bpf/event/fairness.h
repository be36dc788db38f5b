/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Shares of a ring: what one origin may have waiting there, so that a flood of one leaves room for the rest.
 *
 *	consumed        mark               last          produced
 *	----+------------+------------------+---------------+----
 *	    |.... bytes[!half] ....|... bytes[half] ...|
 *
 * An origin may have as much waiting as a multiple of what is free, and a class of events as much as a
 * multiple of what this leaves it (dynamic thresholds, as switches share their buffers). The last eighth is
 * free to urgent events alone, of which a rule of high priority may be true. One flood of others stops with
 * half a ring, two stop with 7/22 each; what has nothing waiting finds room: another origin, and a class
 * that the flood is not of. The reader refills a share, not a clock: while it keeps up nothing is turned
 * away, and while it stands still nothing is refilled.
 *
 * Bytes are counted from mark to mark. When the reader has passed a mark, all that was counted before it is
 * read. What is counted is never less than what waits, and at most the bytes of two windows.
 */
#ifndef LANNER_EVENT_FAIRNESS_H
#define LANNER_EVENT_FAIRNESS_H

#include "wire/fairness.h"
#include "wire/record.h"

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* Calls that have no code of their own are spread over the classes from SHARE_CALLS on, by their number: a
 * flood of one leaves the others of the same origin theirs. */
enum share_class {
	SHARE_EXEC,
	SHARE_FORK,
	SHARE_EXIT,
	SHARE_OPEN,
	SHARE_CALLS,
	SHARE_CLASSES = 16,
};

struct share_bytes {
	__u32 all;
	__u32 of[SHARE_CLASSES];
};

/* What one origin has in one ring; positions are the ring's own. */
struct share {
	__u64 mark; /* where the window began in which is counted now */
	__u64 last; /* behind its last record */
	__u32 half; /* of bytes, of this window; the other one is of the window before */
	struct share_bytes bytes[2];
};

struct share_key {
	__u64 origin;
	__u32 ring;
	__u32 unused;
};

/* Shares of origins. One that is dropped for others begins anew. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct share_key);
	__type(value, struct share);
} shares SEC(".maps") __weak;

/* A share with nothing in it, which is too much for a stack. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct share);
} fresh_share SEC(".maps") __weak;

/* How many events of an origin were turned away; the counters of events have those of all together. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct turned_away_key);
	__type(value, __u64);
} turned_away SEC(".maps") __weak;

/* The origin of current where an event of its may go to the ring; 0: it is turned away, and counted. */
extern __u64 fairness__admit(__u32 event);

/* A record of so many bytes, this event of the origin, is in a ring. */
extern int fairness__charge(__u64 origin, __u32 ring, __u32 event, __u32 size);

#endif
