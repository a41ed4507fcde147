#include "irs/filter.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* Memory as files: nobody waits for anybody, however much is written. */
struct ends {
	int in, out, err;
};

static bool open_ends(struct ends *f, struct str input)
{
	f->in = memfd_create("in", MFD_CLOEXEC);
	f->out = memfd_create("out", MFD_CLOEXEC);
	f->err = memfd_create("err", MFD_CLOEXEC);
	if (f->in < 0 || f->out < 0 || f->err < 0) return false;
	for (size_t done = 0; done < input.n;) {
		ssize_t n = write(f->in, input.p + done, input.n - done);
		if (n < 0 && errno != EINTR) return false;
		if (n > 0) done += (size_t)n;
	}
	return lseek(f->in, 0, SEEK_SET) == 0;
}

static void close_ends(struct ends *f)
{
	const int fds[] = { f->in, f->out, f->err };
	for (size_t i = 0; i < 3; i++)
		if (fds[i] >= 0) close(fds[i]);
}

/* 0 or an errno. */
static int start(const char *const *argv, const struct ends *f, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, f->in, 0);
	posix_spawn_file_actions_adddup2(&files, f->out, 1);
	posix_spawn_file_actions_adddup2(&files, f->err, 2);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP);
	int failed = posix_spawnp(pid, argv[0], &files, &attr, (char **)(uintptr_t)argv, environ);
	posix_spawnattr_destroy(&attr);
	posix_spawn_file_actions_destroy(&files);
	return failed;
}

/* Waits for its end. False if it had to be killed. */
static bool await(pid_t pid, unsigned seconds, int *status)
{
	int raw = 0, fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd p = { fd, POLLIN, 0 };
	bool ended = true;
	if (fd >= 0) {
		int n;
		while ((n = poll(&p, 1, (int)seconds * 1000)) < 0 && errno == EINTR) {}
		ended = n > 0;
		close(fd);
	}
	if (!ended) kill(-pid, SIGKILL);
	while (waitpid(pid, &raw, 0) < 0 && errno == EINTR) {}
	*status = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
	return ended;
}

static void take(int fd, size_t limit, struct buf *b)
{
	lseek(fd, 0, SEEK_SET);
	while (b->n < limit) {
		size_t room = limit - b->n < 1 << 16 ? limit - b->n : 1 << 16;
		ssize_t n = read(fd, buf_reserve(b, room), room);
		if (n <= 0) break;
		b->n += (size_t)n;
	}
	buf_reserve(b, 1)[0] = 0;
}

bool filter_run(const char *const *argv, struct str input, unsigned seconds, size_t limit, struct filter_result *r, struct err *e)
{
	struct ends f = { -1, -1, -1 };
	bool ok = false;
	pid_t pid;
	if (!open_ends(&f, input)) {
		err_set(e, IRS_USAGE, argv[0], "no memory for its input: %s", strerror(errno));
		goto out;
	}
	int failed = start(argv, &f, &pid);
	if (failed) {
		err_set(e, IRS_USAGE, argv[0], failed == ENOENT ? "no such program" : "can't be run: %s", strerror(failed));
		goto out;
	}
	struct filter_result got = { 0 };
	if (!await(pid, seconds, &got.status)) {
		err_set(e, IRS_USAGE, argv[0], "did not end within %u s", seconds);
		goto out;
	}
	take(f.out, limit, &got.out);
	take(f.err, limit, &got.err);
	*r = got;
	ok = true;
out:
	close_ends(&f);
	return ok;
}

void filter_free(struct filter_result *r)
{
	buf_free(&r->out);
	buf_free(&r->err);
}

bool filter_exists(const char *program)
{
	const char *path = getenv("PATH");
	struct buf file = { 0 };
	bool found = false;
	for (; path && *path && !found; path += *path == ':') {
		size_t n = strcspn(path, ":");
		buf_clear(&file);
		buf_printf(&file, "%.*s/%s", (int)n, path, program);
		found = n && access(file.p, X_OK) == 0;
		path += n;
	}
	buf_free(&file);
	return found;
}
