/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * open, openat, openat2, creat, open_by_handle_at: what was asked for from the registers, what was opened
 * from struct file.
 */
#ifndef LANNER_EVENT_OPEN_H
#define LANNER_EVENT_OPEN_H

#include "base/counters.h"
#include "kernel/kernel_versions.h"
#include "read/descriptor.h"
#include "read/open_arguments.h"

/* What a file keeps of the flags: O_ACCMODE, O_TMPFILE; O_DIRECTORY and O_DIRECT, of which either has the
 * number that the other has elsewhere. */
#define KEPT_FLAGS 020240003

/* struct open_how of linux/openat2.h */
struct how {
	__u64 flags;
	__u64 mode;
	__u64 resolve;
};

/* What was asked for, and where the path is; null: a handle was given. */
static __always_inline const void *open__read_arguments(struct open_facts *open, const struct pt_regs *regs,
							__u32 event, int compat)
{
	int first = event == EVENT_OPENAT || event == EVENT_OPENAT2 || event == EVENT_OPEN_BY_HANDLE_AT;
	struct open_arguments given = {};
	struct how how = {};

	open->resolve = 0;
	open->dirfd = first ? (__s32)regs__argument(regs, 0, compat) : AT_FDCWD;
	if (open__arguments(&given, regs, event, compat)) {
		bpf_probe_read_user(&how, sizeof(how), (void *)regs__argument(regs, 2, compat));
		given.flags = how.flags;
		given.mode = how.mode;
		open->resolve = how.resolve;
	}
	open->flags = given.flags;
	open->mode = given.mode;
	if (event == EVENT_OPEN_BY_HANDLE_AT)
		return 0;
	return (void *)(first ? regs__argument(regs, 1, compat) : regs__argument(regs, 0, compat));
}

static __always_inline void open__read_file(struct open_facts *open, struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);

	open->file_flags = FILE_KNOWN | file__layer(file);
	if (BPF_CORE_READ(file, f_mode) & FMODE_CREATED)
		open->file_flags |= FILE_CREATED;
	if (file__is_memfd(file))
		open->file_flags |= FILE_FROM_MEMFD;
	open->file_mode = BPF_CORE_READ(inode, i_mode);
	open->ino = BPF_CORE_READ(inode, i_ino);
	open->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	open->path = text__unpack(file__append_path((__u64)file));
}

/* Those of openat2 lie in memory, which another thread may have changed since. */
static __always_inline void open__believe_file(struct open_facts *open, struct file *file)
{
	__u32 kept = BPF_CORE_READ(file, f_flags) & KEPT_FLAGS;

	open->flags = (open->flags & ~KEPT_FLAGS) | kept;
}

static __always_inline void open__clear(struct open_facts *open)
{
	open->ino = 0;
	open->dev = 0;
	open->file_flags = 0;
	open->file_mode = 0;
	open->path = (struct text){};
	open->base = (struct text){};
	open->raw = (struct text){};
}

static __always_inline void open__add(struct scratch *scratch, const struct pt_regs *regs, long result,
				      int compat)
{
	struct open_facts *open = &scratch->record.open;
	const void *name = open__read_arguments(open, regs, scratch->record.event, compat);
	struct file *file = (void *)descriptor__file(result);
	char first = 0;

	open__clear(open);
	if (name)
		open->raw = record__append_name(scratch, name, MEMORY_USER);
	if (file) {
		open__read_file(open, file);
		if (scratch->record.event == EVENT_OPENAT2)
			open__believe_file(open, file);
		return;
	}
	if (result >= 0)
		counter__add(scratch->record.event, REASON_FILE_GONE);
	if (!name)
		return;
	/* a failed open has no file: user space joins the path as given to the directory it is relative to */
	bpf_probe_read_user(&first, sizeof(first), name);
	if (first != '/')
		open->base = text__unpack(directory__append(open->dirfd));
}

#endif
