// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A message of a socket: its first bytes, its address, its size. Global functions, verified once. */
#include "base/append.h"
#include "read/msghdr.h"

#define IOVECS	    16	 /* of one message, in which its first bytes are looked for */
#define IOVECS_MOST 1024 /* that a message may have (UIO_MAXIOV) */

/* A message's first bytes; how many of them are there already stands in the record. */
struct gathering {
	__u64 iovecs;
	__u32 wanted;
	__u32 compat;
};

/* The bytes of one iovec behind those of the iovecs before it; 1: enough. */
static long iovec__gather(__u64 index, struct gathering *gathering)
{
	struct scratch *scratch = scratch__get();
	struct user_iovec iovec = {};
	struct text *buffer;
	struct text text;
	__u32 left;

	if (!scratch || iovec__read(&iovec, gathering->iovecs, index, gathering->compat))
		return 1;
	if (!iovec.length)
		return 0;
	buffer = &scratch->record.call.buffer;
	left = gathering->wanted - buffer->length;
	text = record__append_user(scratch, iovec.base, iovec.length, left);
	if (!text.length)
		return 1;
	if (!buffer->length)
		buffer->at = text.at;
	buffer->length += text.length;
	return buffer->length >= gathering->wanted;
}

/* Adds a iovec's length to the record, not to a sum on the stack: the verifier would follow how that grows, a
 * thousand times. 1: there are no more. */
static long iovec__measure_one(__u64 index, struct gathering *gathering)
{
	struct scratch *scratch = scratch__get();
	struct user_iovec iovec = {};

	if (!scratch || iovec__read(&iovec, gathering->iovecs, index, gathering->compat))
		return 1;
	scratch->record.call.size += iovec.length;
	return 0;
}

/* Adds the first bytes of these iovecs to this CPU's record. Global, as the next one: the verifier looks at
 * their loops once, not on every way that leads here. */
int iovecs__append(__u64 iovecs, __u32 count, __u32 wanted, __u32 compat)
{
	struct gathering gathering = { .iovecs = iovecs, .wanted = wanted, .compat = compat };

	bpf_loop(count < IOVECS ? count : IOVECS, iovec__gather, &gathering, 0);
	return 0;
}

/* Adds the sum of the lengths of these iovecs. */
int iovecs__measure(__u64 iovecs, __u32 count, __u32 compat)
{
	struct gathering gathering = { .iovecs = iovecs, .compat = compat };

	bpf_loop(count < IOVECS_MOST ? count : IOVECS_MOST, iovec__measure_one, &gathering, 0);
	return 0;
}

int msghdr__add(__u64 at, __s64 moved, __u32 form)
{
	struct scratch *scratch = scratch__get();
	__u32 compat = form & MSGHDR_COMPAT;
	struct user_msghdr message = {};
	struct call_facts *facts;
	__u64 there;

	if (!scratch || msghdr__read(&message, at, compat))
		return 0;
	facts = &scratch->record.call;
	if (message.name)
		facts->address =
			record__append_user(scratch, message.name, message.name_length, ADDRESS_MOST);
	if (moved >= 0 && message.control && !(form & MSGHDR_GIVEN))
		facts->control =
			record__append_user(scratch, message.control, message.control_length, BUFFER_MOST);
	/* a message that is sent has the size it was given, a received one that of the bytes that came */
	facts->size = 0;
	if (form & MSGHDR_GIVEN)
		iovecs__measure(message.iovecs, message.number_of_iovecs, compat);
	else if (moved > 0)
		facts->size = moved;
	there = moved > 0 ? moved : facts->size;
	if (there)
		iovecs__append(message.iovecs, message.number_of_iovecs,
			       there < BUFFER_MOST ? there : BUFFER_MOST, compat);
	return 0;
}
