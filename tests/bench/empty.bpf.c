// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The least that any watcher costs: programs that do nothing, at the end of every system call and where
 * processes are made, get a new image, and end.
 */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("tp_btf/sys_exit")
int on_sys_exit(void *context)
{
	return 0;
}

SEC("tp_btf/sched_process_fork")
int on_fork(void *context)
{
	return 0;
}

SEC("tp_btf/sched_process_exec")
int on_exec(void *context)
{
	return 0;
}

SEC("tp_btf/sched_process_exit")
int on_exit(void *context)
{
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
