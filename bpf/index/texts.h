/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the index asks of paths that are texts: of calls, and of execs. An event may have several; at each
 * place of a path all of them are asked together, and clauses are left that some name there satisfies; of an
 * exec's executable clauses ask by themselves:
 *
 *	texts__begin() ──▶ texts__add_*(), for each ──▶ texts__keep()
 *
 * In between this CPU's buffers are the caller's.
 */
#ifndef LANNER_INDEX_TEXTS_H
#define LANNER_INDEX_TEXTS_H

#include "base/workspace.h"
#include "index/live.h"

#define TEXT_ABOVE  (1 << PATH_PARENT | 1 << PATH_TOP | 1 << PATH_SOME)
#define TEXT_PLACES (1 << PATH_LAST | TEXT_ABOVE)

/* What a text is of a path that a field has. */
enum text_meaning {
	TEXT_ITSELF, /* the path as it is */
	TEXT_MEANT,  /* or what is cleaned and, when it is relative, joined to the folder of another text */
	TEXT_FOLDER, /* what relative ones are joined to */
	TEXT_EXECUTABLE, /* the path of the executable, which clauses ask by itself */
};

/* Struct index_text_head of each class, half by half. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * CLASSES);
	__type(key, __u32);
	__type(value, struct index_text_head);
} index_text_heads SEC(".maps") __weak;

/* Hash of a class and a name, or its beginning or end -> rows of it at each place. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2 * INDEX_SLOTS);
	__type(key, __u32);
	__type(value, struct index_slot);
} index_text_slots SEC(".maps") __weak;

/* Whether some clause that is left asks for names in texts, and this CPU's buffers are the caller's now. */
extern int texts__begin(const struct index_live *live, __u32 event_class);
/* A text of size bytes, with a NUL at its end if there is one, that lies in this CPU's workspace. What is
 * longer than looked at is not known. */
extern int texts__add(__u32 size, enum text_meaning meaning);
/* One in user memory; at no address there is none. */
extern int texts__add_user(__u64 text, enum text_meaning meaning);
/* The path of a dentry in a mount, from the root of current. */
extern int texts__add_path(__u64 dentry, __u64 vfsmount, enum text_meaning meaning);
/* The working directory, as a field has it: it ends in a slash. */
extern int texts__add_cwd(void);
/* Nothing is known of these places. */
extern int texts__miss(__u32 places);
/* Whether a clause is left. Gives the buffers back. */
extern int texts__keep(struct index_live *live);

static __always_inline struct index_texts *texts__get(void)
{
	struct workspace *workspace = workspace__get();

	if (!workspace)
		return 0;
	barrier_var(workspace); /* or the compiler adds to what may be null */
	return &workspace->texts;
}

#endif
