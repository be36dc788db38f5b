// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The one walk from a dentry to a root, as a global function and a bpf_loop() so that the verifier looks at
 * it once; and what is appended of it. */
#include "read/path.h"

#define PATH_NAMES   2048 /* more than a path of PATH_BUFFER bytes can have */
#define PIPEFS_MAGIC 0x50495045
#define NSFS_MAGIC   0x6e736673

static __always_inline struct mount *mount__of(struct vfsmount *vfsmount)
{
	return (void *)vfsmount - bpf_core_field_offset(struct mount, mnt);
}

/* Puts "/name" in front (or "name": memfd and other files outside any tree). Returns the new start, 0 when
 * full. */
static __always_inline __u32 path__prepend(struct path_buffer *buffer, __u32 start, struct dentry *dentry,
					   int slash)
{
	const unsigned char *name = BPF_CORE_READ(dentry, d_name.name);
	__u32 length = BPF_CORE_READ(dentry, d_name.len) & NAME_MAX;

	if (start <= length + 1)
		return 0;
	start -= length;
	if (bpf_probe_read_kernel(&buffer->bytes[start & (PATH_BUFFER - 1)], length, name))
		return 0;
	if (!slash)
		return start;
	start -= 1;
	buffer->bytes[start & (PATH_BUFFER - 1)] = '/';
	return start;
}

struct walk {
	__u64 dentry;
	__u64 mount;
	__u64 mount_root;
	__u64 root_dentry;
	__u64 root_mount;
	__u32 cut;
	__u32 start; /* beside cut, or verifiers before v6.7 know its first value for all rounds */
	__u32 mine;  /* which of this CPU's buffers */
};

static __always_inline void walk__enter(struct walk *walk, struct mount *mount)
{
	walk->mount = (__u64)mount;
	walk->mount_root = (__u64)BPF_CORE_READ(mount, mnt.mnt_root);
}

static __always_inline long walk__prepend(struct walk *walk, struct dentry *dentry, int slash)
{
	struct path_buffer *buffer = path__buffer_of(walk->mine);
	__u32 start = buffer ? path__prepend(buffer, walk->start, dentry, slash) : 0;

	if (!start) {
		walk->cut = PATH_CUT;
		return 1;
	}
	walk->start = start;
	return 0;
}

/*
 * At the top of a tree of mounts; 1: arrived. What is mounted nowhere (umount with MNT_DETACH, open_tree) is
 * no place of its own: a file in it has its path in the file system.
 */
static __always_inline long walk__end(struct walk *walk, struct mount *mount, int is_root)
{
	struct mount *root = (void *)walk->root_mount;

	if (is_root || BPF_CORE_READ(mount, mnt_ns) == BPF_CORE_READ(root, mnt_ns))
		return 1;
	walk->mount_root = 0;
	return 0;
}

/* One step up; 1: arrived. */
static long walk__step(__u64 index, struct walk *walk)
{
	struct dentry *dentry = (void *)walk->dentry;
	struct mount *mount = (void *)walk->mount;
	struct dentry *parent = BPF_CORE_READ(dentry, d_parent);

	if (walk->dentry == walk->root_dentry && walk->mount == walk->root_mount)
		return 1;
	if (walk->dentry == walk->mount_root &&
	    (parent != dentry || BPF_CORE_READ(dentry, d_name.len) <= 1)) {
		struct mount *above = BPF_CORE_READ(mount, mnt_parent);

		if (above == mount)
			return walk__end(walk, mount, parent == dentry);
		walk->dentry = (__u64)BPF_CORE_READ(mount, mnt_mountpoint);
		walk__enter(walk, above);
		return 0;
	}
	if (parent == dentry) { /* in no tree of this mount: memfd, pipe, or a folder that was cut off */
		if (walk->start == PATH_BUFFER && BPF_CORE_READ(dentry, d_name.len) > 1)
			walk__prepend(walk, dentry, 0);
		return 1;
	}
	walk->dentry = (__u64)parent;
	return walk__prepend(walk, dentry, 1);
}

/*
 * What is at the root of a file system that is mounted nowhere and is no folder: a pipe, a namespace, a
 * process behind a descriptor. d_path() asks the file system for a name; this is its beginning, user space
 * adds the inode. Returns the start.
 */
static __always_inline __u32 path__nameless(struct path_buffer *buffer, const struct dentry *dentry)
{
	const struct inode *inode = BPF_CORE_READ(dentry, d_inode);
	const struct ns_common *ns = BPF_CORE_READ(inode, i_private);
	unsigned long magic = BPF_CORE_READ(inode, i_sb, s_magic);
	char name[ANONYMOUS_NAME] = "pipe";
	long size = sizeof("pipe");
	const __u32 start = PATH_BUFFER - sizeof(name);

	if ((BPF_CORE_READ(inode, i_mode) & S_IFMT) == S_IFDIR)
		return 0;
	if (magic == PIDFS_MAGIC) {
		__builtin_memcpy(name, "[pidfd]", sizeof("[pidfd]"));
		size = sizeof("[pidfd]");
	} else if (magic == NSFS_MAGIC) {
		size = bpf_probe_read_kernel_str(name, sizeof(name), BPF_CORE_READ(ns, ops, name));
	} else if (magic != PIPEFS_MAGIC) {
		size = 0;
	}
	__builtin_memcpy(&buffer->bytes[start], name, sizeof(name));
	return size > 0 ? start : 0;
}

int path__build(__u64 dentry, __u64 vfsmount, __u64 root_dentry, __u64 root_vfsmount)
{
	__u32 mine = buffers__mine();
	struct path_buffer *buffer = path__buffer_of(mine);
	struct walk walk = {
		.mine = mine,
		.dentry = dentry,
		.root_dentry = root_dentry,
		.root_mount = (__u64)mount__of((void *)root_vfsmount),
		.start = PATH_BUFFER,
	};

	if (!buffer || !dentry)
		return -1;
	walk__enter(&walk, mount__of((void *)vfsmount));
	if (bpf_loop(PATH_NAMES, walk__step, &walk, 0) == PATH_NAMES)
		walk.cut = PATH_CUT;
	if (walk.start == PATH_BUFFER && !walk.cut)
		walk.start = path__nameless(buffer, (void *)dentry) ?: PATH_BUFFER;
	if (walk.start == PATH_BUFFER && !walk.cut) {
		walk.start -= 1;
		buffer->bytes[walk.start & (PATH_BUFFER - 1)] = '/';
	}
	return walk.start | walk.cut;
}

__u64 path__append(__u64 dentry, __u64 vfsmount)
{
	struct path_span span = path__at(dentry, vfsmount, bpf_get_current_task_btf()->fs);
	struct path_buffer *buffer = path__buffer();
	struct scratch *scratch = scratch__get();

	if (!buffer || !scratch)
		return 0;
	if (span.cut) {
		scratch->record.flags |= RECORD_PATH_CUT;
		counter__add(scratch->record.event, REASON_PATH_CUT);
	}
	return text__pack(
		record__append(scratch, &buffer->bytes[span.start & (PATH_BUFFER - 1)], span.length));
}
