/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Numbers of the socket behind a call's descriptor, from struct sock as in a record: never from an address
 * that the process gave.
 */
#ifndef LANNER_INDEX_SOCKET_H
#define LANNER_INDEX_SOCKET_H

#include "wire/index.h"

/* 0: the number is in out, else it is not known. */
extern int socket__number(struct index_number_key *out, __u32 source, __s64 result);
/* The same of the socket that this file is, where it is known; `given`: struct call's. */
extern int socket__file_number(struct index_number_key *out, __u32 source, __s64 result, __u64 file,
			       __u64 given);

#endif
