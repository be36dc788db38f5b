// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Clauses in more than one word. */
#include "index/live.h"

int live__keep_words(struct index_live *live, const struct index_row *row)
{
	__u64 left = 0;
	int i;

	if (!live || !row)
		return 1;
	for (i = 0; i < INDEX_WORDS; i++) {
		if (i >= live->words)
			break;
		live->word[i] &= row->word[i];
		left |= live->word[i];
	}
	return left != 0;
}

int live__asks_words(const struct index_live *live, const struct index_row *free)
{
	__u64 asking = 0;
	int i;

	if (!live || !free)
		return 1;
	for (i = 0; i < INDEX_WORDS; i++) {
		if (i >= live->words)
			break;
		asking |= live->word[i] & ~free->word[i];
	}
	return asking != 0;
}
