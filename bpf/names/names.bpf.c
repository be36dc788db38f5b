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

/*
 * A name on its way into blocks or out of them, block by block. The verifier looks at one; before v6.7 it
 * takes out what it does not reach in the first round, so how far a round has come is told by its number
 * alone.
 */
struct transfer {
	struct name_key key;
	__u32 mine;   /* which of this CPU's buffers */
	__u32 start;  /* where the name begins in the path buffer */
	__u32 length; /* of the name */
};

static __always_inline __u32 transfer__blocks(const struct transfer *name)
{
	__u32 blocks = (name->length + NAME_BYTES - 1) / NAME_BYTES;

	return blocks > NAME_BLOCKS ? NAME_BLOCKS : blocks;
}

/* Bytes of a block; 0: there is none. */
static __always_inline __u32 transfer__rest(const struct transfer *name, __u64 index)
{
	__u64 before = index * NAME_BYTES;

	if (before >= name->length)
		return 0;
	return name->length - before > NAME_BYTES ? NAME_BYTES : name->length - before;
}

/* 1: there is no room, or no such block. */
static long transfer__store(__u64 index, struct transfer *name)
{
	struct workspace *workspace = workspace__of(name->mine);
	__u32 rest = transfer__rest(name, index);

	if (!workspace || !rest || rest > NAME_BYTES)
		return 1;
	bpf_probe_read_kernel(workspace->name.bytes, rest,
			      &workspace->path.bytes[(name->start + index * NAME_BYTES) & (PATH_BUFFER - 1)]);
	name->key.index = index;
	if (!names__put(&name->key, &workspace->name))
		return 0;
	workspace->name.total = NAME_LOST;
	return 1;
}

/* 1: there was no such block, nor are those behind it. */
static long block__remove(__u64 index, struct name_key *key)
{
	key->index = index;
	return names__remove(key) ? 1 : 0;
}

static __always_inline void names__delete(struct name_key *key)
{
	bpf_loop(NAME_BLOCKS, block__remove, key, 0);
}

int names__store(__u64 whose, __u32 part, __u32 start, __u32 length, __u32 cut)
{
	struct transfer name = {
		.key = { .thread = whose, .part = part },
		.mine = buffers__mine(),
		.start = start,
		.length = length ?: 1, /* that a name is empty is known too */
	};
	struct workspace *workspace = workspace__of(name.mine);

	if (!workspace)
		return -1;
	workspace->name.total = (length & LENGTH_MASK) | (cut ? NAME_CUT : 0);
	bpf_loop(transfer__blocks(&name), transfer__store, &name, 0);
	if (workspace->name.total != NAME_LOST)
		return 0;
	names__delete(&name.key); /* a part of a name is none */
	return -1;
}

/* 1: these four bytes are others, or there are no more. */
static long transfer__compare(__u64 index, struct transfer *name)
{
	__u32 at = index * sizeof(__u32), offset = at % NAME_BYTES;
	struct workspace *workspace = workspace__of(name->mine);
	__u32 kept, now = 0, rest = name->length - at;
	struct name_block *block;

	name->key.index = at / NAME_BYTES;
	block = at < name->length ? names__find(&name->key) : 0;
	if (!block || !workspace || offset > NAME_BYTES - sizeof(kept))
		return 1;
	bpf_probe_read_kernel(&kept, sizeof(kept), &block->bytes[offset]);
	bpf_probe_read_kernel(&now, sizeof(now),
			      &workspace->path.bytes[(name->start + at) & (PATH_BUFFER - 1)]);
	return (kept ^ now) & (rest < sizeof(now) ? (1U << (rest * 8)) - 1 : ~0U) ? 1 : 0;
}

int names__are(__u64 whose, __u32 part, __u32 start, __u32 length)
{
	struct transfer name = {
		.key = { .thread = whose, .part = part },
		.mine = buffers__mine(),
		.start = start,
		.length = length,
	};
	struct name_block *block = names__find(&name.key);
	__u32 words = (length + sizeof(__u32) - 1) / sizeof(__u32);

	if (!block)
		return -1;
	if (block->total != length || length > PATH_BUFFER)
		return 0;
	/* the round behind the last one is reached when all before it were the same */
	return bpf_loop(words + 1, transfer__compare, &name, 0) == words + 1;
}

/* 1: the block is not there, or there is no room. */
static long transfer__append(__u64 index, struct transfer *name)
{
	struct scratch *scratch = scratch__of(name->mine);
	__u32 rest = transfer__rest(name, index), at;
	struct name_block *block;

	name->key.index = index;
	block = rest ? names__find(&name->key) : 0;
	if (!block || !scratch)
		return 1;
	at = scratch->record.size - RECORD_HEAD;
	if (at >= STRINGS_END) {
		scratch->record.flags |= RECORD_STRINGS_CUT;
		return 1;
	}
	bpf_probe_read_kernel(&scratch->strings[at], NAME_BYTES, block->bytes);
	scratch->record.size += rest;
	return 0;
}

static __always_inline void names__mark_cut(struct record *record)
{
	record->flags |= RECORD_PATH_CUT;
	counter__add(record->event, REASON_PATH_CUT);
}

__u64 names__copy(__u64 whose, __u32 part)
{
	struct transfer name = {
		.key = { .thread = whose, .part = part },
		.mine = buffers__mine(),
	};
	struct scratch *scratch = scratch__of(name.mine);
	struct name_block *block = names__find(&name.key);
	__u32 total, at, length;

	if (!scratch || !block)
		return NAME_NONE;
	total = block->total;
	name.length = total & LENGTH_MASK;
	at = scratch->record.size;
	bpf_loop(transfer__blocks(&name), transfer__append, &name, 0);
	length = scratch->record.size - at;
	if (length != name.length && !(scratch->record.flags & RECORD_STRINGS_CUT)) {
		scratch->record.size = at; /* a block is gone: a part of a name is none */
		names__delete(&name.key);
		return NAME_NONE;
	}
	if (total & NAME_CUT)
		names__mark_cut(&scratch->record);
	return (__u64)at << 16 | length;
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

	for (part = 0; part <= NAME_MOUNT; part++) {
		key.part = part;
		names__delete(&key);
	}
	return 0;
}
