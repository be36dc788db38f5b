// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A call that is no open: who calls, whether it failed, and its numbers. */
#include "index/call.h"

#include "index/arguments.h"
#include "index/asked.h"

int index__wants_numbered(__u32 event, __u32 variant, __s64 result)
{
	__u32 generation = index__generation();
	struct index_live live;

	if (!generation)
		return 1;
	return index__begin(&live, generation, event, variant) && index__numbers(&live, event, result);
}
