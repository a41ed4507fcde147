/* peer: what the benchmarks share: a clock, what they are compared with, and the middle of several measurements. */
#ifndef IRS_BENCH_PEER_H
#define IRS_BENCH_PEER_H

#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 5 }; /* of each measurement, in turn with its peer's */

static inline double now(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Seconds that a plain loop takes for `n` times `sh -c command`, `at_once` of them alive. */
static inline double spawn_all(const char *command, int n, int at_once)
{
	char *arguments[] = { "sh", "-c", (char *)command, NULL };
	double began = now();
	int running = 0;
	for (int started = 0; started < n || running;) {
		pid_t pid;
		if (started < n && running < at_once) {
			if (posix_spawn(&pid, "/bin/sh", NULL, NULL, arguments, environ)) abort();
			started++, running++;
		} else if (wait(NULL) > 0) {
			running--;
		}
	}
	return now() - began;
}

static inline int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Sorts them. */
static inline double median(double of[ROUNDS])
{
	qsort(of, ROUNDS, sizeof *of, by_size);
	return of[ROUNDS / 2];
}

#endif
