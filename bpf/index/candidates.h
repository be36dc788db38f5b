/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which clauses are left of an event that is wanted, kept in its record before that is begun: on the stack
 * they would take room from all that a record is made by.
 */
#ifndef LANNER_INDEX_CANDIDATES_H
#define LANNER_INDEX_CANDIDATES_H

#include "base/buffers.h"
#include "index/live.h"

static __always_inline void candidates__copy(struct scratch *scratch, const struct index_live *live)
{
	struct record *record = &scratch->record;
	__u64 *words = (__u64 *)scratch->strings, word;
	__u32 i;

	record->candidates = live->word[0];
	if (live->words == 1)
		return;
	for (i = 1; i < INDEX_WORDS; i++) {
		if (i >= live->words)
			break;
		word = live->word[i];
		barrier_var(word); /* or the compiler calls memcpy */
		words[i - 1] = word;
		record->words = i;
	}
	record->size += record->words * sizeof(__u64);
}

/* Takes a set of this CPU's buffers for an event of which these tables know nothing: every clause may hold.
 */
static __always_inline struct scratch *candidates__keep_all(__u32 generation)
{
	struct scratch *scratch = buffers__take() ? scratch__get() : 0;

	if (!scratch)
		return 0;
	scratch->record.size = sizeof(struct record);
	scratch->record.candidates = 0;
	scratch->record.generation = generation;
	scratch->record.words = 0;
	return scratch;
}

/* The same for one of which these clauses are left. */
static __always_inline void candidates__keep(__u32 generation, const struct index_live *live)
{
	struct scratch *scratch = candidates__keep_all(generation);

	if (scratch && live->words)
		candidates__copy(scratch, live);
}

#endif
