/*
 * shim: makes the runner's n-th write or sync go wrong. Preloaded into irs; IRS_CRASH says what happens:
 *   journal:N  killed before the N-th write to the journal     torn:N   killed when half of it is written
 *   sync:N     killed before the N-th fdatasync                synced:N killed right after it
 *   shell:N    killed before the N-th write to a shell         told:N   killed right after it
 *   full:N     from the N-th write to the journal on: ENOSPC   broken:N from the N-th fdatasync on: EIO
 * Only the program named irs is touched; what it starts doesn't inherit the shim.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static char mode[16];
static long countdown = -1;
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static int (*real_fdatasync)(int);

__attribute__((constructor)) static void begin(void)
{
	char exe[PATH_MAX];
	real_write = dlsym(RTLD_NEXT, "write");
	real_writev = dlsym(RTLD_NEXT, "writev");
	real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
	const char *want = getenv("IRS_CRASH");
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
	if (n < 4 || memcmp(exe + n - 4, "/irs", 4) != 0 || !want) return;
	const char *colon = strchr(want, ':');
	snprintf(mode, sizeof mode, "%.*s", colon ? (int)(colon - want) : 0, want);
	countdown = colon ? atol(colon + 1) : -1;
	unsetenv("LD_PRELOAD");
	unsetenv("IRS_CRASH");
}

static int is(const char *m) { return !strcmp(mode, m); }
/* Whether this is the one; once it has come, every later one is, too. */
static int now(void) { return countdown > 0 && --countdown == 0 ? (countdown = 1, 1) : 0; }
static void die(void) { kill(getpid(), SIGKILL); }

static int is_journal(int fd)
{
	char link[64], path[PATH_MAX];
	snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
	ssize_t n = readlink(link, path, sizeof path);
	return n > 13 && !memcmp(path + n - 13, "journal.jsonl", 13);
}

static int is_shell(int fd)
{
	struct stat st;
	return fd > 2 && fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode));
}

ssize_t write(int fd, const void *p, size_t n)
{
	if (!*mode) return real_write(fd, p, n);
	if ((is("journal") || is("torn") || is("full")) && is_journal(fd) && now()) {
		if (is("full")) {
			errno = ENOSPC;
			return -1;
		}
		if (is("torn")) real_write(fd, p, n / 2);
		die();
	}
	if ((is("shell") || is("told")) && is_shell(fd) && now()) {
		if (is("told")) real_write(fd, p, n);
		die();
	}
	return real_write(fd, p, n);
}

ssize_t writev(int fd, const struct iovec *v, int n)
{
	if ((is("shell") || is("told")) && is_shell(fd) && now()) {
		if (is("told")) real_writev(fd, v, n);
		die();
	}
	return real_writev(fd, v, n);
}

int fdatasync(int fd)
{
	if ((is("sync") || is("synced") || is("broken")) && is_journal(fd) && now()) {
		if (is("broken")) {
			errno = EIO;
			return -1;
		}
		if (is("synced")) real_fdatasync(fd);
		die();
	}
	return real_fdatasync(fd);
}
