/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the programs hand to user space: one struct record per event, followed by the bytes its texts point
 * to. agent/lanner_agent/kernel/record_layout.py is made of this by way of the object's BTF; a test compares.
 *
 *	+---------------+-----------+--------+----------------------------+
 *	| head          | process   | union  | strings: text.at/length    |
 *	+---------------+-----------+--------+----------------------------+
 *	0                           call     |                         size
 *	                                     behind the member of this event
 */
#ifndef LANNER_WIRE_RECORD_H
#define LANNER_WIRE_RECORD_H

#include <linux/types.h>

#define ANCESTORS	     64	   /* of which a record tells: parent, grandparent, ... */
#define CREATORS	     32	   /* and of those who made one of them and are its parent no more */
#define ENV_MAX		     4095  /* bytes of the environment in a record */
#define RECORD_MAX	     32768 /* a per-CPU array's value may not be larger */
#define COMM_LEN	     16
#define ARGUMENTS	     6
#define NAMES		     2
#define ADDRESS_LEN	     16
#define STANDARD_DESCRIPTORS 3
#define OPEN_DESCRIPTORS     255 /* whose kinds are in a record */
#define ANONYMOUS_NAME	     12
#define MESSAGES	     16 /* of one call that moves many */

enum event {
	EVENT_NONE,
	EVENT_EXECVE,
	EVENT_EXECVEAT,
	EVENT_CLONE,
	EVENT_CLONE3,
	EVENT_FORK,
	EVENT_VFORK,
	EVENT_PROCEXIT,
	EVENT_OPEN,
	EVENT_OPENAT,
	EVENT_OPENAT2,
	EVENT_CREAT,
	EVENT_OPEN_BY_HANDLE_AT,
	EVENT_CALLS, /* from here on: calls that struct call describes, numbered by user space */
	EVENTS = 256,
};

/* Why a counter of an event was raised. All but SEEN, SENT and HELD_BACK are losses that a user is told of.
 */
enum reason {
	REASON_SEEN,	       /* wanted by a rule, and not held back */
	REASON_SENT,	       /* handed to user space */
	REASON_RING_FULL,      /* lost: the reader was too slow */
	REASON_SCRATCH_BUSY,   /* lost: other programs held all of this CPU's buffers */
	REASON_COMPAT,	       /* not read: a 32-bit call that passes memory laid out in another way */
	REASON_ARGS_CUT,       /* arguments longer than ARGS_MAX */
	REASON_ARGS_FAULT,     /* arguments in memory that was not there */
	REASON_ENV_FAULT,      /* the environment in memory that was not there */
	REASON_STRINGS_FULL,   /* no room for an exec's path or arguments */
	REASON_STRINGS_SHARE,  /* not kept behind its own event: its origin has its share of that room */
	REASON_STORAGE_FULL,   /* no task storage to be had */
	REASON_PATH_CUT,       /* path longer than a path may be: only its end is known */
	REASON_RECORD_CUT,     /* the record was full before all ancestors' strings were in */
	REASON_FILE_GONE,      /* another thread closed the descriptor before it was looked at */
	REASON_MESSAGES,       /* lost: a call moved more messages than MESSAGES */
	REASON_NAME_UNSURE,    /* the kernel's own name was not kept: the one in user memory may be another */
	REASON_REQUEST_LATE,   /* io_uring's, seen only at its end: what it was given is known in part */
	REASON_REQUEST_UNKEPT, /* io_uring's, reported when it was submitted: its end may not be seen */
	REASON_REQUEST_ORPHAN, /* lost: it ended when its process was gone */
	REASON_LINEAGE_CUT,    /* more ancestors than ANCESTORS, or more creators than CREATORS */
	REASON_BEYOND_SHARE,   /* lost: turned away, for its origin had its share of a full ring */
	REASON_HELD_BACK,      /* wanted by type, but the index says that no rule can be true of it */
	REASONS,
};

/* Bits of record.flags. */
enum record_flag {
	RECORD_PATH_CUT = 1,
	RECORD_STRINGS_CUT = 2,
	RECORD_NO_EXEC_FACTS = 4, /* nothing known of the process' exec: its arguments and path are empty */
	RECORD_ARGS_CUT = 8,
	RECORD_ENV_CUT = 16,	    /* longer than ENV_MAX */
	RECORD_IO_URING = 32,	    /* a request of io_uring, not a system call */
	RECORD_RESULT_UNKNOWN = 64, /* reported when it was submitted, since its end may not be seen */
	RECORD_ORPHAN = 128,	    /* the process' parent did not make it */
};

/* Bits of process_facts.exe_flags: Falco's EXE_* set. */
enum exe_flag {
	EXE_WRITABLE = 1,
	EXE_UPPER_LAYER = 2,
	EXE_FROM_MEMFD = 4,
	EXE_LOWER_LAYER = 8,
};

/*
 * Above SCRIPT_SHIFT process_facts.exe_flags holds the same bits of the script that the executable was
 * started for, and this one where there is a script.
 */
#define SCRIPT_SHIFT 16
enum script_flag {
	SCRIPT_KNOWN = 0x8000,
};

/* Bits of open_facts.file_flags. */
enum file_flag {
	FILE_CREATED = 1,
	FILE_UPPER_LAYER = 2,
	FILE_LOWER_LAYER = 4,
	FILE_FROM_MEMFD = 8,
	FILE_KNOWN = 16, /* the fields below come from the opened file */
};

/* In place of where a text is, with length 0: user space has this string (read/kept.h). */
#define TEXT_KEPT 1

/* length bytes at offset at from the record's start; length 0: none. */
struct text {
	__u16 at;
	__u16 length;
};

struct process_facts {
	__u64 start; /* ns since boot */
	__u64 cgroup_id;
	__u64 exec; /* number of the exec that made this image */
	__u32 pid;
	__u32 tid;
	__u32 uid;
	__u32 gid;
	__u32 loginuid;
	__u32 tty;
	__u32 exe_flags;
	struct text args;
	struct text exepath;
	struct text cgroup;
	struct text cwd; /* from the process' root */
	struct text env;
	struct text numbers; /* a struct process_numbers, when a rule reads of it */
	struct text more;    /* a struct more_facts, when a rule reads of it */
	struct text script;  /* what was executed, where an interpreter runs it */
	char comm[COMM_LEN]; /* as exec gave it */
};

/* Numbers that few rules read of a process; they lie among the strings. */
struct process_numbers {
	__u64 pidns_start;
	__u64 cap_inheritable; /* in the order of struct capabilities */
	__u64 cap_permitted;
	__u64 cap_effective;
	__u64 exe_ino;
	__u64 exe_ctime; /* ns since the epoch */
	__u64 exe_mtime;
	__u32 vpid;
	__u32 vtid;
	__u32 sid;
	__u32 vsid;
	__u32 pgid;
	__u32 vpgid;
	__u32 threads;
	__u32 pid_ns;
};

/* A parent as it is now, or a creator as it was when it made what stands before it. */
struct ancestor_facts {
	__u64 start;
	__u64 exec;
	__u32 pid; /* 0: none, or nothing known */
	__u32 vpid;
	struct text args;
	struct text exepath;
	char comm[COMM_LEN - 1]; /* without the NUL behind the longest */
	__u8 level;		 /* 1: the parent, 2: its parent, ...; 0: a creator */
};

/* Whom a process belongs to. */
enum leader {
	LEADER_SESSION,
	LEADER_GROUP,
	LEADERS,
};

struct open_facts {
	__u64 ino;
	__u64 resolve; /* openat2 */
	__u32 flags;   /* as asked for, the kernel's O_* numbers */
	__u32 mode;
	__s32 dirfd;
	__u32 dev; /* the kernel's dev_t: major << 20 | minor */
	__u32 file_flags;
	__u32 file_mode;  /* S_IF* and permissions of the opened file */
	struct text path; /* of the opened file, from the process' root */
	struct text raw;  /* as given */
	struct text base; /* of a failed open with a relative path: what it is relative to */
};

/* One path that a call names. */
struct name_facts {
	__s32 dirfd;
	struct text raw;  /* as given */
	struct text base; /* what a relative one is relative to, from the process' root; not where path is
			     known */
	struct text path; /* where the call went, from the process' root, when the kernel was watched going
			     there */
};

/* The ends of a socket. Ports and addresses in the network's order; IPv4 takes four bytes of an address. */
struct socket_facts {
	__u16 family; /* AF_*; 0: no socket */
	__u16 type;   /* SOCK_* */
	__u16 protocol;
	__u16 local_port;
	__u16 remote_port;
	__u8 state; /* TCP_* */
	__u8 bound; /* to a port of the process' own choice, by itself: not a listener's child */
	__u8 local[ADDRESS_LEN];
	__u8 remote[ADDRESS_LEN];
};

/* What a descriptor stands for when the call ends. */
struct descriptor_facts {
	__u64 ino;
	__s32 num;
	__u32 dev;
	__u32 file_flags; /* FILE_KNOWN: there was a file behind it */
	__u32 file_mode;
	struct text path; /* of a file, from the process' root; of a unix socket, what it is bound to */
	struct text peer; /* of a unix socket, what its peer is bound to */
	struct socket_facts socket;
};

struct call_facts {
	__u64 args[ARGUMENTS];
	struct name_facts name[NAMES];
	struct descriptor_facts descriptor;
	struct text string;
	struct text address; /* a struct sockaddr as given or as answered */
	struct text buffer;  /* the first bytes that were moved, or given in vain */
	struct text control; /* what came with a message besides its bytes; the string beside the first */
	__u32 size;	     /* of a message, as given; of an answer, as the length behind a pointer says */
	__u32 waiting;	     /* at a listening socket: connections nobody has accepted yet, */
	__u32 waiting_most;  /* and how many may wait */
};

/* Of an open descriptor: what tells its kind. */
struct open_descriptor {
	__u16 number;
	__u8 format;		   /* S_IFMT's four bits */
	__u8 family;		   /* of a socket */
	char name[ANONYMOUS_NAME]; /* of a file that has no path */
};

/* What a process uses: sizes in KiB, faults of the thread. */
struct usage_facts {
	__u64 vm_size;
	__u64 vm_rss;
	__u64 vm_swap;
	__u64 faults_major;
	__u64 faults_minor;
	__u64 descriptors_limit;
	__u32 descriptors;
	__u32 unused;
};

/* What few rules read of a process; it lies among the strings, and what nobody reads is zero. */
struct more_facts {
	struct ancestor_facts leader[LEADERS]; /* pid 0: the process itself, or gone */
	struct descriptor_facts standard[STANDARD_DESCRIPTORS];
	struct usage_facts usage;
	struct text descriptors; /* struct open_descriptor, at most OPEN_DESCRIPTORS */
	struct text cgroups;	 /* name, path, name, path: each ends with NUL */
};

struct exec_event_facts {
	struct text filename; /* as given */
};

struct fork_facts {
	__u32 child_tid;
	__u32 child_pid;
	__u32 child_vtid;
	__u32 flags; /* CLONE_*; of namespaces those that the child has for itself */
};

struct exit_facts {
	__s32 code; /* as wait(2) gives it */
};

struct record {
	__u32 size;
	__u16 event;
	__u8 creators; /* how many of lineage are */
	__u8 flags;
	__u64 time; /* ns since boot */
	__s64 result;
	__u16 cpu;
	__u16 own;	     /* where the strings of process and lineage end, and the event's own begin */
	struct text lineage; /* struct ancestor_facts: from the parent upwards, creators between them */
	/* what the index left: bit n for clause n of the event's class, those from 64 on in `words`; no bit
	 * at all: every clause may hold */
	__u64 candidates;
	__u32 generation; /* of the index's tables that were asked; 0: none were in force */
	struct text words;
	struct process_facts process;
	union {
		struct call_facts call;
		struct open_facts open;
		struct exec_event_facts exec;
		struct fork_facts fork;
		struct exit_facts exit;
	};
};

#endif
