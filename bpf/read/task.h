/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the kernel itself holds of a task, read when the event happens: nothing here can be out of date.
 */
#ifndef LANNER_READ_TASK_H
#define LANNER_READ_TASK_H

#include "kernel/kernel_types.h"
#include "wire/record.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#define MINORBITS    20
#define PIDTYPE_TGID 1
#define PIDTYPE_PGID 2
#define PIDTYPE_SID  3
#define PID_LEVELS   32

/* The number of a pid that is a plain address in the namespace at level: 0 when it is not visible there. */
static __always_inline __u32 pid__plain_number(struct pid *pid, __u32 level)
{
	__u32 nr = 0;

	if (!pid || level >= PID_LEVELS || BPF_CORE_READ(pid, level) < level)
		return 0;
	bpf_probe_read_kernel(&nr, sizeof(nr),
			      (void *)pid + bpf_core_field_offset(struct pid, numbers) +
				      level * bpf_core_type_size(struct upid) +
				      bpf_core_field_offset(struct upid, nr));
	return nr;
}

/* Whether plain loads reach numbers[1]: where a pid is declared with one number, it is beyond the end. */
static __always_inline int pid__is_open(void)
{
	return bpf_core_field_offset(struct pid, numbers) == bpf_core_type_size(struct pid);
}

/*
 * The same of the pid that `at`, a member of a typed pointer, holds. The level of the machine itself and that
 * of containers on it are plain loads. Deeper ones have offsets that vary, which kernels before 6.2 refuse.
 */
static __always_inline __u32 pid__number(struct pid *const *at, __u32 level)
{
	struct pid *pid = *at;

	if (!pid || pid->level < level)
		return 0;
	if (!level)
		return pid->numbers[0].nr;
	if (level == 1 && pid__is_open())
		return pid->numbers[1].nr;
	bpf_probe_read_kernel(&pid, sizeof(pid), at);
	return pid__plain_number(pid, level);
}

/* The number of a thread in the namespace that it was made in. */
static __always_inline __u32 task__vtid(struct task_struct *task)
{
	struct pid *pid = task->thread_pid;

	return pid ? pid__number(&task->thread_pid, pid->level) : 0;
}

static __always_inline void pid_namespace__read(struct pid_namespace *ns, struct process_facts *out)
{
	out->pid_ns = ns->ns.inum;
	out->pidns_start = ns->child_reaper->start_boottime;
}

/* The namespace at a level that plain loads do not reach. */
static __always_inline void pid_namespace__read_deep(struct task_struct *task, __u32 level,
						     struct process_facts *out)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	struct pid_namespace *ns = 0;

	if (level >= PID_LEVELS)
		return;
	bpf_probe_read_kernel(&ns, sizeof(ns),
			      (void *)pid + bpf_core_field_offset(struct pid, numbers) +
				      level * bpf_core_type_size(struct upid) +
				      bpf_core_field_offset(struct upid, ns));
	out->pid_ns = BPF_CORE_READ(ns, ns.inum);
	out->pidns_start = BPF_CORE_READ(ns, child_reaper, start_boottime);
}

/* Of the namespace in which task has its pid. */
static __always_inline void task__read_pid_namespace(struct task_struct *task, struct process_facts *out)
{
	struct pid *pid = task->thread_pid;

	out->pidns_start = 0;
	out->pid_ns = 0;
	if (!pid)
		return;
	if (!pid->level)
		pid_namespace__read(pid->numbers[0].ns, out);
	else if (pid->level == 1 && pid__is_open())
		pid_namespace__read(pid->numbers[1].ns, out);
	else
		pid_namespace__read_deep(task, pid->level, out);
}

/* Device number of the controlling terminal as stat(2) shows it; 0: none. */
static __always_inline __u32 task__tty(struct task_struct *task)
{
	struct tty_struct *tty = task->signal->tty;
	__u32 major, minor;

	if (!tty)
		return 0;
	major = tty->driver->major;
	minor = tty->driver->minor_start + tty->index;
	return (minor & 0xff) | (major << 8) | ((minor & ~0xffU) << 12);
}

static __always_inline void task__read_pids(struct task_struct *task, struct process_facts *out)
{
	struct pid *thread = task->thread_pid;
	struct signal_struct *signal = task->signal;
	__u32 level = thread ? thread->level : 0;

	out->pid = task->tgid;
	out->tid = task->pid;
	out->vtid = pid__number(&task->thread_pid, level);
	out->vpid = pid__number(&signal->pids[PIDTYPE_TGID], level);
	out->pgid = pid__number(&signal->pids[PIDTYPE_PGID], 0);
	out->vpgid = pid__number(&signal->pids[PIDTYPE_PGID], level);
	out->sid = pid__number(&signal->pids[PIDTYPE_SID], 0);
	out->vsid = pid__number(&signal->pids[PIDTYPE_SID], level);
	out->threads = signal->nr_threads;
}

static __always_inline void task__read_credentials(struct task_struct *task, struct process_facts *out)
{
	const struct cred *cred = task->cred;

	out->uid = cred->euid.val;
	out->gid = cred->egid.val;
	out->loginuid = task->loginuid.val;
	out->cap_inheritable = *(const __u64 *)&cred->cap_inheritable;
	out->cap_permitted = *(const __u64 *)&cred->cap_permitted;
	out->cap_effective = *(const __u64 *)&cred->cap_effective;
}

static __always_inline void task__read_namespaces(struct task_struct *task, struct process_facts *out)
{
	struct nsproxy *proxy = task->nsproxy;

	task__read_pid_namespace(task, out);
	out->mnt_ns = proxy ? proxy->mnt_ns->ns.inum : 0;
	out->net_ns = proxy ? proxy->net_ns->ns.inum : 0;
}

#endif
