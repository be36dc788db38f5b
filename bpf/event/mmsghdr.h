/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Calls that move several messages.
 */
#ifndef LANNER_EVENT_MMSGHDR_H
#define LANNER_EVENT_MMSGHDR_H

#include <linux/types.h>

/* A record for each of so many struct mmsghdr; the last one is left to be submitted. */
extern int mmsghdr__add(__u64 at, __s64 count, __u32 form);

#endif
