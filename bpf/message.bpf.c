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
	__u64 size;
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

/* The sum of the pieces' lengths; 1: there are no more. */
static long message__measure(__u64 index, struct gathering *gathering)
{
	struct piece piece = {};

	if (piece__read(&piece, gathering->pieces, index, gathering->compat))
		return 1;
	gathering->size += piece.length;
	return 0;
}

/* A message that is sent has the size it was given; of a received one the bytes that came are its size. */
static __always_inline __u64 message__size(struct gathering *gathering, const struct message *message,
					   __s64 moved, __u32 form)
{
	__u32 pieces = message->number_of_pieces < PIECES_MOST ? message->number_of_pieces : PIECES_MOST;

	if (!(form & MESSAGE_GIVEN))
		return moved > 0 ? moved : 0;
	bpf_loop(pieces, message__measure, gathering, 0);
	return gathering->size;
}

int message__add(__u64 at, __s64 moved, __u32 form)
{
	struct scratch *scratch = scratch__get();
	struct message message = {};
	struct gathering gathering = {};
	struct call_facts *facts;
	__u64 there;

	if (!scratch || message__read(&message, at, form & MESSAGE_COMPAT))
		return 0;
	facts = &scratch->record.call;
	if (message.name)
		facts->address =
			record__append_user(scratch, message.name, message.name_length, ADDRESS_MOST);
	if (moved >= 0 && message.control && !(form & MESSAGE_GIVEN))
		facts->control =
			record__append_user(scratch, message.control, message.control_length, BUFFER_MOST);
	gathering.pieces = message.pieces;
	gathering.compat = form & MESSAGE_COMPAT;
	facts->size = message__size(&gathering, &message, moved, form);
	there = moved > 0 ? moved : facts->size;
	if (!there)
		return 0;
	gathering.wanted = there < BUFFER_MOST ? there : BUFFER_MOST;
	bpf_loop(message.number_of_pieces < PIECES ? message.number_of_pieces : PIECES, message__gather,
		 &gathering, 0);
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
	if (count <= 0)
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
