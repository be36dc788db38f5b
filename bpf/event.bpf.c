// SPDX-License-Identifier: Apache-2.0
/* Copying an exec's string into the record: a global function, verified once for all its callers. */
#include "event.h"

__u64 record__append_string(__u64 exec, __u32 part)
{
	struct string_key key = { .exec = exec, .part = part };
	struct scratch *scratch = scratch__get();
	__u32 total = 0, done = 0;
	__u32 first;
	int i;

	if (!scratch || !exec)
		return 0;
	first = scratch->record.size;
	for (i = 0; i < STRING_BLOCKS; i++) {
		__u32 at = scratch->record.size - sizeof(struct record);
		struct string_block *block;
		__u32 rest;

		key.index = i;
		block = bpf_map_lookup_elem(&strings, &key);
		if (!block)
			break;
		if (!i)
			total = block->total;
		if (at >= STRINGS_END) {
			scratch->record.flags |= RECORD_STRINGS_CUT;
			break;
		}
		bpf_probe_read_kernel(&scratch->strings[at], STRING_BYTES, block->bytes);
		rest = total - done;
		if (rest > STRING_BYTES)
			rest = STRING_BYTES;
		done += rest;
		scratch->record.size += rest;
		if (done >= total)
			break;
	}
	return (__u64)first << 16 | done;
}

char LICENSE[] SEC("license") __weak = "Dual BSD/GPL";
