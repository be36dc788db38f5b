/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a struct file in kernel memory says: overlay layer, memfd, socket, and whether a task may write it.
 */
#ifndef LANNER_READ_FILE_H
#define LANNER_READ_FILE_H

#include "kernel/kernel_types.h"
#include "wire/record.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#define OVERLAYFS_SUPER_MAGIC 0x794c7630
#define FMODE_CREATED	      0x100000
#define MNT_READONLY	      0x40
#define SB_RDONLY	      1
#define S_IMMUTABLE	      (1 << 3)
#define S_IWOTH		      2
#define CAP_DAC_OVERRIDE_BIT  (1ULL << 1)

/*
 * overlayfs keeps the upper dentry right behind the inode that it embeds (fs/overlayfs/ovl_entry.h); a file
 * without one comes from a lower layer, which is the image.
 */
static __always_inline __u32 file__layer(struct file *file)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	void *upper = 0;

	if (BPF_CORE_READ(inode, i_sb, s_magic) != OVERLAYFS_SUPER_MAGIC)
		return 0;
	bpf_probe_read_kernel(&upper, sizeof(upper), (void *)inode + bpf_core_type_size(struct inode));
	return upper ? FILE_UPPER_LAYER : FILE_LOWER_LAYER;
}

/* A memfd has no directory: it is its own parent and bears the prefix that the kernel gives it. */
static __always_inline int file__is_memfd(struct file *file)
{
	struct dentry *dentry = BPF_CORE_READ(file, f_path.dentry);
	char name[8] = {};

	if (BPF_CORE_READ(dentry, d_parent) != dentry)
		return 0;
	bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(dentry, d_name.name));
	return name[0] == 'm' && name[1] == 'e' && name[2] == 'm' && name[3] == 'f' && name[4] == 'd' &&
	       name[5] == ':';
}

static __always_inline int file__is_socket(struct file *file)
{
	return (BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT) == S_IFSOCK;
}

/* Whether cred may write the file: permission bits and capability, as inode_permission() without ACLs and
 * groups. Its owner may, whatever the mode: chmod is the owner's. */
static __always_inline int file__writable(struct file *file, const struct cred *cred)
{
	struct inode *inode = BPF_CORE_READ(file, f_inode);
	__u32 mode = BPF_CORE_READ(inode, i_mode);
	__u64 capabilities = 0;

	if (BPF_CORE_READ(inode, i_flags) & S_IMMUTABLE)
		return 0;
	if (BPF_CORE_READ(inode, i_sb, s_flags) & SB_RDONLY ||
	    BPF_CORE_READ(file, f_path.mnt, mnt_flags) & MNT_READONLY)
		return 0;
	bpf_core_read(&capabilities, sizeof(capabilities), &cred->cap_effective);
	if (capabilities & CAP_DAC_OVERRIDE_BIT)
		return 1;
	if (BPF_CORE_READ(cred, fsuid.val) == BPF_CORE_READ(inode, i_uid.val))
		return 1;
	if (BPF_CORE_READ(cred, fsgid.val) == BPF_CORE_READ(inode, i_gid.val))
		mode >>= 3;
	return (mode & S_IWOTH) != 0;
}

static __always_inline __u32 file__exe_flags(struct file *file, const struct cred *cred)
{
	__u32 layer = file__layer(file);
	__u32 flags = 0;

	if (file__writable(file, cred))
		flags |= EXE_WRITABLE;
	if (layer & FILE_UPPER_LAYER)
		flags |= EXE_UPPER_LAYER;
	if (layer & FILE_LOWER_LAYER)
		flags |= EXE_LOWER_LAYER;
	if (file__is_memfd(file))
		flags |= EXE_FROM_MEMFD;
	return flags;
}

#endif
