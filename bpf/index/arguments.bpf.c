// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Numbers of a call: each is looked up in a table of rows, or its bits are compared with a mask. */
#include "index/arguments.h"

#include "index/socket.h"
#include "index/word.h"
#include "kernel/kernel_versions.h"
#include "read/open_arguments.h"

#define O_CREAT	    0100
#define O_TMPFILE_1 020000000 /* without O_DIRECTORY */

/* As in a record: without a file to create, the argument is what lay there. */
static __always_inline __u64 open__created_mode(__u64 flags, __u32 mode)
{
	return flags & (O_CREAT | O_TMPFILE_1) ? mode : 0;
}

static __always_inline int open__mode(__u64 *out, const struct pt_regs *regs, __u32 event, int compat)
{
	struct open_arguments given = {};

	if (open__arguments(&given, regs, event, compat))
		return -1;
	*out = open__created_mode(given.flags, given.mode);
	return 0;
}

/* 0: done, else the number is not known. */
static __always_inline int number__read(struct index_number_key *out, __u32 source, __u32 event, __s64 result)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct pt_regs *regs = (void *)bpf_task_pt_regs(task);
	int compat = task__in_compat_call(task);

	if (source >= NUMBER_SOCKET_FAMILY)
		return socket__number(out, source, result);
	if (source == NUMBER_RESULT)
		out->number[0] = result;
	else if (source == NUMBER_OPEN_MODE)
		return open__mode(&out->number[0], regs, event, compat);
	else if (source == NUMBER_MADE_FLAGS)
		return -1;
	else
		out->number[0] = regs__argument(regs, source - NUMBER_ARGUMENT_0, compat);
	return 0;
}

/* The same of a request. */
static __always_inline int request__number(struct index_number_key *out, __u32 source, __s64 result,
					   const struct index_request *request)
{
	__u32 at = source - NUMBER_ARGUMENT_0;

	if (source >= NUMBER_SOCKET_FAMILY)
		return socket__file_number(out, source, result, request->file, request->given);
	if (source == NUMBER_RESULT)
		out->number[0] = result;
	else if (source == NUMBER_OPEN_MODE)
		out->number[0] = open__created_mode(request->args[2], request->args[3]);
	else if (source == NUMBER_MADE_FLAGS)
		out->number[0] = request->args[0];
	else if (at < ARGUMENTS)
		out->number[0] = request->args[at];
	else
		return -1;
	return 0;
}

/* The row of the answer. */
static __always_inline __u32 question__row(const struct index_question *question,
					   const struct index_number_key *key)
{
	__u32 *row;

	if (!question->table)
		return key->number[0] ? question->some : question->other;
	row = bpf_map_lookup_elem(&index_numbers, key);
	return row ? *row : question->other;
}

/* Whether a clause is left when one question is answered. */
__noinline int question__keeps(struct index_live *live, const struct index_question *question, __u32 event,
			       __s64 result, const struct index_request *request)
{
	struct index_number_key key = {};
	struct index_row *free, *row;

	if (!live || !question)
		return 1;
	free = index__row(live->generation, question->free);
	if (!free || !live__asks(live, free))
		return 1;
	if (request ? request__number(&key, question->source, result, request)
		    : number__read(&key, question->source, event, result))
		return 1;
	key.number[0] &= question->mask;
	key.table = question->table;
	key.half = live->generation & 1;
	row = index__row(live->generation, question__row(question, &key));
	return !row || live__keep(live, row);
}

int index__numbers(__u32 event, __s64 result, const struct index_request *request)
{
	struct index_task *index = index_task__get();
	struct index_questions *asked;
	__u32 number, i;

	if (!index || !index->live.words)
		return 1;
	number = (index->live.generation & 1) * EVENTS + event;
	asked = bpf_map_lookup_elem(&index_questions, &number);
	if (!asked)
		return 1;
	for (i = 0; i < INDEX_QUESTIONS; i++) {
		if (!asked->question[i].source)
			break;
		if (!question__keeps(&index->live, &asked->question[i], event, result, request))
			return 0;
	}
	return 1;
}
