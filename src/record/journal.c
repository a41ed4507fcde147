#include "irs/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "chain.h"
#include "irs/buf.h"

struct journal {
	int fd;
	char *path;
	struct chain chain;
	int64_t began;   /* CLOCK_BOOTTIME */
	int64_t written; /* bytes of the file, queued ones included */
	bool capped;
	struct buf queue;
	bool dirty; /* written since the last sync */
	bool broken;
	bool unwritten;
	struct err why;
	journal_watch *watch;
	void *watch_ctx;
};

static int64_t clock_ns(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static struct journal *journal_new(const char *path, int fd)
{
	struct journal *j = calloc(1, sizeof *j);
	if (!j || !(j->path = strdup(path))) abort();
	j->fd = fd;
	j->began = clock_ns(CLOCK_BOOTTIME);
	chain_begin(&j->chain);
	return j;
}

/* So that the file's name lasts, too. */
static bool sync_directory_of(const char *path)
{
	char *dir = strdup(path);
	if (!dir) abort();
	char *slash = strrchr(dir, '/');
	if (slash) slash[slash == dir] = 0;
	int fd = open(slash ? dir : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool ok = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0) close(fd);
	free(dir);
	return ok;
}

/* Blocks that are ours already can't be taken by a disk that fills. Where the file system can't do it, what is free now has to do. */
static bool take_reserve(int fd, size_t reserve)
{
	struct statvfs v;
	if (!reserve || fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)reserve) == 0) return true;
	if (errno != EOPNOTSUPP && errno != ENOSYS) return false;
	if (fstatvfs(fd, &v) != 0) return false;
	errno = ENOSPC;
	return (uint64_t)v.f_bavail * v.f_frsize >= reserve;
}

struct journal *journal_create(const char *path, size_t reserve, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0) {
		err_set(e, IRS_REFUSED, path, "the journal can't be created: %s", strerror(errno));
		return NULL;
	}
	if (!take_reserve(fd, reserve) || !sync_directory_of(path)) {
		err_set(e, IRS_REFUSED, path, "no room for the journal: %s", strerror(errno));
		err_remedy(e, "free at least %zu KiB there, or set XDG_STATE_HOME to another disk", reserve >> 10);
		close(fd);
		unlink(path);
		return NULL;
	}
	return journal_new(path, fd);
}

static bool copy_tail(int from, off_t offset, int to)
{
	char b[4096];
	ssize_t n;
	while ((n = pread(from, b, sizeof b, offset)) > 0) {
		if (write(to, b, (size_t)n) != n) return false;
		offset += n;
	}
	return n == 0 && fsync(to) == 0;
}

/* Keeps what a crash left behind the last whole line beside the journal, then cuts it off. */
static bool cut_torn(int fd, const char *path, off_t offset)
{
	char aside[4096];
	int to = -1;
	for (int i = 1; to < 0 && i < 1000; i++) {
		if (snprintf(aside, sizeof aside, "%s.torn-%d", path, i) >= (int)sizeof aside) return false;
		to = open(aside, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
		if (to < 0 && errno != EEXIST) return false;
	}
	if (to < 0) return false;
	bool ok = copy_tail(fd, offset, to);
	close(to);
	return ok && ftruncate(fd, offset) == 0 && fsync(fd) == 0 && sync_directory_of(path);
}

static bool pass_over(void *ctx, const json_t *line)
{
	(void)ctx, (void)line;
	return true;
}

struct journal *journal_open(const char *path, struct err *e)
{
	struct journal_end end;
	int fd = open(path, O_RDWR | O_APPEND | O_CLOEXEC);
	if (fd < 0) {
		err_set(e, IRS_REFUSED, path, "the journal can't be opened to append: %s", strerror(errno));
		return NULL;
	}
	if (!chain_read(fd, path, pass_over, NULL, &end, e)) goto failed;
	if (end.torn && !cut_torn(fd, path, (off_t)end.offset)) {
		err_set(e, IRS_REFUSED, path, "the journal's torn end can't be put aside: %s", strerror(errno));
		goto failed;
	}
	if (end.unended && write(fd, "\n", 1) != 1) {
		err_set(e, IRS_REFUSED, path, "the journal can't be written: %s", strerror(errno));
		goto failed;
	}
	struct journal *j = journal_new(path, fd);
	j->chain = end.chain;
	j->written = end.offset + end.unended;
	return j;
failed:
	close(fd);
	return NULL;
}

struct journal *journal_lost(const char *path, const struct err *why)
{
	struct journal *j = journal_new(path, -1);
	j->broken = true;
	j->why = *why;
	return j;
}

struct journal *journal_unwritten(void)
{
	struct journal *j = journal_new("", -1);
	j->unwritten = true;
	return j;
}

void journal_close(struct journal *j)
{
	if (!j) return;
	journal_sync(j, NULL);
	if (j->fd >= 0) close(j->fd);
	buf_free(&j->queue);
	free(j->path);
	free(j);
}

void journal_on_event(struct journal *j, journal_watch *watch, void *ctx)
{
	j->watch = watch;
	j->watch_ctx = ctx;
}

static json_t *wall_time(void)
{
	struct tm tm;
	char day[32], text[48];
	int64_t ns = clock_ns(CLOCK_REALTIME);
	time_t s = (time_t)(ns / 1000000000);
	gmtime_r(&s, &tm);
	strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, sizeof text, "%s.%03dZ", day, (int)(ns % 1000000000 / 1000000));
	return json_string(text);
}

/* The whole line but its hash, which stands last: people read from the left. */
static json_t *line_of(struct journal *j, enum event ev, json_t *fields)
{
	json_t *line = json_object();
	json_object_set_new(line, "seq", json_integer((json_int_t)j->chain.seq + 1));
	json_object_set_new(line, "t", wall_time());
	json_object_set_new(line, "m", json_integer(clock_ns(CLOCK_BOOTTIME) - j->began));
	json_object_set_new(line, "ev", json_string(event_table[ev].name));
	if (fields) json_object_update(line, fields);
	json_object_set_new(line, "prev", json_string(j->chain.prev));
	json_decref(fields);
	return line;
}

static void queue_line(struct journal *j, const json_t *line)
{
	char *text = json_dumps(line, JSON_COMPACT);
	if (!text) abort();
	size_t at = j->queue.n;
	buf_puts(&j->queue, text);
	buf_putc(&j->queue, '\n');
	free(text);
	j->written += (int64_t)(j->queue.n - at);
	chain_extend(&j->chain, (struct str){ j->queue.p + at, j->queue.n - at });
}

static bool chatty(enum event ev)
{
	return ev == EV_run || ev == EV_http || ev == EV_log || ev == EV_check;
}

void journal_add(struct journal *j, enum event ev, json_t *fields)
{
	if (chatty(ev) && j->written > JOURNAL_CHATTY_BYTES) {
		json_decref(fields);
		if (!j->capped) journal_add(j, EV_capped, json_pack("{s:i}", "limit", JOURNAL_CHATTY_BYTES));
		return;
	}
	if (ev == EV_capped) j->capped = true;
	json_t *line = line_of(j, ev, fields);
	if (!j->broken && !j->unwritten) queue_line(j, line);
	if (j->watch) j->watch(j->watch_ctx, ev, line);
	json_decref(line);
}

static bool broke(struct journal *j, const char *doing)
{
	j->broken = true;
	err_set(&j->why, IRS_FAILED, j->path, "the journal can't be %s: %s", doing, strerror(errno));
	return false;
}

static bool write_queue(struct journal *j)
{
	size_t done = 0;
	while (done < j->queue.n) {
		ssize_t n = write(j->fd, j->queue.p + done, j->queue.n - done);
		if (n < 0 && errno == EINTR) continue;
		if (n < 0) return broke(j, "written");
		j->dirty = true;
		done += (size_t)n;
	}
	buf_clear(&j->queue);
	return true;
}

static bool answer(const struct journal *j, struct err *e)
{
	if (j->broken && e) *e = j->why;
	return !j->broken;
}

bool journal_flush(struct journal *j, struct err *e)
{
	if (!j->broken) write_queue(j);
	return answer(j, e);
}

bool journal_sync(struct journal *j, struct err *e)
{
	if (!j->broken && write_queue(j) && j->dirty) {
		if (fdatasync(j->fd) != 0) broke(j, "synced");
		else j->dirty = false;
	}
	return answer(j, e);
}

bool journal_broken(const struct journal *j)
{
	return j->broken;
}
