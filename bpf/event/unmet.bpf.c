// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Keeping cgroups that are not known: a global function, verified once for all its callers. */
#include "event/unmet.h"

#include "base/configuration.h"
#include "event/origin.h"
#include "index/tables.h"
#include "read/cgroup.h"

static __always_inline int cgroup__is_met(__u64 id)
{
	return bpf_map_lookup_elem(&origins, &id) && bpf_map_lookup_elem(&index_cgroups, &id);
}

int unmet__keep(__u32 held)
{
	struct config *config = config__get();
	struct cgroup_path *path;
	struct cgroup *cgroup;
	__u64 id;

	if (!config)
		return 0;
	cgroup = task__cgroup(bpf_get_current_task_btf(), config->hierarchy);
	if (!cgroup)
		return 0;
	id = BPF_CORE_READ(cgroup, kn, id);
	if (cgroup__is_met(id) || bpf_map_lookup_elem(&unmet, &id) || (!held && !buffers__take()))
		return 0;
	path = cgroup__path(cgroup, id);
	if (path)
		bpf_map_update_elem(&unmet, &id, path, BPF_NOEXIST);
	if (!held)
		buffers__release();
	return 0;
}
