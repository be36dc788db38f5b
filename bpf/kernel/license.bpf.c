// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the kernel is told of all programs: it lends some helpers only to those under the GPL. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";
