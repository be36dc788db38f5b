// SPDX-License-Identifier: Apache-2.0
/* Storing and forgetting the strings of execs: global functions, verified once. */
#include "exec.h"

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
	__u32 mine = buffers__mine();
	struct string_block *block = bpf_map_lookup_elem(&block_buffers, &mine);
	long failed;

	if (!block)
		return -1;
	block->total = total;
	failed = block__read(block->bytes, STRING_BYTES, key->part, from, rest);
	if (bpf_map_update_elem(&strings, key, block, BPF_ANY))
		return -1;
	return failed ? -2 : 0;
}

static __always_inline int strings__store_long(const struct string_key *key, __u64 from, __u32 rest)
{
	__u32 mine = buffers__mine();
	struct long_block *block = bpf_map_lookup_elem(&long_buffers, &mine);
	long failed;

	if (!block)
		return -1;
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

static __always_inline void strings__delete(__u64 exec, __u32 part)
{
	struct string_key key = { .exec = exec, .part = part };
	struct string_block *first = bpf_map_lookup_elem(&strings, &key);
	__u32 total = first ? first->total : 0;
	int i;

	if (!first)
		return;
	bpf_map_delete_elem(&strings, &key);
	for (i = 1; i < STRING_BLOCKS; i++) {
		if (total <= STRING_BYTES)
			break;
		key.index = i;
		if (total > SHORT_STRING)
			bpf_map_delete_elem(&long_strings, &key);
		else
			bpf_map_delete_elem(&strings, &key);
	}
}

int exec__put(__u64 exec)
{
	struct exec_facts *facts = bpf_map_lookup_elem(&execs, &exec);

	if (facts && __sync_fetch_and_sub(&facts->users, 1) != 1)
		return 0;
	strings__delete(exec, STRING_EXEPATH);
	strings__delete(exec, STRING_ARGS);
	if (facts && facts->exe_flags >> SCRIPT_SHIFT)
		strings__delete(exec, STRING_SCRIPT);
	bpf_map_delete_elem(&execs, &exec);
	return 0;
}

char LICENSE[] SEC("license") __weak = "Dual BSD/GPL";
