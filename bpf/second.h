/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Second programs, for kernels that preempt programs at tracepoints (v7.0 and later):
 *
 *	thread a:  program ... preempted ............................ goes on, second: nothing left
 *	thread b:               program: passed over, second: calls it
 *
 * The kernel starts no program that is running on the CPU already, and tells nobody. Behind each is a second
 * one, attached to the same tracepoint, which runs the first by a tail call: that asks nobody. Who has taken
 * an event stands in marks with the task. agent/lanner_agent/kernel/seconds.py looks whether the kernel needs
 * this; where it does not, they are loaded and attached to nothing.
 */
#ifndef LANNER_SECOND_H
#define LANNER_SECOND_H

#include "event.h"

/* Bits of task_facts.taken. */
enum taken {
	TAKEN_CALL = 1, /* the end of the task's call: set by the first program, cleared by the second */
	TAKEN_FORK = 2, /* its beginning */
	TAKEN_EXIT = 4, /* its end */
	CALL_LEFT = 8,	/* set by the second for the first, which it is about to run */
};

/* No value of config.seconds. */
#define SECONDS_NEVER 2

/*
 * Never calls anything. Since v6.13 a program has one stack on each CPU, which relies on its not being
 * started twice there, unless it makes tail calls: so each first program could, and several threads can be in
 * it.
 */
static __always_inline void stack__own(void *ctx, const struct config *config, void *programs)
{
	if (config && config->seconds == SECONDS_NEVER)
		bpf_tail_call(ctx, programs, 0);
}

/* By the first program, of a call that it is about to report. */
static __always_inline void call__take(const struct config *config)
{
	struct task_facts *facts;

	if (!config->seconds)
		return;
	facts = bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (!facts)
		return;
	if (facts->taken & CALL_LEFT)
		facts->taken &= ~CALL_LEFT;
	else
		facts->taken |= TAKEN_CALL;
}

/* By the second program, of a call that has to be reported: whether the first was passed over. */
static __always_inline int call__is_left(void)
{
	struct task_facts *facts =
		bpf_task_storage_get(&tasks, bpf_get_current_task_btf(), 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!facts)
		return 0;
	if (facts->taken & TAKEN_CALL) {
		facts->taken &= ~TAKEN_CALL;
		return 0;
	}
	facts->taken |= CALL_LEFT;
	return 1;
}

/* Whether the first program was passed over when this task was made. */
static __always_inline int fork__is_left(struct task_struct *child)
{
	struct task_facts *facts = bpf_task_storage_get(&tasks, child, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	return facts && !(facts->taken & TAKEN_FORK);
}

/* The same of its newest exec. */
static __always_inline int exec__is_left(struct task_struct *task)
{
	struct task_facts *facts = bpf_task_storage_get(&tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	return facts && facts->exec_id != (__u32)task->self_exec_id;
}

/* The same of its end. */
static __always_inline int exit__is_left(struct task_struct *task)
{
	struct task_facts *facts = bpf_task_storage_get(&tasks, task, 0, 0);

	return facts && !(facts->taken & TAKEN_EXIT);
}

#endif
