// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Where calls went that no hook is told of: what the kernel finds for a name. Its functions for that serve
 * other calls too, stat() among them, so they are followed only while a rule asks for a call that needs it.
 */
#include "names/names.h"

#define MAX_ERRNO 4095 /* a pointer that is an error is at most so far from the end */

/* The place, where one was found, and the name: some of these calls overwrite it before they end. */
static __always_inline int lookup__keep(__s32 error, __u64 path, __u64 name, enum memory memory)
{
	if (!error)
		names__keep_place(NAME_RESOLVED, dentry__of_path(path), mount__of_path(path));
	names__keep_text(bpf_get_current_pid_tgid(), NAME_GIVEN, name, memory);
	buffers__release();
	return 0;
}

static __always_inline __s64 hook__result(void *ctx)
{
	__u64 value = 0;

	bpf_get_func_ret(ctx, &value);
	return value;
}

/* By a name in user memory. Where the function below was seen to do the work, it had the kernel's copy. */
static __always_inline int lookup__by_user_name(void *ctx)
{
	if (!names__begin_lookup())
		return 0;
	if (names__has(NAME_GIVEN)) {
		buffers__release();
		return 0;
	}
	return lookup__keep(hook__result(ctx), hook__argument(ctx, 3), hook__argument(ctx, 1), MEMORY_USER);
}

/* access, statfs and their likes. */
SEC("?fexit/user_path_at")
int looked_up_at(void *ctx)
{
	return lookup__by_user_name(ctx);
}

/* The same until v6.11. */
SEC("?fexit/user_path_at_empty")
int looked_up_at_6(void *ctx)
{
	return lookup__by_user_name(ctx);
}

/* readlink, getxattr and their likes; and what the function above leaves to this one. */
SEC("?fexit/filename_lookup")
int looked_up(void *ctx)
{
	if (!names__begin_lookup())
		return 0;
	return lookup__keep(hook__result(ctx), hook__argument(ctx, 3), filename__text(hook__argument(ctx, 1)),
			    MEMORY_KERNEL);
}

/* quotactl: its device. */
SEC("?fexit/kern_path")
int looked_up_device(void *ctx)
{
	if (!names__begin(KEEPER_LOOKUP))
		return 0;
	return lookup__keep(hook__result(ctx), hook__argument(ctx, 2), hook__argument(ctx, 0), MEMORY_KERNEL);
}

/* swapon, swapoff, acct: the file that the kernel opened for itself. */
SEC("?fexit/file_open_name")
int opened_by_name(void *ctx)
{
	__s64 file;

	if (!names__begin(KEEPER_LOOKUP))
		return 0;
	file = hook__result(ctx);
	return lookup__keep(file >= -MAX_ERRNO && file < 0, file + bpf_core_field_offset(struct file, f_path),
			    filename__text(hook__argument(ctx, 0)), MEMORY_KERNEL);
}
