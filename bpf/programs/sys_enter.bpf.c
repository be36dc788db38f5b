// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The capabilities of a thread that calls unshare(), which are others when the call ends. Attached only while
 * a rule reads capabilities of unshare(): it costs every system call a look at its number.
 */
#include "base/call_table.h"
#include "event/capabilities.h"

#include <bpf/bpf_tracing.h>

SEC("tp_btf/sys_enter")
int BPF_PROG(syscall_enter, struct pt_regs *regs, long number)
{
	__u32 index = number & ~X32_CALL;
	struct call *call = bpf_map_lookup_elem(&calls, &index);
	struct capabilities found = {};
	struct task_struct *task;
	const struct cred *cred;
	__u64 thread;

	if (!call || !(call->before || call->compat))
		return 0;
	task = bpf_get_current_task_btf();
	call = call__of(regs, task__in_compat_call(task));
	if (!call || !call->before)
		return 0;
	thread = bpf_get_current_pid_tgid();
	cred = task->cred;
	bpf_core_read(&found.inheritable, sizeof(__u64), &cred->cap_inheritable);
	bpf_core_read(&found.permitted, sizeof(__u64), &cred->cap_permitted);
	bpf_core_read(&found.effective, sizeof(__u64), &cred->cap_effective);
	bpf_map_update_elem(&capabilities_before, &thread, &found, BPF_ANY);
	return 0;
}
