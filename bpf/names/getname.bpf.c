// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What calls on names were given: the kernel's copy, which nobody rewrites. The functions that take it are
 * called do_* until v6.19 and filename_* since; a kernel has one or the other.
 */
#include "names/names.h"

/* The struct filenames that a function is given: one, or two. */
static __always_inline int getname__keep(__u64 first, __u64 second)
{
	__u64 thread = bpf_get_current_pid_tgid();

	if (!names__begin(KEEPER_HOOKS))
		return 0;
	names__keep_text(thread, NAME_GIVEN, filename__text(first), MEMORY_KERNEL);
	if (second)
		names__keep_text(thread, NAME_GIVEN + 1, filename__text(second), MEMORY_KERNEL);
	buffers__release();
	return 0;
}

/* unlink, unlinkat. */
SEC("?fentry/do_unlinkat")
int written_unlink(void *ctx)
{
	return getname__keep(hook__argument(ctx, 1), 0);
}

SEC("?fentry/filename_unlinkat")
int written_unlink_7(void *ctx)
{
	return getname__keep(hook__argument(ctx, 1), 0);
}

/* rmdir, unlinkat. */
SEC("?fentry/do_rmdir")
int written_rmdir(void *ctx)
{
	return getname__keep(hook__argument(ctx, 1), 0);
}

SEC("?fentry/filename_rmdir")
int written_rmdir_7(void *ctx)
{
	return getname__keep(hook__argument(ctx, 1), 0);
}

/* mkdir, mkdirat. */
SEC("?fentry/do_mkdirat")
int written_mkdir(void *ctx)
{
	return getname__keep(hook__argument(ctx, 1), 0);
}

SEC("?fentry/filename_mkdirat")
int written_mkdir_7(void *ctx)
{
	return getname__keep(hook__argument(ctx, 1), 0);
}

/* mknod, mknodat. */
SEC("?fentry/do_mknodat")
int written_mknod(void *ctx)
{
	return getname__keep(hook__argument(ctx, 1), 0);
}

SEC("?fentry/filename_mknodat")
int written_mknod_7(void *ctx)
{
	return getname__keep(hook__argument(ctx, 1), 0);
}

/* rename and its likes. */
SEC("?fentry/do_renameat2")
int written_rename(void *ctx)
{
	return getname__keep(hook__argument(ctx, 1), hook__argument(ctx, 3));
}

SEC("?fentry/filename_renameat2")
int written_rename_7(void *ctx)
{
	return getname__keep(hook__argument(ctx, 1), hook__argument(ctx, 3));
}

/* link, linkat. */
SEC("?fentry/do_linkat")
int written_link(void *ctx)
{
	return getname__keep(hook__argument(ctx, 1), hook__argument(ctx, 3));
}

SEC("?fentry/filename_linkat")
int written_link_7(void *ctx)
{
	return getname__keep(hook__argument(ctx, 1), hook__argument(ctx, 3));
}

/* symlink, symlinkat: the link's own name; its text is in resolved.bpf.c. */
SEC("?fentry/do_symlinkat")
int written_symlink(void *ctx)
{
	return getname__keep(hook__argument(ctx, 2), 0);
}

SEC("?fentry/filename_symlinkat")
int written_symlink_7(void *ctx)
{
	return getname__keep(hook__argument(ctx, 2), 0);
}
