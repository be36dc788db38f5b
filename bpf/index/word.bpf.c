// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Making the process word: once for each process and generation, and again when something of it changed. */
#include "index/word.h"

/* `own`: null where the name of the process is not known. */
static __always_inline void word__read_names(struct process_word *word, const struct index_head *head,
					     __u32 generation, struct task_struct *parent,
					     const struct task_facts *own)
{
	struct task_facts *above = bpf_task_storage_get(&tasks, parent, 0, 0);
	struct index_name_key key = { .half = generation & 1 };
	const struct index_name *name;
	int i;

	if (own && own->comm[0]) {
		__builtin_memcpy(key.comm, own->comm, COMM_LEN);
		name = bpf_map_lookup_elem(&index_names, &key);
		if (!name)
			name = &head->other_name;
		for (i = 0; i < CLASSES; i++)
			word->name_row[i] = name->as_name[i];
	} else {
		__builtin_memset(word->name_row, 0, sizeof(word->name_row));
	}
	if (!above || !above->comm[0]) {
		for (i = 0; i < CLASSES; i++)
			word->parent_row[i] = 0;
		return;
	}
	__builtin_memcpy(key.comm, above->comm, COMM_LEN);
	name = bpf_map_lookup_elem(&index_names, &key);
	if (!name)
		name = &head->other_name;
	for (i = 0; i < CLASSES; i++)
		word->parent_row[i] = name->as_parent[i];
}

/* Whether a parent's name is written down as of the exec that the word is made for. In the midst of one the
 * kernel counts it first. */
static __always_inline int parent__is_settled(const struct process_word *word, struct task_struct *parent)
{
	struct task_facts *above = bpf_task_storage_get(&tasks, parent, 0, 0);

	return (!above || __sync_fetch_and_add(&above->exec_id, 0) == word->parent_exec) &&
	       (__u32)parent->self_exec_id == word->parent_exec;
}

static __always_inline __u64 row__folded(__u32 half, __u32 number)
{
	__u64 *folded = index__folded(half, number);

	return folded ? *folded : ~0ULL;
}

static __always_inline void word__fold(struct process_word *word, const struct index_head *head, __u32 half)
{
	__u32 i;

	for (i = 0; i < CLASSES; i++)
		word->folded[i] = row__folded(half, word->name_row[i]) &
				  row__folded(half, word->parent_row[i]) &
				  row__folded(half, word__place_row(word, head, i));
}

int word__make(__u32 generation, __u64 cgroup, struct process_word *word)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_facts *facts = task__facts(task); /* whose name the record has, too */
	struct task_struct *parent = task->group_leader->real_parent->group_leader;
	struct index_head *head = index__head(generation);
	__u32 *place = bpf_map_lookup_elem(&index_cgroups, &cgroup);

	if (!head || !parent || !word)
		return -1;
	if (!facts)
		return -1;
	word->generation = 0;
	if (!place) /* until user space has told */
		return -1;
	word->place = *place;
	word->cgroup = cgroup;
	word->parent = parent->tgid;
	word->parent_start = parent->start_boottime;
	word->parent_exec = parent->self_exec_id;
	if (!parent__is_settled(word, parent))
		return -1;
	word__read_names(word, head, generation, parent, facts);
	if (!parent__is_settled(word, parent))
		return -1;
	word__fold(word, head, generation & 1);
	word->generation = generation;
	return 0;
}
