/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's structs of io_uring, with only the fields that are read (see kernel_types.h). What a request
 * asks for lies at the beginning of its struct io_kiocb, in a struct for each kind; io_uring_versions.h knows
 * the flavours.
 */
#ifndef LANNER_KERNEL_IO_URING_TYPES_H
#define LANNER_KERNEL_IO_URING_TYPES_H

#include "kernel/kernel_types.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct io_fixed_file {
	unsigned long file_ptr;
};

struct io_rsrc_node {
	unsigned long file_ptr;
};

struct io_rsrc_data {
	unsigned int nr;
	struct io_rsrc_node **nodes;
};

/* Files that only the ring knows: nodes since v6.13, before that an array. */
struct io_file_table {
	struct io_rsrc_data data;
};

struct io_file_table___array {
	struct io_fixed_file *files;
};

struct io_wq_work_node {
	struct io_wq_work_node *next;
};

struct io_wq_work_list {
	struct io_wq_work_node *first;
	struct io_wq_work_node *last; /* of none what it was before */
};

/* Requests that were carried out and whose ends are to be told together. */
struct io_submit_state {
	struct io_wq_work_list compl_reqs;
};

struct io_sq_data {
	struct task_struct *thread;
};

struct io_ring_ctx {
	struct io_submit_state submit_state;
	struct io_sq_data *sq_data;
	struct io_file_table file_table;
	unsigned int compat : 1;
	unsigned long check_cq;
};

struct io_cmd_data {
	struct file *file;
};

struct io_cqe {
	__u64 user_data;
	__s32 res;
	int fd; /* until the request ends */
};

struct io_uring_task {
	struct task_struct *task;
};

struct io_kiocb {
	struct file *file;
	struct io_cmd_data cmd;
	__u8 opcode;
	unsigned int flags;
	struct io_cqe cqe;
	struct io_ring_ctx *ctx;
	struct io_wq_work_node comp_list; /* in submit_state.compl_reqs */
	void *async_data;
};

/* Who submitted it: by way of io_uring_task since v6.13. */
struct io_kiocb___task {
	struct task_struct *task;
};

struct io_kiocb___tctx {
	struct io_uring_task *tctx;
};

struct io_uring_cqe {
	__u64 user_data;
	__s32 res;
};

/* struct open_how of linux/openat2.h */
struct open_how {
	__u64 flags;
	__u64 mode;
	__u64 resolve;
};

/* Names: the kernel's copies, in a struct of their own since v7. */
struct delayed_filename {
	struct filename *__incomplete_filename;
};

struct io_open {
	int dfd;
	__u32 file_slot;
	struct filename *filename;
	struct open_how how;
};

struct io_close {
	int fd;
	__u32 file_slot;
};

struct io_open___delayed {
	struct delayed_filename filename;
};

struct io_unlink {
	int dfd;
	int flags;
	struct filename *filename;
};

struct io_unlink___delayed {
	struct delayed_filename filename;
};

struct io_mkdir {
	int dfd;
	unsigned short mode;
	struct filename *filename;
};

struct io_mkdir___delayed {
	struct delayed_filename filename;
};

struct io_rename {
	int old_dfd;
	int new_dfd;
	struct filename *oldpath;
	struct filename *newpath;
	int flags;
};

struct io_rename___delayed {
	struct delayed_filename oldpath;
	struct delayed_filename newpath;
};

/* Of links and of symbolic links. */
struct io_link {
	int old_dfd;
	int new_dfd;
	struct filename *oldpath;
	struct filename *newpath;
	int flags;
};

struct io_link___delayed {
	struct delayed_filename oldpath;
	struct delayed_filename newpath;
};

struct io_ftrunc {
	__s64 len;
};

struct io_socket {
	int domain;
	int type;
	int protocol;
	__u32 file_slot;
};

struct io_accept {
	int flags;
	__u32 file_slot;
};

struct io_connect {
	void *addr;
	int addr_len;
};

struct io_listen {
	int backlog;
};

struct io_shutdown {
	int how;
};

struct io_sr_msg {
	void *buf; /* a struct user_msghdr of requests that send or receive a message */
	int len;
	unsigned int msg_flags;
};

/* Whom to send to, until v6.12; later kernels copy it (struct io_async_msghdr). */
struct io_sr_msg___addr {
	void *addr;
	__u16 addr_len;
};

struct msghdr {
	void *msg_name;
	int msg_namelen;
};

struct __kernel_sockaddr_storage {
	unsigned short ss_family;
};

struct io_async_msghdr {
	struct msghdr msg;
	struct __kernel_sockaddr_storage addr;
};

struct io_bind {
	int addr_len;
};

#pragma clang attribute pop

#endif
