/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What few rules read of a process.
 */
#ifndef LANNER_READ_DETAILS_H
#define LANNER_READ_DETAILS_H

#include <linux/types.h>

/* Adds what enum fact says of current to this CPU's record. */
extern int details__add(__u32 facts);

#endif
