// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The walk from a cgroup to its root. */
#include "read/cgroup.h"

struct climb {
	__u64 cgroup;
};

/* One step up while too deep for the walk below; 1: arrived. */
static long climb__step(__u64 index, struct climb *climb)
{
	struct cgroup *cgroup = (void *)climb->cgroup;
	struct cgroup *parent;

	if (BPF_CORE_READ(cgroup, level) < CGROUP_LEVELS)
		return 1;
	parent = cgroup__parent(cgroup);
	if (!parent)
		return 1;
	climb->cgroup = (__u64)parent;
	return 0;
}

/*
 * Of a cgroup nested deeper than CGROUP_LEVELS the upper end is kept, since that names the container: whoever
 * may make cgroups inside one must not be able to nest its name out of sight.
 */
static __always_inline struct cgroup *cgroup__within_reach(__u64 address)
{
	struct climb climb = { .cgroup = address };

	bpf_loop(CGROUP_DEPTH_MAX, climb__step, &climb, 0);
	return (void *)climb.cgroup;
}

/* Names are put in front of each other in the path buffer, as in path.bpf.c; one longer than a path may be is
 * cut. */
int cgroup__build(__u64 address)
{
	struct workspace *workspace = workspace__get();
	struct cgroup *cgroup = cgroup__within_reach(address);
	struct path_buffer *buffer;
	__u32 start = PATH_BUFFER;
	__u32 length;
	int i;

	if (!workspace)
		return -1;
	buffer = &workspace->path;
	for (i = 0; i < CGROUP_LEVELS; i++) {
		struct cgroup *parent = cgroup__parent(cgroup);
		const char *name = BPF_CORE_READ(cgroup, kn, name);
		long size;

		if (!parent)
			break;
		/* its length is known only when it has been read: read it into the spare room first */
		size = bpf_probe_read_kernel_str(&buffer->bytes[PATH_BUFFER], NAME_MAX + 1, name);
		if (size <= 1 || start <= size)
			break;
		length = (size - 1) & NAME_MAX;
		start -= length;
		bpf_probe_read_kernel(&buffer->bytes[start & (PATH_BUFFER - 1)], length, name);
		start -= 1;
		buffer->bytes[start & (PATH_BUFFER - 1)] = '/';
		cgroup = parent;
	}
	length = PATH_BUFFER - start;
	if (length > CGROUP_PATH)
		length = CGROUP_PATH;
	workspace->cgroup.length = length;
	bpf_probe_read_kernel(workspace->cgroup.bytes, length, &buffer->bytes[start & (PATH_BUFFER - 1)]);
	return 0;
}
