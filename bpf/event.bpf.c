// SPDX-License-Identifier: Apache-2.0
/* This CPU's buffers, and copying an exec's string into the record: global functions, verified once for all
 * their callers. */
#include "event.h"

__u32 buffers__mine(void)
{
	__u64 thread = bpf_get_current_pid_tgid();
	__u32 zero = 0, i;
	struct buffer_owners *owners = bpf_map_lookup_elem(&buffer_owners, &zero);

	for (i = 0; owners && i < BUFFERS; i++)
		if (owners->thread[i] == thread)
			return i;
	return 0;
}

/* A block of most bytes behind what the record holds, of which rest count; how many do. */
static __always_inline __u32 record__append_block(struct scratch *scratch, const char *block, __u32 most,
						  __u32 rest)
{
	__u32 at = scratch->record.size - sizeof(struct record);

	if (at >= STRINGS_END) {
		scratch->record.flags |= RECORD_STRINGS_CUT;
		return 0;
	}
	bpf_probe_read_kernel(&scratch->strings[at], most, block);
	if (rest > most)
		rest = most;
	scratch->record.size += rest;
	return rest;
}

/* The key's block, of a string with rest bytes from there on; how many. */
static __always_inline __u32 record__append_piece(struct scratch *scratch, const struct string_key *key,
						  int is_long, __u32 rest)
{
	struct string_block *block;
	struct long_block *more;

	if (is_long) {
		more = bpf_map_lookup_elem(&long_strings, key);
		return more ? record__append_block(scratch, more->bytes, LONG_BYTES, rest) : 0;
	}
	block = bpf_map_lookup_elem(&strings, key);
	return block ? record__append_block(scratch, block->bytes, STRING_BYTES, rest) : 0;
}

__u64 record__append_string(__u64 exec, __u32 part)
{
	struct string_key key = { .exec = exec, .part = part };
	struct scratch *scratch = scratch__get();
	struct string_block *block;
	__u32 first, total, done, added;
	int i;

	if (!scratch || !exec)
		return 0;
	first = scratch->record.size;
	block = bpf_map_lookup_elem(&strings, &key);
	if (!block)
		return (__u64)first << 16;
	total = block->total;
	done = record__append_block(scratch, block->bytes, STRING_BYTES, total);
	for (i = 1; i < STRING_BLOCKS; i++) {
		if (done >= total)
			break;
		key.index = i;
		added = record__append_piece(scratch, &key, total > SHORT_STRING, total - done);
		if (!added)
			break;
		done += added;
	}
	return (__u64)first << 16 | done;
}

char LICENSE[] SEC("license") __weak = "Dual BSD/GPL";
