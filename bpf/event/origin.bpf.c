// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * From a process to its origin, by its cgroup. User space tells the origin of a cgroup when it has read the
 * first record of it. Until then the nearest cgroup above counts that is known, for what a container makes
 * below its own cgroup is the container's; and where none is known, the one whose path has two names.
 */
#include "event/origin.h"

#include "base/configuration.h"
#include "read/cgroup.h"

#define ORIGIN_LEVEL 2 /* of a cgroup whose path has two names */

struct origin_search {
	__u64 cgroup;
	__u64 origin;
};

/* One step up; 1: arrived. */
static long origin__step(__u64 index, struct origin_search *search)
{
	struct cgroup *cgroup = (void *)search->cgroup;
	__u64 id = BPF_CORE_READ(cgroup, kn, id);
	__u64 *known = bpf_map_lookup_elem(&origins, &id);

	if (known) {
		search->origin = *known;
		return 1;
	}
	search->origin = 1ULL << ORIGIN_NEW_BIT | id;
	search->cgroup = (__u64)cgroup__parent(cgroup);
	return !search->cgroup || BPF_CORE_READ(cgroup, level) <= ORIGIN_LEVEL;
}

__u64 origin__current(void)
{
	struct config *config = config__get();
	struct origin_search search = { .origin = 1ULL << ORIGIN_NEW_BIT };

	if (!config)
		return search.origin;
	search.cgroup = (__u64)task__cgroup(bpf_get_current_task_btf(), config->hierarchy);
	if (search.cgroup)
		bpf_loop(CGROUP_DEPTH_MAX, origin__step, &search, 0);
	return search.origin;
}
