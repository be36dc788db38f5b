/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A struct msghdr in user memory and the iovecs that it points to, of 64-bit and of 32-bit programs.
 */
#ifndef LANNER_READ_MSGHDR_H
#define LANNER_READ_MSGHDR_H

#include <bpf/bpf_helpers.h>
#include <linux/types.h>

/* struct user_msghdr, as far as it is read, and struct iovec. */
struct user_msghdr {
	__u64 name;
	__u64 name_length;
	__u64 iovecs;
	__u64 number_of_iovecs;
	__u64 control;
	__u64 control_length;
};

struct user_iovec {
	__u64 base;
	__u64 length;
};

/* The same of 32-bit programs. */
struct compat_msghdr {
	__u32 name;
	__u32 name_length;
	__u32 iovecs;
	__u32 number_of_iovecs;
	__u32 control;
	__u32 control_length;
};

struct compat_iovec {
	__u32 base;
	__u32 length;
};

static __always_inline long msghdr__read(struct user_msghdr *out, __u64 at, __u32 compat)
{
	struct compat_msghdr narrow = {};

	if (!compat) {
		if (bpf_probe_read_user(out, sizeof(*out), (void *)at))
			return -1;
		out->name_length = (__u32)out->name_length; /* an int and what pads it */
		return 0;
	}
	if (bpf_probe_read_user(&narrow, sizeof(narrow), (void *)at))
		return -1;
	out->name = narrow.name;
	out->name_length = narrow.name_length;
	out->iovecs = narrow.iovecs;
	out->number_of_iovecs = narrow.number_of_iovecs;
	out->control = narrow.control;
	out->control_length = narrow.control_length;
	return 0;
}

static __always_inline long iovec__read(struct user_iovec *out, __u64 iovecs, __u64 index, __u32 compat)
{
	struct compat_iovec narrow = {};

	if (!compat)
		return bpf_probe_read_user(out, sizeof(*out), (void *)(iovecs + index * sizeof(*out)));
	if (bpf_probe_read_user(&narrow, sizeof(narrow), (void *)(iovecs + index * sizeof(narrow))))
		return -1;
	out->base = narrow.base;
	out->length = narrow.length;
	return 0;
}

/* How a message is laid out, and whose it is. */
enum msghdr_form {
	MSGHDR_COMPAT = 1,
	MSGHDR_GIVEN = 2, /* it is sent, or was to be */
};

/* Adds the struct msghdr at this address, of which so many bytes were moved. */
extern int msghdr__add(__u64 at, __s64 moved, __u32 form);

#endif
