// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a descriptor of current stands for, as global functions, verified once for all their callers. */
#include "read/descriptor.h"

__u64 descriptor__file(__s32 number)
{
	return number >= 0 ? (__u64)file__of_descriptor(bpf_get_current_task_btf(), number) : 0;
}

int descriptor__read_file(struct descriptor_facts *out, __s32 number, __u64 at)
{
	struct scratch *scratch = scratch__get();
	struct file *file = (void *)at;
	struct inode *inode;

	if (!out || !scratch)
		return 0;
	out->num = number;
	if (!file)
		return 0;
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
		out->path = text__unpack(file__append_path(at));
	return 0;
}

__u64 directory__append(__s32 dirfd)
{
	struct fs_struct *fs = bpf_get_current_task_btf()->fs;
	__u64 file;

	if (!fs)
		return 0;
	if (dirfd == AT_FDCWD)
		return path__append((__u64)BPF_CORE_READ(fs, pwd.dentry), (__u64)BPF_CORE_READ(fs, pwd.mnt));
	file = descriptor__file(dirfd);
	return file ? file__append_path(file) : 0;
}
