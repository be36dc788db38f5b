/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Appending to the strings of this CPU's record.
 */
#ifndef LANNER_BASE_APPEND_H
#define LANNER_BASE_APPEND_H

#include "base/buffers.h"

/* A string may be put at most here: behind it one block still fits. */
#define STRINGS_END (sizeof(((struct scratch *)0)->strings) - PATH_BUFFER - NAME_MAX - 1)

#define ADDRESS_MOST 110 /* a struct sockaddr_un */
#define BUFFER_MOST  80	 /* what evt.buffer shows */

enum memory {
	MEMORY_KERNEL,
	MEMORY_USER,
};

static __always_inline struct text text__unpack(__u64 packed)
{
	return (struct text){ .at = packed >> 16, .length = packed & 0xffff };
}

static __always_inline __u64 text__pack(struct text text)
{
	return (__u64)text.at << 16 | text.length;
}

/* Appends length bytes of kernel memory. */
static __always_inline struct text record__append(struct scratch *scratch, const void *from, __u32 length)
{
	struct text text = {};
	__u32 at = scratch->record.size - RECORD_HEAD;

	if (at >= STRINGS_END || length > PATH_BUFFER) {
		scratch->record.flags |= RECORD_STRINGS_CUT;
		return text;
	}
	if (!length || bpf_probe_read_kernel(&scratch->strings[at], length, from))
		return text;
	text.at = scratch->record.size;
	text.length = length;
	scratch->record.size += length;
	return text;
}

/* Appends a NUL-terminated string, without the NUL. */
static __always_inline struct text record__append_name(struct scratch *scratch, const void *from,
						       enum memory memory)
{
	__u32 at = scratch->record.size - RECORD_HEAD;
	struct text text = {};
	long size;

	if (at >= STRINGS_END) {
		scratch->record.flags |= RECORD_STRINGS_CUT;
		return text;
	}
	if (memory == MEMORY_USER)
		size = bpf_probe_read_user_str(&scratch->strings[at], PATH_BUFFER, from);
	else
		size = bpf_probe_read_kernel_str(&scratch->strings[at], PATH_BUFFER, from);
	if (size <= 1)
		return text;
	text.at = scratch->record.size;
	text.length = size - 1;
	scratch->record.size += size - 1;
	return text;
}

static __always_inline struct text record__append_user(struct scratch *scratch, __u64 from, __u64 length,
						       __u32 most)
{
	struct text text = {};
	__u32 at = scratch->record.size - RECORD_HEAD;

	if (length > most)
		length = most;
	barrier_var(length); /* or the compiler, who knows better, drops the masks that the verifier needs */
	if (at >= STRINGS_END) {
		scratch->record.flags |= RECORD_STRINGS_CUT;
		return text;
	}
	if (!from || !length || bpf_probe_read_user(&scratch->strings[at], length & 127, (void *)from))
		return text;
	text.at = scratch->record.size;
	text.length = length & 127;
	scratch->record.size += length & 127;
	return text;
}

/* Writes length bytes over those from `at` on of what was appended, if it was. */
static __always_inline void record__overwrite(struct scratch *scratch, struct text text, __u32 at,
					      const void *from, __u32 length)
{
	__u32 place = text.at - RECORD_HEAD + at;

	if (text.length && place < STRINGS_END)
		bpf_probe_read_kernel(&scratch->strings[place], length, from);
}

/* The first byte of what was appended; 0: nothing was. */
static __always_inline char record__first_of(struct scratch *scratch, struct text text)
{
	__u32 at = text.at - RECORD_HEAD;

	return text.length && at < STRINGS_END ? scratch->strings[at] : 0;
}

#endif
