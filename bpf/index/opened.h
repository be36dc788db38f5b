/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How a file was opened, and what it is.
 */
#ifndef LANNER_INDEX_OPENED_H
#define LANNER_INDEX_OPENED_H

#include "index/typed.h"
#include "kernel/kernel_versions.h"
#include "read/descriptor.h"
#include "read/file.h"
#include "wire/index.h"

#define O_ACCMODE	  3
#define O_PATH		  010000000
#define __O_TMPFILE	  020000000 /* without O_DIRECTORY */
#define O_DIRECTORY_X86	  0200000
#define O_DIRECTORY_ARM64 0040000

/* The three numbers that say how a file was opened. */
struct open_numbers {
	__u32 flags;
	__u32 mode; /* of the file: FMODE_CREATED and others */
	__u32 format;
};

/* Of a descriptor of current, a task; null: it is not there any more. */
static __always_inline struct file *descriptor__open_numbers(struct open_numbers *out,
							     struct task_struct *task, __u32 number)
{
	struct fdtable *table;
	struct file *file;

	if (!bpf_rdonly_cast) {
		file = file__of_descriptor(task, number);
		if (!file)
			return 0;
		out->flags = BPF_CORE_READ(file, f_flags);
		out->mode = BPF_CORE_READ(file, f_mode);
		out->format = BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT;
		return file;
	}
	table = task->files->fdt;
	if (number >= table->max_fds)
		return 0;
	/* an array of pointers: its element is read as a struct that begins with one */
	file = (void *)TYPED((void *)(table->fd + number), hlist_node)->next;
	if (!file)
		return 0;
	file = TYPED(file, file);
	out->flags = file->f_flags;
	out->mode = file->f_mode;
	out->format = file->f_inode->i_mode & S_IFMT;
	return file;
}

static __always_inline __u32 open__variant(const struct open_numbers *open)
{
	__u32 kind = OPEN_OTHER;

	if (open->flags & O_PATH)
		return VARIANT_UNKNOWN;
	if (open->format == S_IFDIR && open->flags & (regs__are_x86() ? O_DIRECTORY_X86 : O_DIRECTORY_ARM64))
		kind = OPEN_DIRECTORY;
	else if (open->format == S_IFREG || open->format == S_IFDIR || open->format == S_IFCHR ||
		 open->format == S_IFBLK)
		kind = OPEN_FILE;
	/* the kernel does not call a file without a name created */
	if (open->mode & FMODE_CREATED || open->flags & __O_TMPFILE)
		kind |= OPEN_CREATED;
	return kind | (open->flags & O_ACCMODE);
}

#endif
