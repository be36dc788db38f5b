// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Two dots in a row in a path as it was given, for clauses in any number of words. */
#include "index/given.h"

int index__given(struct index_live *live, __u64 text)
{
	struct index_head *head;
	struct index_row *undotted;

	if (!live || !live->words)
		return 1;
	head = index__head(live->half);
	undotted = head ? index__row(live->half, head->undotted) : 0;
	if (!undotted || !live__asks(live, undotted))
		return 1;
	if (text && user__may_hold_dots((void *)text))
		return 1;
	return live__keep(live, undotted);
}
