// SPDX-License-Identifier: Apache-2.0
/*
 * Messages of sockets: a struct msghdr, and arrays of them, of which each is an event of its own. Global
 * functions, verified once.
 */
#include "call.h"
#include "message.h"

#define PIECES	    16	 /* of one message, in which its first bytes are looked for */
#define PIECES_MOST 1024 /* that a message may have (UIO_MAXIOV) */

/* What stands in arrays of struct mmsghdr: its size, and where msg_len is. */
#define MMSGHDR		      64
#define MMSGHDR_LENGTH	      56
#define COMPAT_MMSGHDR	      32
#define COMPAT_MMSGHDR_LENGTH 28

/* A message's first bytes; how many of them are there already stands in the record. */
struct gathering {
	__u64 pieces;
	__u32 wanted;
	__u32 compat;
};

/* The bytes of one piece behind those of the pieces before it; 1: enough. */
static long message__gather(__u64 index, struct gathering *gathering)
{
	struct scratch *scratch = scratch__get();
	struct piece piece = {};
	struct text *buffer;
	struct text text;
	__u32 left;

	if (!scratch || piece__read(&piece, gathering->pieces, index, gathering->compat))
		return 1;
	if (!piece.length)
		return 0;
	buffer = &scratch->record.call.buffer;
	left = gathering->wanted - buffer->length;
	text = record__append_user(scratch, piece.base, piece.length, left);
	if (!text.length)
		return 1;
	if (!buffer->length)
		buffer->at = text.at;
	buffer->length += text.length;
	return buffer->length >= gathering->wanted;
}

/* Adds a piece's length to the record, not to a sum on the stack: the verifier would follow how that grows, a
 * thousand times. 1: there are no more. */
static long message__measure(__u64 index, struct gathering *gathering)
{
	struct scratch *scratch = scratch__get();
	struct piece piece = {};

	if (!scratch || piece__read(&piece, gathering->pieces, index, gathering->compat))
		return 1;
	scratch->record.call.size += piece.length;
	return 0;
}

/* Adds the first bytes of these pieces to this CPU's record. Global, as the next one: the verifier looks at
 * their loops once, not on every way that leads here. */
int pieces__add(__u64 pieces, __u32 count, __u32 wanted, __u32 compat)
{
	struct gathering gathering = { .pieces = pieces, .wanted = wanted, .compat = compat };

	bpf_loop(count < PIECES ? count : PIECES, message__gather, &gathering, 0);
	return 0;
}

/* Adds the sum of the lengths of these pieces. */
int pieces__measure(__u64 pieces, __u32 count, __u32 compat)
{
	struct gathering gathering = { .pieces = pieces, .compat = compat };

	bpf_loop(count < PIECES_MOST ? count : PIECES_MOST, message__measure, &gathering, 0);
	return 0;
}

int message__add(__u64 at, __s64 moved, __u32 form)
{
	struct scratch *scratch = scratch__get();
	__u32 compat = form & MESSAGE_COMPAT;
	struct message message = {};
	struct call_facts *facts;
	__u64 there;

	if (!scratch || message__read(&message, at, compat))
		return 0;
	facts = &scratch->record.call;
	if (message.name)
		facts->address =
			record__append_user(scratch, message.name, message.name_length, ADDRESS_MOST);
	if (moved >= 0 && message.control && !(form & MESSAGE_GIVEN))
		facts->control =
			record__append_user(scratch, message.control, message.control_length, BUFFER_MOST);
	/* a message that is sent has the size it was given, a received one that of the bytes that came */
	facts->size = 0;
	if (form & MESSAGE_GIVEN)
		pieces__measure(message.pieces, message.number_of_pieces, compat);
	else if (moved > 0)
		facts->size = moved;
	there = moved > 0 ? moved : facts->size;
	if (there)
		pieces__add(message.pieces, message.number_of_pieces,
			    there < BUFFER_MOST ? there : BUFFER_MOST, compat);
	return 0;
}

/* Where the array is, and what the record was before the first message. */
struct messages {
	__u64 at;
	__u32 count;
	__u32 size;
	__u32 form;
	__u32 unused;
};

/* One message instead of the one before it, which has been sent. */
static long messages__step(__u64 index, struct messages *messages)
{
	struct scratch *scratch = scratch__get();
	struct config *config = config__get();
	__u32 compat = messages->form & MESSAGE_COMPAT;
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
	message__add(at, moved, messages->form);
	return 0;
}

int messages__add(__u64 at, __s64 count, __u32 form)
{
	struct scratch *scratch = scratch__get();
	struct messages messages = {};

	if (!scratch)
		return 0;
	if (!count)
		return 0;
	if (count < 0)
		return message__add(at, count, form);
	messages.at = at;
	messages.size = scratch->record.size;
	messages.form = form;
	messages.count = count < MESSAGES ? count : MESSAGES;
	if (count > MESSAGES)
		counter__add_many(scratch->record.event, REASON_MESSAGES, count - MESSAGES);
	bpf_loop(messages.count, messages__step, &messages, 0);
	return 0;
}

char LICENSE[] SEC("license") __weak = "Dual BSD/GPL";
