// SPDX-License-Identifier: Apache-2.0
/* What is timed: `work CALLS ROUNDS PATH` prints nanoseconds for one getppid(), for one open and close of
 * PATH, for one request of io_uring that does nothing, and for one that opens PATH, which is closed; each the
 * least of ROUNDS rounds. Between rounds it sleeps, so that a reader of records keeps up.
 */
#define _GNU_SOURCE
#include "one_request.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_US 30000

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

static void empty_call(const char *path)
{
	(void)path;
	syscall(SYS_getppid);
}

static void open_and_close(const char *path)
{
	int fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0) {
		perror(path);
		exit(1);
	}
	close(fd);
}

static struct one_ring ring;

static void empty_request(const char *path)
{
	struct io_uring_sqe request = { .opcode = IORING_OP_NOP };

	(void)path;
	ring__do(&ring, &request);
}

static void request_and_close(const char *path)
{
	struct io_uring_sqe request = {
		.opcode = IORING_OP_OPENAT,
		.fd = AT_FDCWD,
		.addr = (unsigned long)path,
		.open_flags = O_RDONLY | O_CLOEXEC,
	};
	int fd = ring__do(&ring, &request);

	if (fd < 0) {
		fprintf(stderr, "%s: %s\n", path, strerror(-fd));
		exit(1);
	}
	close(fd);
}

static double least_ns(void (*work)(const char *), const char *path, int calls, int rounds)
{
	double least = 1e18;

	for (int round = 0; round < rounds; round++) {
		double start = now_ns(), each;

		for (int call = 0; call < calls; call++)
			work(path);
		each = (now_ns() - start) / calls;
		if (each < least)
			least = each;
		usleep(PAUSE_US);
	}
	return least;
}

int main(int argc, char **argv)
{
	int calls, rounds;

	if (argc != 4) {
		fprintf(stderr, "usage: work CALLS ROUNDS PATH\n");
		return 2;
	}
	calls = atoi(argv[1]);
	rounds = atoi(argv[2]);
	printf("%.1f", least_ns(empty_call, argv[3], calls, rounds));
	printf(" %.1f", least_ns(open_and_close, argv[3], calls, rounds));
	ring__make(&ring);
	printf(" %.1f", least_ns(empty_request, argv[3], calls, rounds));
	printf(" %.1f\n", least_ns(request_and_close, argv[3], calls, rounds));
	return 0;
}
