// SPDX-License-Identifier: Apache-2.0
/* The least that any watcher of system calls costs: a program at the end of every one that does nothing. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

SEC("tp_btf/sys_exit")
int on_sys_exit(void *context)
{
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
