// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The one exit hook of system calls: what no rule wants leaves after a look at the table. */
#include "base/call_table.h"
#include "base/reentry.h"
#include "event/call.h"
#include "event/event.h"
#include "event/open.h"
#include "index/index.h"
#include "names/names.h"

#include <bpf/bpf_tracing.h>

/* The program syscall_exit, for the one behind it. */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} first_call SEC(".maps");

/* An exec that failed, of the image that stays. A successful one was reported when it happened. */
static __always_inline void exec__failed(struct scratch *scratch, const struct pt_regs *regs, int compat)
{
	int name = scratch->record.event == EVENT_EXECVEAT;

	scratch->record.exec.filename =
		record__append_name(scratch, (void *)regs__argument(regs, name, compat), MEMORY_USER);
}

/* What the table says of a call that some rule wants with this outcome, and who called. Nearly every call
 * ends here, so the task is asked how it called only where that can matter: each helper that is called costs
 * as much as a look-up. */
static __always_inline struct call *call__wanted(const struct pt_regs *regs, __u8 outcome, int *compat,
						 struct task_struct **task)
{
	__u32 number = regs__traced_syscall(regs) & ~X32_CALL;
	struct call *call = bpf_map_lookup_elem(&calls, &number);

	if (!call || !(call->compat || call->wanted & outcome))
		return 0;
	*task = bpf_get_current_task_btf();
	*compat = task__in_compat_call(*task);
	if (*compat)
		call = call__of(regs, *compat);
	return call && call->wanted & outcome ? call : 0;
}

static __always_inline int index__wants_end(const struct pt_regs *regs, __u32 event, long result, int compat)
{
	if (event >= EVENT_CALLS)
		return index__wants_call(event, result < 0 ? VARIANT_FAILED : 0) &&
		       index__numbers(event, result, 0);
	if (event >= EVENT_OPEN)
		return index__wants_open(regs, event, result, compat);
	return index__wants_exec(event, task__exec(bpf_get_current_task_btf()), VARIANT_EXEC_FAILED) &&
	       index__numbers(event, result, 0);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(syscall_exit, struct pt_regs *regs, long result)
{
	int compat = 0;
	__u8 outcome = result < 0 ? CALL_FAILED : CALL_SUCCEEDED;
	struct task_struct *task;
	struct call *call = call__wanted(regs, outcome, &compat, &task);
	struct config *config;
	struct scratch *scratch;

	if (!call)
		return 0;
	config = config__get();
	if (!current__is_reported(config, task))
		return 0;
	reentry__claim_call(config);
	reentry__own_stack(ctx, config, &first_call);
	if (call->wanted & CALL_COUNTED) {
		counter__add(call->event, REASON_COMPAT);
		return 0;
	}
	if (call->named && !(call->named & outcome)) {
		names__forget();
		return 0;
	}
	if (!index__wants_end(regs, call->event, result, compat)) {
		counter__add(call->event, REASON_HELD_BACK);
		if (call->named)
			names__forget();
		return 0;
	}
	/* nothing below this line is cheap */
	scratch = event__begin(config, call->event, result);
	if (!scratch) {
		if (call->named)
			names__forget();
		return 0;
	}
	if (call->event >= EVENT_CALLS)
		call__add(result);
	else if (call->event >= EVENT_OPEN)
		open__add(scratch, regs, result, compat);
	else
		exec__failed(scratch, regs, compat);
	event__submit(config, scratch);
	return 0;
}

SEC("tp_btf/sys_exit")
int BPF_PROG(syscall_exit_2, struct pt_regs *regs, long result)
{
	int compat = 0;
	struct task_struct *task;
	struct config *config;

	if (!call__wanted(regs, result < 0 ? CALL_FAILED : CALL_SUCCEEDED, &compat, &task))
		return 0;
	config = config__get();
	if (current__is_reported(config, task) && reentry__call_missed())
		bpf_tail_call(ctx, &first_call, 0);
	return 0;
}
