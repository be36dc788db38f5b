// SPDX-License-Identifier: Apache-2.0
/*
 * What is timed in loops: `loops KIND PROCESSES ROUNDS PATH SCRATCH DOER RATE` does one thing again and again
 * in that many processes at once, RATE times a second each, or at full speed where RATE is 0. A round takes
 * ROUND_MS, long enough for a reader of records to take its turns within it; the first is not counted. It
 * prints the nanoseconds of one operation in the best round (from the processes' joint speed), the number of
 * operations in all rounds, and the seconds these took. Every process is an exec of DOER, which is this
 * program too: their parent has the name under which the first one was started.
 *
 *	open     openat() and close() of PATH
 *	stat     newfstatat() of PATH
 *	exec     vfork(), execve() of PATH, its end, waitid()
 *	fork     fork(), the end, waitid()
 *	connect  a TCP connection over the loopback device: socket(), connect(), accept4(), two close()
 *	tar      PATH, a folder, is archived by tar as SCRATCH.<number of the process>
 *	walk     everything below PATH, a folder, is found by find and given to stat by xargs
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUND_MS   50
#define MAX_ROUNDS 1300
#define MAX_DOERS  64

struct doer {
	double seconds[MAX_ROUNDS];
	long operations[MAX_ROUNDS];
};

struct shared {
	pthread_barrier_t start;
	struct doer doers[MAX_DOERS];
};

static const char *path, *scratch;
static char archive[4096];
static int listener;
static struct sockaddr_in address;
static double rate;

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec / 1e9;
}

static void do_open(void)
{
	int fd = openat(AT_FDCWD, path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		err(1, "open %s", path);
	close(fd);
}

static void do_stat(void)
{
	struct stat found;

	if (fstatat(AT_FDCWD, path, &found, 0))
		err(1, "stat %s", path);
}

static void wait_for(pid_t child)
{
	int status;

	if (child < 0)
		err(1, "fork");
	if (waitpid(child, &status, 0) != child || status)
		errx(1, "a child ended with status %#x", status);
}

static void run(const char *program, char *const argv[])
{
	pid_t child = vfork();

	if (child == 0) {
		execv(program, argv);
		_exit(127);
	}
	wait_for(child);
}

static void do_exec(void)
{
	char *const argv[] = { "end", 0 };

	run(path, argv);
}

static void do_fork(void)
{
	pid_t child = fork();

	if (child == 0)
		_exit(0);
	wait_for(child);
}

static void do_tar(void)
{
	char *const argv[] = { "tar", "-cf", archive, "-C", (char *)path, ".", 0 };

	run("/bin/tar", argv);
}

static void do_walk(void)
{
	char *const argv[] = { "sh", "-c", "find \"$0\" -print0 | xargs -0 stat >/dev/null", (char *)path,
			       0 };

	run("/bin/sh", argv);
}

static void listen_on_loopback(void)
{
	socklen_t length = sizeof(address);

	address.sin_family = AF_INET;
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || bind(listener, (void *)&address, length) || listen(listener, 8) ||
	    getsockname(listener, (void *)&address, &length))
		err(1, "listen");
}

/* The client ends it by a reset: a usual end would leave its port waiting for a minute. */
static void do_connect(void)
{
	struct linger reset = { .l_onoff = 1 };
	int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), server;

	if (client < 0 || setsockopt(client, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset)) ||
	    connect(client, (void *)&address, sizeof(address)))
		err(1, "connect");
	server = accept4(listener, 0, 0, SOCK_CLOEXEC);
	if (server < 0)
		err(1, "accept");
	close(client);
	close(server);
}

static const struct kind {
	const char *name;
	void (*operation)(void);
} kinds[] = {
	{ "open", do_open },	   { "stat", do_stat }, { "exec", do_exec }, { "fork", do_fork },
	{ "connect", do_connect }, { "tar", do_tar },	{ "walk", do_walk },
};

static void (*operation_of(const char *name))(void)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return kinds[i].operation;
	errx(2, "%s is no kind of operation", name);
}

/* Until so many operations are due. */
static double wait_until_due(double start, long operations)
{
	double time = now();

	while (rate && time < start + operations / rate)
		time = now();
	return time;
}

/* All processes begin a round together; each ends it with the operation that crosses the end. */
static void do_rounds(struct shared *shared, int number, int rounds, void (*operation)(void))
{
	snprintf(archive, sizeof(archive), "%s.%d", scratch, number);
	if (operation == do_connect)
		listen_on_loopback();
	for (int round = 0; round < rounds; round++) {
		long operations = 0;
		double start, end;

		pthread_barrier_wait(&shared->start);
		start = now();
		do {
			operation();
			operations++;
			end = wait_until_due(start, operations);
		} while (end - start < ROUND_MS / 1e3);
		shared->doers[number].seconds[round] = end - start;
		shared->doers[number].operations[round] = operations;
	}
}

/* One of the processes: it ends with this one, and gets this one's arguments, the map and its number. */
static void begin(int map, int number, char *const argv[])
{
	char map_text[16], number_text[16];
	char *const own[] = { argv[6], argv[1], argv[2],  argv[3],     argv[4], argv[5],
			      argv[6], argv[7], map_text, number_text, 0 };
	pid_t child = fork();

	if (child < 0)
		err(1, "fork");
	if (child)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	snprintf(map_text, sizeof(map_text), "%d", map);
	snprintf(number_text, sizeof(number_text), "%d", number);
	execv(argv[6], own);
	err(1, "exec of %s", argv[6]);
}

/* With one that failed the others would wait for ever. */
static void wait_for_all(int processes)
{
	int status;

	while (processes--)
		if (wait(&status) < 0 || status)
			errx(1, "a process ended with status %#x", status);
}

static struct shared *map_shared(int map)
{
	struct shared *shared = mmap(0, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED, map, 0);

	if (shared == MAP_FAILED)
		err(1, "mmap");
	return shared;
}

/* Its descriptor stays open in the processes. */
static int share(int processes)
{
	pthread_barrierattr_t attributes;
	int map = memfd_create("loops", 0);

	if (map < 0 || ftruncate(map, sizeof(struct shared)))
		err(1, "memfd_create");
	pthread_barrierattr_init(&attributes);
	pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&map_shared(map)->start, &attributes, processes);
	return map;
}

/* Operations a second of all processes. */
static double speed(const struct shared *shared, int processes, int round)
{
	double sum = 0;

	for (int number = 0; number < processes; number++)
		sum += shared->doers[number].operations[round] / shared->doers[number].seconds[round];
	return sum;
}

static void tell(const struct shared *shared, int processes, int rounds, double seconds)
{
	double best = 0;
	long operations = 0;

	for (int round = 0; round < rounds; round++) {
		double found = speed(shared, processes, round);

		for (int number = 0; number < processes; number++)
			operations += shared->doers[number].operations[round];
		if (round && found > best)
			best = found;
	}
	printf("%.1f %ld %.6f\n", processes * 1e9 / best, operations, seconds);
}

int main(int argc, char **argv)
{
	int processes, rounds, map;
	void (*operation)(void);
	double start = now();

	if (argc < 2) /* the program that exec starts */
		return 0;
	if (argc != 8 && argc != 10)
		errx(2, "usage: loops KIND PROCESSES ROUNDS PATH SCRATCH DOER RATE");
	operation = operation_of(argv[1]);
	processes = atoi(argv[2]);
	rounds = atoi(argv[3]);
	path = argv[4];
	scratch = argv[5];
	rate = atof(argv[7]);
	if (processes < 1 || processes > MAX_DOERS || rounds < 2 || rounds > MAX_ROUNDS)
		errx(2, "1 to %d processes, 2 to %d rounds", MAX_DOERS, MAX_ROUNDS);
	if (argc == 10) { /* one of the processes */
		do_rounds(map_shared(atoi(argv[8])), atoi(argv[9]), rounds, operation);
		return 0;
	}
	map = share(processes);
	for (int number = 0; number < processes; number++)
		begin(map, number, argv);
	wait_for_all(processes);
	tell(map_shared(map), processes, rounds, now() - start);
	return 0;
}
