/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What else is asked of who acts: its forebears, its user, the one who logged in, its terminal. The first 64
 * clauses of a class may ask for it.
 */
#ifndef LANNER_INDEX_ACTOR_H
#define LANNER_INDEX_ACTOR_H

#include "index/forebears.h"

/* What a clause asks of an actor, as bits. */
enum actor_question {
	ASKS_FOREBEARS = 1,
	ASKS_USER = 2,
	ASKS_LOGIN = 4,
	ASKS_TERMINAL = 8,
	ASKS_AGAIN = 16, /* the answer is of this moment only */
};

/* The clauses that may hold of an actor, and what was found for those that ask: they hold for as long as that
 * is as it was. */
struct actor_word {
	__u64 left[CLASSES]; /* of the first 64 */
	__u64 lineage;	     /* index_lineage, before its forebears were read */
	__u32 uid;
	__u32 login;
	__u8 terminal;
	__u8 asks[CLASSES]; /* enum actor_question, of those that may hold but for the answers */
};

/* One struct index_actors for each half. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, struct index_actors);
} index_actors SEC(".maps") __weak;

/* A user -> clauses that may hold of it; those that no clause tells apart have none. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 2 * INDEX_USERS);
	__type(key, struct index_user_key);
	__type(value, struct index_user);
} index_users SEC(".maps") __weak;

static __always_inline struct index_actors *index__actors(__u32 half)
{
	half &= 1;
	return bpf_map_lookup_elem(&index_actors, &half);
}

static __always_inline __u8 task__has_terminal(struct task_struct *task)
{
	return task->signal->tty != 0;
}

/* Whether a task is still what its word was made for, as far as the clauses of a class ask. */
static __always_inline int actor__is(const struct actor_word *word, struct task_struct *task,
				     __u32 event_class)
{
	__u8 asks = word->asks[event_class];
	__u64 *lineage;

	if (!asks)
		return 1;
	if (asks & ASKS_AGAIN || (asks & ASKS_USER && task->cred->euid.val != word->uid) ||
	    (asks & ASKS_LOGIN && task->loginuid.val != word->login) ||
	    (asks & ASKS_TERMINAL && task__has_terminal(task) != word->terminal))
		return 0;
	if (!(asks & ASKS_FOREBEARS))
		return 1;
	lineage = lineage__number();
	return lineage && *lineage == word->lineage;
}

#endif
