/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Shares of what is kept of execs, so that ten thousand sleeping programs of one origin (event/origin.h)
 * leave room for those of the others:
 *
 *	exec    taken, and written down in exec_facts; what is beyond the share of its origin is kept for its
 *		own event, and let go behind that
 *	end     given back to that origin, whosever the process is by then
 *
 * As of a ring (event/fairness.h), an origin may have a multiple of what is free: a half. So one alone has a
 * third of all, and a container with two numbers, that of before user space told of it and its own, has a
 * half.
 */
#ifndef LANNER_READ_EXEC_SHARES_H
#define LANNER_READ_EXEC_SHARES_H

#include "wire/execs.h"

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define SHARE_BITS 12 /* of the number of an origin's place, in each of two rows */

/* Which of the maps something is taken of. */
enum exec_room {
	ROOM_EXECS,
	ROOM_STRINGS,
	ROOM_LONG_STRINGS,
	EXEC_ROOMS,
};

/* Elements that are taken, of each. */
struct exec_share {
	__u32 taken[EXEC_ROOMS];
};

/* 0: all that is taken; then two rows of places. An origin has one in each, and others may have the same:
 * what it has taken is at most the lesser of the two. No place is ever freed, so that no count is lost. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1 + (2 << SHARE_BITS));
	__type(key, __u32);
	__type(value, struct exec_share);
} exec_shares SEC(".maps") __weak;

/* Takes an element of execs, for facts whose origin is set; 0: it is beyond the share, and passing. */
extern int exec_share__take(struct exec_facts *facts);
/* Takes the blocks of a string of length bytes, of which more than this are passing. */
extern __u32 exec_share__take_string(struct exec_facts *facts, __u32 part, __u32 length);
/* Gives all of them back. */
extern int exec_share__give_back(const struct exec_facts *facts);

#endif
