/* SPDX-License-Identifier: Apache-2.0 */
/* A ring of io_uring that carries out one request at a time (linux/io_uring.h). */
#ifndef LANNER_ONE_REQUEST_H
#define LANNER_ONE_REQUEST_H

#include <linux/io_uring.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

struct one_ring {
	int fd;
	char *rings;
	struct io_uring_sqe *requests;
	struct io_uring_params params;
};

static void ring__fail(const char *what)
{
	perror(what);
	exit(1);
}

static void ring__make(struct one_ring *ring)
{
	size_t size;

	ring->fd = syscall(SYS_io_uring_setup, 1, &ring->params);
	if (ring->fd < 0)
		ring__fail("io_uring_setup");
	size = ring->params.cq_off.cqes + ring->params.cq_entries * sizeof(struct io_uring_cqe) + 64;
	ring->rings = mmap(0, size, PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd, IORING_OFF_SQ_RING);
	ring->requests = mmap(0, sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE, MAP_SHARED, ring->fd,
			      IORING_OFF_SQES);
	if (ring->rings == MAP_FAILED || ring->requests == MAP_FAILED)
		ring__fail("mmap");
}

static unsigned int *ring__number(struct one_ring *ring, unsigned int at)
{
	return (unsigned int *)(ring->rings + at);
}

/* Its result, for which it is waited. */
static int ring__do(struct one_ring *ring, const struct io_uring_sqe *request)
{
	unsigned int *head = ring__number(ring, ring->params.cq_off.head);
	unsigned int mask = *ring__number(ring, ring->params.cq_off.ring_mask);
	const struct io_uring_cqe *ends = (void *)(ring->rings + ring->params.cq_off.cqes);
	int result;

	*ring->requests = *request;
	__atomic_add_fetch(ring__number(ring, ring->params.sq_off.tail), 1, __ATOMIC_RELEASE);
	if (syscall(SYS_io_uring_enter, ring->fd, 1, 1, IORING_ENTER_GETEVENTS, 0, 0) != 1)
		ring__fail("io_uring_enter");
	result = ends[*head & mask].res;
	__atomic_add_fetch(head, 1, __ATOMIC_RELEASE);
	return result;
}

#endif
