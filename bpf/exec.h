/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept of one exec, from sched_process_exec until its last thread or fork is gone:
 *
 *	tasks[task].exec -> execs[exec]              flags and times of the executable, number of users
 *	                 -> strings[exec, part, n]   its path and its arguments, in blocks
 */
#ifndef LANNER_EXEC_H
#define LANNER_EXEC_H

#include "file.h"
#include "kernel_versions.h"
#include "maps.h"
#include "path.h"

/*
 * In exec.bpf.c: stores length bytes as one string. The path comes from this CPU's path buffer, from being
 * where it starts there; arguments come from the user memory of current at from. 0, -1: no room, -2: memory
 * that was not there.
 */
extern int strings__store(__u64 exec, __u32 part, __u64 from, __u32 length);
/* In exec.bpf.c: forgets one user of an exec, and the exec with the last. */
extern int exec__put(__u64 exec);

static __always_inline __u64 exec__number(void)
{
	__u32 zero = 0;
	__u64 *last = bpf_map_lookup_elem(&exec_numbers, &zero);

	return last ? __sync_fetch_and_add(last, 1) + 1 : 0;
}

/* Keeps the executable's facts and path under a new number; arguments are added by those who can read them.
 */
static __always_inline __u64 exec__create(struct task_struct *task, __u32 event)
{
	struct file *exe = task->mm ? task->mm->exe_file : 0;
	struct exec_facts facts = { .users = 1 };
	__u64 exec = exec__number();

	if (!exec)
		return 0;
	if (exe) {
		struct inode *inode = BPF_CORE_READ(exe, f_inode);
		struct path_span span =
			path__of((__u64)exe + bpf_core_field_offset(struct file, f_path), task->fs);

		facts.exe_flags = file__exe_flags(exe, task->cred);
		facts.exe_ino = BPF_CORE_READ(inode, i_ino);
		facts.exe_ctime = inode__ctime((__u64)inode);
		facts.exe_mtime = inode__mtime((__u64)inode);
		if (span.cut)
			counter__add(event, REASON_PATH_CUT);
		if (strings__store(exec, STRING_EXEPATH, span.start, span.length))
			counter__add(event, REASON_STRINGS_FULL);
	}
	if (bpf_map_update_elem(&execs, &exec, &facts, BPF_NOEXIST)) {
		counter__add(event, REASON_STRINGS_FULL);
		exec__put(exec);
		return 0;
	}
	return exec;
}

/* The arguments of the image that current has just been given. */
static __always_inline void exec__read_args(struct task_struct *task, __u64 exec, __u32 event)
{
	struct mm_struct *mm = task->mm;
	struct exec_facts *facts = bpf_map_lookup_elem(&execs, &exec);
	__u64 length;
	int stored;

	if (!mm || !facts)
		return;
	length = mm->arg_end - mm->arg_start;
	if (length > ARGS_MAX) {
		length = ARGS_MAX;
		facts->args_cut = 1;
		counter__add(event, REASON_ARGS_CUT);
	}
	stored = strings__store(exec, STRING_ARGS, mm->arg_start, length);
	if (stored)
		counter__add(event, stored == -1 ? REASON_STRINGS_FULL : REASON_ARGS_FAULT);
}

/* Leaders of sessions and groups are asked for by their number. */
static __always_inline void image__keep(struct task_struct *task, const struct task_facts *facts, __u64 exec,
					__u32 event)
{
	struct image image = { .exec = exec };
	__u32 number = task->tgid;

	__builtin_memcpy(image.comm, facts->comm, COMM_LEN);
	if (bpf_map_update_elem(&images, &number, &image, BPF_ANY))
		counter__add(event, REASON_STRINGS_FULL);
}

static __always_inline void image__forget(struct task_struct *task)
{
	__u32 number = task->tgid;

	bpf_map_delete_elem(&images, &number);
}

/* What is kept of a task, or of its leader where the task is older than the agent; null: nothing. */
static __always_inline struct task_facts *task__facts(struct task_struct *task)
{
	struct task_facts *facts = bpf_task_storage_get(&tasks, task, 0, 0);

	if (!facts || !facts->exec)
		facts = bpf_task_storage_get(&tasks, task->group_leader, 0, 0);
	return facts;
}

/* The exec whose image a task with these facts runs; 0: unknown. */
static __always_inline __u64 facts__exec(const struct task_facts *facts)
{
	return facts && facts->exec != EXEC_DEAD ? facts->exec : 0;
}

static __always_inline __u64 task__exec(struct task_struct *task)
{
	return facts__exec(task__facts(task));
}

/*
 * The name that exec gave the image of a task with these facts. A process may call itself and its threads
 * anything later; where the exec was not seen, the leader's name is the best there is.
 */
static __always_inline void task__read_name(char *name, struct task_struct *task,
					    const struct task_facts *facts)
{
	if (facts && facts->comm[0])
		__builtin_memcpy(name, facts->comm, COMM_LEN);
	else
		bpf_probe_read_kernel(name, COMM_LEN,
				      (void *)task->group_leader +
					      bpf_core_field_offset(struct task_struct, comm));
}

#endif
