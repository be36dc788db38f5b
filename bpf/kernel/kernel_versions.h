/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Everything that differs between kernels or architectures, each in one function.
 */
#ifndef LANNER_KERNEL_KERNEL_VERSIONS_H
#define LANNER_KERNEL_KERNEL_VERSIONS_H

#include "kernel/kernel_types.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#define NS_PER_S  1000000000ULL
#define NSEC_MASK 0x3fffffffU /* above it: flags of multigrain timestamps (v6.13, 4e40eff0b573) */
#define TS_COMPAT 2	      /* x86 thread_info.status: arch/x86/include/asm/thread_info.h */
#define TIF_32BIT (1UL << 22) /* arm64 thread_info.flags: arch/arm64/include/asm/thread_info.h */

/* Nanoseconds since the epoch; the fields moved in v6.6 (13bc24457850), v6.7 (12cd44023651) and v6.11
 * (3aa63a569c64). */
static __always_inline __u64 inode__ctime(__u64 inode)
{
	const struct inode___split *split = (void *)inode;
	const struct inode___renamed *renamed = (void *)inode;
	const struct inode___timespec *old = (void *)inode;

	if (bpf_core_field_exists(split->i_ctime_sec))
		return BPF_CORE_READ(split, i_ctime_sec) * NS_PER_S +
		       (BPF_CORE_READ(split, i_ctime_nsec) & NSEC_MASK);
	if (bpf_core_field_exists(renamed->__i_ctime))
		return BPF_CORE_READ(renamed, __i_ctime.tv_sec) * NS_PER_S +
		       BPF_CORE_READ(renamed, __i_ctime.tv_nsec);
	return BPF_CORE_READ(old, i_ctime.tv_sec) * NS_PER_S + BPF_CORE_READ(old, i_ctime.tv_nsec);
}

static __always_inline __u64 inode__mtime(__u64 inode)
{
	const struct inode___split *split = (void *)inode;
	const struct inode___renamed *renamed = (void *)inode;
	const struct inode___timespec *old = (void *)inode;

	if (bpf_core_field_exists(split->i_mtime_sec))
		return BPF_CORE_READ(split, i_mtime_sec) * NS_PER_S +
		       (BPF_CORE_READ(split, i_mtime_nsec) & NSEC_MASK);
	if (bpf_core_field_exists(renamed->__i_mtime))
		return BPF_CORE_READ(renamed, __i_mtime.tv_sec) * NS_PER_S +
		       BPF_CORE_READ(renamed, __i_mtime.tv_nsec);
	return BPF_CORE_READ(old, i_mtime.tv_sec) * NS_PER_S + BPF_CORE_READ(old, i_mtime.tv_nsec);
}

/*
 * Pages of one kind, as exactly as the kernel itself reads them where it is in a hurry; per CPU since v6.2
 * (f1a7941243c1).
 */
static __always_inline __u64 mm__pages(struct mm_struct *mm, __u32 kind)
{
	struct mm_struct___percpu *percpu = (void *)mm;
	struct mm_struct___counts *counts = (void *)mm;
	__u64 at = (__u64)mm;
	__s64 pages = 0;

	if (bpf_core_field_exists(percpu->rss_stat[0].count))
		at += bpf_core_field_offset(percpu->rss_stat) +
		      kind * bpf_core_type_size(struct percpu_counter) +
		      bpf_core_field_offset(struct percpu_counter, count);
	else if (bpf_core_field_exists(counts->rss_stat.count))
		at += bpf_core_field_offset(counts->rss_stat.count) + kind * sizeof(pages);
	else
		return 0;
	bpf_probe_read_kernel(&pages, sizeof(pages), (void *)at);
	return pages > 0 ? pages : 0;
}

/* The number of the system call that regs belong to; negative or huge: none. */
static __always_inline __u64 regs__syscall(const struct pt_regs *regs)
{
	const struct pt_regs___x86 *x86 = (void *)regs;
	const struct pt_regs___arm64 *arm64 = (void *)regs;

	if (bpf_core_field_exists(x86->orig_ax))
		return BPF_CORE_READ(x86, orig_ax);
	return (__u64)(__s64)BPF_CORE_READ(arm64, syscallno);
}

/* The same for the registers that a tp_btf program is given: plain loads, which cost a sixth of a copy. */
static __always_inline __u64 regs__traced_syscall(const struct pt_regs *regs)
{
	const struct pt_regs___x86 *x86 = (void *)regs;
	const struct pt_regs___arm64 *arm64 = (void *)regs;

	if (bpf_core_field_exists(x86->orig_ax))
		return x86->orig_ax;
	return (__u64)(__s64)arm64->syscallno;
}

static __always_inline int regs__are_x86(void)
{
	const struct pt_regs___x86 *x86 = 0;

	return bpf_core_field_exists(x86->orig_ax);
}

/* Argument 0 to 5 of a 32-bit call; arm64 passes them as in any other. */
static __always_inline __u64 regs__compat_argument(const struct pt_regs *regs, int number)
{
	const struct pt_regs___x86 *x86 = (void *)regs;

	switch (number) {
	case 0:
		return (__u32)BPF_CORE_READ(x86, bx);
	case 1:
		return (__u32)BPF_CORE_READ(x86, cx);
	case 2:
		return (__u32)BPF_CORE_READ(x86, dx);
	case 3:
		return (__u32)BPF_CORE_READ(x86, si);
	case 4:
		return (__u32)BPF_CORE_READ(x86, di);
	default:
		return (__u32)BPF_CORE_READ(x86, bp);
	}
}

/*
 * Argument 0 or 1 of the call, by plain loads from the registers that a tp_btf program is given: of a call
 * that most rules have nothing to do with a copy would be a good part of its cost.
 */
static __always_inline __u64 regs__traced_argument(const struct pt_regs *regs, int second, int compat)
{
	const struct pt_regs___x86 *x86 = (void *)regs;
	const struct pt_regs___arm64 *arm64 = (void *)regs;

	if (!bpf_core_field_exists(x86->orig_ax))
		return second ? arm64->regs[1] : arm64->orig_x0;
	if (compat)
		return (__u32)(second ? x86->cx : x86->bx);
	return second ? x86->si : x86->di;
}

/* Argument 0 to 5 of the call. On arm64 the first register holds the result by now; the kernel kept the
 * argument. */
static __always_inline __u64 regs__argument(const struct pt_regs *regs, int number, int compat)
{
	const struct pt_regs___x86 *x86 = (void *)regs;
	const struct pt_regs___arm64 *arm64 = (void *)regs;

	if (bpf_core_field_exists(x86->orig_ax)) {
		if (compat)
			return regs__compat_argument(regs, number);
		switch (number) {
		case 0:
			return BPF_CORE_READ(x86, di);
		case 1:
			return BPF_CORE_READ(x86, si);
		case 2:
			return BPF_CORE_READ(x86, dx);
		case 3:
			return BPF_CORE_READ(x86, r10);
		case 4:
			return BPF_CORE_READ(x86, r8);
		default:
			return BPF_CORE_READ(x86, r9);
		}
	}
	switch (number) {
	case 0:
		return BPF_CORE_READ(arm64, orig_x0);
	case 1:
		return BPF_CORE_READ(arm64, regs[1]);
	case 2:
		return BPF_CORE_READ(arm64, regs[2]);
	case 3:
		return BPF_CORE_READ(arm64, regs[3]);
	case 4:
		return BPF_CORE_READ(arm64, regs[4]);
	default:
		return BPF_CORE_READ(arm64, regs[5]);
	}
}

/* Whether the task is inside a 32-bit call, whose numbers mean other calls. */
static __always_inline int task__in_compat_call(struct task_struct *task)
{
	struct task_struct___x86 *x86 = (void *)task;

	if (bpf_core_field_exists(x86->thread_info.status))
		return x86->thread_info.status & TS_COMPAT;
	return (task->thread_info.flags & TIF_32BIT) != 0;
}

#endif
