// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where calls on names go: the hooks of security modules get the directory and the entry in it that the
 * kernel found, whatever was written. An entry's parent is locked meanwhile, so it stays what it is.
 */
#include "names/names.h"

static __always_inline int resolved__keep_entry(__u64 folder, __u64 entry)
{
	if (!names__begin(KEEPER_HOOKS))
		return 0;
	names__keep_place(NAME_RESOLVED, entry, mount__of_path(folder));
	buffers__release();
	return 0;
}

static __always_inline int resolved__keep(__u64 path)
{
	return resolved__keep_entry(path, dentry__of_path(path));
}

/* unlink, unlinkat. */
SEC("?fentry/security_path_unlink")
int real_unlink(void *ctx)
{
	return resolved__keep_entry(hook__argument(ctx, 0), hook__argument(ctx, 1));
}

/* rmdir, unlinkat. */
SEC("?fentry/security_path_rmdir")
int real_rmdir(void *ctx)
{
	return resolved__keep_entry(hook__argument(ctx, 0), hook__argument(ctx, 1));
}

/* mkdir, mkdirat. */
SEC("?fentry/security_path_mkdir")
int real_mkdir(void *ctx)
{
	return resolved__keep_entry(hook__argument(ctx, 0), hook__argument(ctx, 1));
}

/* mknod, mknodat. */
SEC("?fentry/security_path_mknod")
int real_mknod(void *ctx)
{
	return resolved__keep_entry(hook__argument(ctx, 0), hook__argument(ctx, 1));
}

/* rename and its likes: the old place, and the new one. */
SEC("?fentry/security_path_rename")
int real_rename(void *ctx)
{
	if (!names__begin(KEEPER_HOOKS))
		return 0;
	names__keep_place(NAME_RESOLVED, hook__argument(ctx, 1), mount__of_path(hook__argument(ctx, 0)));
	names__keep_place(NAME_RESOLVED + 1, hook__argument(ctx, 3), mount__of_path(hook__argument(ctx, 2)));
	buffers__release();
	return 0;
}

/* link, linkat: both names are in one mount. */
SEC("?fentry/security_path_link")
int real_link(void *ctx)
{
	if (!names__begin(KEEPER_HOOKS))
		return 0;
	names__keep_place(NAME_RESOLVED, hook__argument(ctx, 0), mount__of_path(hook__argument(ctx, 1)));
	names__keep_place(NAME_RESOLVED + 1, hook__argument(ctx, 2), mount__of_path(hook__argument(ctx, 1)));
	buffers__release();
	return 0;
}

/* symlink, symlinkat: the text of the link is the kernel's copy. */
SEC("?fentry/security_path_symlink")
int real_symlink(void *ctx)
{
	if (!names__begin(KEEPER_HOOKS))
		return 0;
	names__keep_place(NAME_RESOLVED, hook__argument(ctx, 1), mount__of_path(hook__argument(ctx, 0)));
	names__keep_text(bpf_get_current_pid_tgid(), NAME_STRING, hook__argument(ctx, 2), MEMORY_KERNEL);
	buffers__release();
	return 0;
}

/* chmod, fchmodat, fchmodat2. */
SEC("?fentry/security_path_chmod")
int real_chmod(void *ctx)
{
	return resolved__keep(hook__argument(ctx, 0));
}

/* chown, lchown, fchownat. */
SEC("?fentry/security_path_chown")
int real_chown(void *ctx)
{
	return resolved__keep(hook__argument(ctx, 0));
}

/* truncate. */
SEC("?fentry/security_path_truncate")
int real_truncate(void *ctx)
{
	return resolved__keep(hook__argument(ctx, 0));
}

/* utime and its likes. */
SEC("?fentry/vfs_utimes")
int real_utimes(void *ctx)
{
	return resolved__keep(hook__argument(ctx, 0));
}

/* inotify_add_watch, fanotify_mark. */
SEC("?fentry/security_path_notify")
int real_notify(void *ctx)
{
	return resolved__keep(hook__argument(ctx, 0));
}

/* chdir, which no hook of security modules sees. */
SEC("?fentry/set_fs_pwd")
int real_chdir(void *ctx)
{
	return resolved__keep(hook__argument(ctx, 1));
}

/* chroot: from the root before the call. */
SEC("?fentry/security_path_chroot")
int real_chroot(void *ctx)
{
	return resolved__keep(hook__argument(ctx, 0));
}

/* pivot_root: the kernel's hook has the old root's new place first. */
SEC("?fentry/security_sb_pivotroot")
int real_pivot_root(void *ctx)
{
	if (!names__begin(KEEPER_HOOKS))
		return 0;
	names__keep_place(NAME_RESOLVED, dentry__of_path(hook__argument(ctx, 1)),
			  mount__of_path(hook__argument(ctx, 1)));
	names__keep_place(NAME_RESOLVED + 1, dentry__of_path(hook__argument(ctx, 0)),
			  mount__of_path(hook__argument(ctx, 0)));
	buffers__release();
	return 0;
}

/* mount: device and place; both are the kernel's. */
SEC("?fentry/security_sb_mount")
int real_mount(void *ctx)
{
	if (!names__begin(KEEPER_HOOKS))
		return 0;
	names__keep_place(NAME_RESOLVED, dentry__of_path(hook__argument(ctx, 1)),
			  mount__of_path(hook__argument(ctx, 1)));
	names__keep_text(bpf_get_current_pid_tgid(), NAME_STRING, hook__argument(ctx, 0), MEMORY_KERNEL);
	buffers__release();
	return 0;
}

/* move_mount: the root of what is moved, and its new place. */
SEC("?fentry/security_move_mount")
int real_move_mount(void *ctx)
{
	if (!names__begin(KEEPER_HOOKS))
		return 0;
	names__keep_place(NAME_RESOLVED, dentry__of_path(hook__argument(ctx, 0)),
			  mount__of_path(hook__argument(ctx, 0)));
	names__keep_place(NAME_RESOLVED + 1, dentry__of_path(hook__argument(ctx, 1)),
			  mount__of_path(hook__argument(ctx, 1)));
	buffers__release();
	return 0;
}

/* umount2: the root of what is unmounted. */
SEC("?fentry/security_sb_umount")
int real_umount(void *ctx)
{
	__u64 mount = hook__argument(ctx, 0);

	if (!names__begin(KEEPER_HOOKS))
		return 0;
	names__keep_place(NAME_RESOLVED, (__u64)BPF_CORE_READ((struct vfsmount *)mount, mnt_root), mount);
	buffers__release();
	return 0;
}
