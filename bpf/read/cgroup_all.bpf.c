// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The cgroup of current in every hierarchy: a global function, verified once. */
#include "base/append.h"
#include "read/cgroup.h"
#include "read/cgroup_all.h"

/* Appends "name", NUL, "path", NUL; the root's path is empty. */
static __always_inline void cgroups__append(struct scratch *scratch, struct cgroup_subsys_state *css)
{
	struct cgroup *cgroup = BPF_CORE_READ(css, cgroup);
	__u64 id = BPF_CORE_READ(cgroup, kn, id);
	struct cgroup_path *path = cgroup__path(cgroup, id);
	char end = 0;

	record__append_name(scratch, BPF_CORE_READ(css, ss, name), MEMORY_KERNEL);
	record__append(scratch, &end, sizeof(end));
	if (path)
		record__append(scratch, path->bytes, path->length & 511);
	record__append(scratch, &end, sizeof(end));
}

/* That of one hierarchy; 1: there are no more. */
static long hierarchy__step(__u64 index, struct css_set **set)
{
	struct scratch *scratch = scratch__get();
	struct cgroup_subsys_state *css = 0;

	if (!scratch || index * sizeof(css) >= bpf_core_field_size((*set)->subsys))
		return 1;
	bpf_probe_read_kernel(&css, sizeof(css),
			      (void *)*set + bpf_core_field_offset(struct css_set, subsys) +
				      index * sizeof(css));
	if (css)
		cgroups__append(scratch, css);
	return 0;
}

__u64 cgroups__add(void)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct scratch *scratch = scratch__get();
	__u32 first;

	if (!scratch || !set)
		return 0;
	first = scratch->record.size;
	bpf_loop(CGROUP_SUBSYSTEMS, hierarchy__step, &set, 0);
	return (__u64)first << 16 | (scratch->record.size - first);
}
