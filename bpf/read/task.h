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

/*
 * The number of pid in the namespace at level: 0 when it is not visible there. Pids are read as plain
 * addresses (BPF_CORE_READ) by all callers: kernels before 6.2 refuse a variable offset from a typed pointer.
 */
static __always_inline __u32 pid__number(struct pid *pid, __u32 level)
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

/* The namespace in which task has its pid. */
static __always_inline struct pid_namespace *task__pid_namespace(struct task_struct *task)
{
	struct pid *pid = BPF_CORE_READ(task, thread_pid);
	struct pid_namespace *ns = 0;
	__u32 level;

	if (!pid)
		return 0;
	level = BPF_CORE_READ(pid, level);
	if (level >= PID_LEVELS)
		return 0;
	bpf_probe_read_kernel(&ns, sizeof(ns),
			      (void *)pid + bpf_core_field_offset(struct pid, numbers) +
				      level * bpf_core_type_size(struct upid) +
				      bpf_core_field_offset(struct upid, ns));
	return ns;
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
	struct pid *thread = BPF_CORE_READ(task, thread_pid);
	struct signal_struct *signal = task->signal;
	__u32 level = thread ? BPF_CORE_READ(thread, level) : 0;
	struct pid *group = BPF_CORE_READ(signal, pids[PIDTYPE_PGID]);
	struct pid *session = BPF_CORE_READ(signal, pids[PIDTYPE_SID]);

	out->pid = task->tgid;
	out->tid = task->pid;
	out->vtid = pid__number(thread, level);
	out->vpid = pid__number(BPF_CORE_READ(signal, pids[PIDTYPE_TGID]), level);
	out->pgid = pid__number(group, 0);
	out->vpgid = pid__number(group, level);
	out->sid = pid__number(session, 0);
	out->vsid = pid__number(session, level);
	out->threads = signal->nr_threads;
}

static __always_inline void task__read_credentials(struct task_struct *task, struct process_facts *out)
{
	const struct cred *cred = task->cred;

	out->uid = cred->euid.val;
	out->gid = cred->egid.val;
	out->loginuid = task->loginuid.val;
	bpf_core_read(&out->cap_inheritable, sizeof(__u64), &cred->cap_inheritable);
	bpf_core_read(&out->cap_permitted, sizeof(__u64), &cred->cap_permitted);
	bpf_core_read(&out->cap_effective, sizeof(__u64), &cred->cap_effective);
}

static __always_inline void task__read_namespaces(struct task_struct *task, struct process_facts *out)
{
	struct pid_namespace *ns = task__pid_namespace(task);
	struct nsproxy *proxy = task->nsproxy;

	out->pidns_start = 0;
	out->pid_ns = 0;
	if (ns) {
		out->pid_ns = BPF_CORE_READ(ns, ns.inum);
		out->pidns_start = BPF_CORE_READ(ns, child_reaper, start_boottime);
	}
	out->mnt_ns = proxy ? proxy->mnt_ns->ns.inum : 0;
	out->net_ns = proxy ? proxy->net_ns->ns.inum : 0;
}

#endif
