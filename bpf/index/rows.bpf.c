// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Rows of more clauses than a word has. */
#include "index/rows.h"

#include "index/word.h"

/* Whether a clause is left that this row has, too; the first row of an event makes them. */
static __always_inline int live__keep_row(struct index_live *live, __u32 number)
{
	struct index_row *row = index__row(live->half, number);

	return !row || live__keep_words(live, row);
}

int rows__join(struct index_live *live, __u32 event, __u32 variant, __u32 known)
{
	struct index_task *index = index_task__get();
	struct index_event *entry;
	struct index_head *head;
	struct index_row *row;
	__u32 event_class;

	if (!live || !index)
		return 1;
	head = index__head(live->half);
	entry = index__event(live->half, event, variant);
	row = entry ? index__row(live->half, entry->row) : 0;
	event_class = entry ? entry->event_class : CLASSES;
	if (!head || !row || event_class >= CLASSES)
		return 1;
	__builtin_memcpy(live->word, row->word, sizeof(live->word));
	live->words = head->words[event_class];
	if (!known)
		return 1;
	return live__keep_row(live, index->word.name_row[event_class]) &&
	       live__keep_row(live, index->word.parent_row[event_class]) &&
	       live__keep_row(live, word__place_row(&index->word, head, event_class));
}
