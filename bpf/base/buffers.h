/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The buffers of a CPU, of which a program takes one set before it fills a record, and this set's record.
 *
 * A program may be preempted while it fills a record (tracepoints are preemptible since v7), and another one
 * runs on its CPU meanwhile: so there are several sets, taken by thread.
 */
#ifndef LANNER_BASE_BUFFERS_H
#define LANNER_BASE_BUFFERS_H

#include "wire/config.h"

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define PATH_BUFFER 4096
#define NAME_MAX    255

#define RECORD_HEAD __builtin_offsetof(struct record, call) /* what is in every record */

/* One record under construction, with the strings behind the member of its union. */
struct scratch {
	union {
		struct record record;
		struct {
			char head[RECORD_HEAD];
			char strings[RECORD_MAX - RECORD_HEAD - sizeof(__u64)];
		};
	};
	__u64 relative; /* address of the task that is being added to the record */
};

/* What comes in front of the strings of an event's record. */
static __always_inline __u32 record__fixed(__u32 event)
{
	if (event >= EVENT_CALLS)
		return sizeof(struct record);
	if (event >= EVENT_OPEN)
		return offsetof(struct record, open) + sizeof(struct open_facts);
	return offsetof(struct record, fork) + sizeof(struct fork_facts); /* the largest of the others */
}

/* The records this CPU is filling. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BUFFERS);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps") __weak;

/* Which thread has which of this CPU's buffers; 0: nobody. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct buffer_owners);
} buffer_owners SEC(".maps") __weak;

/* Which of this CPU's buffers the current thread has taken. A function that is verified by itself, for the
 * verifier would look at all that follows once for each answer. */
extern __u32 buffers__mine(void);

static __always_inline struct scratch *scratch__of(__u32 mine)
{
	return bpf_map_lookup_elem(&scratches, &mine);
}

static __always_inline struct scratch *scratch__get(void)
{
	return scratch__of(buffers__mine());
}

/* Whether one set of this CPU's buffers is now current's; never waits. */
static __always_inline int buffers__take(void)
{
	__u64 thread = bpf_get_current_pid_tgid();
	__u32 zero = 0, i;
	struct buffer_owners *owners = bpf_map_lookup_elem(&buffer_owners, &zero);

	for (i = 0; owners && i < BUFFERS; i++)
		if (!__sync_val_compare_and_swap(&owners->thread[i], 0, thread))
			return 1;
	return 0;
}

static __always_inline void buffers__release(void)
{
	__u64 thread = bpf_get_current_pid_tgid();
	__u32 zero = 0, i;
	struct buffer_owners *owners = bpf_map_lookup_elem(&buffer_owners, &zero);

	for (i = 0; owners && i < BUFFERS; i++)
		if (__sync_val_compare_and_swap(&owners->thread[i], thread, 0) == thread)
			return;
}

#endif
