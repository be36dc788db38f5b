/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The tables of the rules' index: user space fills them, index/ asks them.
 */
#ifndef LANNER_WIRE_INDEX_H
#define LANNER_WIRE_INDEX_H

#include "wire/record.h"

/* What the index asks of events, as one kind for alike events. */
enum event_class {
	CLASS_EXEC,
	CLASS_FORK,
	CLASS_EXIT,
	CLASS_OPEN,
	CLASS_PATH,
	CLASS_SOCKET,
	CLASS_OTHER,
	CLASSES,
};

/* Whether a process is in a container, by its cgroup. */
enum place {
	PLACE_UNKNOWN,
	PLACE_HOST,
	PLACE_CONTAINER,
};

/* Where in a path a name stands. */
enum path_place {
	PATH_LAST,
	PATH_PARENT,
	PATH_TOP,
	PATH_SOME,
	PATH_PLACES,
};

/* How an open happened: O_ACCMODE in the two lowest bits, then one of these, then whether it made the file.
 */
enum open_variant {
	OPEN_FILE = 0,
	OPEN_DIRECTORY = 4,
	OPEN_OTHER = 8,
	OPEN_FAILED = 12,
	OPEN_CREATED = 16,
};

#define INDEX_VARIANTS	    32 /* how an event of one type can happen */
#define VARIANT_UNKNOWN	    (INDEX_VARIANTS - 1)
#define VARIANT_FAILED	    1  /* of calls that are no opens */
#define VARIANT_EXEC_FAILED 16 /* below it the bits of enum exe_flag */
#define INDEX_WORDS	    8  /* 64 clauses each */
#define INDEX_ROWS	    8192
#define INDEX_SLOTS	    16384
#define INDEX_KEY	    8	  /* bytes of a name that are compared */
#define INDEX_BYTES	    256	  /* values of one */
#define INDEX_FOREBEARS	    8192  /* names of forebears that are asked for */
#define INDEX_USERS	    16384 /* users that are told apart */

/* A bit for each clause of a class of events: whether it may hold. Row 0 has all bits. A row is folded when
 * its words are ORed: bit n is set if any of the clauses n, n + 64, ... may hold. */
struct index_row {
	__u64 word[INDEX_WORDS];
};

/* The end of a name by which a clause may ask for it. */
enum name_end {
	NAME_FIRST,
	NAME_LAST,
	NAME_ENDS,
};

/* Rows of a name that stands at a place of a path. */
struct index_slot {
	__u16 row[PATH_PLACES];
};

/* Of the names in texts of a class' events: rows, and lengths as in struct index_head. */
struct index_text_head {
	__u16 free[PATH_PLACES];
	__u8 prefixes[PATH_PLACES];
	__u8 suffixes[PATH_PLACES];
};

struct index_event {
	__u64 folded;
	__u16 row;
	__u16 event_class; /* enum event_class */
	__u32 unused;
};

/* Rows of the name of a process. */
struct index_name {
	__u16 as_name[CLASSES];
	__u16 as_parent[CLASSES];
};

struct index_name_key {
	char comm[COMM_LEN];
	__u32 half;
};

/* What clauses ask of forebears with a name, of the first 64 of each class: those that ask for one that has
 * it, and those that ask that none has. */
struct index_forebear {
	__u64 some[CLASSES];
	__u64 none[CLASSES];
};

struct index_user_key {
	__u32 half;
	__u32 login; /* the user that logged in */
	__u32 id;
};

/* Clauses that may hold of a user, of the first 64 of each class; in a container its name is not known. */
struct index_user {
	__u64 host[CLASSES];
	__u64 container[CLASSES];
};

/* What stands once in a generation of tables of who acts, of the first 64 clauses of each class. */
struct index_actors {
	struct index_user other_user; /* that is in no table */
	struct index_user other_login;
	__u64 free[CLASSES];	    /* clauses that do not ask for a forebear with some name */
	__u64 terminal[CLASSES];    /* that may hold of a process with a terminal, */
	__u64 no_terminal[CLASSES]; /* or without one */
	__u64 asks_forebears[CLASSES];
	__u64 asks_user[CLASSES];
	__u64 asks_login[CLASSES];
	__u64 asks_terminal[CLASSES];
	__u64 shared[CLASSES]; /* bits that stand for further clauses when a row is folded */
};

/* Where a number is found that a clause asks for. */
enum number_source {
	NUMBER_NONE,
	NUMBER_ARGUMENT_0, /* those of registers, in their order */
	NUMBER_ARGUMENT_1,
	NUMBER_ARGUMENT_2,
	NUMBER_ARGUMENT_3,
	NUMBER_ARGUMENT_4,
	NUMBER_ARGUMENT_5,
	NUMBER_RESULT,
	NUMBER_OPEN_MODE,     /* 0 of an open that cannot create a file */
	NUMBER_MADE_FLAGS,    /* with which a process or thread was made */
	NUMBER_SOCKET_FAMILY, /* AF_*, or NUMBER_NO_SOCKET; from here on: of the call's descriptor */
	NUMBER_SOCKET_PROTOCOL,
	NUMBER_LOCAL_PORT,
	NUMBER_REMOTE_PORT,
	NUMBER_LOCAL_ADDRESS, /* as IPv6 has it */
	NUMBER_REMOTE_ADDRESS,
	NUMBER_UNIX_NAME, /* of a unix socket's peer the last eight bytes, and 1; of what is none 0 */
	NUMBER_LOCAL_NET, /* the address with its halves exchanged: a mask covers the lower one */
	NUMBER_REMOTE_NET,
};

#define NUMBER_NO_SOCKET    0xffff
#define NUMBER_RAW_PROTOCOL 0x10000
#define NUMBER_NO_PROTOCOL  0x10001 /* of what is no IP socket */
#define INDEX_QUESTIONS	    6	    /* about the numbers of an event */
#define INDEX_NUMBERS	    16384   /* in both generations */

/* A question about a number under a mask, and the rows of the answers. */
struct index_question {
	__u64 mask;
	__u16 source; /* enum number_source; 0: there are no more questions */
	__u16 table;  /* of the rows of numbers; 0: whether a bit of the mask is set */
	__u16 free;   /* clauses that do not ask this */
	__u16 other;  /* row of numbers that the table does not have; or where no bit is set */
	__u16 some;   /* row where a bit is set */
	__u16 unused[3];
};

/* Of one event. */
struct index_questions {
	struct index_question question[INDEX_QUESTIONS];
};

struct index_number_key {
	__u64 number[2];
	__u32 table;
	__u32 half;
};

/* What stands once in a generation of tables: rows where no table has one. */
struct index_head {
	__u64 folded_free[PATH_PLACES];	 /* `free`, folded */
	__u64 folded_parts[PATH_PLACES]; /* clauses that ask how a name there begins or ends, folded */
	__u64 folded_dotted;		 /* clauses that ask for two dots in the path as given, folded */
	__u32 words[CLASSES];		 /* of a row that are used; 0: none of the class is asked for */
	__u16 host[CLASSES];
	__u16 container[CLASSES];
	struct index_name other_name;
	__u16 free[PATH_PLACES];    /* clauses that ask for no name there */
	__u16 urgent[CLASSES];	    /* clauses of rules whose events have room of their own */
	__u16 undotted;		    /* clauses that do not ask for two dots in the path as given */
	__u8 prefixes[PATH_PLACES]; /* bit n: some clause asks how a name begins, by n + 1 bytes */
	__u8 suffixes[PATH_PLACES];
};

#endif
