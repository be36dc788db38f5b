/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is kept of requests from their submission to their end.
 */
#ifndef LANNER_IO_URING_REQUEST_MAPS_H
#define LANNER_IO_URING_REQUEST_MAPS_H

#include "base/buffers.h"
#include "wire/config.h"

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

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

/* The request that this CPU is about to keep. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, BUFFERS);
	__type(key, __u32);
	__type(value, struct request);
} request_buffers SEC(".maps") __weak;

#endif
