/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Cgroups that user space has not told the kernel of, and whose records are lost: it would learn them from
 * their first record. Without this they stayed unknown for as long as a flood goes on; and those that execute
 * programs where no rule asks for that, for as long as they do nothing else.
 */
#ifndef LANNER_EVENT_UNMET_H
#define LANNER_EVENT_UNMET_H

#include "base/workspace.h"

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

/* Id of such a cgroup -> its path. User space takes out what it has told of. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct cgroup_path);
} unmet SEC(".maps") __weak;

/* By an event of current that is lost or not wanted; held: the thread has buffers, whose workspace nothing
 * reads any more. */
extern int unmet__keep(__u32 held);

#endif
