/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Requests of io_uring, which do the work of system calls:
 *
 *	io_uring_submit_req ──▶ request__keep()    requests[req], request_names[req, part, n]
 *	io_uring_complete   ──▶ request__report()  the same record as the system call's, marked
 *
 * Names are the kernel's copies, made before it says that a request was submitted, and free when it has
 * ended; what a process may take back once it has submitted is read then too. Whatever else is known at the
 * end: the file, the socket, the result.
 */
#ifndef LANNER_IO_URING_REQUEST_H
#define LANNER_IO_URING_REQUEST_H

#include <linux/types.h>

/* Of request__report(). */
enum report {
	REPORT_END,
	REPORT_UNFINISHED, /* how it will end is not known */
	REPORT_UNKEPT,	   /* nor is anything kept of it: it is about to be carried out */
};

/* Keeps what this request asks for; 0: there is no room. */
extern int request__keep(__u64 req);
/* Forgets all that was kept of this request. */
extern int request__forget(__u64 req);
/* Makes the record of this request, which is wanted. */
extern int request__report(__u64 req, __s64 result, __u32 how);

#endif
