/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The first look at a path, in one word whatever the number of clauses: rows are folded, and of the ways in
 * which a name may begin or end only one byte is looked at. It lets through what a look in full may drop.
 * All of it is inlined, for where the processor has to be kept from guessing returns each call costs as
 * much as a look-up.
 */
#ifndef LANNER_INDEX_FOLDED_H
#define LANNER_INDEX_FOLDED_H

#include "index/name_keys.h"
#include "index/step.h"
#include "index/word.h"

#define STEPS_INLINED 2	 /* to the next name: a mount may lie in between */
#define STEPS_MOST    16 /* to the root, two at a time */

/* What an open is looked at with. */
struct folded {
	const struct index_head *head;
	__u64 left; /* clauses that may hold */
	__u32 half;
};

/* Adds to `bits` the clauses that may ask for this name at a place. */
static __always_inline __u64 name__folded(const struct folded *folded, const struct upward *up, __u32 place,
					  __u64 bits)
{
	__u32 number = key__row_number(folded->half, place, up->first, up->length, HASH_EXACT);
	__u64 *found;

	if (number) {
		found = index__folded(folded->half, number);
		bits |= found ? *found : ~0ULL;
	}
	if (up->length && folded->left & folded->head->folded_parts[place]) {
		found = index__ends(folded->half, place, NAME_FIRST, up->first);
		bits |= found ? *found : ~0ULL;
		found = index__ends(folded->half, place, NAME_LAST, up->last >> 56);
		bits |= found ? *found : ~0ULL;
	}
	return bits;
}

/* Whether a clause is left once the name at a place is known. */
static __always_inline int folded__keep_name(struct folded *folded, const struct upward *up, __u32 place)
{
	__u64 free = folded->head->folded_free[place];

	if (folded->left & ~free)
		folded->left &= name__folded(folded, up, place, free);
	return folded->left != 0;
}

/* Whether a clause that is left asks for a name above the parent's. */
static __always_inline int folded__asks_above(const struct folded *folded)
{
	return (folded->left &
		~(folded->head->folded_free[PATH_SOME] & folded->head->folded_free[PATH_TOP])) != 0;
}

/* Whether a clause that is left asks how a name begins or ends. */
static __always_inline int folded__asks_parts(const struct folded *folded)
{
	const struct index_head *head = folded->head;

	return (folded->left & (head->folded_parts[PATH_LAST] | head->folded_parts[PATH_PARENT] |
				head->folded_parts[PATH_TOP] | head->folded_parts[PATH_SOME])) != 0;
}

/* Up to the next name, over few mounts. */
static __always_inline int upward__near(struct upward *up)
{
	int i, step = UPWARD_MOUNT;

	for (i = 0; i < STEPS_INLINED && step == UPWARD_MOUNT; i++)
		step = upward__step(up);
	return step == UPWARD_MOUNT ? UPWARD_LOST : step;
}

#endif
