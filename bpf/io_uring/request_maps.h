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

/* Opcode of io_uring -> the system call that it does the work of; event 0: none that a rule can name. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, REQUEST_KINDS);
	__type(key, __u32);
	__type(value, struct call);
} request_calls SEC(".maps") __weak;

/* Address of a struct io_kiocb -> what it asks for. None gives way to others: those for which there is no
 * room are reported when they are submitted. What is left of one whose end was missed goes with the next
 * request at its address. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, REQUESTS);
	__type(key, __u64);
	__type(value, struct request);
} requests SEC(".maps") __weak;

/* The same request by what its completions are called, where the kernel gives only that. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, REQUESTS);
	__type(key, struct request_tag);
	__type(value, __u64);
} request_tags SEC(".maps") __weak;

#endif
