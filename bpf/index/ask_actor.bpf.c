// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Asking who acts: once for each process and generation, and again when something of it changed. */
#include "index/ask_actor.h"

/* The clauses that may hold of a user. */
static __always_inline const __u64 *user__rows(const struct index_user *other, __u32 half, __u32 login,
					       __u32 id, __u32 place)
{
	struct index_user_key key = { .half = half, .login = login, .id = id };
	const struct index_user *found = bpf_map_lookup_elem(&index_users, &key);

	if (!found)
		found = other;
	return place == PLACE_HOST ? found->host : found->container;
}

static __always_inline void actor__keep(struct actor_word *word, __u32 event_class, __u8 question,
					__u64 asking, __u64 rows)
{
	if (!(word->left[event_class] & asking))
		return;
	word->asks[event_class] |= question;
	word->left[event_class] &= rows;
}

static __always_inline void actor__keep_all(struct actor_word *word, __u8 question, const __u64 *asking,
					    const __u64 *rows)
{
	int i;

	for (i = 0; i < CLASSES; i++)
		actor__keep(word, i, question, asking[i], rows[i]);
}

static __always_inline void actor__ask_users(struct actor_word *word, const struct index_actors *asked,
					     __u32 half, __u32 place)
{
	/* one after the other: the verifier follows each that there may be, not each with each */
	actor__keep_all(word, ASKS_USER, asked->asks_user,
			user__rows(&asked->other_user, half, 0, word->uid, place));
	actor__keep_all(word, ASKS_LOGIN, asked->asks_login,
			user__rows(&asked->other_login, half, 1, word->login, place));
	actor__keep_all(word, ASKS_TERMINAL, asked->asks_terminal,
			word->terminal ? asked->terminal : asked->no_terminal);
}

static __always_inline int actor__asks_forebears(const struct actor_word *word,
						 const struct index_actors *asked)
{
	__u64 asking = 0;
	int i;

	for (i = 0; i < CLASSES; i++)
		asking |= word->left[i] & asked->asks_forebears[i];
	return asking != 0;
}

static __always_inline void actor__ask_forebears(struct actor_word *word, const struct index_actors *asked,
						 struct forebears *found, __u32 half)
{
	__u64 rows;
	int i;

	__builtin_memset(found, 0, sizeof(*found));
	found->half = half;
	forebears__read(found);
	for (i = 0; i < CLASSES; i++) {
		rows = found->known ? ~0ULL : (asked->free[i] | found->names.some[i]) & ~found->names.none[i];
		actor__keep(word, i, found->known & FOREBEARS_MOVING ? ASKS_AGAIN : ASKS_FOREBEARS,
			    asked->asks_forebears[i], rows);
	}
}

/* Takes from word->left what cannot hold of current, which is in this place. */
static __always_inline void actor__ask_all(struct actor_word *word, const struct index_actors *asked,
					   struct forebears *forebears, __u32 half, __u32 place)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u64 *lineage = lineage__number();

	if (!lineage)
		return;
	word->lineage = __sync_fetch_and_add(lineage, 0); /* with a barrier: read before the forebears are */
	word->uid = task->cred->euid.val;
	word->login = task->loginuid.val;
	word->terminal = task__has_terminal(task);
	if (!(task->flags & PF_IO_WORKER)) /* its credentials are those of when it was made */
		actor__ask_users(word, asked, half, place);
	if (actor__asks_forebears(word, asked))
		actor__ask_forebears(word, asked, forebears, half);
}

int actor__ask(struct index_task *index, __u32 half)
{
	const struct index_actors *asked = index__actors(half);
	struct process_word *word;
	int i;

	if (!index || !asked)
		return 0;
	word = &index->word;
	__builtin_memset(word->actor.asks, 0, sizeof(word->actor.asks));
	for (i = 0; i < CLASSES; i++)
		word->actor.left[i] = word->folded[i];
	actor__ask_all(&word->actor, asked, &index->forebears, half & 1, word->place);
	for (i = 0; i < CLASSES; i++)
		word->folded[i] &= word->actor.left[i] | asked->shared[i];
	return 0;
}
