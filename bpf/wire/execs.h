/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What user space adds for processes that ran before the programs did: the arguments of their execs, in
 * blocks.
 */
#ifndef LANNER_WIRE_EXECS_H
#define LANNER_WIRE_EXECS_H

#include "wire/record.h"

#define ARGS_MAX	  4096 /* bytes of arguments kept of one exec */
#define STRING_BYTES	  180
#define LONG_BYTES	  1976
#define EXECS_MOST	  65536 /* that are kept, */
#define STRINGS_MOST	  65536 /* and blocks of their strings, */
#define LONG_STRINGS_MOST 24576 /* and long ones */

enum string_part {
	STRING_EXEPATH,
	STRING_ARGS,
	STRING_SCRIPT,
	STRING_CGROUP, /* not of an exec: the path of a cgroup, in user space alone */
};

/* What of an exec is beyond the share of its origin, and is kept for its own event only: bit n string part n,
 * and these. */
enum passing {
	PASSING_LONG_ARGS = 16, /* what stands in long blocks of its arguments */
	PASSING_FACTS = 32,	/* all */
};

/* What is known of one exec; shared by the threads and forks that still run its image, freed with the last of
 * them. */
struct exec_facts {
	__s64 users;
	__u32 exe_flags;
	__u8 args_cut;
	__u8 passing; /* bits of enum passing */
	__u8 blocks;  /* that its strings have of the share of its origin (read/exec_shares.h), */
	__u8 long_blocks;
	__u64 origin; /* which that of its process may be no more */
	__u64 exe_ino;
	__u64 exe_ctime;
	__u64 exe_mtime;
};

struct string_key {
	__u64 exec;
	__u32 part;
	__u32 index;
};

/*
 * Pieces of an exec's path or arguments: the first is a string_block; what follows of a string up to
 * SHORT_STRING bytes are too, and long blocks of a longer one. The sizes are chosen so that a hash element
 * (48 bytes of its own, 16 of key, 8 of free list) fills a slab object of 256 bytes, or of 2,048: a usual
 * exec takes two of the small ones, one with 4 KiB of arguments two of the large ones too.
 */
struct string_block {
	__u32 total; /* bytes of the whole string, in block 0 */
	char bytes[STRING_BYTES];
};

struct long_block {
	char bytes[LONG_BYTES];
};

#define STRING_BLOCKS 3 /* at most; they hold ARGS_MAX bytes, or those of a path */
#define SHORT_STRING  (STRING_BLOCKS * STRING_BYTES)

/* What is known of a process by its number: storage can be asked only by those who hold a task. */
struct image {
	__u64 exec;
	char comm[COMM_LEN]; /* as exec gave it */
};

/* One line of the start-up scan: a process whose arguments user space must read. */
struct scanned {
	__u64 exec;
	__u64 args; /* where its arguments begin: other in every image */
	__u32 pid;  /* of the thread */
	__u32 most; /* bytes of them that there is room for */
};

#endif
