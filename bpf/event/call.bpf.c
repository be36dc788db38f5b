// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The record of any call that has no code of its own: which of its arguments are paths, descriptors,
 * addresses and the like stands in its struct call. A global function, verified once.
 */
#include "base/call_table.h"
#include "event/call.h"
#include "event/capabilities.h"
#include "event/mmsghdr.h"
#include "names/names.h"
#include "read/descriptor.h"
#include "read/msghdr.h"

static __always_inline __u64 call__argument(const struct call_facts *facts, __s8 number)
{
	return number >= 0 && number < ARGUMENTS ? facts->args[(__u8)number] : 0;
}

/* What the kernel's own hooks kept of a name, into out; whether they did. */
static __always_inline int name__take(struct text *out, __u32 part)
{
	__u64 thread = bpf_get_current_pid_tgid();
	__u64 kept = names__copy(thread, part);

	if (kept == NAME_NONE)
		return 0;
	names__drop(thread, part);
	*out = text__unpack(kept);
	return 1;
}

static __always_inline void call__add_name(struct scratch *scratch, const struct call *call, __u32 index)
{
	struct call_facts *facts = &scratch->record.call;
	struct name_facts *name = &facts->name[index];
	void *given = (void *)call__argument(facts, call->path[index]);
	__s8 base = call->base[index];
	int known = 0;

	name->dirfd = base == ARGUMENT_NONE ? AT_FDCWD : (__s32)call__argument(facts, base);
	if (call->path[index] == ARGUMENT_NONE)
		return;
	if (call->named)
		known = name__take(&name->path, NAME_RESOLVED + index);
	if (!call->named || !name__take(&name->raw, NAME_GIVEN + index))
		name->raw = record__append_name(scratch, given, MEMORY_USER);
	/* no path is the descriptor itself */
	if (known || (!given && (base == ARGUMENT_NONE || scratch->record.result < 0)))
		return;
	if (given && call->named && scratch->record.result >= 0)
		counter__add(call->event, REASON_NAME_UNSURE);
	if (!given || record__first_of(scratch, name->raw) != '/')
		name->base = text__unpack(directory__append(name->dirfd));
}

static __always_inline void call__add_string(struct scratch *scratch, const struct call *call)
{
	struct call_facts *facts = &scratch->record.call;

	if (!call->named || !name__take(&facts->string, NAME_STRING))
		facts->string = record__append_name(scratch, (void *)call__argument(facts, call->string),
						    MEMORY_USER);
}

static __always_inline void call__add_beside(struct scratch *scratch, const struct call *call)
{
	struct call_facts *facts = &scratch->record.call;

	facts->control =
		record__append_name(scratch, (void *)call__argument(facts, call->beside), MEMORY_USER);
}

/* Addresses that are answered have their length behind a pointer, those that are given have it as it is. */
static __always_inline void call__add_address(struct scratch *scratch, __s8 number)
{
	struct call_facts *facts = &scratch->record.call;
	__u64 length = call__argument(facts, number + 1);
	__u32 answered = 0;

	if (length > PATH_BUFFER && !bpf_probe_read_user(&answered, sizeof(answered), (void *)length))
		length = answered;
	facts->size = answered;
	facts->address = record__append_user(scratch, call__argument(facts, number), length, ADDRESS_MOST);
}

static __always_inline void call__read_arguments(struct call_facts *facts, const struct pt_regs *regs,
						 int compat)
{
	facts->args[0] = regs__argument(regs, 0, compat);
	facts->args[1] = regs__argument(regs, 1, compat);
	facts->args[2] = regs__argument(regs, 2, compat);
	facts->args[3] = regs__argument(regs, 3, compat);
	facts->args[4] = regs__argument(regs, 4, compat);
	facts->args[5] = regs__argument(regs, 5, compat);
}

/* How many bytes a buffer has: those that were moved, or all that a process gave in vain. */
static __always_inline __u64 call__length(const struct call *call, const struct call_facts *facts,
					  __s64 result)
{
	if (result > 0)
		return result;
	return call->given ? call__argument(facts, call->buffer + 1) : 0;
}

int call__add(__s64 result)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct scratch *scratch = scratch__get();
	int compat = task__in_compat_call(task);
	struct pt_regs *regs = (void *)bpf_task_pt_regs(task);
	struct call *call = call__of(regs, compat);
	struct call_facts *facts;
	__u32 form;

	if (!scratch || !call)
		return 0;
	form = (compat ? MSGHDR_COMPAT : 0) | (call->given ? MSGHDR_GIVEN : 0);
	if (call->before)
		call__restore_capabilities(scratch);
	facts = &scratch->record.call;
	__builtin_memset(facts, 0, sizeof(*facts));
	call__read_arguments(facts, regs, compat);
	if (call->descriptor == ARGUMENT_RESULT)
		descriptor__read(&facts->descriptor, result);
	else if (call->descriptor != ARGUMENT_NONE)
		descriptor__read(&facts->descriptor, call__argument(facts, call->descriptor));
	else
		facts->descriptor.num = -1;
	if (call->path[0] != ARGUMENT_NONE)
		call__add_name(scratch, call, 0);
	if (call->path[1] != ARGUMENT_NONE)
		call__add_name(scratch, call, 1);
	if (call->string != ARGUMENT_NONE)
		call__add_string(scratch, call);
	if (call->beside != ARGUMENT_NONE)
		call__add_beside(scratch, call);
	if (call->address != ARGUMENT_NONE)
		call__add_address(scratch, call->address);
	if (call->message != ARGUMENT_NONE)
		msghdr__add(call__argument(facts, call->message), result, form);
	if (call->buffer != ARGUMENT_NONE)
		facts->buffer = record__append_user(scratch, call__argument(facts, call->buffer),
						    call__length(call, facts, result), BUFFER_MOST);
	if (call->listener != ARGUMENT_NONE)
		socket__read_queue(facts, (void *)descriptor__file(call__argument(facts, call->listener)));
	if (call->messages != ARGUMENT_NONE)
		mmsghdr__add(call__argument(facts, call->messages), result, form);
	if (call->named) /* what was kept and is no part of this record */
		names__forget();
	return 0;
}
