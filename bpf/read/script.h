/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Scripts: an exec of a file that names its interpreter (#!, binfmt_misc) runs the interpreter's image; what
 * was executed is kept beside it. By then the kernel has let go of the script's file: its path is the one
 * that was given, but for a script in a descriptor, which is still open since the interpreter must read it.
 */
#ifndef LANNER_READ_SCRIPT_H
#define LANNER_READ_SCRIPT_H

#include "read/descriptor.h"
#include "read/exec.h"

#define DIGITS 7

/* The descriptor of "/dev/fd/N", "/proc/self/fd/N" or "/proc/thread-self/fd/N"; -1: another path. */
static __always_inline __s32 script__descriptor(const struct path_buffer *buffer)
{
	const char *path = buffer->bytes;
	__s32 number = 0;
	__u32 at = 0;
	int i;

	if (!__builtin_memcmp(path, "/dev/fd/", 8))
		at = 8;
	else if (!__builtin_memcmp(path, "/proc/self/fd/", 14))
		at = 14;
	else if (!__builtin_memcmp(path, "/proc/thread-self/fd/", 21))
		at = 21;
	else
		return -1;
	for (i = 0; i < DIGITS; i++, at++) {
		if (path[at] < '0' || path[at] > '9')
			break;
		number = number * 10 + path[at] - '0';
	}
	return i && !path[at] ? number : -1;
}

/* The path of a script in a descriptor takes the place of the path that was given. */
static __always_inline __u32 script__resolve(struct task_struct *task, struct path_span *span, __s32 number)
{
	struct file *file = (void *)descriptor__file(number);

	if (!file)
		return 0;
	*span = path__of((__u64)file + bpf_core_field_offset(struct file, f_path), task->fs);
	return file__exe_flags(file, task->cred);
}

/* Keeps the script of an exec, if there is one, under the exec's number. Asks for this CPU's buffers. */
static __always_inline void exec__keep_script(struct task_struct *task, struct linux_binprm *bprm, __u64 exec,
					      __u32 event)
{
	struct exec_facts *facts = bpf_map_lookup_elem(&execs, &exec);
	struct path_buffer *buffer = path__buffer();
	struct path_span span = {};
	__u32 flags = SCRIPT_KNOWN;
	__s32 number;
	long size;

	if (!facts || !buffer || bprm->interp == bprm->filename)
		return;
	size = bpf_probe_read_kernel_str(buffer->bytes, PATH_BUFFER, bprm->filename);
	if (size <= 1)
		return;
	span.length = size - 1;
	number = script__descriptor(buffer);
	if (number >= 0)
		flags |= script__resolve(task, &span, number);
	facts->exe_flags |= flags << SCRIPT_SHIFT;
	exec__keep_path(facts, exec, STRING_SCRIPT, &span, event);
}

#endif
