/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How a process or thread was made: the flags of clone(2).
 */
#ifndef LANNER_EVENT_MADE_H
#define LANNER_EVENT_MADE_H

#include "base/task_facts.h"
#include "kernel/kernel_versions.h"

#include <linux/sched.h>

#define MADE_NAMESPACES                                                                                      \
	(CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |        \
	 CLONE_NEWNET | CLONE_NEWTIME)

/* Namespaces that the child does not share with its creator. */
static __always_inline __u32 made__namespaces(struct task_struct *parent, struct task_struct *child)
{
	struct nsproxy *of = parent->nsproxy, *own = child->nsproxy;
	__u32 made = 0;

	if (parent->cred->user_ns != child->cred->user_ns)
		made |= CLONE_NEWUSER;
	if (!of || !own)
		return made;
	if (of->mnt_ns != own->mnt_ns)
		made |= CLONE_NEWNS;
	if (of->cgroup_ns != own->cgroup_ns)
		made |= CLONE_NEWCGROUP;
	if (of->uts_ns != own->uts_ns)
		made |= CLONE_NEWUTS;
	if (of->ipc_ns != own->ipc_ns)
		made |= CLONE_NEWIPC;
	if (of->pid_ns_for_children != own->pid_ns_for_children)
		made |= CLONE_NEWPID;
	if (of->net_ns != own->net_ns)
		made |= CLONE_NEWNET;
	if (of->time_ns_for_children != own->time_ns_for_children)
		made |= CLONE_NEWTIME;
	return made;
}

/*
 * The flags of the call without the signal at its end. Those of clone3 lie in memory, which another thread
 * may have changed since, so that namespaces are asked of the kernel.
 */
static __always_inline __u32 made__flags(struct task_struct *parent, struct task_struct *child, __u32 event)
{
	__u64 given = regs__argument((void *)bpf_task_pt_regs(parent), 0, task__in_compat_call(parent));
	__u64 flags = 0;

	if (event == EVENT_CLONE)
		flags = given;
	else if (event == EVENT_CLONE3)
		bpf_probe_read_user(&flags, sizeof(flags), (void *)given);
	return ((__u32)flags & ~(MADE_NAMESPACES | CSIGNAL)) | made__namespaces(parent, child);
}

#endif
