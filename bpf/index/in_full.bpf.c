// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Names by their beginnings and ends, for clauses in any number of words. */
#include "index/in_full.h"

#include "index/asked.h"
#include "index/given.h"
#include "index/name_keys.h"
#include "index/word.h"

#define PATH_NAMES 32 /* that are looked at; of a longer path nothing is said of its top */

/* Adds the clauses, if any, that ask for a name in this way. */
__noinline int row__add(struct index_row *found, __u32 number)
{
	struct index_row *row = index__row(number / INDEX_ROWS, number % INDEX_ROWS);
	int i;

	if (!found || !row)
		return 0;
	for (i = 0; i < INDEX_WORDS; i++)
		found->word[i] |= row->word[i];
	return 0;
}

static __always_inline void name_row__add(struct index_row *found, __u32 half, __u32 place, __u64 text,
					  __u64 length, __u64 hash)
{
	__u32 number = key__row_number(half, place, text, length, hash);

	if (number)
		row__add(found, (half & 1) * INDEX_ROWS + number);
}

/* By the beginnings and ends of a name, of as many bytes as some clause asks for. */
__noinline int name_row__add_parts(struct index_task *index, __u32 half, __u32 place)
{
	struct index_head *head = index__head(half);
	__u32 prefixes, suffixes;
	__u64 length, size;

	if (!index || !head)
		return 0;
	prefixes = head->prefixes[place & (PATH_PLACES - 1)];
	suffixes = head->suffixes[place & (PATH_PLACES - 1)];
	length = index->up.length;
	for (size = 1; size <= INDEX_KEY; size++) {
		__u64 bits = 8 * (INDEX_KEY - size);

		if (size > length)
			break;
		if (prefixes >> (size - 1) & 1)
			name_row__add(&index->row, half, place, index->up.first << bits >> bits, size,
				      HASH_PREFIX);
		if (suffixes >> (size - 1) & 1)
			name_row__add(&index->row, half, place, index->up.last >> bits, size, HASH_SUFFIX);
	}
	return 0;
}

/* Adds the clauses that ask for the name that the way up has come to. */
static __always_inline void index__add_name(struct index_task *index, __u32 half, __u32 place)
{
	name_row__add(&index->row, half, place, index->up.first, index->up.length, HASH_EXACT);
	name_row__add_parts(index, half, place);
}

/* The clauses that ask for no name at a place; null: all of those that are left are among them. */
static __always_inline struct index_row *live__free(const struct index_live *live, __u32 place)
{
	struct index_head *head = index__head(live->generation);
	struct index_row *free = head ? index__row(live->generation, head->free[place]) : 0;

	return free && live__asks(live, free) ? free : 0;
}

/* Whether a clause is left once the name at a place is known. */
static __always_inline int index__name(struct index_live *live, struct index_task *index, __u32 place)
{
	struct index_row *free = live__free(live, place);

	if (!free)
		return 1;
	index->row = *free;
	index__add_name(index, live->generation, place);
	return live__keep(live, &index->row);
}

/* Whether a clause is left once all names are known, from the last one upwards. */
static __always_inline int index__all_names(struct index_live *live, struct index_task *index)
{
	struct index_row *free = live__free(live, PATH_SOME);
	int i, step = UPWARD_LOST;

	if (free)
		index->row = *free;
	for (i = 0; i < PATH_NAMES; i++) {
		step = upward__next(&index->up);
		if (step != UPWARD_NAME)
			break;
		if (free)
			index__add_name(index, live->generation, PATH_SOME);
	}
	if (step != UPWARD_ENDED)
		return 1;
	return (!free || live__keep(live, &index->row)) && index__name(live, index, PATH_TOP);
}

/* Whether a clause is left once the last name and its parent's are known. */
static __always_inline int index__two_names(struct index_live *live, struct index_task *index)
{
	int step = upward__next(&index->up);

	if (step != UPWARD_NAME)
		return 1;
	if (!index__name(live, index, PATH_LAST))
		return 0;
	step = upward__next(&index->up);
	if (step == UPWARD_LOST)
		return 1;
	if (step == UPWARD_ENDED) { /* a path of one name: the folder has none */
		index->up.first = 0;
		index->up.length = 0;
	}
	return index__name(live, index, PATH_PARENT);
}

/* To the file of a descriptor, as upward__of_descriptor(); -1 also: another one is there by now. */
static __always_inline int index__begin(struct index_task *index, __u32 number)
{
	int variant = upward__of_descriptor(&index->up, number);

	if (index->dentry && (index->dentry != index->up.dentry ||
			      index->mount != index->up.mount + bpf_core_field_offset(struct mount, mnt)))
		return -1;
	return variant;
}

/* Whether a clause is left of a file that was opened. */
static __always_inline int index__opened(__u32 event, __u32 number, struct index_task *index)
{
	struct index_live *live = &index->live;
	int variant;

	variant = index__begin(index, number);
	if (variant < 0)
		return 1;
	if (!index__wants(event, variant))
		return 0;
	if (!live->words)
		return 1;
	if (index__begin(index, number) < 0) /* again: who acts was asked in the same room */
		return 1;
	if (!index__two_names(live, index))
		return 0;
	return index__begin(index, number) < 0 || index__all_names(live, index);
}

int index__wants_in_full(__u32 event, __s64 result, __u64 given)
{
	struct index_task *index = index_task__get();

	if (!index)
		return 1;
	index->live.words = 0; /* of an event before, which was not sent */
	if (result < 0)
		return index__wants(event, OPEN_FAILED) && index__given(&index->live, given);
	return index__opened(event, result, index) && index__given(&index->live, given);
}
