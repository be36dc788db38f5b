/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A step of the way up, by plain loads.
 */
#ifndef LANNER_INDEX_STEP_H
#define LANNER_INDEX_STEP_H

#include "index/typed.h"
#include "index/upward.h"

#define MOUNTS_MOST 8 /* on top of each other, between two names */

/* From a file to the root of a task. */
static __always_inline int upward__begin(struct upward *up, struct task_struct *task, struct file *file)
{
	struct fs_struct *fs = task->fs;
	__u64 offset = bpf_core_field_offset(struct mount, mnt);

	if (!fs)
		return -1;
	up->dentry = (__u64)file->f_path.dentry;
	up->mount = (__u64)file->f_path.mnt - offset;
	up->mount_root = (__u64)file->f_path.mnt->mnt_root;
	up->root = (__u64)fs->root.dentry;
	up->root_mount = (__u64)fs->root.mnt - offset;
	return 0;
}

/*
 * The first and last bytes of a dentry's name. A rename that is under way, or happens meanwhile, tears what
 * is read: then nothing is known. Names that do not lie in the dentry have 32 bytes or more.
 */
static __always_inline int upward__read_name(struct upward *up, struct dentry *dentry)
{
	__u32 sequence = dentry->d_seq.seqcount.sequence;
	__u64 name = (__u64)dentry->d_name.name;

	up->length = dentry->d_name.len;
	up->first = TYPED((void *)name, timespec64)->tv_sec;
	if (up->length < INDEX_KEY) {
		up->first &= (1ULL << up->length * 8) - 1;
		up->last = up->length ? up->first << (8 * (INDEX_KEY - up->length)) : 0;
	} else {
		up->last = TYPED((void *)(name + up->length - INDEX_KEY), timespec64)->tv_sec;
	}
	if (sequence & 1 || dentry->d_seq.seqcount.sequence != sequence)
		return UPWARD_LOST;
	return UPWARD_NAME;
}

/* From the root of a mount to where it is mounted; a mount of no namespace, or of another one, has no path
 * above. */
static __always_inline int upward__cross(struct upward *up, __u64 parent)
{
	struct mount *mount = TYPED((void *)up->mount, mount);
	struct mount *above = mount->mnt_parent;
	struct mount *root;

	if ((__u64)above == up->mount) {
		root = TYPED((void *)up->root_mount, mount);
		if (parent == up->dentry || mount->mnt_ns == root->mnt_ns)
			return UPWARD_ENDED;
		up->mount_root = 0;
		return UPWARD_MOUNT;
	}
	up->dentry = (__u64)mount->mnt_mountpoint;
	up->mount = (__u64)above;
	up->mount_root = (__u64)above->mnt.mnt_root;
	return UPWARD_MOUNT;
}

/* One step up. */
static __always_inline int upward__step(struct upward *up)
{
	struct dentry *dentry;
	__u64 parent;

	if (up->dentry == up->root && up->mount == up->root_mount)
		return UPWARD_ENDED;
	dentry = TYPED((void *)up->dentry, dentry);
	parent = (__u64)dentry->d_parent;
	if (up->dentry == up->mount_root && (parent != up->dentry || dentry->d_name.len <= 1))
		return upward__cross(up, parent);
	if (parent == up->dentry) /* in no tree: what has no path */
		return UPWARD_ENDED;
	up->dentry = parent;
	return upward__read_name(up, dentry);
}

#endif
