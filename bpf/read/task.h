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
 * The same of a pid that was loaded from `at`, a member of a typed pointer. The level of the machine itself
 * and that of containers on it are plain loads. Deeper ones have offsets that vary, which kernels before 6.2
 * refuse.
 */
static __always_inline __u32 pid__number_of(struct pid *pid, struct pid *const *at, __u32 level)
{
	if (!pid || pid->level < level)
		return 0;
	if (!level)
		return pid->numbers[0].nr;
	if (level == 1 && pid__is_open())
		return pid->numbers[1].nr;
	bpf_probe_read_kernel(&pid, sizeof(pid), at);
	return pid__plain_number(pid, level);
}

/* The same of the pid that `at` holds. */
static __always_inline __u32 pid__number(struct pid *const *at, __u32 level)
{
	return pid__number_of(*at, at, level);
}

/* The number of a thread in the namespace that it was made in. */
static __always_inline __u32 task__vtid(struct task_struct *task)
{
	struct pid *pid = task->thread_pid;

	return pid ? pid__number_of(pid, &task->thread_pid, pid->level) : 0;
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

static __always_inline void task__read_identity(struct task_struct *task, struct process_facts *out)
{
	const struct cred *cred = task->cred;

	out->pid = task->tgid;
	out->tid = task->pid;
	out->uid = cred->euid.val;
	out->gid = cred->egid.val;
	out->loginuid = task->loginuid.val;
}

#endif
