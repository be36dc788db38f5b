/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Paths of files as a process sees them: from the dentry up to the process' root, across mounts.
 *
 * The names are put in front of each other from the end of the buffer:
 *
 *	|............................/etc/ssl/openssl.cnf|<- NAME_MAX spare ->|
 *	0                            ^start              PATH_BUFFER
 *
 * bpf_d_path() does this too, but may not be called from tracepoints.
 */
#ifndef LANNER_READ_PATH_H
#define LANNER_READ_PATH_H

#include "base/append.h"
#include "base/counters.h"
#include "base/workspace.h"
#include "kernel/kernel_types.h"

#include <bpf/bpf_core_read.h>

#define PIDFS_MAGIC 0x50494446 /* v6.9; before, a process' descriptor is an anonymous file */

/* Where the path now stands in this CPU's path buffer. */
struct path_span {
	__u32 start;
	__u32 length;
	__u32 cut;
};

#define PATH_CUT 0x10000

/* Where the path starts in the buffer, with PATH_CUT when it was too long. Verified once. */
extern int path__build(__u64 dentry, __u64 vfsmount, __u64 root_dentry, __u64 root_vfsmount);
/* Appends the path of a dentry in a mount, seen from the root of current, to the record: as text__unpack()
 * takes it. */
extern __u64 path__append(__u64 dentry, __u64 vfsmount);

static __always_inline struct path_buffer *path__buffer_of(__u32 mine)
{
	struct workspace *workspace = workspace__of(mine);

	return workspace ? &workspace->path : 0;
}

static __always_inline struct path_buffer *path__buffer(void)
{
	return path__buffer_of(buffers__mine());
}

/* The path of a dentry in a mount, seen from the root of fs. */
static __always_inline struct path_span path__at(__u64 dentry, __u64 vfsmount, struct fs_struct *fs)
{
	int start = path__build(dentry, vfsmount, (__u64)BPF_CORE_READ(fs, root.dentry),
				(__u64)BPF_CORE_READ(fs, root.mnt));
	struct path_span span = {
		.start = start & (PATH_BUFFER - 1),
		.cut = (start & PATH_CUT) != 0,
	};

	span.length = PATH_BUFFER - span.start;
	if (start < 0 || span.length == PATH_BUFFER)
		span.length = 0;
	return span;
}

/* The same of a struct path in kernel memory. */
static __always_inline struct path_span path__of(__u64 path, struct fs_struct *fs)
{
	const struct path *p = (void *)path;

	return path__at((__u64)BPF_CORE_READ(p, dentry), (__u64)BPF_CORE_READ(p, mnt), fs);
}

/* Appends the path of a file. */
static __always_inline __u64 file__append_path(__u64 file)
{
	const struct path *path = (void *)(file + bpf_core_field_offset(struct file, f_path));

	return path__append((__u64)BPF_CORE_READ(path, dentry), (__u64)BPF_CORE_READ(path, mnt));
}

#endif
