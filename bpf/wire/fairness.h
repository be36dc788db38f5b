/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Origins: whose events are counted together when a ring fills. User space gives each container and each part
 * of the host a number; event/fairness.h shares out the rings.
 */
#ifndef LANNER_WIRE_FAIRNESS_H
#define LANNER_WIRE_FAIRNESS_H

#include <linux/types.h>

/* Set in the numbers of origins that the kernel made of a cgroup which user space has not told of. */
#define ORIGIN_NEW_BIT 63

/* In place of an origin: all for which there was no room. */
#define ORIGIN_OTHERS 1

/* The path of a cgroup from the root of its hierarchy. */
#define CGROUP_PATH 508
struct cgroup_path {
	__u32 length;
	char bytes[CGROUP_PATH];
};

/* Whose events were turned away, and which. */
struct turned_away_key {
	__u64 origin;
	__u32 event;
	__u32 unused;
};

#endif
