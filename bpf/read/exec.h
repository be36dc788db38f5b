/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is kept of one exec, from sched_process_exec until its last thread or fork is gone:
 *
 *	tasks[task].exec -> execs[exec]              flags and times of the executable, number of users
 *	                 -> strings[exec, part, n]   its path and its arguments, in blocks
 */
#ifndef LANNER_READ_EXEC_H
#define LANNER_READ_EXEC_H

#include "base/counters.h"
#include "base/task_facts.h"
#include "kernel/kernel_versions.h"
#include "read/exec_shares.h"
#include "read/exec_strings.h"
#include "read/file.h"
#include "read/path.h"

/* Last number given to an exec. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} exec_numbers SEC(".maps") __weak;

/* Number of an exec -> its facts. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, EXECS_MOST);
	__type(key, __u64);
	__type(value, struct exec_facts);
} execs SEC(".maps") __weak;

/* Process id -> the exec whose image it runs. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 32768);
	__type(key, __u32);
	__type(value, struct image);
} images SEC(".maps") __weak;

/* Forgets one user of an exec, and the exec with the last. */
extern int exec__put(__u64 exec);
/* Forgets what of an exec is beyond the share of its origin; whether anything is kept of it. */
extern int exec__let_go(__u64 exec);

static __always_inline __u64 exec__number(void)
{
	__u32 zero = 0;
	__u64 *last = bpf_map_lookup_elem(&exec_numbers, &zero);

	return last ? __sync_fetch_and_add(last, 1) + 1 : 0;
}

/* Takes room for a string out of the share of its exec's origin; how many bytes there is room for. */
static __always_inline __u32 exec__take_string(struct exec_facts *facts, __u32 part, __u32 length,
					       __u32 event)
{
	__u32 most = exec_share__take_string(facts, part, length);

	if (most < length && !(facts->passing & PASSING_FACTS)) /* that was counted */
		counter__add(event, REASON_STRINGS_SHARE);
	return most;
}

static __always_inline void exec__keep_path(struct exec_facts *facts, __u64 exec, __u32 part,
					    const struct path_span *span, __u32 event)
{
	exec__take_string(facts, part, span->length, event);
	if (strings__store(exec, part, span->start, span->length))
		counter__add(event, REASON_STRINGS_FULL);
}

/* Keeps the executable's facts and path under a new number, for the share of this origin; arguments are added
 * by those who can read them. */
static __always_inline __u64 exec__create(struct task_struct *task, __u64 origin, __u32 event)
{
	struct mm_struct *mm = task->mm;
	struct file *exe = mm ? mm->exe_file : 0;
	struct exec_facts facts = { .users = 1, .origin = origin };
	__u64 exec = exec__number();

	if (!exec)
		return 0;
	if (!exec_share__take(&facts))
		counter__add(event, REASON_STRINGS_SHARE);
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
		exec__keep_path(&facts, exec, STRING_EXEPATH, &span, event);
	}
	if (bpf_map_update_elem(&execs, &exec, &facts, BPF_NOEXIST)) {
		counter__add(event, REASON_STRINGS_FULL);
		exec_share__give_back(&facts);
		exec__put(exec);
		return 0;
	}
	return exec;
}

/* How many bytes the arguments of an image have. */
static __always_inline __u32 exec__length_of_args(struct exec_facts *facts, const struct mm_struct *mm,
						  __u32 event)
{
	__u64 length = mm->arg_end - mm->arg_start;

	if (length <= ARGS_MAX)
		return length;
	facts->args_cut = 1;
	counter__add(event, REASON_ARGS_CUT);
	return ARGS_MAX;
}

/* The arguments of the image that current has just been given. */
static __always_inline void exec__read_args(struct task_struct *task, __u64 exec, __u32 event)
{
	struct mm_struct *mm = task->mm;
	struct exec_facts *facts = bpf_map_lookup_elem(&execs, &exec);
	__u32 length;
	int stored;

	if (!mm || !facts)
		return;
	length = exec__length_of_args(facts, mm, event);
	exec__take_string(facts, STRING_ARGS, length, event);
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

#endif
