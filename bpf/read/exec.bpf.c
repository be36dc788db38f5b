// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Forgetting an exec, or what of it has no room: global functions, verified once. */
#include "read/exec.h"
#include "read/kept.h"

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

static __always_inline void strings__delete_long(__u64 exec, __u32 part)
{
	struct string_key key = { .exec = exec, .part = part };
	int i;

	for (i = 1; i < STRING_BLOCKS; i++) {
		key.index = i;
		bpf_map_delete_elem(&long_strings, &key);
	}
}

static __always_inline int passing__has(__u32 passing, __u32 part)
{
	return passing & (PASSING_FACTS | 1 << part);
}

int exec__let_go(__u64 exec)
{
	struct exec_facts *facts = bpf_map_lookup_elem(&execs, &exec);
	__u32 passing = facts ? facts->passing : 0;

	if (!passing)
		return facts != 0;
	if (passing__has(passing, STRING_EXEPATH))
		strings__delete(exec, STRING_EXEPATH);
	if (passing__has(passing, STRING_ARGS))
		strings__delete(exec, STRING_ARGS);
	else if (passing & PASSING_LONG_ARGS)
		strings__delete_long(exec, STRING_ARGS);
	if (passing__has(passing, STRING_SCRIPT))
		strings__delete(exec, STRING_SCRIPT);
	if (passing & PASSING_FACTS) {
		bpf_map_delete_elem(&execs, &exec);
		return 0;
	}
	if (passing & (PASSING_LONG_ARGS | 1 << STRING_ARGS))
		facts->args_cut = 1;
	facts->passing = 0;
	return 1;
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
	exec_share__give_back(facts);
	bpf_map_delete_elem(&kept, &exec);
	bpf_map_delete_elem(&execs, &exec);
	return 0;
}
