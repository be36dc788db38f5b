// SPDX-License-Identifier: Apache-2.0
/* Storing and forgetting the strings of execs: global functions, verified once. */
#include "exec.h"

int strings__store(__u64 exec, __u32 part, __u64 from, __u32 length)
{
	struct string_key key = { .exec = exec, .part = part };
	struct path_buffer *path = path__buffer();
	struct string_block *block;
	__u32 zero = 0;
	__u32 done = 0;
	int i;

	block = bpf_map_lookup_elem(&block_buffers, &zero);
	if (!block || !path)
		return -1;
	block->total = length;
	for (i = 0; i < STRING_BLOCKS; i++) {
		__u32 rest = length - done;
		long failed;

		if (done >= length)
			break;
		if (rest > STRING_BYTES)
			rest = STRING_BYTES;
		if (part == STRING_ARGS)
			failed = bpf_probe_read_user(block->bytes, rest, (void *)(from + done));
		else
			failed = bpf_probe_read_kernel(block->bytes, rest,
						       &path->bytes[(from + done) & (PATH_BUFFER - 1)]);
		key.index = i;
		if (bpf_map_update_elem(&strings, &key, block, BPF_ANY))
			return -1;
		if (failed)
			return -2;
		done += rest;
	}
	return 0;
}

static __always_inline void strings__delete(__u64 exec, __u32 part)
{
	struct string_key key = { .exec = exec, .part = part };
	int i;

	for (i = 0; i < STRING_BLOCKS; i++) {
		key.index = i;
		if (bpf_map_delete_elem(&strings, &key))
			break;
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
