#include "inventory_source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "irs/buf.h"
#include "irs/interrupt.h"

enum { PROGRAM_SECONDS = 60 };

static const char INTERRUPTED[] = "was not waited for: interrupted";

extern char **environ;

/* Starts the program in a group of its own, its output in `fd`; 0 or an errno. */
static int start(const char *program, int fd, pid_t *pid)
{
	char *argv[] = { (char *)program, "--list", NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, fd, 1);
	posix_spawnattr_init(&attr);
	interrupt_spare(&attr, POSIX_SPAWN_SETPGROUP);
	int failed = posix_spawn(pid, program, &files, &attr, argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return failed;
}

static int64_t now_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Reads to the end of `fd`. NULL, or why it could not. */
static const char *drain(int fd, int interrupt, struct buf *out)
{
	int64_t deadline = now_ms() + PROGRAM_SECONDS * 1000;
	for (;;) {
		int64_t left = deadline - now_ms();
		struct pollfd p[] = { { fd, POLLIN, 0 }, { interrupt, POLLIN, 0 } };
		if (left <= 0) return "did not end within a minute";
		if (poll(p, 2, (int)left) <= 0) continue;
		if (p[1].revents) return INTERRUPTED;
		ssize_t n = read(fd, buf_reserve(out, 1 << 16), 1 << 16);
		if (n < 0 && errno == EINTR) continue;
		if (n < 0) return "could not be read";
		if (n == 0) return NULL;
		out->n += (size_t)n;
		if (out->n > INVENTORY_MAX_BYTES) return "printed more than an inventory may have";
	}
}

bool inventory_run(struct arena *a, const char *program, struct str *out, struct err *e)
{
	int fds[2], status = 0;
	pid_t pid;
	struct buf text = { 0 };
	if (pipe2(fds, O_CLOEXEC) != 0) return err_set(e, IRS_USAGE, program, "no pipe for the inventory's program: %s", strerror(errno));
	int failed = start(program, fds[1], &pid);
	close(fds[1]);
	if (failed) {
		close(fds[0]);
		return err_set(e, IRS_USAGE, program, "the inventory's program can't be run: %s", strerror(failed));
	}
	int interrupt = interrupt_fd();
	const char *why = drain(fds[0], interrupt, &text);
	close(fds[0]);
	if (interrupt >= 0) close(interrupt);
	if (why) kill(-pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {}
	bool ok = false;
	if (why) err_set(e, why == INTERRUPTED ? IRS_INTERRUPTED : IRS_USAGE, program, "the inventory's program %s", why);
	else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
		err_set(e, IRS_USAGE, program, "the inventory's program failed (%s %d)", WIFEXITED(status) ? "exit" : "signal",
		        WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
	else {
		*out = (struct str){ arena_strndup(a, text.p ? text.p : "", text.n), text.n };
		ok = true;
	}
	buf_free(&text);
	return ok;
}
