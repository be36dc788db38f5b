// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Whether a task is in the part of the machine that is watched: a cgroup and all below it. */
#include "read/cgroup.h"
#include "read/scope.h"

struct ascent {
	__u64 cgroup;
	__u64 id;
	__u32 found;
};

/* One step up; 1: arrived. */
static long ascent__step(__u64 index, struct ascent *ascent)
{
	struct cgroup *cgroup = (void *)ascent->cgroup;

	ascent->found = BPF_CORE_READ(cgroup, kn, id) == ascent->id;
	ascent->cgroup = (__u64)cgroup__parent(cgroup);
	return ascent->found || !ascent->cgroup;
}

int scope__holds_current(__u64 id, __u32 hierarchy)
{
	struct ascent ascent = { .id = id };

	ascent.cgroup = (__u64)task__cgroup(bpf_get_current_task_btf(), hierarchy);
	if (ascent.cgroup)
		bpf_loop(CGROUP_DEPTH_MAX, ascent__step, &ascent, 0);
	return ascent.found;
}
