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

/* The file behind a descriptor of current, a task; null: closed again, or never there. */
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

/*
 * Global functions: a load of `task->fs` and the like makes the verifier search all of its types, and here it
 * comes to each but once for a program.
 */

/* The same, for what is not asked about every open. */
extern __u64 descriptor__file(__s32 number);
/* What stands behind a number, into `out`, which is all zero. */
extern int descriptor__read_file(struct descriptor_facts *out, __s32 number, __u64 file);
/* Appends the directory that a relative path is relative to: that of a descriptor, or the working one. */
extern __u64 directory__append(__s32 dirfd);

static __always_inline void descriptor__read(struct descriptor_facts *out, __s32 number)
{
	descriptor__read_file(out, number, descriptor__file(number));
}

#endif
