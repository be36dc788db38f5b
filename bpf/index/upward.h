/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The way from a file up to the root of current, name by name, as read/path.bpf.c goes it.
 */
#ifndef LANNER_INDEX_UPWARD_H
#define LANNER_INDEX_UPWARD_H

#include "index/tables.h"

/* Where the way has come to, and the name there. */
struct upward {
	__u64 dentry;
	__u64 mount;
	__u64 mount_root;
	__u64 root;
	__u64 root_mount;
	__u64 first;  /* the name's first bytes, zeros behind them, */
	__u64 last;   /* its last ones, zeros before them, */
	__u32 length; /* and how many it has */
};

enum upward_step {
	UPWARD_ENDED, /* there is no name any more */
	UPWARD_NAME,
	UPWARD_MOUNT, /* from a mount to what it lies on: no name yet */
	UPWARD_LOST,  /* what is above is not known */
};

#endif
