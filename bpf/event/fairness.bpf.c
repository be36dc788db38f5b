// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Keeping account of shares: global functions, verified once for all their callers. */
#include "event/fairness.h"

#include "base/counters.h"
#include "event/origin.h"
#include "event/ring.h"
#include "index/word.h"

#define SHARE_OF_FREE 2 /* an origin may have waiting so many times of what is free, */
#define CLASS_OF_REST 2 /* and a class so many times of what the origin has left, */
#define CLASS_LEAST   8 /* but always one part of so many of what is free */
#define SHARED_FROM   4 /* a ring is shared out once one part of so many waits */
#define URGENT	      8 /* one part of so many is left to urgent events */

static __always_inline __u32 event__class(__u32 event)
{
	if (event >= EVENT_CALLS)
		return SHARE_CALLS + (event - EVENT_CALLS) % (SHARE_CLASSES - SHARE_CALLS);
	if (event >= EVENT_OPEN)
		return SHARE_OPEN;
	if (event == EVENT_PROCEXIT)
		return SHARE_EXIT;
	return event >= EVENT_CLONE ? SHARE_FORK : SHARE_EXEC;
}

/* The class of an event as a place in share_bytes. */
static __always_inline __u32 share__place(__u32 event)
{
	__u32 class = event__class(event);

	barrier_var(class); /* or the compiler, who knows better, drops the mask that the verifier needs */
	return class & (SHARE_CLASSES - 1);
}

/* The share of an origin; null: it has none yet. One for all others where there was no room. */
static __always_inline struct share *share__find(__u64 origin, __u32 ring)
{
	struct share_key key = { .origin = origin, .ring = ring };
	struct share *share = bpf_map_lookup_elem(&shares, &key);

	if (share)
		return share;
	key.origin = ORIGIN_OTHERS;
	return bpf_map_lookup_elem(&shares, &key);
}

static __always_inline struct share *share__make(__u64 origin, __u32 ring)
{
	struct share_key key = { .origin = origin, .ring = ring };
	struct share *share = bpf_map_lookup_elem(&shares, &key);
	struct share *fresh;
	__u32 zero = 0;

	if (share)
		return share;
	fresh = bpf_map_lookup_elem(&fresh_share, &zero);
	if (!fresh)
		return 0;
	bpf_map_update_elem(&shares, &key, fresh, BPF_NOEXIST);
	share = bpf_map_lookup_elem(&shares, &key);
	if (share)
		return share;
	key.origin = ORIGIN_OTHERS;
	bpf_map_update_elem(&shares, &key, fresh, BPF_NOEXIST);
	return bpf_map_lookup_elem(&shares, &key);
}

/* Forgets what the reader has read. Of several CPUs that come to a mark at once one begins the next window.
 */
static __always_inline void share__advance(struct share *share, void *ring)
{
	__u64 consumed = bpf_ringbuf_query(ring, BPF_RB_CONS_POS);
	__u64 produced = bpf_ringbuf_query(ring, BPF_RB_PROD_POS);
	__u64 mark = share->mark;
	__u32 half = share->half & 1;
	int all = consumed >= share->last;

	if (consumed < mark || __sync_val_compare_and_swap(&share->mark, mark, produced) != mark)
		return;
	if (all)
		__builtin_memset(&share->bytes[half], 0, sizeof(struct share_bytes));
	__builtin_memset(&share->bytes[!half], 0, sizeof(struct share_bytes));
	share->half = !half;
}

static __always_inline int share__has_room(const struct share *share, __u32 event, __u64 free)
{
	__u32 class = share__place(event);
	__u64 most = SHARE_OF_FREE * free;
	__u64 all = (__u64)share->bytes[0].all + share->bytes[1].all;
	__u64 own = (__u64)share->bytes[0].of[class] + share->bytes[1].of[class];

	if (own < free / CLASS_LEAST)
		return 1;
	return all < most && own < CLASS_OF_REST * (most - all);
}

static __always_inline void turned_away__add(__u64 origin, __u32 event)
{
	struct turned_away_key key = { .origin = origin, .event = event };
	__u64 *times, first = 0;

	counter__add(event, REASON_BEYOND_SHARE);
	times = bpf_map_lookup_elem(&turned_away, &key);
	if (!times) {
		bpf_map_update_elem(&turned_away, &key, &first, BPF_NOEXIST);
		times = bpf_map_lookup_elem(&turned_away, &key);
	}
	if (times)
		__sync_fetch_and_add(times, 1);
}

/* Whether a clause that is left of the event, which current was asked about last, is one of these. */
static __always_inline int live__has(const struct index_live *live, const struct index_row *row)
{
	__u64 found = 0;
	__u32 i;

	for (i = 0; i < INDEX_WORDS; i++)
		if (i < live->words)
			found |= live->word[i] & row->word[i];
	return found != 0;
}

/* Whether a rule may be true of the event whose alerts are urgent. What the index has not looked at is not.
 */
static __always_inline int event__is_urgent(__u32 event)
{
	struct index_task *index = bpf_task_storage_get(&index_tasks, bpf_get_current_task_btf(), 0, 0);
	struct index_event *entry;
	struct index_head *head;
	struct index_row *row;

	if (!index || !index->live.words)
		return 0;
	head = index__head(index->live.generation);
	entry = index__event(index->live.generation, event, VARIANT_UNKNOWN);
	if (!head || !entry || entry->event_class >= CLASSES)
		return 0;
	row = index__row(index->live.generation, head->urgent[entry->event_class]);
	return row && live__has(&index->live, row);
}

/* How much of a ring an event may see as free. */
static __always_inline __u64 event__free(__u32 event, __u64 size, __u64 waiting)
{
	__u64 free = waiting < size ? size - waiting : 0;

	if (event__is_urgent(event))
		return free;
	return free > size / URGENT ? free - size / URGENT : 0;
}

__u64 fairness__admit(__u32 event)
{
	struct config *config = config__get();
	__u64 origin = origin__current();
	__u32 number = config ? event__ring(config, event) : 0;
	void *ring = bpf_map_lookup_elem(&rings, &number);
	struct share *share;
	__u64 size, waiting;

	if (!ring)
		return origin;
	size = bpf_ringbuf_query(ring, BPF_RB_RING_SIZE);
	waiting = bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA);
	if (waiting < size / SHARED_FROM)
		return origin;
	share = share__find(origin, number);
	if (!share)
		return origin;
	share__advance(share, ring);
	if (share__has_room(share, event, event__free(event, size, waiting)))
		return origin;
	turned_away__add(origin, event);
	return 0;
}

int fairness__charge(__u64 origin, __u32 number, __u32 event, __u32 size)
{
	__u32 class = share__place(event);
	void *ring = bpf_map_lookup_elem(&rings, &number);
	struct share *share = share__make(origin, number);
	__u32 half;

	if (!ring || !share)
		return 0;
	share__advance(share, ring);
	share->last = bpf_ringbuf_query(ring, BPF_RB_PROD_POS);
	size = (size + BPF_RINGBUF_HDR_SZ + 7) & ~7U;
	half = share->half & 1;
	__sync_fetch_and_add(&share->bytes[half].all, size);
	__sync_fetch_and_add(&share->bytes[half].of[class], size);
	return 0;
}
