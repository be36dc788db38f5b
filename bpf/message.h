/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A struct msghdr in user memory and the pieces that it points to, of 64-bit and of 32-bit programs.
 */
#ifndef LANNER_MESSAGE_H
#define LANNER_MESSAGE_H

#include <bpf/bpf_helpers.h>
#include <linux/types.h>

/* struct user_msghdr, as far as it is read, and struct iovec. */
struct message {
	__u64 name;
	__u64 name_length;
	__u64 pieces;
	__u64 number_of_pieces;
	__u64 control;
	__u64 control_length;
};

struct piece {
	__u64 base;
	__u64 length;
};

/* The same of 32-bit programs. */
struct compat_message {
	__u32 name;
	__u32 name_length;
	__u32 pieces;
	__u32 number_of_pieces;
	__u32 control;
	__u32 control_length;
};

struct compat_piece {
	__u32 base;
	__u32 length;
};

static __always_inline long message__read(struct message *out, __u64 at, __u32 compat)
{
	struct compat_message narrow = {};

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
	out->pieces = narrow.pieces;
	out->number_of_pieces = narrow.number_of_pieces;
	out->control = narrow.control;
	out->control_length = narrow.control_length;
	return 0;
}

static __always_inline long piece__read(struct piece *out, __u64 pieces, __u64 index, __u32 compat)
{
	struct compat_piece narrow = {};

	if (!compat)
		return bpf_probe_read_user(out, sizeof(*out), (void *)(pieces + index * sizeof(*out)));
	if (bpf_probe_read_user(&narrow, sizeof(narrow), (void *)(pieces + index * sizeof(narrow))))
		return -1;
	out->base = narrow.base;
	out->length = narrow.length;
	return 0;
}

#endif
