/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a process uses: memory, page faults, descriptors by number and kind.
 */
#ifndef LANNER_READ_USAGE_H
#define LANNER_READ_USAGE_H

#include "kernel/kernel_versions.h"
#include "read/descriptor.h"

#define RLIMIT_NOFILE	  7
#define MM_FILEPAGES	  0
#define MM_ANONPAGES	  1
#define MM_SWAPENTS	  2
#define MM_SHMEMPAGES	  3
#define KIB_PER_PAGE	  4    /* of x86-64, and of arm64 as distributions build it */
#define DESCRIPTOR_WORDS  1024 /* 65,536 descriptors are counted */
#define DESCRIPTORS_TRIED 4096 /* for their kinds */
#define FORMAT_SHIFT	  12

struct tally {
	__u64 words;
	__u32 number_of_words;
	__u32 set;
};

/* Adds up the bits of one word of the table's bitmap; 1: the last. */
static long tally__step(__u64 index, struct tally *tally)
{
	__u64 word = 0;

	if (index >= tally->number_of_words)
		return 1;
	bpf_probe_read_kernel(&word, sizeof(word), (void *)(tally->words + index * sizeof(word)));
	word -= word >> 1 & 0x5555555555555555ULL;
	word = (word & 0x3333333333333333ULL) + (word >> 2 & 0x3333333333333333ULL);
	word = (word + (word >> 4)) & 0x0f0f0f0f0f0f0f0fULL;
	tally->set += word * 0x0101010101010101ULL >> 56;
	return 0;
}

static __always_inline __u32 descriptors__count(struct task_struct *task)
{
	struct files_struct *files = task->files;
	struct fdtable *table = files ? files->fdt : 0;
	struct tally tally = {};

	if (!table)
		return 0;
	tally.words = (__u64)table->open_fds;
	tally.number_of_words = table->max_fds / 64;
	bpf_loop(DESCRIPTOR_WORDS, tally__step, &tally, 0);
	return tally.set;
}

static __always_inline void usage__read(struct usage_facts *out, struct task_struct *task)
{
	struct mm_struct *mm = task->mm;

	out->faults_major = task->maj_flt;
	out->faults_minor = task->min_flt;
	out->descriptors_limit = task->signal->rlim[RLIMIT_NOFILE].rlim_cur;
	out->descriptors = descriptors__count(task);
	if (!mm)
		return;
	out->vm_size = mm->total_vm * KIB_PER_PAGE;
	out->vm_rss =
		(mm__pages(mm, MM_FILEPAGES) + mm__pages(mm, MM_ANONPAGES) + mm__pages(mm, MM_SHMEMPAGES)) *
		KIB_PER_PAGE;
	out->vm_swap = mm__pages(mm, MM_SWAPENTS) * KIB_PER_PAGE;
}

/* How many are listed stands in the workspace: before v6.7 the verifier knows it here to be none, looks at
 * the first round alone, and takes out what is for the others. */
struct listing {
	__u64 files;
	__u32 number_of_files;
};

static __always_inline void open_descriptor__read(struct open_descriptor *out, struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);

	out->format = BPF_CORE_READ(inode, i_mode) >> FORMAT_SHIFT;
	out->family = 0;
	out->name[0] = 0;
	if (out->format == S_IFSOCK >> FORMAT_SHIFT) {
		struct socket *socket = BPF_CORE_READ(file, private_data);

		out->family = BPF_CORE_READ(socket, sk, __sk_common.skc_family);
	} else if (BPF_CORE_READ(inode, i_sb, s_magic) == PIDFS_MAGIC) {
		__builtin_memcpy(out->name, "[pidfd]", sizeof("[pidfd]"));
	} else if (BPF_CORE_READ(dentry, d_parent) == dentry) {
		bpf_probe_read_kernel_str(out->name, sizeof(out->name), BPF_CORE_READ(dentry, d_name.name));
	}
}

/* Lists one descriptor; 1: the last, or no room. */
static long listing__step(__u64 index, struct listing *listing)
{
	struct workspace *workspace = workspace__get();
	struct open_descriptor *one;
	struct file *file = 0;

	if (!workspace || index >= listing->number_of_files || workspace->listed >= OPEN_DESCRIPTORS)
		return 1;
	bpf_probe_read_kernel(&file, sizeof(file), (void *)(listing->files + index * sizeof(file)));
	if (!file)
		return 0;
	one = &workspace->descriptors[workspace->listed & OPEN_DESCRIPTORS];
	one->number = index;
	open_descriptor__read(one, file);
	workspace->listed += 1;
	return 0;
}

static __always_inline struct text descriptors__append(struct scratch *scratch, struct task_struct *task)
{
	struct workspace *workspace = workspace__get();
	struct files_struct *files = task->files;
	struct fdtable *table = files ? files->fdt : 0;
	struct listing listing = {};
	struct text none = {};

	if (!table || !workspace)
		return none;
	listing.files = (__u64)table->fd;
	listing.number_of_files = table->max_fds;
	workspace->listed = 0;
	bpf_loop(DESCRIPTORS_TRIED, listing__step, &listing, 0);
	return record__append(scratch, workspace->descriptors,
			      (workspace->listed & OPEN_DESCRIPTORS) * sizeof(struct open_descriptor));
}

#endif
