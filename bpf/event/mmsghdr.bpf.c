// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Arrays of messages, of which each is an event of its own: a global function, verified once. */
#include "event/mmsghdr.h"
#include "event/rings.h"
#include "read/msghdr.h"

/* What stands in arrays of struct mmsghdr: its size, and where msg_len is. */
#define MMSGHDR		      64
#define MMSGHDR_LENGTH	      56
#define COMPAT_MMSGHDR	      32
#define COMPAT_MMSGHDR_LENGTH 28

/* Where the array is, and what the record was before the first message. */
struct mmsghdrs {
	__u64 at;
	__u32 count;
	__u32 size;
	__u32 form;
	__u32 unused;
};

/* One message instead of the one before it, which has been sent. */
static long mmsghdr__step(__u64 index, struct mmsghdrs *messages)
{
	struct scratch *scratch = scratch__get();
	struct config *config = config__get();
	__u32 compat = messages->form & MSGHDR_COMPAT;
	__u32 stride = compat ? COMPAT_MMSGHDR : MMSGHDR;
	__u32 length_at = compat ? COMPAT_MMSGHDR_LENGTH : MMSGHDR_LENGTH;
	__u64 at = messages->at + index * stride;
	__u32 moved = 0;

	if (!scratch || !config)
		return 1;
	if (index) {
		event__send(config, scratch);
		counter__add(scratch->record.event, REASON_SEEN);
	}
	bpf_probe_read_user(&moved, sizeof(moved), (void *)(at + length_at));
	scratch->record.size = messages->size;
	scratch->record.result = moved;
	scratch->record.call.address = (struct text){};
	scratch->record.call.buffer = (struct text){};
	scratch->record.call.control = (struct text){};
	msghdr__add(at, moved, messages->form);
	return 0;
}

int mmsghdr__add(__u64 at, __s64 count, __u32 form)
{
	struct scratch *scratch = scratch__get();
	struct mmsghdrs messages = {};

	if (!scratch)
		return 0;
	if (!count)
		return 0;
	if (count < 0)
		return msghdr__add(at, count, form);
	messages.at = at;
	messages.size = scratch->record.size;
	messages.form = form;
	messages.count = count < MESSAGES ? count : MESSAGES;
	if (count > MESSAGES)
		counter__add_many(scratch->record.event, REASON_MESSAGES, count - MESSAGES);
	bpf_loop(messages.count, mmsghdr__step, &messages, 0);
	return 0;
}
