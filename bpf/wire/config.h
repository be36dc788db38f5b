/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What user space tells the programs: what rules want, and what each system call is.
 */
#ifndef LANNER_WIRE_CONFIG_H
#define LANNER_WIRE_CONFIG_H

#include "wire/record.h"

#define RINGS	65 /* at most */
#define BUFFERS 4  /* sets of a CPU */

/* Which thread has which set of a CPU's buffers; 0: nobody. */
struct buffer_owners {
	__u64 thread[BUFFERS];
};

/* What user space sets before attaching. */
struct config {
	__u64 wanted;	  /* bit n: some rule wants event n, below EVENT_CALLS */
	__u64 scope;	  /* id of the cgroup whose processes are watched, with those below; 0: all */
	__u32 self;	  /* the agent's own process: never reported */
	__u32 ring_count; /* rings in use besides the first */
	__u32 hierarchy;  /* enum hierarchy: whose cgroup path names containers */
	__u32 ring_wake;  /* bytes waiting in a ring that end the reader's nap */
	__u32 seconds;	  /* whether fallbacks are attached (base/reentry.h) */
};

/* What the reader of the rings does. */
enum reader_state {
	READER_AWAKE,
	READER_NAPS,   /* for a moment, to find many records */
	READER_SLEEPS, /* until there is a record */
};

/* What the rules on one event read of processes, besides what every record holds. */
struct reads {
	__u32 facts;	/* enum fact */
	__u8 ancestors; /* of how many ancestors, the nearest first, some rule reads anything, */
	__u8 exepaths;	/* the executable, */
	__u8 args;	/* the arguments */
	__u8 creators;	/* enum creator */
};

/* Bits of reads.creators. */
enum creator {
	CREATOR_NAMES = 1,
	CREATOR_EXEPATHS = 2,
	CREATOR_ARGS = 4,
};

/* Bits of reads.facts: what costs time with every record, and few rules read. */
enum fact {
	FACT_CWD = 1,
	FACT_ENV = 2,
	FACT_LEADERS = 4,
	FACT_SCRIPT = 8,
	FACT_STANDARD = 16,
	FACT_USAGE = 32,
	FACT_KINDS = 64,
	FACT_CGROUPS = 128,
	FACT_NUMBERS = 256,
};

/* Bits of call.wanted. */
enum outcome {
	CALL_SUCCEEDED = 1,
	CALL_FAILED = 2,
	CALL_COUNTED = 4, /* is not read, only counted */
};

/* In place of an argument's number. */
enum argument {
	ARGUMENT_NONE = -1,
	ARGUMENT_RESULT = ARGUMENTS, /* what the call returns */
};

/* Which programs keep the names of a call. */
enum name_keeper {
	KEEPER_HOOKS,	/* those on functions that are told where it goes */
	KEEPER_LOOKUP,	/* those on the functions that look names up, for other calls too */
	KEEPER_ENTRIES, /* those that are told a mount first and then what is in it */
};

/* What user space says of one system call: its event, which outcomes some rule wants, and which of its
 * arguments are what. The kernel side knows no call by name, but for those with code of their own. */
struct call {
	__u16 event;
	__u8 wanted;
	__s8 descriptor;
	__s8 path[NAMES];
	__s8 base[NAMES]; /* descriptors of the directories that the paths are relative to */
	__s8 string;
	__s8 beside;   /* one more string */
	__s8 address;  /* a struct sockaddr; its length, or where that is written, comes next */
	__s8 message;  /* a struct msghdr */
	__s8 messages; /* an array of struct mmsghdr, of which the call returns how many were moved */
	__s8 buffer;   /* as many bytes as the call returns, or as many as the next argument says */
	__s8 listener; /* a socket that accepts connections */
	__u8 given;  /* the process has filled the buffer or message: it is there whatever the call returns */
	__u8 before; /* the call changes capabilities: those before it are meant */
	__u8 compat; /* in the table of 64-bit calls: some rule wants the 32-bit call of this number */
	__u8 named;  /* the outcomes to report of a call whose paths names.h keeps; wanted has both */
	__u8 keeper; /* enum name_keeper, of such a call */
	__u8 moves;  /* it makes its path the working directory */
	__u8 on_file; /* its path is that of the descriptor that it works on */
};

/* cgroup v2, or the controller of v1 that containers are put under. */
enum hierarchy {
	HIERARCHY_UNIFIED,
	HIERARCHY_PIDS,
	HIERARCHY_MEMORY,
	HIERARCHY_CPU,
};

#endif
