// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The life of processes: exec, fork, exit. These keep the exec facts whether or not a rule wants the events.
 */
#include "base/call_table.h"
#include "base/reentry.h"
#include "event/event.h"
#include "event/made.h"
#include "event/origin.h"
#include "index/index.h"
#include "index/word.h"
#include "names/names.h"
#include "read/lineage.h"
#include "read/script.h"

#include <bpf/bpf_tracing.h>

/* The program process_exec, for the one behind it. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} first_exec SEC(".maps");

/* The program process_fork, for the one behind it. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} first_fork SEC(".maps");

/* The program process_exit, for the one behind it. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} first_exit SEC(".maps");

/* The call that current is in, as one of the events first..last; `otherwise` when it is another one. */
static __always_inline __u32 task__call(struct task_struct *task, __u32 first, __u32 last, __u32 otherwise)
{
	struct call *call = call__of((void *)bpf_task_pt_regs(task), task__in_compat_call(task));

	if (!call || call->event < first || call->event > last)
		return otherwise;
	return call->event;
}

/*
 * x86 writes execve's number into the registers of every process with a new image (set_personality_64bit),
 * whichever call it was; a path relative to a descriptor gives execveat away, an absolute one does not.
 */
static __always_inline __u32 exec__event(struct task_struct *task, struct linux_binprm *bprm)
{
	if (bprm->fdpath)
		return EVENT_EXECVEAT;
	return task__call(task, EVENT_EXECVE, EVENT_EXECVEAT, EVENT_EXECVE);
}

/* The record of an exec, if a rule may want it. */
static __always_inline void exec__report(struct config *config, const struct linux_binprm *bprm, __u64 exec,
					 __u32 event)
{
	struct scratch *scratch;

	if (!event__wanted(config, event)) {
		if (current__is_watched(config)) /* no record tells of its cgroup, which has a share */
			unmet__keep(0);
		return;
	}
	if (!event__passes(event, index__wants_exec(event, exec, 0)))
		return;
	scratch = event__begin(config, event, 0);
	if (!scratch)
		return;
	scratch->record.exec.filename = record__append_name(scratch, bprm->filename, MEMORY_KERNEL);
	event__submit(config, scratch);
}

/* A process has a new image: keep its facts, drop those of the one before. */
SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	__u32 event = exec__event(task, bprm);
	struct config *config = config__get();
	struct task_facts *facts;
	__u64 exec = 0, old;

	reentry__own_stack(ctx, config, &first_exec);
	if (buffers__take()) {
		exec = exec__create(task, origin__current(), event);
		exec__read_args(task, exec, event);
		exec__keep_script(task, bprm, exec, event);
		buffers__release();
	} else {
		counter__add(event, REASON_STRINGS_FULL);
	}
	facts = bpf_task_storage_get(&tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (facts) {
		BPF_CORE_READ_INTO(&facts->comm, task, comm);
		word__drop(task);
		/* with a barrier: whoever sees this number sees the name */
		__sync_lock_test_and_set(&facts->exec_id, (__u32)task->self_exec_id);
		lineage__change(task);
		old = __sync_lock_test_and_set(&facts->exec, exec);
		if (old)
			exec__put(old);
		image__keep(task, facts, exec, event);
	} else {
		counter__add(event, REASON_STORAGE_FULL);
		exec__put(exec);
	}
	exec__report(config, bprm, exec, event);
	exec__let_go(exec);
	return 0;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(process_exec_2, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	if (reentry__exec_missed(task))
		bpf_tail_call(ctx, &first_exec, 0);
	return 0;
}

/* What is known of the creator passes to what it made. */
static __always_inline void child__inherit(struct task_struct *parent, struct task_struct *child)
{
	struct task_facts *own = bpf_task_storage_get(&tasks, parent, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	struct task_facts *facts = bpf_task_storage_get(&tasks, child, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	struct task_struct *leader = child->group_leader;
	__u64 exec = task__exec(parent);
	struct exec_facts *shared = bpf_map_lookup_elem(&execs, &exec);
	__u64 old;

	barrier_var(leader); /* loaded before the ways part */
	if (!own || !facts) {
		counter__add(EVENT_CLONE, REASON_STORAGE_FULL);
		return;
	}
	facts->claimed |= CLAIMED_FORK;
	task__read_name(facts->comm, parent, own);
	facts->exec_id = child->self_exec_id;
	lineage__learn(own, parent);
	lineage__inherit(facts, child, own, parent);
	if (leader == child) /* its name is known, also where there is no room for its exec */
		image__keep(child, facts, shared ? exec : facts->exec, EVENT_CLONE);
	if (!shared)
		return;
	__sync_fetch_and_add(&shared->users, 1);
	old = __sync_lock_test_and_set(&facts->exec, exec);
	if (old) /* the start-up scan was quicker */
		exec__put(old);
}

/* Whether a process or thread that was made with these flags can be of interest to any rule. */
static __always_inline int index__wants_fork(__u32 event, __u32 flags)
{
	struct index_request made = { .args = { flags } };

	return index__wants(event, 0) && index__numbers(event, 0, &made);
}

/* A thread or process was made: it shares its creator's image. */
SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_fork, struct task_struct *parent, struct task_struct *child)
{
	struct config *config = config__get();
	struct pid *pid, *made = child->thread_pid;
	struct scratch *scratch;
	__u32 event, level, flags;

	barrier_var(made); /* loaded before the ways part */
	reentry__own_stack(ctx, config, &first_fork);
	if (child->mm)
		child__inherit(parent, child);
	if (!config ||
	    !(config->wanted & (1 << EVENT_CLONE | 1 << EVENT_CLONE3 | 1 << EVENT_FORK | 1 << EVENT_VFORK)))
		return 0;
	event = task__call(parent, EVENT_CLONE, EVENT_VFORK, EVENT_NONE);
	if (!event__wanted(config, event))
		return 0;
	flags = made__flags(parent, child, event);
	if (!event__passes(event, index__wants_fork(event, flags)))
		return 0;
	pid = parent->thread_pid;
	level = pid ? pid->level : 0;
	/* the creator's namespace counts its children: what clone returns there */
	scratch = event__begin(config, event, pid__number_of(made, &child->thread_pid, level));
	if (!scratch)
		return 0;
	scratch->record.fork.flags = flags;
	scratch->record.fork.child_tid = child->pid;
	scratch->record.fork.child_pid = child->tgid;
	scratch->record.fork.child_vtid = made ? pid__number_of(made, &child->thread_pid, made->level) : 0;
	event__submit(config, scratch);
	return 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(process_fork_2, struct task_struct *parent, struct task_struct *child)
{
	if (child->mm && reentry__fork_missed(child))
		bpf_tail_call(ctx, &first_fork, 0);
	return 0;
}

/* A thread ends; with the last user of its image the facts of that go too. */
SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exit, struct task_struct *task)
{
	struct config *config = config__get();
	struct task_facts *facts;
	struct scratch *scratch;
	__u64 exec;

	reentry__own_stack(ctx, config, &first_exit);
	if (event__wanted(config, EVENT_PROCEXIT) &&
	    event__passes(EVENT_PROCEXIT, index__wants(EVENT_PROCEXIT, VARIANT_UNKNOWN))) {
		scratch = event__begin(config, EVENT_PROCEXIT, 0);
		if (scratch) {
			scratch->record.exit.code = task->exit_code;
			event__submit(config, scratch);
		}
	}
	names__forget_left();
	lineage__change(task);
	if (!task->signal->live.counter)
		image__forget(task);
	facts = bpf_task_storage_get(&tasks, task, 0, 0);
	if (!facts)
		return 0;
	facts->claimed |= CLAIMED_EXIT;
	lineage__end(facts);
	exec = __sync_lock_test_and_set(&facts->exec, EXEC_DEAD);
	if (exec && exec != EXEC_DEAD)
		exec__put(exec);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(process_exit_2, struct task_struct *task)
{
	if (reentry__exit_missed(task))
		bpf_tail_call(ctx, &first_exit, 0);
	return 0;
}
