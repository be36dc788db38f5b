// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Who acts, how, and on what: everything that is read by plain loads, for the linker wants the declaration
 * of what makes them possible in one file. */
#include "index/asked.h"

#include "base/configuration.h"
#include "index/ask_actor.h"
#include "index/folded.h"
#include "index/given.h"
#include "index/opened.h"
#include "index/rows.h"
#include "index/seen.h"
#include "read/cgroup.h"

/* Number of the cgroup that says whether a task is in a container, as in a record. */
static __always_inline __u64 task__cgroup_id(struct task_struct *task)
{
	struct config *config = config__get();
	struct cgroup *cgroup;
	__u32 subsys;
	void *css;

	if (!config || config->hierarchy == HIERARCHY_UNIFIED)
		return task->cgroups->dfl_cgrp->kn->id;
	subsys = hierarchy__subsys(config->hierarchy);
	if (!bpf_rdonly_cast || subsys >= CGROUP_SUBSYSTEMS) {
		cgroup = task__cgroup(task, config->hierarchy);
		return cgroup ? BPF_CORE_READ(cgroup, kn, id) : 0;
	}
	css = (void *)task->cgroups + bpf_core_field_offset(struct css_set, subsys) + subsys * sizeof(css);
	css = TYPED(css, hlist_node)->next;
	return TYPED(css, cgroup_subsys_state)->cgroup->kn->id;
}

/*
 * Current's process word, for events of a class; null: unknown. A process changes its name by exec, which
 * drops the word; its parent, its cgroup and what else is asked of who acts change without it.
 */
static __always_inline struct process_word *word__get(struct index_task *index, struct task_struct *task,
						      struct task_struct *parent, __u64 cgroup,
						      __u32 generation, __u32 event_class)
{
	struct process_word *word = &index->word;

	if (word->generation == generation && word->cgroup == cgroup && word->parent == parent->tgid &&
	    word->parent_start == parent->start_boottime &&
	    word->parent_exec == (__u32)parent->self_exec_id && actor__is(&word->actor, task, event_class))
		return word;
	if (word__make(generation, cgroup, word))
		return 0;
	actor__ask(index, generation & 1);
	return word;
}

/* The parent of a task's process. */
static __always_inline struct task_struct *task__parent(struct task_struct *task)
{
	return task->group_leader->real_parent->group_leader;
}

/* The clauses that may hold of an open of current, a task, whatever it opens, folded. */
static __always_inline __u64 opener__folded(struct task_struct *task, __u32 generation)
{
	struct task_struct *parent = task__parent(task);
	__u64 cgroup = task__cgroup_id(task), folded;
	struct index_task *index;
	struct process_word *word;

	if (seen__read(&folded, task, parent, cgroup, generation))
		return folded;
	index = index_task__of(task);
	if (!index)
		return ~0ULL;
	word = word__get(index, task, parent, cgroup, generation, CLASS_OPEN);
	if (!word)
		return ~0ULL;
	seen__write(word, task);
	return word->folded[CLASS_OPEN];
}

/* Tells which clauses are left of current's open: `words` is 0 where all are. 1, for an open that is wanted.
 */
static __always_inline int live__tell(struct task_struct *task, __u32 generation, __u32 words, __u64 left)
{
	struct index_task *index = index_task__of(task);

	if (!index)
		return 1;
	index->live.generation = generation;
	index->live.words = words;
	index->live.word[0] = left;
	return 1;
}

int upward__next(struct upward *up)
{
	int i, step;

	if (!up || !bpf_rdonly_cast)
		return UPWARD_LOST;
	for (i = 0; i < MOUNTS_MOST; i++) {
		step = upward__step(up);
		if (step != UPWARD_MOUNT)
			return step;
	}
	return UPWARD_LOST;
}

int upward__of_descriptor(struct upward *up, __u32 number)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct open_numbers open = {};
	struct file *file = descriptor__open_numbers(&open, task, number);

	if (!up || !file || (bpf_rdonly_cast && upward__begin(up, task, file)))
		return -1;
	return open__variant(&open);
}

/* One step up, and the clauses of the name there added to index.some. */
static __always_inline int folded__add_step(const struct folded *folded, struct index_task *index)
{
	int step = upward__step(&index->up);

	if (step == UPWARD_NAME)
		index->some = name__folded(folded, &index->up, PATH_SOME, index->some);
	return step;
}

/* Two steps up: a function that is verified by itself, since it is called in a loop; two, for a call costs as
 * much as a step. */
__noinline int folded__add_steps(struct index_task *index, __u64 left, __u32 half)
{
	struct folded folded = { .head = index__head(half), .left = left, .half = half };
	int step;

	if (!bpf_rdonly_cast || !folded.head || !index)
		return UPWARD_LOST;
	step = folded__add_step(&folded, index);
	if (step == UPWARD_ENDED || step == UPWARD_LOST)
		return step;
	return folded__add_step(&folded, index);
}

/* Whether a clause is left once all names of a file's path are known. */
static __always_inline int folded__keep_all(struct folded *folded, struct task_struct *task,
					    struct file *file)
{
	struct index_task *index = index_task__of(task);
	int i, step = UPWARD_LOST;

	if (!index || upward__begin(&index->up, task, file))
		return 1;
	index->up.first = 0;
	index->up.last = 0;
	index->up.length = 0;
	index->some = folded->head->folded_free[PATH_SOME];
	for (i = 0; i < STEPS_MOST; i++) {
		step = folded__add_steps(index, folded->left, folded->half);
		if (step == UPWARD_ENDED || step == UPWARD_LOST)
			break;
	}
	if (step != UPWARD_ENDED)
		return 1;
	folded->left &= index->some;
	return folded__keep_name(folded, &index->up, PATH_TOP);
}

/* Whether a clause is left at the first look at the names of a file's path. */
static __always_inline int folded__keep_path(struct folded *folded, struct task_struct *task,
					     struct file *file)
{
	struct upward up = {}; /* in registers, as far as there are any */
	int step;

	if (!bpf_rdonly_cast || upward__begin(&up, task, file) || upward__near(&up) != UPWARD_NAME)
		return 1;
	if (!folded__keep_name(folded, &up, PATH_LAST))
		return 0;
	step = upward__near(&up);
	if (step == UPWARD_LOST)
		return 1;
	if (step == UPWARD_ENDED) { /* a path of one name: the folder has none */
		up.first = 0;
		up.length = 0;
	}
	if (!folded__keep_name(folded, &up, PATH_PARENT))
		return 0;
	return !folded__asks_above(folded) || folded__keep_all(folded, task, file);
}

int index__wants(__u32 event, __u32 variant)
{
	__u32 generation = index__generation(), event_class;
	struct index_head *head = index__head(generation);
	struct index_event *entry = index__event(generation & 1, event, variant);
	struct task_struct *task = bpf_get_current_task_btf();
	struct index_task *index = index_task__of(task);
	struct process_word *word;
	struct index_live *live;
	__u64 folded;

	if (!index)
		return 1;
	live = &index->live;
	live->generation = generation;
	live->words = 0;
	if (!generation || !head || !entry || entry->event_class >= CLASSES)
		return 1;
	event_class = entry->event_class;
	word = word__get(index, task, task__parent(task), task__cgroup_id(task), generation, event_class);
	folded = entry->folded & (word ? word->folded[event_class] : ~0ULL);
	if (!folded)
		return 0;
	if (head->words[event_class] > 1)
		return rows__join(live, event, variant, word != 0);
	live->word[0] = folded;
	live->words = 1;
	return 1;
}

int index__wants_file(__u32 event, __s64 result, __u64 given)
{
	__u32 generation = index__generation();
	struct folded folded = { .head = index__head(generation), .half = generation & 1 };
	struct task_struct *task = bpf_get_current_task_btf();
	struct open_numbers open = {};
	struct index_event *entry;
	struct file *file = 0;

	if (!generation || !folded.head)
		return live__tell(task, generation, 0, 0);
	folded.left = opener__folded(task, generation);
	if (!folded.left)
		return 0;
	if (result >= 0) {
		file = descriptor__open_numbers(&open, task, result);
		if (!file) /* closed meanwhile */
			return live__tell(task, generation, 0, 0);
	}
	entry = index__event(folded.half, event, file ? open__variant(&open) : OPEN_FAILED);
	if (!entry || entry->event_class != CLASS_OPEN)
		return live__tell(task, generation, 0, 0);
	folded.left &= entry->folded;
	if (!folded.left || (file && !folded__keep_path(&folded, task, file)))
		return 0;
	if (folded__asks_parts(&folded) || folded.head->words[CLASS_OPEN] > 1)
		return INDEX_IN_FULL;
	if (folded.left & folded.head->folded_dotted && !(given && user__may_hold_dots((void *)given)))
		folded.left &= ~folded.head->folded_dotted;
	return folded.left && live__tell(task, generation, 1, folded.left);
}
