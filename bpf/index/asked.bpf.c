// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Who acts, how, and on what: everything that is read by typed loads, for the linker wants their declaration
 * in one file. */
#include "index/asked.h"

#include "base/configuration.h"
#include "index/arguments.h"
#include "index/given.h"
#include "index/word.h"
#include "read/cgroup.h"
#include "kernel/kernel_versions.h"
#include "read/descriptor.h"
#include "read/file.h"

#define O_ACCMODE	  3
#define O_PATH		  010000000
#define O_DIRECTORY_X86	  0200000
#define O_DIRECTORY_ARM64 0040000
#define MOUNTS_MOST	  8  /* on top of each other, between two names */
#define PATH_NAMES	  32 /* that are looked at; of a longer path nothing is said of its top */

/* v6.2 (a35b9af4ec2c): an address as a typed pointer, whose members are plain loads instead of copies. */
extern void *bpf_rdonly_cast(const void *object, __u32 type) __ksym __weak;
#define TYPED(address, type) ((struct type *)bpf_rdonly_cast(address, bpf_core_type_id_kernel(struct type)))

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

/* The rows of an event, of which a clause must be in all. */
struct rows {
	const struct index_row *event;
	const struct index_row *name;
	const struct index_row *parent;
	const struct index_row *place;
};

/* Whether a clause is left in more than one word. */
static __always_inline __u64 rows__join(const struct rows *rows, struct index_live *live)
{
	__u64 left = 0;
	int i;

	for (i = 0; i < INDEX_WORDS; i++) {
		if (i >= live->words)
			break;
		live->word[i] = rows->event->word[i] & rows->name->word[i] & rows->parent->word[i] &
				rows->place->word[i];
		left |= live->word[i];
	}
	return left;
}

static __always_inline __u32 word__place_row(const struct process_word *word, const struct index_head *head,
					     __u32 event_class)
{
	return word->place == PLACE_HOST ? head->host[event_class] : head->container[event_class];
}

int index__begin(struct index_live *live, __u32 generation, __u32 event, __u32 variant)
{
	__u32 half = generation & 1, event_class, name = 0, parent = 0, place = 0;
	struct index_head *head = index__head(half);
	struct index_event *entry = index__event(half, event, variant);
	struct process_word *word;
	struct rows rows;

	if (!live)
		return 1;
	live->half = half;
	live->words = 0;
	if (!head || !entry || entry->event_class >= CLASSES)
		return 1;
	event_class = entry->event_class;
	word = word__get(generation);
	if (word) {
		name = word->name_row[event_class];
		parent = word->parent_row[event_class];
		place = word__place_row(word, head, event_class);
	}
	rows.event = index__row(half, entry->row);
	rows.name = index__row(half, name);
	rows.parent = index__row(half, parent);
	rows.place = index__row(half, place);
	if (!rows.event || !rows.name || !rows.parent || !rows.place)
		return 1;
	live->words = head->words[event_class];
	return rows__join(&rows, live) != 0;
}

/* The way from a file up to the root of current, as read/path.bpf.c goes it, and the name it has come to. */
struct upward {
	__u64 dentry;
	__u64 mount;
	__u64 mount_root;
	__u64 root;
	__u64 root_mount;
	__u64 name;   /* address of the name, */
	__u64 first;  /* its first bytes, */
	__u32 length; /* and how many it has */
};

enum upward_step {
	UPWARD_ENDED, /* there is no name any more */
	UPWARD_NAME,
	UPWARD_LOST, /* what is above is not known */
};

/* A name's first bytes, and zeros behind it. Names that do not lie in the dentry have 32 bytes or more. */
static __always_inline void upward__read_name(struct upward *up, struct dentry *dentry)
{
	up->length = dentry->d_name.len;
	up->name = (__u64)dentry->d_name.name;
	up->first = TYPED(dentry->d_name.name, timespec64)->tv_sec;
	if (up->length < INDEX_KEY)
		up->first &= (1ULL << up->length * 8) - 1;
}

/* Up to the next name: enum upward_step. A function that is verified by itself, since it is called in a loop.
 */
__noinline int upward__next(struct upward *up)
{
	struct dentry *dentry;
	struct mount *mount, *above, *root;
	__u64 parent;
	int i;

	if (!up || !bpf_rdonly_cast)
		return UPWARD_LOST;
	for (i = 0; i < MOUNTS_MOST; i++) {
		if (up->dentry == up->root && up->mount == up->root_mount)
			return UPWARD_ENDED;
		dentry = TYPED((void *)up->dentry, dentry);
		parent = (__u64)dentry->d_parent;
		if (up->dentry == up->mount_root && (parent != up->dentry || dentry->d_name.len <= 1)) {
			mount = TYPED((void *)up->mount, mount);
			above = mount->mnt_parent;
			if ((__u64)above == up->mount) {
				root = TYPED((void *)up->root_mount, mount);
				if (parent == up->dentry || mount->mnt_ns == root->mnt_ns)
					return UPWARD_ENDED;
				up->mount_root = 0;
				continue;
			}
			up->dentry = (__u64)mount->mnt_mountpoint;
			up->mount = (__u64)above;
			up->mount_root = (__u64)above->mnt.mnt_root;
			continue;
		}
		if (parent == up->dentry) /* in no tree: what has no path */
			return UPWARD_ENDED;
		up->dentry = parent;
		upward__read_name(up, dentry);
		return UPWARD_NAME;
	}
	return UPWARD_LOST;
}

static __always_inline int upward__begin(struct upward *up, struct file *file)
{
	struct fs_struct *fs = bpf_get_current_task_btf()->fs;
	__u64 offset = bpf_core_field_offset(struct mount, mnt);

	if (!fs)
		return -1;
	up->dentry = (__u64)file->f_path.dentry;
	up->mount = (__u64)file->f_path.mnt - offset;
	up->mount_root = (__u64)file->f_path.mnt->mnt_root;
	up->root = (__u64)fs->root.dentry;
	up->root_mount = (__u64)fs->root.mnt - offset;
	return 0;
}

#define HASH_EXACT  0x9e3779b97f4a7c15ULL
#define HASH_PREFIX 0xc2b2ae3d27d4eb4fULL
#define HASH_SUFFIX 0x165667b19e3779f9ULL
#define HASH_SHIFT  50 /* leaves the bits of INDEX_SLOTS */

/* Which clauses a name satisfies at a place, with those that ask nothing there. */
struct name_row {
	struct index_row row;
	__u8 words;
	__u8 half;
	__u8 place;
};

/* The row of a key at a place; null: no clause asks for it. */
static __always_inline struct index_row *key__row(__u32 half, __u32 place, __u64 text, __u64 length,
						  __u64 hash)
{
	__u32 number = ((text ^ length << 56) * hash) >> HASH_SHIFT;
	struct index_slot *slot;

	number = (number & (INDEX_SLOTS - 1)) + (half & 1) * INDEX_SLOTS;
	slot = bpf_map_lookup_elem(&index_slots, &number);
	if (!slot || !slot->row[place & (PATH_PLACES - 1)])
		return 0;
	return index__row(half, slot->row[place & (PATH_PLACES - 1)]);
}

__noinline int name_row__add(struct name_row *found, __u64 text, __u64 length, __u64 hash)
{
	struct index_row *row;
	int i;

	if (!found)
		return 0;
	row = key__row(found->half, found->place, text, length, hash);
	if (!row)
		return 0;
	for (i = 0; i < INDEX_WORDS; i++) {
		if (i >= found->words)
			break;
		found->row.word[i] |= row->word[i];
	}
	return 0;
}

/* By its beginnings and ends of as many bytes as some clause asks for. */
static __always_inline void name_row__add_parts(struct name_row *found, const struct index_head *head,
						const struct upward *up)
{
	__u32 prefixes = head->prefixes[found->place & (PATH_PLACES - 1)];
	__u32 suffixes = head->suffixes[found->place & (PATH_PLACES - 1)];
	__u64 last = 0, length = up->length, size;

	if (length >= INDEX_KEY)
		bpf_probe_read_kernel(&last, sizeof(last), (void *)(up->name + length - INDEX_KEY));
	else if (length)
		last = up->first << (8 * (INDEX_KEY - length));
	for (size = 1; size <= INDEX_KEY; size++) {
		__u64 bits = 8 * (INDEX_KEY - size);

		if (size > length)
			break;
		if (prefixes >> (size - 1) & 1)
			name_row__add(found, up->first << bits >> bits, size, HASH_PREFIX);
		if (suffixes >> (size - 1) & 1)
			name_row__add(found, last >> bits, size, HASH_SUFFIX);
	}
}

static __always_inline void name_row__begin(struct name_row *found, const struct index_live *live,
					    __u32 place, const struct index_row *free)
{
	int i;

	found->place = place;
	found->words = live->words;
	found->half = live->half;
	for (i = 0; i < INDEX_WORDS; i++)
		found->row.word[i] = free->word[i];
}

/* Adds all keys of the name that upward has come to. */
static __always_inline void name_row__add_name(struct name_row *found, const struct upward *up)
{
	struct index_head *head = index__head(found->half);

	if (!head)
		return;
	name_row__add(found, up->first, up->length, HASH_EXACT);
	if (head->prefixes[found->place & (PATH_PLACES - 1)] ||
	    head->suffixes[found->place & (PATH_PLACES - 1)])
		name_row__add_parts(found, head, up);
}

/* Whether a clause is left once the name at a place is known, of clauses in several words or with parts. */
__noinline int index__name_in_full(struct index_live *live, const struct upward *up, __u32 place)
{
	struct index_head *head;
	struct index_row *free;
	struct name_row found;

	if (!live || !up)
		return 1;
	head = index__head(live->half);
	free = head ? index__row(live->half, head->free[place & (PATH_PLACES - 1)]) : 0;
	if (!free)
		return 1;
	name_row__begin(&found, live, place, free);
	name_row__add_name(&found, up);
	return live__keep(live, &found.row);
}

/* Whether a clause is left once the name at a place is known. */
static __always_inline int index__name(struct index_live *live, const struct index_head *head,
				       const struct upward *up, __u32 place)
{
	struct index_row *free = index__row(live->half, head->free[place]);
	struct index_row *row, *whole;

	if (!free || !live__asks(live, free))
		return 1;
	whole = index__row(live->half, head->whole[place]);
	if (live->words > 1 || !whole || live__asks(live, whole))
		return index__name_in_full(live, up, place);
	row = key__row(live->half, place, up->first, up->length, HASH_EXACT);
	live->word[0] &= free->word[0] | (row ? row->word[0] : 0);
	return live->word[0] != 0;
}

int index__above(struct index_live *live)
{
	struct index_head *head;
	struct index_row *free, *free_top;
	struct name_row found;
	struct upward up;
	int i, step = UPWARD_LOST;

	if (!live || !bpf_rdonly_cast)
		return 1;
	head = index__head(live->half);
	free = head ? index__row(live->half, head->free[PATH_SOME]) : 0;
	free_top = head ? index__row(live->half, head->free[PATH_TOP]) : 0;
	if (!free || !free_top || upward__begin(&up, TYPED((void *)live->file, file)))
		return 1;
	name_row__begin(&found, live, PATH_SOME, free);
	for (i = 0; i < PATH_NAMES; i++) {
		step = upward__next(&up);
		if (step != UPWARD_NAME)
			break;
		if (live__asks(live, free))
			name_row__add_name(&found, &up);
	}
	if (i == PATH_NAMES || step == UPWARD_LOST)
		return 1;
	if (!live__keep(live, &found.row))
		return 0;
	name_row__begin(&found, live, PATH_TOP, free_top);
	name_row__add_name(&found, &up);
	return live__keep(live, &found.row);
}

/* Whether a clause that is left asks for something above a name's parent. */
static __always_inline int index__asks_above(const struct index_live *live, const struct index_head *head)
{
	struct index_row *top = index__row(live->half, head->free[PATH_TOP]);
	struct index_row *some = index__row(live->half, head->free[PATH_SOME]);

	return !top || !some || live__asks(live, top) || live__asks(live, some);
}

/* Whether a clause is left once the names of the path are known. */
static __always_inline int index__path(struct index_live *live, struct file *file)
{
	struct index_head *head = index__head(live->half);
	struct upward up;
	int step;

	if (!bpf_rdonly_cast || !head || !live->words || upward__begin(&up, file))
		return 1;
	if (upward__next(&up) != UPWARD_NAME)
		return 1;
	if (!index__name(live, head, &up, PATH_LAST))
		return 0;
	step = upward__next(&up);
	if (step == UPWARD_LOST)
		return 1;
	if (step == UPWARD_ENDED) { /* a path of one name: the folder has none */
		up.first = 0;
		up.length = 0;
	}
	if (!index__name(live, head, &up, PATH_PARENT))
		return 0;
	if (index__asks_above(live, head))
		live->file = (__u64)file;
	return 1;
}

/* The three numbers that say how a file was opened. */
struct open_numbers {
	__u32 flags;
	__u32 mode; /* of the file: FMODE_CREATED and others */
	__u32 format;
};

/* Of current's descriptor; null: it is not there any more. */
static __always_inline struct file *descriptor__open_numbers(struct open_numbers *out, __u32 number)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct fdtable *table;
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
	table = task->files->fdt;
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
	live->file = 0;
	file = descriptor__open_numbers(&open, number);
	if (!file) /* closed meanwhile */
		return 1;
	return index__begin(live, generation, event, open__variant(&open)) && index__path(live, file);
}

int index__wants(__u32 event, __u32 variant)
{
	__u32 generation = index__generation();
	struct index_live live;

	return !generation || index__begin(&live, generation, event, variant);
}

int index__wants_file(__u32 event, __s64 result, __u64 given)
{
	__u32 generation = index__generation();
	struct index_live live;

	if (!generation)
		return 1;
	live.words = 0;
	live.half = generation & 1;
	if (result < 0)
		return index__begin(&live, generation, event, OPEN_FAILED) &&
		       index__numbers(&live, event, result) && index__given(&live, given);
	return index__opened(generation, event, result, &live) && index__numbers(&live, event, result) &&
	       (!live.file || index__above(&live)) && index__given(&live, given);
}
