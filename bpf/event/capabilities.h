/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The capabilities of a thread before a call that changes them.
 */
#ifndef LANNER_EVENT_CAPABILITIES_H
#define LANNER_EVENT_CAPABILITIES_H

#include "base/append.h"
#include "kernel/kernel_types.h"
#include "wire/record.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

/* Capabilities as a call found them. */
struct capabilities {
	__u64 inheritable;
	__u64 permitted;
	__u64 effective;
};

/* Thread -> its capabilities before the unshare() it is in. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct capabilities);
} capabilities_before SEC(".maps") __weak;

/* A new user namespace gives every capability in it; what counts is who asked for it. */
static __always_inline void call__restore_capabilities(struct scratch *scratch)
{
	__u64 thread = bpf_get_current_pid_tgid();
	struct capabilities *before = bpf_map_lookup_elem(&capabilities_before, &thread);

	if (!before)
		return;
	record__overwrite(scratch, scratch->record.process.numbers,
			  offsetof(struct process_numbers, cap_inheritable), before, sizeof(*before));
	bpf_map_delete_elem(&capabilities_before, &thread);
}

#endif
