// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Attributes of files: the hooks get the entry and the attribute's name as the kernel copied it, but no
 * mount. Where the attribute is set or taken away, another function was given that before.
 */
#include "names/names.h"

/* The mount that is about to be written to. */
SEC("?fentry/mnt_want_write")
int wanted_mount(void *ctx)
{
	struct path_buffer *buffer;
	__u64 mount;

	if (!names__begin(KEEPER_ENTRIES))
		return 0;
	mount = hook__argument(ctx, 0);
	buffer = path__buffer();
	if (buffer) {
		__builtin_memcpy(buffer->bytes, &mount, sizeof(mount));
		names__store(bpf_get_current_pid_tgid(), NAME_MOUNT, 0, sizeof(mount), 0);
	}
	buffers__release();
	return 0;
}

/* Where this entry is, of a call by name: of one by descriptor no mount was told. */
static __always_inline void entry__keep_place(__u64 dentry)
{
	struct name_key key = { .thread = bpf_get_current_pid_tgid(), .part = NAME_MOUNT };
	struct name_block *block = bpf_map_lookup_elem(&names, &key);
	__u64 mount = 0;

	if (!block)
		return;
	bpf_probe_read_kernel(&mount, sizeof(mount), block->bytes);
	names__keep_place(NAME_RESOLVED, dentry, mount);
	names__drop(key.thread, NAME_MOUNT);
}

static __always_inline int entry__keep(void *ctx)
{
	if (!names__begin(KEEPER_ENTRIES))
		return 0;
	entry__keep_place(hook__argument(ctx, 1));
	names__keep_text(bpf_get_current_pid_tgid(), NAME_STRING, hook__argument(ctx, 2), MEMORY_KERNEL);
	buffers__release();
	return 0;
}

/* setxattr and its likes. */
SEC("?fentry/security_inode_setxattr")
int real_setxattr(void *ctx)
{
	return entry__keep(ctx);
}

/* The same of access control lists, since v6.2. */
SEC("?fentry/security_inode_set_acl")
int real_set_acl(void *ctx)
{
	return entry__keep(ctx);
}

/* removexattr and its likes. */
SEC("?fentry/security_inode_removexattr")
int real_removexattr(void *ctx)
{
	return entry__keep(ctx);
}

/* The same of access control lists, since v6.2. */
SEC("?fentry/security_inode_remove_acl")
int real_remove_acl(void *ctx)
{
	return entry__keep(ctx);
}

/* Only of a call that has such a name: file systems look attributes up for others. */
static __always_inline int entry__keep_name(__u64 name)
{
	struct call *call = names__call(bpf_get_current_task_btf(), KEEPER_LOOKUP);

	if (!call || call->string == ARGUMENT_NONE || !names__begin(KEEPER_LOOKUP))
		return 0;
	names__keep_text(bpf_get_current_pid_tgid(), NAME_STRING, name, MEMORY_KERNEL);
	buffers__release();
	return 0;
}

/* getxattr and its likes, which may write over the name. */
SEC("?fentry/security_inode_getxattr")
int read_xattr(void *ctx)
{
	return entry__keep_name(hook__argument(ctx, 1));
}

/* The same of access control lists, since v6.2. */
SEC("?fentry/security_inode_get_acl")
int read_acl(void *ctx)
{
	return entry__keep_name(hook__argument(ctx, 2));
}
