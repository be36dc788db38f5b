// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Taking of shares and giving back: global functions, verified once for all their callers. */
#include "read/exec_shares.h"

#define PARTS_OF_FREE 2 /* an origin may have one part of so many of what is free */
#define FIRST_HASH    0x9e3779b97f4a7c15ULL
#define SECOND_HASH   0xc2b2ae3d27d4eb4fULL

static __always_inline __u32 *share__taken(__u32 place, __u32 room)
{
	struct exec_share *share = bpf_map_lookup_elem(&exec_shares, &place);

	return share ? &share->taken[room] : 0;
}

/* What is taken of a room by all, and by an origin, as its two places have it. */
struct taken {
	__u32 *all;
	__u32 *first;
	__u32 *second;
};

/* Whether they were found, which they always are. */
static __always_inline int taken__find(struct taken *taken, __u64 origin, __u32 room)
{
	__u32 first = 1 + (origin * FIRST_HASH >> (64 - SHARE_BITS));
	__u32 second = 1 + (1 << SHARE_BITS) + (origin * SECOND_HASH >> (64 - SHARE_BITS));

	taken->all = share__taken(0, room);
	taken->first = share__taken(first, room);
	taken->second = share__taken(second, room);
	return taken->all && taken->first && taken->second;
}

static __always_inline void room__give_back(__u64 origin, __u32 room, __u32 count)
{
	struct taken taken;

	if (!taken__find(&taken, origin, room))
		return;
	__sync_fetch_and_sub(taken.all, count);
	__sync_fetch_and_sub(taken.first, count);
	__sync_fetch_and_sub(taken.second, count);
}

/* Not 0: it is beyond the share of the origin. */
static __always_inline int room__take(__u64 origin, __u32 room, __u32 count, __u32 size)
{
	__u32 all, first, second, own;
	struct taken taken;

	if (!taken__find(&taken, origin, room))
		return -1;
	all = __sync_fetch_and_add(taken.all, count) + count;
	first = __sync_fetch_and_add(taken.first, count) + count;
	second = __sync_fetch_and_add(taken.second, count) + count;
	own = first < second ? first : second;
	if (all + PARTS_OF_FREE * own <= size)
		return 0;
	room__give_back(origin, room, count);
	return -1;
}

int exec_share__take(struct exec_facts *facts)
{
	if (!facts)
		return 0;
	if (!room__take(facts->origin, ROOM_EXECS, 1, EXECS_MOST))
		return 1;
	facts->passing = PASSING_FACTS;
	return 0;
}

/* Blocks of the kind that each string begins with. Not 0: they are beyond the share. */
static __always_inline int exec_share__take_blocks(struct exec_facts *facts, __u32 count)
{
	if (facts->passing & PASSING_FACTS || room__take(facts->origin, ROOM_STRINGS, count, STRINGS_MOST))
		return -1;
	facts->blocks += count;
	return 0;
}

static __always_inline int exec_share__take_long_blocks(struct exec_facts *facts, __u32 count)
{
	if (room__take(facts->origin, ROOM_LONG_STRINGS, count, LONG_STRINGS_MOST))
		return -1;
	facts->long_blocks += count;
	return 0;
}

/* A part of a path is another path, and nothing of it is kept. */
__u32 exec_share__take_string(struct exec_facts *facts, __u32 part, __u32 length)
{
	int is_long = length > SHORT_STRING;
	__u32 blocks = is_long ? 1 : (length + STRING_BYTES - 1) / STRING_BYTES;
	__u32 long_blocks = is_long ? (length - STRING_BYTES + LONG_BYTES - 1) / LONG_BYTES : 0;

	if (!facts || !length)
		return 0;
	if (exec_share__take_blocks(facts, blocks)) {
		facts->passing |= 1 << (part & STRING_CGROUP);
		return 0;
	}
	if (!is_long || !exec_share__take_long_blocks(facts, long_blocks))
		return length;
	facts->passing |= part == STRING_ARGS ? PASSING_LONG_ARGS : 1 << (part & STRING_CGROUP);
	return part == STRING_ARGS ? STRING_BYTES : 0;
}

int exec_share__give_back(const struct exec_facts *facts)
{
	if (!facts || facts->passing & PASSING_FACTS)
		return 0;
	room__give_back(facts->origin, ROOM_EXECS, 1);
	room__give_back(facts->origin, ROOM_STRINGS, facts->blocks);
	room__give_back(facts->origin, ROOM_LONG_STRINGS, facts->long_blocks);
	return 0;
}
