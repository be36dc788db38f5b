/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the table says of the system call that a task is in. 32-bit programs, and 64-bit ones by int 0x80,
 * number calls in their own way: without a table of their own they would be seen as other calls, or as none.
 */
#ifndef LANNER_BASE_CALL_TABLE_H
#define LANNER_BASE_CALL_TABLE_H

#include "kernel/kernel_versions.h"
#include "wire/config.h"

#define SYSCALLS	560	   /* x32 ends at 547 */
#define X32_CALL	0x40000000 /* set in the numbers of x32, a 64-bit mode whose pointers have 32 bits */
#define I386_SOCKETCALL 102	   /* one number for all calls on sockets; the first argument says which */
#define SOCKETCALLS	480 /* where those are in the table of 32-bit calls: no call has these numbers */

/* System call number of this architecture -> what it is; event 0 for those no rule can name yet. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SYSCALLS);
	__type(key, __u32);
	__type(value, struct call);
} calls SEC(".maps") __weak;

/* The same for 32-bit calls. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SYSCALLS);
	__type(key, __u32);
	__type(value, struct call);
} compat_calls SEC(".maps") __weak;

static __always_inline struct call *call__of(const struct pt_regs *regs, int compat)
{
	__u32 number = regs__syscall(regs) & ~X32_CALL;

	if (!compat)
		return bpf_map_lookup_elem(&calls, &number);
	if (number == I386_SOCKETCALL && regs__are_x86())
		number = SOCKETCALLS + (regs__compat_argument(regs, 0) & 31);
	return bpf_map_lookup_elem(&compat_calls, &number);
}

#endif
