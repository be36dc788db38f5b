/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a descriptor of current stands for: a file with its path, or a socket with its ends.
 */
#ifndef LANNER_READ_DESCRIPTOR_H
#define LANNER_READ_DESCRIPTOR_H

#include "read/file.h"
#include "read/path.h"
#include "read/socket.h"

#define AT_FDCWD (-100)

/* The file behind a descriptor of current; null: closed again, or never there. */
static __always_inline struct file *file__of_descriptor(struct task_struct *task, __u32 number)
{
	struct files_struct *files = task->files;
	struct fdtable *table = files ? files->fdt : 0;
	struct file *file = 0;

	if (!table || number >= table->max_fds)
		return 0;
	bpf_probe_read_kernel(&file, sizeof(file), table->fd + number);
	return file;
}

/* Into `out`, which is all zero. */
static __always_inline void descriptor__read_file(struct scratch *scratch, struct task_struct *task,
						  struct descriptor_facts *out, __s32 number,
						  struct file *file)
{
	struct inode *inode;

	out->num = number;
	if (!file)
		return;
	inode = BPF_CORE_READ(file, f_inode);
	out->file_flags = FILE_KNOWN | file__layer(file);
	if (file__is_memfd(file))
		out->file_flags |= FILE_FROM_MEMFD;
	out->file_mode = BPF_CORE_READ(inode, i_mode);
	out->ino = BPF_CORE_READ(inode, i_ino);
	out->dev = BPF_CORE_READ(inode, i_sb, s_dev);
	if ((out->file_mode & S_IFMT) == S_IFSOCK)
		socket__add(scratch, out, file);
	else
		out->path = record__append_path(
			scratch, (__u64)file + bpf_core_field_offset(struct file, f_path), task->fs);
}

static __always_inline void descriptor__read(struct scratch *scratch, struct task_struct *task,
					     struct descriptor_facts *out, __s32 number)
{
	descriptor__read_file(scratch, task, out, number,
			      number >= 0 ? file__of_descriptor(task, number) : 0);
}

static __always_inline void descriptor__add(struct scratch *scratch, struct task_struct *task, __s32 number)
{
	descriptor__read(scratch, task, &scratch->record.call.descriptor, number);
}

/* Appends the directory that a relative path is relative to: that of a descriptor, or the working one. */
static __always_inline struct text record__append_directory(struct scratch *scratch, struct task_struct *task,
							    __s32 dirfd)
{
	struct fs_struct *fs = task->fs;
	struct text none = {};
	__u64 base = (__u64)fs + bpf_core_field_offset(struct fs_struct, pwd);

	if (!fs)
		return none;
	if (dirfd != AT_FDCWD) {
		struct file *directory = file__of_descriptor(task, dirfd);

		if (!directory)
			return none;
		base = (__u64)directory + bpf_core_field_offset(struct file, f_path);
	}
	return record__append_path(scratch, base, fs);
}

#endif
