// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* How an exec happened, and the paths of an image as they are kept: the executable's, the one that the first
 * argument says, and the working directory. */
#include "index/execs.h"

#include "index/asked.h"
#include "index/texts.h"
#include "index/word.h"
#include "read/exec.h"

/* Nothing is known of an image whose exec was not seen, nor asked of a script in a memfd. */
static __always_inline __u32 exec__variant(__u64 exec, __u32 failed)
{
	struct exec_facts *facts = bpf_map_lookup_elem(&execs, &exec);

	if (!facts || facts->exe_flags >> SCRIPT_SHIFT & EXE_FROM_MEMFD)
		return VARIANT_UNKNOWN;
	return (facts->exe_flags & (VARIANT_EXEC_FAILED - 1)) | (failed & VARIANT_EXEC_FAILED);
}

/* A string of an exec up to its first NUL, as far as that is in the first block. */
__noinline int texts__add_exec_string(__u64 exec, __u32 part)
{
	struct string_key key = { .exec = exec, .part = part };
	struct string_block *block = bpf_map_lookup_elem(&strings, &key);
	struct index_texts *texts = texts__get();
	__u32 most;
	long size;

	if (!texts)
		return 0;
	if (!block || !block->total)
		return texts__miss(TEXT_PLACES);
	most = block->total > STRING_BYTES ? STRING_BYTES : block->total;
	barrier_var(most); /* or the compiler drops the mask that the verifier needs */
	size = bpf_probe_read_kernel_str(texts->bytes, (most & (TEXT_MOST - 1)) + 1, block->bytes);
	if (size <= 0 || (size > most && block->total > most))
		return texts__miss(TEXT_PLACES);
	return texts__add(size, part == STRING_EXEPATH ? TEXT_EXECUTABLE : TEXT_ITSELF);
}

/* Whether a clause is left when the paths of current's image are known. */
static __always_inline int exec__ask_paths(struct index_live *live, __u64 exec)
{
	if (!texts__begin(live, CLASS_EXEC))
		return 1;
	texts__add_exec_string(exec, STRING_EXEPATH);
	texts__add_exec_string(exec, STRING_ARGS);
	texts__add_cwd();
	return texts__keep(live);
}

int index__wants_exec(__u32 event, __u64 exec, __u32 failed)
{
	struct index_task *index;

	if (!index__wants(event, exec__variant(exec, failed)))
		return 0;
	index = index_task__get();
	return !index || !index->live.words || exec__ask_paths(&index->live, exec);
}
