/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Asking the rules' index of a request.
 */
#ifndef LANNER_IO_URING_REQUEST_INDEX_H
#define LANNER_IO_URING_REQUEST_INDEX_H

#include "index/index.h"
#include "io_uring/request_fields.h"

/* Whether a request with this result can be of interest to any rule. */
extern int request__is_wanted(__u64 req, __s64 result);

/* The same by its type and who acts alone, of one of which more may not be known. */
static __always_inline int request__may_be_wanted(const struct call *call, __s64 result)
{
	if (!(call->wanted & (result < 0 ? CALL_FAILED : CALL_SUCCEEDED)))
		return 0;
	return event__passes(call->event, index__wants(call->event, VARIANT_UNKNOWN));
}

#endif
