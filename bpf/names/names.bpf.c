// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What is kept of the names of calls: global functions, verified once. */
#include "base/append.h"
#include "base/counters.h"
#include "names/names.h"

static __always_inline struct name_block *names__find(const struct name_key *key)
{
	if (key->part & NAME_OF_REQUEST)
		return bpf_map_lookup_elem(&request_names, key);
	return bpf_map_lookup_elem(&names, key);
}

static __always_inline long names__put(const struct name_key *key, const struct name_block *block)
{
	if (key->part & NAME_OF_REQUEST)
		return bpf_map_update_elem(&request_names, key, block, BPF_ANY);
	return bpf_map_update_elem(&names, key, block, BPF_ANY);
}

static __always_inline long names__remove(const struct name_key *key)
{
	if (key->part & NAME_OF_REQUEST)
		return bpf_map_delete_elem(&request_names, key);
	return bpf_map_delete_elem(&names, key);
}

int names__store(__u64 whose, __u32 part, __u32 start, __u32 length, __u32 cut)
{
	struct name_key key = { .thread = whose, .part = part };
	struct workspace *workspace = workspace__get();
	struct name_block *block;
	__u32 done = 0;
	int i;

	if (!workspace)
		return -1;
	block = &workspace->name;
	block->total = (length & LENGTH_MASK) | (cut ? NAME_CUT : 0);
	if (!length)
		length = 1; /* that a name is empty is known too */
	for (i = 0; i < NAME_BLOCKS; i++) {
		__u32 rest = length - done;

		if (done >= length)
			break;
		if (rest > NAME_BYTES)
			rest = NAME_BYTES;
		bpf_probe_read_kernel(block->bytes, rest,
				      &workspace->path.bytes[(start + done) & (PATH_BUFFER - 1)]);
		key.index = i;
		if (names__put(&key, block))
			return -1;
		done += rest;
	}
	return 0;
}

static __always_inline void names__delete(struct name_key *key)
{
	int i;

	for (i = 0; i < NAME_BLOCKS; i++) {
		key->index = i;
		if (names__remove(key))
			break;
	}
}

/* Behind what the record holds. */
static __always_inline struct text names__append(struct scratch *scratch, struct name_key *key, __u32 total)
{
	struct text text = { .at = scratch->record.size };
	__u32 done = 0;
	int i;

	for (i = 0; i < NAME_BLOCKS; i++) {
		__u32 at = scratch->record.size - RECORD_HEAD;
		struct name_block *block;
		__u32 rest = total - done;

		if (done >= total)
			break;
		key->index = i;
		block = names__find(key);
		if (!block)
			break;
		if (at >= STRINGS_END) {
			scratch->record.flags |= RECORD_STRINGS_CUT;
			break;
		}
		bpf_probe_read_kernel(&scratch->strings[at], NAME_BYTES, block->bytes);
		if (rest > NAME_BYTES)
			rest = NAME_BYTES;
		done += rest;
		scratch->record.size += rest;
	}
	text.length = done;
	return text;
}

static __always_inline void names__mark_cut(struct record *record)
{
	record->flags |= RECORD_PATH_CUT;
	counter__add(record->event, REASON_PATH_CUT);
}

__u64 names__copy(__u64 whose, __u32 part)
{
	struct name_key key = { .thread = whose, .part = part };
	struct scratch *scratch = scratch__get();
	struct name_block *block = names__find(&key);
	struct text text;

	if (!scratch || !block)
		return NAME_NONE;
	if (block->total & NAME_CUT)
		names__mark_cut(&scratch->record);
	text = names__append(scratch, &key, block->total & LENGTH_MASK);
	return (__u64)text.at << 16 | text.length;
}

int names__drop(__u64 whose, __u32 part)
{
	struct name_key key = { .thread = whose, .part = part };

	names__delete(&key);
	return 0;
}

int names__forget(void)
{
	struct name_key key = { .thread = bpf_get_current_pid_tgid() };
	__u32 part;

	for (part = 0; part < NAME_PARTS; part++) {
		key.part = part;
		names__delete(&key);
	}
	return 0;
}
