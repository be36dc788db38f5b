/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What is kept of requests from their submission to their end.
 */
#ifndef LANNER_IO_URING_REQUEST_MAPS_H
#define LANNER_IO_URING_REQUEST_MAPS_H

#include "base/workspace.h"
#include "wire/config.h"

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define REQUESTS      2048 /* that are kept at a time */
#define REQUEST_KINDS 128  /* opcodes are a byte; those of today end at 64 */

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
	__uint(max_entries, REQUESTS);
	__type(key, __u64);
	__type(value, struct request);
} requests SEC(".maps") __weak;

/* The same request by what its completions are called, where the kernel gives only that. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, REQUESTS);
	__type(key, struct request_tag);
	__type(value, __u64);
} request_tags SEC(".maps") __weak;

#endif
