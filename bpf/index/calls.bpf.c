// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The paths of calls: where the kernel went, what was written, what a link leads to; and those of files that
 * are given by descriptor. */
#include "index/calls.h"

#include "base/call_table.h"
#include "index/asked.h"
#include "index/kept.h"
#include "index/texts.h"
#include "index/word.h"
#include "read/descriptor.h"

static __always_inline void texts__read_arguments(struct index_texts *texts, const struct pt_regs *regs,
						  int compat)
{
	texts->args[0] = regs__argument(regs, 0, compat);
	texts->args[1] = regs__argument(regs, 1, compat);
	texts->args[2] = regs__argument(regs, 2, compat);
	texts->args[3] = regs__argument(regs, 3, compat);
	texts->args[4] = regs__argument(regs, 4, compat);
	texts->args[5] = regs__argument(regs, 5, compat);
}

static __always_inline __u64 texts__argument(const struct index_texts *texts, __s8 number)
{
	__u32 at = number; /* of none it is more than there are */

	barrier_var(at); /* or the compiler compares another one than it uses */
	return at < ARGUMENTS ? texts->args[at] : 0;
}

/* What the kernel's own hooks kept of a name of current's call; whether they did. */
__noinline int texts__add_kept(__u32 part, enum text_meaning meaning)
{
	struct name_key key = { .thread = bpf_get_current_pid_tgid(), .part = part };
	struct name_block *block = bpf_map_lookup_elem(&names, &key);

	if (!block)
		return 0;
	if (!(block->total & LENGTH_MASK) && part < NAME_GIVEN) /* it went where no path is */
		return 0;
	texts__add_block(block, meaning);
	return 1;
}

/* One of the paths: where the call went, where that is known, and what was written. */
static __always_inline void texts__add_name_of(struct index_texts *texts, const struct call *call,
					       __u32 index)
{
	__u64 given = texts__argument(texts, call->path[index]);
	__s8 base = call->base[index];
	__s32 folder = base == ARGUMENT_NONE ? AT_FDCWD : (__s32)texts__argument(texts, base);
	int known;

	known = call->named && texts__add_kept(NAME_RESOLVED + index, TEXT_ITSELF);
	if (!given) { /* no path is the descriptor itself */
		if (!known && base != ARGUMENT_NONE) {
			texts->relative = 1;
			texts__add_folder(folder, TEXT_ITSELF);
		}
		return;
	}
	if (!call->named || !texts__add_kept(NAME_GIVEN + index, known ? TEXT_ITSELF : TEXT_MEANT))
		texts__add_user(given, known ? TEXT_ITSELF : TEXT_MEANT);
	if (!known)
		texts__add_folder(folder, call->moves ? TEXT_ITSELF : TEXT_FOLDER);
}

/* A symbolic link's text, which is joined to the folder of the link; what a mount takes from, to the working
 * directory. */
static __always_inline void texts__add_string_of(struct index_texts *texts, const struct call *call)
{
	if (!call->named || !texts__add_kept(NAME_STRING, TEXT_MEANT))
		texts__add_user(texts__argument(texts, call->string), TEXT_MEANT);
	if (texts->event_class != CLASS_PATH)
		texts__add_folder(AT_FDCWD, TEXT_FOLDER);
}

/* Whether a clause is left when the paths of current's call are known. */
static __always_inline int call__ask_paths(struct index_live *live, __u32 event_class)
{
	struct task_struct *task = bpf_get_current_task_btf();
	int compat = task__in_compat_call(task);
	struct pt_regs *regs = (void *)bpf_task_pt_regs(task);
	struct call *call = call__of(regs, compat);
	struct index_texts *texts;

	if (!call || !texts__begin(live, event_class))
		return 1;
	texts = texts__get();
	if (!texts)
		return 1;
	texts__read_arguments(texts, regs, compat);
	if (call->path[0] != ARGUMENT_NONE)
		texts__add_name_of(texts, call, 0);
	if (call->path[1] != ARGUMENT_NONE)
		texts__add_name_of(texts, call, 1);
	if (call->string != ARGUMENT_NONE)
		texts__add_string_of(texts, call);
	if (call->on_file)
		texts__add_file((void *)descriptor__file(texts__argument(texts, call->descriptor)),
				TEXT_ITSELF);
	return texts__keep(live);
}

int index__wants_call(__u32 event, __u32 variant)
{
	struct index_task *index;
	struct index_event *entry;

	if (!index__wants(event, variant))
		return 0;
	index = index_task__get();
	if (!index || !index->live.words)
		return 1;
	entry = index__event(index->live.generation, event, variant);
	if (!entry || (entry->event_class != CLASS_PATH && entry->event_class != CLASS_OTHER))
		return 1;
	return call__ask_paths(&index->live, entry->event_class);
}
