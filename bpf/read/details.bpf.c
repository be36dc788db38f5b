// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What few rules read of current, when one of those in force does. A global function, verified once. */
#include "read/details.h"
#include "read/cgroup_all.h"
#include "read/descriptor.h"
#include "read/leaders.h"
#include "read/numbers.h"
#include "read/usage.h"
#include "wire/config.h"

#define FACTS_OF_STRUCT (FACT_LEADERS | FACT_STANDARD | FACT_USAGE | FACT_KINDS | FACT_CGROUPS)

/* The environment as it stands in the process' memory: the kernel keeps no other. */
static __always_inline struct text record__append_environment(struct scratch *scratch, struct mm_struct *mm)
{
	__u32 at = scratch->record.size - RECORD_HEAD;
	struct text text = {};
	__u64 length;

	if (!mm)
		return text;
	length = mm->env_end - mm->env_start;
	if (length > ENV_MAX) {
		length = ENV_MAX;
		scratch->record.flags |= RECORD_ENV_CUT;
	}
	if (at >= STRINGS_END) {
		scratch->record.flags |= RECORD_STRINGS_CUT;
		return text;
	}
	length &= ENV_MAX;
	if (!length)
		return text;
	if (bpf_probe_read_user(&scratch->strings[at], length, (void *)mm->env_start)) {
		counter__add(scratch->record.event, REASON_ENV_FAULT);
		return text;
	}
	text.at = scratch->record.size;
	text.length = length;
	scratch->record.size += length;
	return text;
}

/* Facts of a fixed size; the texts they point to are in front of them. */
static __always_inline void details__add_struct(struct scratch *scratch, struct task_struct *task,
						__u32 facts)
{
	struct workspace *workspace = workspace__get();
	struct more_facts *more;
	int i;

	if (!workspace)
		return;
	more = &workspace->more;
	__builtin_memset(more, 0, sizeof(*more));
	if (facts & FACT_LEADERS)
		leaders__add(more, task, &workspace->numbers, scratch->record.process.pid);
	for (i = 0; facts & FACT_STANDARD && i < STANDARD_DESCRIPTORS; i++)
		descriptor__read(&more->standard[i], i);
	if (facts & FACT_USAGE)
		usage__read(&more->usage, task);
	if (facts & FACT_KINDS)
		more->descriptors = descriptors__append(scratch, task);
	if (facts & FACT_CGROUPS)
		more->cgroups = text__unpack(cgroups__add());
	scratch->record.process.more = record__append(scratch, more, sizeof(*more));
}

/* The leaders of current are found by these too. */
static __always_inline void details__add_numbers(struct scratch *scratch, struct task_struct *task)
{
	struct workspace *workspace = workspace__get();

	if (!workspace)
		return;
	numbers__read(&workspace->numbers, task, scratch->record.process.exec);
	scratch->record.process.numbers =
		record__append(scratch, &workspace->numbers, sizeof(workspace->numbers));
}

int details__add(__u32 facts)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct scratch *scratch = scratch__get();
	struct mm_struct *mm = task->mm;

	barrier_var(mm); /* loaded before the ways part */
	if (!scratch)
		return 0;
	if (facts & (FACT_NUMBERS | FACT_LEADERS))
		details__add_numbers(scratch, task);
	if (facts & FACT_CWD)
		scratch->record.process.cwd = text__unpack(directory__append(AT_FDCWD));
	if (facts & FACT_ENV)
		scratch->record.process.env = record__append_environment(scratch, mm);
	if (facts & FACTS_OF_STRUCT)
		details__add_struct(scratch, task, facts);
	return 0;
}
