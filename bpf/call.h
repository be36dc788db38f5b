/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls that are described by user space (struct call) rather than by code.
 */
#ifndef LANNER_CALL_H
#define LANNER_CALL_H

#include "event.h"

#define ADDRESS_MOST 110 /* a struct sockaddr_un */
#define BUFFER_MOST  80	 /* what evt.buffer shows */

/* In call.bpf.c: adds what struct call of current's call asks for to this CPU's record. */
extern int call__add(__s64 result);
/* How a message is laid out, and whose it is. */
enum message_form {
	MESSAGE_COMPAT = 1,
	MESSAGE_GIVEN = 2, /* it is sent, or was to be */
};

/* In message.bpf.c: adds the struct msghdr at this address, of which so many bytes were moved. */
extern int message__add(__u64 at, __s64 moved, __u32 form);
/* In message.bpf.c: a record for each of so many struct mmsghdr; the last one is left to be submitted. */
extern int messages__add(__u64 at, __s64 count, __u32 form);

static __always_inline struct text record__append_user(struct scratch *scratch, __u64 from, __u64 length,
						       __u32 most)
{
	struct text text = {};
	__u32 at = scratch->record.size - sizeof(struct record);

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

#endif
