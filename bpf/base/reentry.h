/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Re-entry, of kernels that preempt programs at tracepoints (v7.0 and later):
 *
 *	thread a:  program ... preempted ............................ goes on, fallback: nothing missed
 *	thread b:               program: passed over, fallback: calls it
 *
 * The kernel starts no program that is running on the CPU already, and says so only in a count. Behind each
 * program is a second one, its fallback, attached to the same tracepoint, which runs the first by a tail
 * call: that is not refused. Marks with the task say which program has claimed an event.
 * agent/lanner_agent/kernel/reentry.py looks whether the kernel needs this; where it does not, the fallbacks
 * are loaded and attached to nothing.
 */
#ifndef LANNER_BASE_REENTRY_H
#define LANNER_BASE_REENTRY_H

#include "base/configuration.h"
#include "base/task_facts.h"

/* Bits of task_facts.claimed. */
enum claim {
	CLAIMED_CALL = 1, /* the end of the task's call: set by the first program, cleared by its fallback */
	CLAIMED_FORK = 2, /* its beginning */
	CLAIMED_EXIT = 4, /* its end */
	CALL_MISSED = 8,  /* set by the fallback for the first, which it is about to run */
};

/* No value of config.seconds. */
#define REENTRY_NEVER 2

/*
 * Never calls anything. Since v6.13 a program has one stack on each CPU, which relies on its not being
 * started twice there, unless it makes tail calls: so each first program could, and several threads can be in
 * it.
 */
static __always_inline void reentry__own_stack(void *ctx, const struct config *config, void *programs)
{
	if (config && config->seconds == REENTRY_NEVER)
		bpf_tail_call(ctx, programs, 0);
}

/* By the first program, of a call that it is about to report. */
static __always_inline void reentry__claim_call(const struct config *config)
{
	struct task_facts *facts;

	if (!config->seconds)
		return;
	facts = bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!facts)
		return;
	if (facts->claimed & CALL_MISSED)
		facts->claimed &= ~CALL_MISSED;
	else
		facts->claimed |= CLAIMED_CALL;
}

/* By the fallback, of a call that has to be reported: whether the first was passed over. */
static __always_inline int reentry__call_missed(void)
{
	struct task_facts *facts =
		bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!facts)
		return 0;
	if (facts->claimed & CLAIMED_CALL) {
		facts->claimed &= ~CLAIMED_CALL;
		return 0;
	}
	facts->claimed |= CALL_MISSED;
	return 1;
}

/* Whether the first program was passed over when this task was made. */
static __always_inline int reentry__fork_missed(struct task_struct *child)
{
	struct task_facts *facts = bpf_task_storage_get(&tasks, child, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	return facts && !(facts->claimed & CLAIMED_FORK);
}

/* The same of its newest exec. */
static __always_inline int reentry__exec_missed(struct task_struct *task)
{
	struct task_facts *facts = bpf_task_storage_get(&tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	return facts && facts->exec_id != (__u32)task->self_exec_id;
}

/* The same of its end. */
static __always_inline int reentry__exit_missed(struct task_struct *task)
{
	struct task_facts *facts = bpf_task_storage_get(&tasks, task, 0, 0);

	return facts && !(facts->claimed & CLAIMED_EXIT);
}

#endif
