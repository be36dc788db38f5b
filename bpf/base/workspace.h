/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a program needs besides the record while it fills one: too much for its stack. A workspace belongs to
 * the set of buffers that the thread has taken; each function says which part of it is its own.
 */
#ifndef LANNER_BASE_WORKSPACE_H
#define LANNER_BASE_WORKSPACE_H

#include "base/buffers.h"
#include "wire/execs.h"
#include "wire/fairness.h"
#include "wire/index.h"

#define NAME_BYTES	436 /* with a hash element's own bytes 512 */
#define REQUEST_ADDRESS 128
#define REQUEST_DATA	128
#define TEXT_MOST	256 /* bytes of a path as text that the index looks at, with a NUL behind it */

/* Bytes of a path, filled from the end; one more name's length behind it keeps every write inside. */
struct path_buffer {
	char bytes[PATH_BUFFER + NAME_MAX + 1];
};

/* A piece of a name that is kept for a call. */
struct name_block {
	__u32 total; /* bytes of the whole name, and NAME_CUT, in block 0 */
	char bytes[NAME_BYTES];
};

/* Whether what a request made is there when its end is told. */
enum made_state {
	MADE_THERE,
	MADE_RENAMED, /* perhaps: it is there, but what it was called is not kept */
	MADE_OTHER,   /* another file has its place, or it has another name: what was noted is right */
	MADE_UNKNOWN, /* another file may have its place, and nothing was noted */
};

/* The file that a request made, noted before its end is told. */
struct made_file {
	__u64 file; /* its address; 0: nothing was noted */
	__u64 dentry;
	__u64 mount;
	__u32 state; /* enum made_state */
	struct descriptor_facts facts;
};

/* What a completion says of its request: the ring, and the number that the process gave it. */
struct request_tag {
	__u64 ring;
	__u64 user_data;
};

/* What a request of io_uring was given, kept until it ends; the arguments as the system call has them. */
struct request {
	__u64 args[ARGUMENTS];
	struct request_tag tag;
	__u64 previous; /* those that wait under the same tag, in the order in which they came */
	__u64 next;
	__u64 buffer;  /* user memory that it fills */
	__u64 name_at; /* where it writes who sent that */
	__u64 control; /* and what came with it besides its bytes */
	__u32 name_length;
	__u32 control_length;
	__u32 parts;	 /* bit n: enum name_part n is kept */
	__u32 size;	 /* of a message to send */
	__u32 file_slot; /* of what it makes: 1 + its place among the ring's files; all ones: any place */
	__u16 address_length;
	__u16 data_length;
	char address[REQUEST_ADDRESS];
	char data[REQUEST_DATA];
	struct made_file made;
};

/* A name in a text: its first bytes and zeros behind them, its last bytes and zeros before them. */
struct text_name {
	__u64 first;
	__u64 last;
	__u32 length;
};

/* What the index finds of the names in an event's texts: for each place the clauses that some name there
 * satisfies, with those that ask for none. */
struct index_texts {
	struct index_row place[PATH_PLACES];
	struct text_name name;	 /* the one that is read, */
	struct text_name before; /* and the one before it */
	__u32 count;		 /* names of this text before that one */
	__u32 dotted;		 /* some of these are empty, or mean folders */
	__u32 relative;		 /* the text does not begin with a slash */
	__u32 asked;		 /* bit n: some clause asks for names at place n, */
	__u32 unknown;		 /* and which stand there is not known */
	__u32 event_class;	 /* enum event_class, */
	__u32 mixed_in;		 /* or another number, which tells the names of this text from others */
	__u32 half;
	__u32 words;
	__u64 args[ARGUMENTS]; /* of the call */
	char bytes[TEXT_MOST];
};

struct workspace {
	struct request request; /* about to be kept */
	struct more_facts more; /* being gathered, as this */
	struct process_numbers numbers;
	struct path_buffer path;    /* being built */
	struct cgroup_path cgroup;  /* about to be kept */
	struct string_block string; /* about to be kept, as these two */
	struct long_block long_string;
	struct name_block name;
	struct open_descriptor descriptors[OPEN_DESCRIPTORS + 1]; /* being listed, */
	__u32 listed;						  /* and how many are */
	struct index_texts texts;				  /* being asked for */
};

/* The workspaces of this CPU, one for each set of its buffers. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BUFFERS);
	__type(key, __u32);
	__type(value, struct workspace);
} workspaces SEC(".maps") __weak;

static __always_inline struct workspace *workspace__of(__u32 mine)
{
	return bpf_map_lookup_elem(&workspaces, &mine);
}

/* That of the buffers that current has taken. */
static __always_inline struct workspace *workspace__get(void)
{
	return workspace__of(buffers__mine());
}

#endif
