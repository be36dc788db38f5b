// SPDX-License-Identifier: Apache-2.0
/* The one exit hook of system calls: what no rule wants leaves after a look at the table. */
#include "event.h"
#include "open.h"

#include <bpf/bpf_tracing.h>

/* An exec that failed, of the image that stays. A successful one was reported when it happened. */
static __always_inline void exec__failed(struct scratch *scratch, const struct pt_regs *regs)
{
	int name = scratch->record.event == EVENT_EXECVEAT;

	scratch->record.exec.filename =
		record__append_name(scratch, (void *)regs__argument(regs, name), MEMORY_USER);
}

SEC("tp_btf/sys_exit")
int BPF_PROG(syscall_exit, struct pt_regs *regs, long result)
{
	__u32 number = regs__syscall(regs);
	__u32 *event = bpf_map_lookup_elem(&syscalls, &number);
	struct config *config;
	struct scratch *scratch;

	if (!event || !*event)
		return 0;
	config = config__get();
	if (!event__wanted(config, *event))
		return 0;
	if (*event < EVENT_OPEN && (*event > EVENT_EXECVEAT || result >= 0))
		return 0;
	if (task__in_compat_call(bpf_get_current_task_btf())) {
		counter__add(*event, REASON_COMPAT);
		return 0;
	}
	scratch = event__begin(config, *event, result);
	if (!scratch)
		return 0;
	if (*event >= EVENT_OPEN)
		open__add(scratch, regs, result);
	else
		exec__failed(scratch, regs);
	event__submit(config, scratch);
	return 0;
}

char LICENSE[] SEC("license") __weak = "Dual BSD/GPL";
