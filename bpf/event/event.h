/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One event from start to end: event__begin takes one of this CPU's buffers and fills in the process and its
 * ancestors, the program adds what is its own, event__submit hands the record over.
 */
#ifndef LANNER_EVENT_EVENT_H
#define LANNER_EVENT_EVENT_H

#include "base/append.h"
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

static __always_inline void event__add_exec(struct record *record, struct task_struct *task, __u32 wanted)
{
	struct process_facts *process = &record->process;
	struct task_facts *own = task__facts(task);
	struct exec_facts *facts;

	task__read_name(process->comm, task, own);
	process->exec = facts__exec(own);
	process->script = (struct text){};
	facts = bpf_map_lookup_elem(&execs, &process->exec);
	if (!facts) {
		record->flags |= RECORD_NO_EXEC_FACTS;
		process->exe_flags = 0;
		process->args = (struct text){};
		process->exepath = (struct text){};
		return;
	}
	if (facts->args_cut)
		record->flags |= RECORD_ARGS_CUT;
	process->exe_flags = facts->exe_flags;
	process->exepath = text__unpack(record__append_string(process->exec, STRING_EXEPATH));
	process->args = text__unpack(record__append_string(process->exec, STRING_ARGS));
	if (wanted & FACT_SCRIPT && facts->exe_flags >> SCRIPT_SHIFT)
		process->script = text__unpack(record__append_string(process->exec, STRING_SCRIPT));
}

static __always_inline void event__add_cgroup(struct scratch *scratch, struct task_struct *task,
					      __u32 hierarchy)
{
	struct process_facts *process = &scratch->record.process;
	__u64 id = task__typed_cgroup(task, hierarchy)->kn->id;
	struct cgroup_path *path;
	struct cgroup *cgroup;

	process->cgroup_id = id;
	process->cgroup = (struct text){};
	if (kept__has_cgroup(id)) {
		process->cgroup.at = TEXT_KEPT;
		return;
	}
	path = bpf_map_lookup_elem(&cgroups, &id);
	if (!path) {
		cgroup = task__cgroup(task, hierarchy);
		/* the task may have moved meanwhile */
		id = cgroup ? BPF_CORE_READ(cgroup, kn, id) : 0;
		path = cgroup ? cgroup__path(cgroup, id) : 0;
	}
	process->cgroup_id = id;
	if (path)
		process->cgroup = record__append(scratch, path->bytes, path->length & 511);
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
	struct task_struct *task = bpf_get_current_task_btf();
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
	record->process.start = task->group_leader->start_boottime;
	record->process.tty = task__tty(task);
	task__read_identity(task, &record->process);
	event__add_cgroup(scratch, task, config->hierarchy);
	event__add_exec(record, task, reads->facts);
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
