/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One event from start to end: event__begin takes one of this CPU's buffers and fills in the process and its
 * ancestors, the program adds what is its own, event__submit hands the record over.
 */
#ifndef LANNER_EVENT_H
#define LANNER_EVENT_H

#include "cgroup.h"
#include "exec.h"
#include "task.h"

/* A string may be put at most here: behind it one block still fits. */
#define STRINGS_END (RECORD_MAX - sizeof(struct record) - PATH_BUFFER - NAME_MAX - 1)

/* In event.bpf.c: appends a string of an exec to this CPU's record: (offset << 16 | length). */
extern __u64 record__append_string(__u64 exec, __u32 part);
/* In ancestors.bpf.c: adds what config asks for of current's ancestors and creators to this CPU's record. */
extern int lineage__add(const struct config *config);
/* In scope.bpf.c: whether current is in this cgroup of the hierarchy, or below it. */
extern int scope__holds_current(__u64 id, __u32 hierarchy);
/* In more.bpf.c: adds what enum fact says of current to this CPU's record. */
extern int more__add(__u32 facts);

static __always_inline struct config *config__get(void)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(&configuration, &zero);
}

/* Whether anything is reported of current: not of the agent itself, nor of what is outside of the scope. */
static __always_inline int current__is_watched(const struct config *config)
{
	if (!config || config->self == bpf_get_current_pid_tgid() >> 32)
		return 0;
	return !config->scope || scope__holds_current(config->scope, config->hierarchy);
}

static __always_inline int event__wanted(const struct config *config, __u32 event)
{
	return config && event < EVENTS && (config->wanted >> event) & 1 && current__is_watched(config);
}

static __always_inline struct scratch *scratch__get(void)
{
	__u32 mine = buffers__mine();

	return bpf_map_lookup_elem(&scratches, &mine);
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

static __always_inline struct text text__unpack(__u64 packed)
{
	return (struct text){ .at = packed >> 16, .length = packed & 0xffff };
}

/* Appends length bytes of kernel memory. */
static __always_inline struct text record__append(struct scratch *scratch, const void *from, __u32 length)
{
	struct text text = {};
	__u32 at = scratch->record.size - sizeof(struct record);

	if (at >= STRINGS_END || length > PATH_BUFFER) {
		scratch->record.flags |= RECORD_STRINGS_CUT;
		return text;
	}
	if (!length || bpf_probe_read_kernel(&scratch->strings[at], length, from))
		return text;
	text.at = scratch->record.size;
	text.length = length;
	scratch->record.size += length;
	return text;
}

enum memory {
	MEMORY_KERNEL,
	MEMORY_USER,
};

/* Appends a NUL-terminated string, without the NUL. */
static __always_inline struct text record__append_name(struct scratch *scratch, const void *from,
						       enum memory memory)
{
	__u32 at = scratch->record.size - sizeof(struct record);
	struct text text = {};
	long size;

	if (at >= STRINGS_END) {
		scratch->record.flags |= RECORD_STRINGS_CUT;
		return text;
	}
	if (memory == MEMORY_USER)
		size = bpf_probe_read_user_str(&scratch->strings[at], PATH_BUFFER, from);
	else
		size = bpf_probe_read_kernel_str(&scratch->strings[at], PATH_BUFFER, from);
	if (size <= 1)
		return text;
	text.at = scratch->record.size;
	text.length = size - 1;
	scratch->record.size += size - 1;
	return text;
}

/* Appends the path that a struct path in kernel memory names. */
static __always_inline struct text record__append_path(struct scratch *scratch, __u64 path,
						       struct fs_struct *fs)
{
	struct path_span span = path__of(path, fs);
	struct path_buffer *buffer = path__buffer();
	struct text none = {};

	if (!buffer)
		return none;
	if (span.cut) {
		scratch->record.flags |= RECORD_PATH_CUT;
		counter__add(scratch->record.event, REASON_PATH_CUT);
	}
	return record__append(scratch, &buffer->bytes[span.start & (PATH_BUFFER - 1)], span.length);
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
		process->exe_ino = 0;
		process->exe_ctime = 0;
		process->exe_mtime = 0;
		process->args = (struct text){};
		process->exepath = (struct text){};
		return;
	}
	if (facts->args_cut)
		record->flags |= RECORD_ARGS_CUT;
	process->exe_flags = facts->exe_flags;
	process->exe_ino = facts->exe_ino;
	process->exe_ctime = facts->exe_ctime;
	process->exe_mtime = facts->exe_mtime;
	process->exepath = text__unpack(record__append_string(process->exec, STRING_EXEPATH));
	process->args = text__unpack(record__append_string(process->exec, STRING_ARGS));
	if (wanted & FACT_SCRIPT && facts->exe_flags >> SCRIPT_SHIFT)
		process->script = text__unpack(record__append_string(process->exec, STRING_SCRIPT));
}

static __always_inline void event__add_cgroup(struct scratch *scratch, struct task_struct *task,
					      __u32 hierarchy)
{
	struct process_facts *process = &scratch->record.process;
	struct cgroup *cgroup = task__cgroup(task, hierarchy);
	struct cgroup_path *path;

	process->cgroup_id = 0;
	process->cgroup = (struct text){};
	if (!cgroup)
		return;
	process->cgroup_id = BPF_CORE_READ(cgroup, kn, id);
	path = cgroup__path(cgroup, process->cgroup_id);
	if (path)
		process->cgroup = record__append(scratch, path->bytes, path->length & 511);
}

/* The record of an event of current, filled but for what is the event's own; null: lost, and counted. */
static __always_inline struct scratch *event__begin(struct config *config, __u32 event, __s64 result)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct scratch *scratch;
	struct record *record;

	counter__add(event, REASON_SEEN);
	if (!buffers__take()) {
		counter__add(event, REASON_SCRATCH_BUSY);
		return 0;
	}
	scratch = scratch__get();
	if (!scratch) {
		buffers__release();
		return 0;
	}
	record = &scratch->record;
	record->size = sizeof(struct record);
	record->event = event;
	record->creators = 0;
	record->flags = 0;
	record->time = bpf_ktime_get_boot_ns();
	record->result = result;
	record->cpu = bpf_get_smp_processor_id();
	record->process.start = task->group_leader->start_boottime;
	record->process.tty = task__tty(task);
	task__read_pids(task, &record->process);
	task__read_credentials(task, &record->process);
	task__read_namespaces(task, &record->process);
	event__add_cgroup(scratch, task, config->hierarchy);
	event__add_exec(record, task, config->facts);
	record->process.cwd = (struct text){};
	record->process.env = (struct text){};
	record->process.more = (struct text){};
	if (config->facts)
		more__add(config->facts);
	record->lineage = (struct text){};
	if (config->ancestors || config->creators)
		lineage__add(config);
	return scratch;
}

/* Ring 0 for processes' life, so that a flood of opens cannot push it out; else one for this pair of CPUs. */
static __always_inline __u32 event__ring(struct config *config, struct record *record)
{
	if (record->event <= EVENT_PROCEXIT || !config->ring_count)
		return 0;
	return 1 + (record->cpu >> 1) % config->ring_count;
}

/* The record goes to its ring and stays as it is. */
static __always_inline void event__send(struct config *config, struct scratch *scratch)
{
	struct record *record = &scratch->record;
	__u32 number = event__ring(config, record);
	void *ring = bpf_map_lookup_elem(&rings, &number);
	__u64 size = record->size;
	__u64 flags = BPF_RB_NO_WAKEUP;

	if (record->flags & RECORD_STRINGS_CUT)
		counter__add(record->event, REASON_RECORD_CUT);
	/* exec and its like are rare and wake the reader; the others wait for its next round unless many have
	 * gathered */
	if (!number || (ring && bpf_ringbuf_query(ring, BPF_RB_AVAIL_DATA) > config->ring_wake))
		flags = 0;
	if (size > RECORD_MAX)
		size = RECORD_MAX;
	if (!ring || bpf_ringbuf_output(ring, record, size, flags))
		counter__add(record->event, REASON_RING_FULL);
	else
		counter__add(record->event, REASON_SENT);
}

static __always_inline void event__submit(struct config *config, struct scratch *scratch)
{
	event__send(config, scratch);
	buffers__release();
}

#endif
