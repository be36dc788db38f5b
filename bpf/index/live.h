/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The clauses that may still hold of an event, as more of it is known. Most rules fill one word of 64: the
 * others are asked by functions that the verifier looks at once.
 */
#ifndef LANNER_INDEX_LIVE_H
#define LANNER_INDEX_LIVE_H

#include "index/tables.h"

struct index_live {
	__u64 word[INDEX_WORDS];
	__u32 words; /* that are used; 0: all clauses may hold */
	__u32 half;
};

/* The same for rows of several words. */
extern int live__keep_words(struct index_live *live, const struct index_row *row);
extern int live__asks_words(const struct index_live *live, const struct index_row *free);

/* Whether a clause is left of those that this row has, too. */
static __always_inline int live__keep(struct index_live *live, const struct index_row *row)
{
	if (live->words > 1)
		return live__keep_words(live, row);
	live->word[0] &= row->word[0];
	return live->word[0] != 0;
}

/* Whether a clause that is left is in none of these. */
static __always_inline int live__asks(const struct index_live *live, const struct index_row *free)
{
	if (live->words > 1)
		return live__asks_words(live, free);
	return (live->word[0] & ~free->word[0]) != 0;
}

#endif
