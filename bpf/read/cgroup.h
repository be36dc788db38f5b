/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The cgroup that names a task's container: its id and its path. On cgroup v2 there is one hierarchy; on v1
 * user space says which controller's to take.
 */
#ifndef LANNER_READ_CGROUP_H
#define LANNER_READ_CGROUP_H

#include "kernel/kernel_types.h"
#include "read/path.h"
#include "wire/config.h"

#define CGROUP_LEVELS	  24
#define CGROUP_DEPTH_MAX  65536
#define CGROUP_SUBSYSTEMS 16

/* Id of a cgroup -> its path: a cache, since the path is found again whenever it was evicted. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct cgroup_path);
} cgroups SEC(".maps") __weak;

/* The number of the hierarchy's controller in this kernel; CGROUP_SUBSYSTEMS: cgroup v2. */
static __always_inline __u32 hierarchy__subsys(__u32 hierarchy)
{
	if (hierarchy == HIERARCHY_PIDS && bpf_core_enum_value_exists(enum cgroup_subsys_id, pids_cgrp_id))
		return bpf_core_enum_value(enum cgroup_subsys_id, pids_cgrp_id);
	if (hierarchy == HIERARCHY_MEMORY &&
	    bpf_core_enum_value_exists(enum cgroup_subsys_id, memory_cgrp_id))
		return bpf_core_enum_value(enum cgroup_subsys_id, memory_cgrp_id);
	if (hierarchy == HIERARCHY_CPU && bpf_core_enum_value_exists(enum cgroup_subsys_id, cpu_cgrp_id))
		return bpf_core_enum_value(enum cgroup_subsys_id, cpu_cgrp_id);
	return CGROUP_SUBSYSTEMS;
}

/* As a plain address, which functions can be given. */
static __always_inline struct cgroup *task__cgroup(struct task_struct *task, __u32 hierarchy)
{
	__u32 subsys = hierarchy__subsys(hierarchy);
	struct css_set *set = BPF_CORE_READ(task, cgroups);
	struct cgroup_subsys_state *css = 0;

	if (!set)
		return 0;
	if (subsys >= CGROUP_SUBSYSTEMS)
		return BPF_CORE_READ(set, dfl_cgrp);
	bpf_probe_read_kernel(&css, sizeof(css),
			      (void *)set + bpf_core_field_offset(struct css_set, subsys) +
				      subsys * sizeof(css));
	return css ? BPF_CORE_READ(css, cgroup) : 0;
}

/* The same as a typed pointer: the number of each controller is known when the programs are loaded, so its
 * offset does not vary. */
static __always_inline struct cgroup *task__typed_cgroup(struct task_struct *task, __u32 hierarchy)
{
	struct css_set *set = task->cgroups;
	struct cgroup_subsys_state *css;
	__u32 subsys;

	barrier_var(set); /* loaded before the ways part */
	subsys = hierarchy__subsys(hierarchy);
	if (subsys >= CGROUP_SUBSYSTEMS)
		return set->dfl_cgrp;
	css = *(struct cgroup_subsys_state **)((void *)set + bpf_core_field_offset(struct css_set, subsys) +
					       subsys * sizeof(css));
	return css->cgroup;
}

static __always_inline struct cgroup *cgroup__parent(struct cgroup *cgroup)
{
	struct cgroup_subsys_state *css = BPF_CORE_READ(cgroup, self.parent);

	return css ? (void *)css - bpf_core_field_offset(struct cgroup, self) : 0;
}

/* Puts the path of a cgroup from its hierarchy's root into this CPU's workspace. */
extern int cgroup__build(__u64 cgroup);

/*
 * Copies what the cache has of a cgroup into the workspace; 0: nothing, or another cgroup has taken its place
 * meanwhile. An element leaves the table before it is filled anew: who still finds it there afterwards has
 * read what belongs to this cgroup.
 */
static __always_inline int cgroup__copy(struct workspace *workspace, __u64 id)
{
	struct cgroup_path *path = bpf_map_lookup_elem(&cgroups, &id);

	if (!path)
		return 0;
	bpf_probe_read_kernel(&workspace->cgroup, sizeof(workspace->cgroup), path);
	return bpf_map_lookup_elem(&cgroups, &id) == path;
}

/* The path of a cgroup in this CPU's workspace, from the cache or found now; null: there is no room. */
static __always_inline struct cgroup_path *cgroup__path(struct cgroup *cgroup, __u64 id)
{
	struct workspace *workspace = workspace__get();

	if (!workspace)
		return 0;
	if (cgroup__copy(workspace, id))
		return &workspace->cgroup;
	if (cgroup__build((__u64)cgroup))
		return 0;
	bpf_map_update_elem(&cgroups, &id, &workspace->cgroup, BPF_ANY);
	return &workspace->cgroup;
}

#endif
