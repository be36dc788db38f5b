// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What of the index is verified by itself: the process word, and the names of a path. */
#include "index/index.h"

#include "base/configuration.h"
#include "read/cgroup.h"
#include "read/descriptor.h"
#include "read/file.h"

#define O_ACCMODE	  3
#define O_PATH		  010000000
#define O_DIRECTORY_X86	  0200000
#define O_DIRECTORY_ARM64 0040000

/* v6.2 (a35b9af4ec2c): an address as a typed pointer, whose members are plain loads instead of copies. */
extern void *bpf_rdonly_cast(const void *object, __u32 type) __ksym __weak;
#define TYPED(address, type) ((struct type *)bpf_rdonly_cast(address, bpf_core_type_id_kernel(struct type)))

#define PATH_NAMES 32 /* that are looked at; of a longer path nothing is said of its top */

static __always_inline void word__read_names(struct process_word *word, const struct index_head *head,
					     __u32 generation, struct task_struct *parent,
					     const struct task_facts *own)
{
	struct task_facts *above = bpf_task_storage_get(&tasks, parent, 0, 0);
	struct index_name_key key = { .half = generation & 1 };
	const struct index_name *name;
	int i;

	__builtin_memcpy(key.comm, own->comm, COMM_LEN);
	name = own->comm[0] ? bpf_map_lookup_elem(&index_names, &key) : 0;
	if (!name)
		name = &head->other_name;
	for (i = 0; i < CLASSES; i++)
		word->name_row[i] = own->comm[0] ? name->as_name[i] : 0;
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

int word__make(__u32 generation, __u64 cgroup)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_facts *facts = bpf_task_storage_get(&tasks, task, 0, 0);
	struct task_struct *parent = task->group_leader->real_parent->group_leader;
	struct index_head *head = index__head(generation);
	__u32 *place = bpf_map_lookup_elem(&index_cgroups, &cgroup);
	struct process_word *word;

	if (!facts || !head || !parent)
		return -1;
	word = &facts->word;
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
	word->generation = generation;
	return 0;
}

/* Number of the cgroup that says whether a task is in a container, as in a record. */
static __always_inline __u64 task__cgroup_id(struct task_struct *task)
{
	struct config *config = config__get();
	struct cgroup *cgroup;

	if (!config || config->hierarchy == HIERARCHY_UNIFIED)
		return task->cgroups->dfl_cgrp->kn->id;
	cgroup = task__cgroup(task, config->hierarchy);
	return cgroup ? BPF_CORE_READ(cgroup, kn, id) : 0;
}

/*
 * Current's process word; null: unknown. A process changes its name by exec, which drops the word; its parent
 * and its cgroup change without it.
 */
static __always_inline struct process_word *word__get(__u32 generation)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct task_facts *facts = bpf_task_storage_get(&tasks, task, 0, 0);
	struct task_struct *parent = task->group_leader->real_parent->group_leader;
	__u64 cgroup = task__cgroup_id(task);
	struct process_word *word;

	if (!facts)
		return 0;
	word = &facts->word;
	if (word->generation == generation && word->cgroup == cgroup && word->parent == parent->tgid &&
	    word->parent_start == parent->start_boottime && word->parent_exec == (__u32)parent->self_exec_id)
		return word;
	return word__make(generation, cgroup) ? 0 : word;
}

/* Whether a clause is left of those that the event's rows have in common. */
int index__begin(struct index_live *live, __u32 generation, __u32 event, __u32 variant)
{
	__u32 half = generation & 1, class;
	struct index_head *head = index__head(half);
	struct index_event *entry = index__event(half, event, variant);
	struct process_word *word;
	const struct index_row *by_event, *by_name, *by_parent, *by_place;
	__u64 left = 0;
	int i;

	if (!live)
		return 1;
	live->half = half;
	live->words = 0;
	if (!head || !entry || entry->event_class >= CLASSES)
		return 1;
	class = entry->event_class;
	by_event = index__row(half, entry->row);
	word = word__get(generation);
	by_name = index__row(half, word ? word->name_row[class] : 0);
	by_parent = index__row(half, word ? word->parent_row[class] : 0);
	by_place = index__row(half, !word			? 0
				    : word->place == PLACE_HOST ? head->host[class]
								: head->container[class]);
	if (!by_event || !by_name || !by_parent || !by_place)
		return 1;
	live->words = head->words[class];
	for (i = 0; i < INDEX_WORDS; i++) {
		live->word[i] = 0;
		if (i >= live->words)
			continue;
		live->word[i] = by_event->word[i] & by_name->word[i] & by_parent->word[i] & by_place->word[i];
		left |= live->word[i];
	}
	return left != 0;
}

/* Whether a clause is left of those that these rows have, too. */
int live__keep(struct index_live *live, const struct index_row *row)
{
	__u64 left = 0;
	int i;

	if (!live || !row)
		return 1;
	for (i = 0; i < INDEX_WORDS; i++) {
		if (i >= live->words)
			break;
		live->word[i] &= row->word[i];
		left |= live->word[i];
	}
	return left != 0;
}

/* Whether a clause that is left is in none of these. */
int live__asks(const struct index_live *live, const struct index_row *free)
{
	__u64 asking = 0;
	int i;

	if (!live || !free)
		return 1;
	for (i = 0; i < INDEX_WORDS; i++) {
		if (i >= live->words)
			break;
		asking |= live->word[i] & ~free->word[i];
	}
	return asking != 0;
}

/* Which clauses some key of a name satisfies at one place, besides those that ask nothing there. */
struct found {
	struct index_row row;
	__u64 dentry; /* 0: the name is empty */
	__u8 words;
	__u8 half;
	__u8 place;
};

#define HASH_EXACT  0x9e3779b97f4a7c15ULL
#define HASH_PREFIX 0xc2b2ae3d27d4eb4fULL
#define HASH_SUFFIX 0x165667b19e3779f9ULL
#define HASH_SHIFT  50 /* leaves the bits of INDEX_SLOTS */

__noinline int found__add(struct found *found, __u64 text, __u64 length, __u64 hash)
{
	__u32 number = ((text ^ length << 56) * hash) >> HASH_SHIFT;
	struct index_slot *slot;
	struct index_row *row;
	int i;

	if (!found)
		return 0;
	number = (number & (INDEX_SLOTS - 1)) + (found->half & 1) * INDEX_SLOTS;
	slot = bpf_map_lookup_elem(&index_slots, &number);
	if (!slot || !slot->row[found->place & (PATH_PLACES - 1)])
		return 0;
	row = index__row(found->half, slot->row[found->place & (PATH_PLACES - 1)]);
	if (!row)
		return 0;
	for (i = 0; i < INDEX_WORDS; i++) {
		if (i >= found->words)
			break;
		found->row.word[i] |= row->word[i];
	}
	return 0;
}

/* The first bytes of a dentry's name; sets its length, and where the name is. */
static __always_inline __u64 dentry__first_bytes(struct dentry *dentry, __u64 *length, __u64 *at)
{
	__u64 first = 0;

	*length = dentry->d_name.len;
	*at = (__u64)dentry->d_name.name;
	bpf_probe_read_kernel(&first, sizeof(first), (void *)*at);
	if (*length < INDEX_KEY)
		first &= (1ULL << *length * 8) - 1;
	return first;
}

static __always_inline void found__add_parts(struct found *found, const struct index_head *head, __u64 first,
					     __u64 length, __u64 at)
{
	__u32 prefixes = head->prefixes[found->place & (PATH_PLACES - 1)];
	__u32 suffixes = head->suffixes[found->place & (PATH_PLACES - 1)];
	__u64 last = first << (8 * (INDEX_KEY - length));
	__u64 size;

	if (!prefixes && !suffixes)
		return;
	if (length >= INDEX_KEY)
		bpf_probe_read_kernel(&last, sizeof(last), (void *)(at + length - INDEX_KEY));
	for (size = 1; size <= INDEX_KEY; size++) {
		__u64 bits = 8 * (INDEX_KEY - size);

		if (size > length)
			break;
		if (prefixes >> (size - 1) & 1)
			found__add(found, first << bits >> bits, size, HASH_PREFIX);
		if (suffixes >> (size - 1) & 1)
			found__add(found, last >> bits, size, HASH_SUFFIX);
	}
}

/* Adds the clauses that a name satisfies. */
__noinline int found__add_name(struct found *found)
{
	struct index_head *head;
	struct dentry *dentry;
	__u64 length = 0, at = 0, first = 0;

	if (!found)
		return 0;
	head = index__head(found->half);
	if (!head)
		return 0;
	if (found->dentry) {
		dentry = TYPED((void *)found->dentry, dentry);
		first = dentry__first_bytes(dentry, &length, &at);
	}
	found__add(found, first, length, HASH_EXACT);
	if (length)
		found__add_parts(found, head, first, length, at);
	return 0;
}

static __always_inline void found__begin(struct found *found, const struct index_live *live, __u32 place,
					 const struct index_row *free)
{
	int i;

	found->place = place;
	found->words = live->words;
	found->half = live->half;
	for (i = 0; i < INDEX_WORDS; i++)
		found->row.word[i] = free ? free->word[i] : ~0ULL;
}

/* Whether a clause is left once the name at a place is known. */
__noinline int index__name(struct index_live *live, __u32 place)
{
	struct index_head *head;
	struct index_row *free;
	struct found found;

	if (!live)
		return 1;
	head = index__head(live->half);
	free = head ? index__row(live->half, head->free[place & (PATH_PLACES - 1)]) : 0;
	if (!free || !live__asks(live, free))
		return 1;
	found__begin(&found, live, place, free);
	found.dentry = live->dentry;
	found__add_name(&found);
	return live__keep(live, &found.row);
}

/* The way from a file up to the root of current, as path.bpf.c goes it. */
struct upward {
	__u64 dentry;
	__u64 mount;
	__u64 mount_root;
	__u64 root;
	__u64 root_mount;
	__u64 top;
	__u32 names;
	__u32 unused;
};

enum upward_step {
	UPWARD_ON,    /* no name: from a mount to what it is mounted on */
	UPWARD_NAME,  /* the name of upward.top */
	UPWARD_ENDED, /* at the root, or at what is in no tree and has no path */
};

/* One step: enum upward_step. A function that is verified by itself: to the verifier it leaves all in one
 * state.
 */
__noinline int upward__step(struct upward *upward)
{
	struct dentry *dentry;
	struct mount *mount, *above;
	__u64 parent;

	if (!upward || !bpf_rdonly_cast)
		return UPWARD_ENDED;
	dentry = TYPED((void *)upward->dentry, dentry);
	mount = TYPED((void *)upward->mount, mount);
	parent = (__u64)dentry->d_parent;

	if (upward->dentry == upward->root && upward->mount == upward->root_mount)
		return UPWARD_ENDED;
	if (upward->dentry == upward->mount_root && (parent != upward->dentry || dentry->d_name.len <= 1)) {
		above = mount->mnt_parent;
		if ((__u64)above == upward->mount) {
			struct mount *root = TYPED((void *)upward->root_mount, mount);

			if (parent == upward->dentry || mount->mnt_ns == root->mnt_ns)
				return UPWARD_ENDED;
			upward->mount_root = 0;
			return UPWARD_ON;
		}
		upward->dentry = (__u64)mount->mnt_mountpoint;
		upward->mount = (__u64)above;
		upward->mount_root = (__u64)above->mnt.mnt_root;
		return UPWARD_ON;
	}
	if (parent == upward->dentry)
		return UPWARD_ENDED;
	upward->top = upward->dentry;
	upward->dentry = parent;
	return UPWARD_NAME;
}

static __always_inline int upward__begin(struct upward *upward, struct file *file)
{
	struct fs_struct *fs = bpf_get_current_task_btf()->fs;
	__u64 offset = bpf_core_field_offset(struct mount, mnt);

	if (!fs)
		return -1;
	upward->dentry = (__u64)file->f_path.dentry;
	upward->mount = (__u64)file->f_path.mnt - offset;
	upward->mount_root = (__u64)file->f_path.mnt->mnt_root;
	upward->root = (__u64)fs->root.dentry;
	upward->root_mount = (__u64)fs->root.mnt - offset;
	upward->top = 0;
	upward->names = 0;
	return 0;
}

/* Whether a clause that is left asks for something above a name's parent. */
static __always_inline int index__asks_above(const struct index_live *live, const struct index_head *head)
{
	return live__asks(live, index__row(live->half, head->free[PATH_TOP])) ||
	       live__asks(live, index__row(live->half, head->free[PATH_SOME]));
}

/* Whether a clause is left once the names of its path are known. */
static __always_inline int index__path(struct file *file, struct index_live *live)
{
	struct found some;
	struct index_head *head;
	struct upward upward;
	int step;
	int i;

	if (!bpf_rdonly_cast)
		return 1;
	head = index__head(live->half);
	if (!head || upward__begin(&upward, file))
		return 1;
	found__begin(&some, live, PATH_SOME, index__row(live->half, head->free[PATH_SOME]));
	for (i = 0; i < PATH_NAMES; i++) {
		step = upward__step(&upward);
		if (step == UPWARD_ENDED)
			break;
		if (step == UPWARD_ON)
			continue;
		live->dentry = upward.top;
		if (upward.names < 2 && !index__name(live, upward.names ? PATH_PARENT : PATH_LAST))
			return 0;
		upward.names++;
		if (upward.names == 2 && !index__asks_above(live, head))
			return 1;
		if (head->free[PATH_SOME]) {
			some.dentry = upward.top;
			found__add_name(&some);
		}
	}
	if (i == PATH_NAMES || !upward.names)
		return 1;
	live->dentry = 0;
	if (upward.names == 1 && !index__name(live, PATH_PARENT))
		return 0;
	live->dentry = upward.top;
	return index__name(live, PATH_TOP) && live__keep(live, &some.row);
}

/* The three numbers that say how a file was opened. */
struct open_numbers {
	__u32 flags;
	__u32 mode; /* of the file: FMODE_CREATED and others */
	__u32 format;
};

/* Of current's descriptor; 0: it is not there any more. */
static __always_inline struct file *descriptor__open_numbers(struct open_numbers *out, __u32 number)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct file *file;

	if (!bpf_rdonly_cast) {
		file = file__of_descriptor(task, number);
		if (!file)
			return 0;
		out->flags = BPF_CORE_READ(file, f_flags);
		out->mode = BPF_CORE_READ(file, f_mode);
		out->format = BPF_CORE_READ(file, f_inode, i_mode) & S_IFMT;
		return file;
	}
	struct fdtable *table = task->files->fdt;

	if (number >= table->max_fds)
		return 0;
	/* an array of pointers: its element is read as a struct that begins with one */
	file = (void *)TYPED((void *)(table->fd + number), hlist_node)->next;
	if (!file)
		return 0;
	file = TYPED(file, file);
	out->flags = file->f_flags;
	out->mode = file->f_mode;
	out->format = file->f_inode->i_mode & S_IFMT;
	return file;
}

static __always_inline __u32 open__variant(const struct open_numbers *open)
{
	__u32 kind = OPEN_OTHER;

	if (open->flags & O_PATH)
		return VARIANT_UNKNOWN;
	if (open->format == S_IFDIR && open->flags & (regs__are_x86() ? O_DIRECTORY_X86 : O_DIRECTORY_ARM64))
		kind = OPEN_DIRECTORY;
	else if (open->format == S_IFREG || open->format == S_IFDIR || open->format == S_IFCHR ||
		 open->format == S_IFBLK)
		kind = OPEN_FILE;
	if (open->mode & FMODE_CREATED)
		kind |= OPEN_CREATED;
	return kind | (open->flags & O_ACCMODE);
}

int index__opened(__u32 generation, __u32 event, __u32 number, struct index_live *live)
{
	struct open_numbers open = {};
	struct file *file;

	if (!live)
		return 1;
	file = descriptor__open_numbers(&open, number);
	if (!file) /* closed meanwhile */
		return 1;
	return index__begin(live, generation, event, open__variant(&open)) && index__path(file, live);
}

#define DOTS_WORDS 8

/* Whether a text in user memory may hold two dots in a row: yes, too, when it is longer than is looked at. */
static __always_inline int user__may_hold_dots(const void *text)
{
	const __u64 dots = 0x2e2e2e2e2e2e2e2eULL, ones = 0x0101010101010101ULL, highs = 0x8080808080808080ULL;
	__u64 word[DOTS_WORDS], carry = 0, found = 0;
	long size = bpf_probe_read_user_str(word, sizeof(word), text);
	int i;

	if (size < 0 || size == sizeof(word))
		return 1;
	for (i = 0; i < DOTS_WORDS; i++) {
		__u64 differs, are_dots;

		if (i * 8 >= size)
			break;
		differs = word[i] ^ dots;
		are_dots = (differs - ones) & ~differs & highs;
		found |= are_dots & (are_dots << 8 | carry);
		carry = are_dots >> 56;
	}
	return found != 0;
}

int index__given(struct index_live *live, __u64 text)
{
	struct index_head *head;
	struct index_row *undotted;

	if (!live || !live->words)
		return 1;
	head = index__head(live->half);
	undotted = head ? index__row(live->half, head->undotted) : 0;
	if (!undotted || !live__asks(live, undotted))
		return 1;
	if (text && user__may_hold_dots((void *)text))
		return 1;
	return live__keep(live, undotted);
}
