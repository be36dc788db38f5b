/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Asking who acts.
 */
#ifndef LANNER_INDEX_ASK_ACTOR_H
#define LANNER_INDEX_ASK_ACTOR_H

#include "index/word.h"

/* Takes from the process word of current, whose this is, what cannot hold of the one who acts. It is called
 * where the word is made, and not by who makes it, for the stack has no room for both. */
extern int actor__ask(struct index_task *index, __u32 half);

#endif
