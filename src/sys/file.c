#include "irs/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "irs/buf.h"

static bool write_all(int fd, struct str s)
{
	while (s.n) {
		ssize_t n = write(fd, s.p, s.n);
		if (n < 0 && errno == EINTR) continue;
		if (n < 0) return false;
		s.p += n;
		s.n -= (size_t)n;
	}
	return true;
}

/* Reads to the end of `fd` into `b`, at most `limit` + 1 bytes. */
static bool read_all(int fd, size_t limit, struct buf *b)
{
	while (b->n <= limit) {
		size_t want = limit + 1 - b->n < 65536 ? limit + 1 - b->n : 65536;
		ssize_t n = read(fd, buf_reserve(b, want), want);
		if (n < 0 && errno == EINTR) continue;
		if (n < 0) return false;
		if (n == 0) break;
		b->n += (size_t)n;
	}
	return true;
}

bool file_read(struct arena *a, const char *path, size_t limit, struct str *out, struct err *e)
{
	bool standard = !strcmp(path, "-"), ok = false;
	/* Without O_NONBLOCK opening a FIFO would wait for a writer before it can be refused. */
	int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	const char *where = standard ? "standard input" : path;
	struct buf b = { 0 };
	struct stat s;
	if (fd < 0 || fstat(fd, &s) < 0) {
		err_set(e, IRS_USAGE, where, "cannot open it: %s", strerror(errno));
	} else if (!standard && !S_ISREG(s.st_mode)) {
		err_set(e, IRS_USAGE, where, "%s, not a regular file", S_ISDIR(s.st_mode) ? "it is a directory" : "it is a device, pipe or socket");
	} else if ((!standard && (uintmax_t)s.st_size > limit) || !read_all(fd, limit, &b) || b.n > limit) {
		if (b.n > limit || (!standard && (uintmax_t)s.st_size > limit)) err_set(e, IRS_USAGE, where, "it is larger than %zu bytes", limit);
		else err_set(e, IRS_USAGE, where, "cannot read it: %s", strerror(errno));
	} else {
		*out = (struct str){ arena_strndup(a, b.p ? b.p : "", b.n), b.n };
		ok = true;
	}
	if (fd >= 0 && !standard) close(fd);
	buf_free(&b);
	return ok;
}

/* The directory that `path` stands in, open, so that it can be synced. */
static int open_dir_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	struct buf dir = { 0 };
	if (slash) buf_add(&dir, path, (size_t)(slash - path) + 1);
	else buf_puts(&dir, ".");
	int fd = open(dir.p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	buf_free(&dir);
	return fd;
}

/* Into what is there and cannot be replaced whole: a terminal, a pipe, /dev/stdout. */
static bool write_into(int fd, const char *where, struct str data, struct err *e)
{
	if (fd < 0 || !write_all(fd, data)) return err_set(e, IRS_FAILED, where, "cannot write it: %s", strerror(errno));
	return true;
}

bool file_write(const char *path, struct str data, mode_t mode, struct err *e)
{
	struct stat s;
	if (!strcmp(path, "-")) return write_into(STDOUT_FILENO, "standard output", data, e);
	if (!stat(path, &s) && !S_ISREG(s.st_mode) && !S_ISDIR(s.st_mode)) {
		int there = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
		bool written = write_into(there, path, data, e);
		if (there >= 0) close(there);
		return written;
	}

	struct buf aside = { 0 };
	buf_printf(&aside, "%s.%ld.new", path, (long)getpid());
	int fd = open(aside.p, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST && !unlink(aside.p)) fd = open(aside.p, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && write_all(fd, data) && !fchmod(fd, mode) && !fsync(fd);
	int why = errno;
	if (fd >= 0 && close(fd) && ok) ok = false, why = errno;
	if (ok && rename(aside.p, path)) ok = false, why = errno;
	if (!ok) {
		err_set(e, IRS_FAILED, path, "cannot write it: %s", strerror(why));
		if (fd >= 0) unlink(aside.p);
	} else {
		int dir = open_dir_of(path);
		if (dir >= 0) {
			fsync(dir);
			close(dir);
		}
	}
	buf_free(&aside);
	return ok;
}

bool file_make_dirs(const char *path, mode_t mode, struct err *e)
{
	struct buf b = { 0 };
	struct stat s;
	bool ok = true;
	for (const char *p = path; ok && *p;) {
		p += strspn(p, "/");
		p += strcspn(p, "/");
		buf_clear(&b);
		buf_add(&b, path, (size_t)(p - path));
		if (mkdir(b.p, mode) && errno != EEXIST)
			ok = err_set(e, IRS_REFUSED, b.p, "cannot make the directory: %s", strerror(errno));
	}
	if (ok && (stat(path, &s) || !S_ISDIR(s.st_mode))) ok = err_set(e, IRS_REFUSED, path, "it is there, but no directory");
	buf_free(&b);
	return ok;
}

char *file_program_dir(struct arena *a)
{
	char path[4096];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
	if (n <= 0) return NULL;
	path[n] = 0;
	char *slash = strrchr(path, '/');
	if (!slash) return NULL;
	return arena_strndup(a, path, slash == path ? 1 : (size_t)(slash - path));
}
