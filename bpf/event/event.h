/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One event from start to end: event__begin takes one of this CPU's buffers and fills in the process and its
 * ancestors, the program adds what is its own, event__submit hands the record over.
 */
#ifndef LANNER_EVENT_EVENT_H
#define LANNER_EVENT_EVENT_H

#include "base/append.h"
#include "event/process.h"
#include "event/rings.h"
#include "event/unmet.h"
#include "index/word.h"
#include "read/ancestors.h"
#include "read/cgroup.h"
#include "read/details.h"
#include "read/exec.h"
#include "read/kept.h"
#include "read/scope.h"
#include "read/task.h"

static __always_inline int event__wanted(const struct config *config, __u32 event)
{
	return config && event < EVENTS && (config->wanted >> event) & 1 && current__is_watched(config);
}

/* Whether any clause is left. None is of an event that was held back. */
static __always_inline int live__tells(const struct index_live *live)
{
	__u64 left = 0;
	__u32 i;

	for (i = 0; i < INDEX_WORDS; i++)
		if (i < live->words)
			left |= live->word[i];
	return left != 0;
}

/* The clauses that the index left of an event. */
static __always_inline void event__tell_candidates(struct scratch *scratch, const struct index_live *live)
{
	struct record *record = &scratch->record;
	__u32 words = live->words;
	__u32 length = (words - 1) * sizeof(__u64);

	if (!live__tells(live))
		return;
	record->candidates = live->word[0];
	record->generation = live->generation;
	barrier_var(length); /* or the compiler drops the mask, which older verifiers need */
	length &= INDEX_WORDS * sizeof(__u64) - 1;
	if (words > 1 && words <= INDEX_WORDS)
		record->words = record__append(scratch, &live->word[1], length);
}

/*
 * What is left is of one event: of the next, which may be asked about in vain or not at all, every clause may
 * hold.
 */
static __always_inline void event__forget_candidates(void)
{
	struct index_task *index = bpf_task_storage_get(&index_tasks, bpf_get_current_task_btf(), 0, 0);

	if (index)
		index->live.words = 0;
}

/* No clause at all means that every one may hold. */
static __always_inline void event__add_candidates(struct scratch *scratch)
{
	struct index_task *index = bpf_task_storage_get(&index_tasks, bpf_get_current_task_btf(), 0, 0);

	scratch->record.candidates = 0;
	scratch->record.words = (struct text){};
	scratch->record.generation = index__generation();
	if (!index)
		return;
	event__tell_candidates(scratch, &index->live);
	index->live.words = 0;
}

/* The record of an event of current, filled but for what is the event's own; null: lost, and counted. */
static __always_inline struct scratch *event__begin(struct config *config, __u32 event, __s64 result)
{
	struct reads *reads = reads__of(event);
	struct scratch *scratch;
	struct record *record;
	__u64 origin;

	counter__add(event, REASON_SEEN);
	if (!reads)
		return 0; /* there is no such event */
	origin = fairness__admit(event);
	if (!origin) {
		unmet__keep(0);
		event__forget_candidates();
		return 0;
	}
	if (!buffers__take()) {
		counter__add(event, REASON_SCRATCH_BUSY);
		event__forget_candidates();
		return 0;
	}
	scratch = scratch__get();
	if (!scratch) {
		buffers__release();
		return 0;
	}
	scratch->origin = origin;
	record = &scratch->record;
	record->size = record__fixed(event);
	event__add_candidates(scratch);
	record->event = event;
	record->creators = 0;
	record->flags = 0;
	record->time = bpf_ktime_get_boot_ns();
	record->result = result;
	record->cpu = bpf_get_smp_processor_id();
	process__read(reads->facts);
	record->process.cwd = (struct text){};
	record->process.env = (struct text){};
	record->process.numbers = (struct text){};
	record->process.more = (struct text){};
	if (reads->facts)
		details__add(reads->facts);
	record->lineage = (struct text){};
	if (reads->ancestors || reads->creators)
		ancestors__add(reads);
	record->own = record->size;
	return scratch;
}

static __always_inline void event__submit(struct config *config, struct scratch *scratch)
{
	event__send(config, scratch);
	buffers__release();
}

#endif
