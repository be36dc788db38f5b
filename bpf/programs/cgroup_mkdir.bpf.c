// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Cgroups as they are made: a container's is made before its first process, so that user space can ask what
 * it is while it still is. None of this is an event: a path that finds no room is asked about later.
 */
#include "kernel/kernel_types.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#define PATH_BYTES 512 /* of a path; the upper end names the container */

/* Paths of new cgroups, from the root of their hierarchy, each with a NUL behind it. */
struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 256 << 10);
} births SEC(".maps");

/* Somebody made a cgroup. */
SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(cgroup_made, struct cgroup *cgroup, const char *path)
{
	char *birth = bpf_ringbuf_reserve(&births, PATH_BYTES, 0);

	if (!birth)
		return 0;
	if (bpf_probe_read_kernel_str(birth, PATH_BYTES, path) > 0)
		bpf_ringbuf_submit(birth, 0);
	else
		bpf_ringbuf_discard(birth, 0);
	return 0;
}
