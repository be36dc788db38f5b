/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All maps. Every file that includes this defines them weakly; the linker keeps one of each.
 */
#ifndef LANNER_MAPS_H
#define LANNER_MAPS_H

#include "kernel_types.h"
#include "record.h"

#include <bpf/bpf_helpers.h>

#define SYSCALLS     560 /* x32 ends at 547 */
#define RINGS	     65
#define PATH_BUFFER  4096
#define NAME_MAX     255
#define STRING_BYTES 180
#define LONG_BYTES   1976
#define CGROUP_PATH  508

/*
 * How many sets of buffers a CPU has. A program may be preempted while it fills a record (tracepoints are
 * preemptible since v7), and another one runs on its CPU meanwhile.
 */
#define BUFFERS 4

struct buffer_owners {
	__u64 thread[BUFFERS];
};

/* Bytes of a path, filled from the end; one more name's length behind it keeps every write inside. */
struct path_buffer {
	char bytes[PATH_BUFFER + NAME_MAX + 1];
};

/* One record under construction, with the strings behind it. */
struct scratch {
	struct record record;
	char strings[RECORD_MAX - sizeof(struct record)];
};

/* What is known of one exec; shared by the threads and forks that still run its image, freed with the last of
 * them. */
struct exec_facts {
	__s64 users;
	__u32 exe_flags;
	__u32 args_cut;
	__u64 exe_ino;
	__u64 exe_ctime;
	__u64 exe_mtime;
};

enum string_part {
	STRING_EXEPATH,
	STRING_ARGS,
	STRING_SCRIPT,
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

#define STRING_BLOCKS 3 /* at most; they hold PATH_BUFFER or ARGS_MAX bytes */
#define SHORT_STRING  (STRING_BLOCKS * STRING_BYTES)

struct cgroup_path {
	__u32 length;
	char bytes[CGROUP_PATH];
};

/* A piece of a name that is kept for a call (names.h): with a hash element's own bytes 512. */
#define NAME_BYTES  436
#define NAME_BLOCKS 10 /* hold PATH_BUFFER bytes */

struct name_key {
	__u64 thread;
	__u32 part;
	__u32 index;
};

struct name_block {
	__u32 total; /* bytes of the whole name, and NAME_CUT, in block 0 */
	char bytes[NAME_BYTES];
};

/* Of name_key.part: the name is one of a request, and thread is the request. */
#define NAME_OF_REQUEST 0x100

#define REQUEST_KINDS	128 /* opcodes are a byte; those of today end at 64 */
#define REQUEST_ADDRESS 128
#define REQUEST_DATA	128

/* What a request of io_uring was given, kept until it ends; the arguments as the system call has them. */
struct request {
	__u64 args[ARGUMENTS];
	__u64 previous; /* those that wait under the same tag, in the order in which they came */
	__u64 next;
	__u64 buffer;  /* user memory that it fills */
	__u64 name_at; /* where it writes who sent that */
	__u64 control; /* and what came with it besides its bytes */
	__u32 name_length;
	__u32 control_length;
	__u32 size;	 /* of a message to send */
	__u32 file_slot; /* of what it makes: 1 + its place among the ring's files; all ones: any place */
	__u16 address_length;
	__u16 data_length;
	char address[REQUEST_ADDRESS];
	char data[REQUEST_DATA];
};

/* What a completion says of its request: the ring, and the number that the process gave it. */
struct request_tag {
	__u64 ring;
	__u64 user_data;
};

/* As many as fit with the rest of a task's storage into 512 bytes, of which the kernel takes 72. */
#define MAKERS 8

/* What a process was when it made the one below it. */
struct maker {
	__u64 start;
	__u64 exec;
	__u32 pid;
	__u32 vpid;
	char comm[COMM_LEN]; /* as exec gave it */
};

/* How far a task's makers are known. */
enum lineage {
	LINEAGE_UNKNOWN,
	LINEAGE_CLAIMED, /* somebody is writing them down */
	LINEAGE_KNOWN,
	LINEAGE_OVER, /* the task has ended */
};

/* One per task: which exec's image it runs, the name that exec gave it, and who made it, its maker first. */
struct task_facts {
	__u64 exec;
	__u32 lineage; /* enum lineage */
	__u32 makers;
	__u32 exec_id;	     /* task_struct.self_exec_id at the newest exec that was recorded */
	__u32 taken;	     /* enum taken of second.h */
	char comm[COMM_LEN]; /* begins with NUL: unknown */
	struct maker maker[MAKERS];
};

/* What is known of a process by its number: storage can be asked only by those who hold a task. */
struct image {
	__u64 exec;
	char comm[COMM_LEN]; /* as exec gave it */
};

/* Stored in place of a number once the task is exiting, so that the start-up scan cannot bring it back. */
#define EXEC_DEAD (~0ULL)

/* Capabilities as a call found them. */
struct capabilities {
	__u64 inheritable;
	__u64 permitted;
	__u64 effective;
};

struct ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 4096);
};

/* Rings made by user space: 0 for processes' life (exec, fork, exit), the others for a pair of CPUs each. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, RINGS);
	__type(key, __u32);
	__array(values, struct ring);
} rings SEC(".maps") __weak;

/* The one struct config. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct config);
} configuration SEC(".maps") __weak;

/* System call number of this architecture -> what it is; event 0 for those no rule can name yet. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SYSCALLS);
	__type(key, __u32);
	__type(value, struct call);
} calls SEC(".maps") __weak;

/* The same for 32-bit calls. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SYSCALLS);
	__type(key, __u32);
	__type(value, struct call);
} compat_calls SEC(".maps") __weak;

/* event * REASONS + reason -> how often. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, EVENTS *REASONS);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps") __weak;

/* The exec whose image a task runs. */
struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct task_facts);
} tasks SEC(".maps") __weak;

/* Thread -> its capabilities before the unshare() it is in. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct capabilities);
} capabilities_before SEC(".maps") __weak;

/* Process id -> the exec whose image it runs. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 32768);
	__type(key, __u32);
	__type(value, struct image);
} images SEC(".maps") __weak;

/* Number of an exec -> its facts. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, struct exec_facts);
} execs SEC(".maps") __weak;

/* The paths and arguments of execs, or their first blocks. Full, this one and the next take 64 MiB. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 65536);
	__type(key, struct string_key);
	__type(value, struct string_block);
} strings SEC(".maps") __weak;

/* The second and third block of long ones. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 24576);
	__type(key, struct string_key);
	__type(value, struct long_block);
} long_strings SEC(".maps") __weak;

/* What the kernel took the names of a thread's running call to be, in blocks. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 16384);
	__type(key, struct name_key);
	__type(value, struct name_block);
} names SEC(".maps") __weak;

/* Opcode of io_uring -> the system call that it does the work of; event 0: none that a rule can name. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, REQUEST_KINDS);
	__type(key, __u32);
	__type(value, struct call);
} request_calls SEC(".maps") __weak;

/* Address of a struct io_kiocb -> what it asks for. The oldest give way: who leaves requests waiting hides
 * nobody else's. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 2048);
	__type(key, __u64);
	__type(value, struct request);
} requests SEC(".maps") __weak;

/* The same request by what its completions are called, where the kernel gives only that. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 2048);
	__type(key, struct request_tag);
	__type(value, __u64);
} request_tags SEC(".maps") __weak;

/* The names of requests, in blocks. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 4096);
	__type(key, struct name_key);
	__type(value, struct name_block);
} request_names SEC(".maps") __weak;

/* The request that this CPU is about to keep. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BUFFERS);
	__type(key, __u32);
	__type(value, struct request);
} request_buffers SEC(".maps") __weak;

/* The block of a name that this CPU is about to store. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BUFFERS);
	__type(key, __u32);
	__type(value, struct name_block);
} name_buffers SEC(".maps") __weak;

/* Id of a cgroup -> its path: a cache, since the path is found again whenever it was evicted. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1024);
	__type(key, __u64);
	__type(value, struct cgroup_path);
} cgroups SEC(".maps") __weak;

/* Last number given to an exec. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} exec_numbers SEC(".maps") __weak;

/* The records this CPU is filling. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BUFFERS);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches SEC(".maps") __weak;

/* Which thread has which of this CPU's buffers; 0: nobody. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct buffer_owners);
} buffer_owners SEC(".maps") __weak;

/* The path this CPU is building. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BUFFERS);
	__type(key, __u32);
	__type(value, struct path_buffer);
} path_buffers SEC(".maps") __weak;

/* The block or cgroup path this CPU is about to store. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BUFFERS);
	__type(key, __u32);
	__type(value, struct string_block);
} block_buffers SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BUFFERS);
	__type(key, __u32);
	__type(value, struct long_block);
} long_buffers SEC(".maps") __weak;

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BUFFERS);
	__type(key, __u32);
	__type(value, struct cgroup_path);
} cgroup_buffers SEC(".maps") __weak;

/* The rarer facts this CPU is gathering. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BUFFERS);
	__type(key, __u32);
	__type(value, struct more_facts);
} more_buffers SEC(".maps") __weak;

/* The open descriptors this CPU is gathering. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BUFFERS);
	__type(key, __u32);
	__type(value, struct open_descriptor[OPEN_DESCRIPTORS + 1]);
} descriptor_buffers SEC(".maps") __weak;

/* In event.bpf.c: which of this CPU's buffers the current thread has taken. A function that is verified by
 * itself, for the verifier would look at all that follows once for each answer. */
extern __u32 buffers__mine(void);

static __always_inline void counter__add_many(__u32 event, __u32 reason, __u64 times)
{
	__u32 key = event * REASONS + reason;
	__u64 *value = bpf_map_lookup_elem(&counters, &key);

	if (value)
		*value += times;
}

static __always_inline void counter__add(__u32 event, __u32 reason)
{
	counter__add_many(event, reason, 1);
}

#endif
