/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the index asks of a path as it was given, in user memory: last, for that costs most.
 */
#ifndef LANNER_INDEX_GIVEN_H
#define LANNER_INDEX_GIVEN_H

#include "index/live.h"

#define DOTS_WORDS 8

/* Whether a text in user memory may hold two dots in a row: yes, too, when it is longer than is looked at. */
static __always_inline int user__may_hold_dots(const void *text)
{
	const __u64 dots = 0x2e2e2e2e2e2e2e2eULL, ones = 0x0101010101010101ULL, highs = 0x8080808080808080ULL;
	__u64 word[DOTS_WORDS], carry = 0, found = 0;
	long size = bpf_probe_read_user_str(word, sizeof(word), text);
	int i;

	if (size < 0 || size == sizeof(word))
		return 1;
	for (i = 0; i < DOTS_WORDS; i++) {
		__u64 differs, are_dots;

		if (i * 8 >= size)
			break;
		differs = word[i] ^ dots;
		are_dots = (differs - ones) & ~differs & highs;
		found |= are_dots & (are_dots << 8 | carry);
		carry = are_dots >> 56;
	}
	return found != 0;
}

/* Whether a clause is left when the path at this address is looked at in full; 0: there is none. */
extern int index__given(struct index_live *live, __u64 text);

#endif
