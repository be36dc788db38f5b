// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Storing the strings of execs, and copying one into the record: global functions, verified once for all
 * their callers. */
#include "read/exec_strings.h"
#include "read/kept.h"
#include "read/path.h"

/* A string's next bytes, at most most of the rest: from user memory, or from this CPU's path buffer. */
static __always_inline long block__read(char *block, __u32 most, __u32 part, __u64 from, __u32 rest)
{
	struct path_buffer *path = path__buffer();

	if (rest > most)
		rest = most;
	if (part == STRING_ARGS)
		return bpf_probe_read_user(block, rest, (void *)from);
	return path ? bpf_probe_read_kernel(block, rest, &path->bytes[from & (PATH_BUFFER - 1)]) : -1;
}

static __always_inline int strings__store_short(const struct string_key *key, __u32 total, __u64 from,
						__u32 rest)
{
	struct workspace *workspace = workspace__get();
	struct string_block *block;
	long failed;

	if (!workspace)
		return -1;
	block = &workspace->string;
	block->total = total;
	failed = block__read(block->bytes, STRING_BYTES, key->part, from, rest);
	if (bpf_map_update_elem(&strings, key, block, BPF_ANY))
		return -1;
	return failed ? -2 : 0;
}

static __always_inline int strings__store_long(const struct string_key *key, __u64 from, __u32 rest)
{
	struct workspace *workspace = workspace__get();
	struct long_block *block;
	long failed;

	if (!workspace)
		return -1;
	block = &workspace->long_string;
	failed = block__read(block->bytes, LONG_BYTES, key->part, from, rest);
	if (bpf_map_update_elem(&long_strings, key, block, BPF_ANY))
		return -1;
	return failed ? -2 : 0;
}

int strings__store(__u64 exec, __u32 part, __u64 from, __u32 length)
{
	struct string_key key = { .exec = exec, .part = part };
	__u32 done = 0;
	int result = 0;
	int i;

	for (i = 0; i < STRING_BLOCKS; i++) {
		int is_long = i && length > SHORT_STRING;

		if (done >= length)
			break;
		key.index = i;
		if (is_long)
			result = strings__store_long(&key, from + done, length - done);
		else
			result = strings__store_short(&key, length, from + done, length - done);
		if (result)
			break;
		done += is_long ? LONG_BYTES : STRING_BYTES;
	}
	return result;
}

/* A block of most bytes behind what the record holds, of which rest count; how many do. */
static __always_inline __u32 record__append_block(struct scratch *scratch, const char *block, __u32 most,
						  __u32 rest)
{
	__u32 at = scratch->record.size - RECORD_HEAD;

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
	if (kept__has(exec, part))
		return (__u64)TEXT_KEPT << 16;
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
