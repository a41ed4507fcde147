#include "irs/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "irs/file.h"
#include "irs/summary.h"

enum { STORE_ROOM = 1 << 20 };

const char *store_root(struct arena *a, struct err *e)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	const char *root;
	if (state && *state == '/') root = arena_printf(a, "%s/irs", state);
	else if (home && *home == '/') root = arena_printf(a, "%s/.local/state/irs", home);
	else {
		err_set(e, IRS_REFUSED, NULL, "neither XDG_STATE_HOME nor HOME says where sessions are to be kept");
		return NULL;
	}
	const char *sessions = arena_printf(a, "%s/sessions", root), *claims = arena_printf(a, "%s/claims", root);
	if (file_make_dirs(sessions, 0700, e) && file_make_dirs(claims, 0700, e)) return root;
	if (e) e->exit = IRS_REFUSED;
	return NULL;
}

const char *store_path(struct arena *a, const struct store_session *s, const char *file)
{
	return arena_printf(a, "%s/%s", s->dir, file);
}

/* Sorts by time, reads aloud, says nothing of the scenario. */
static const char *fresh_id(struct arena *a)
{
	struct timespec now;
	struct tm tm;
	char day[32];
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(day, sizeof day, "%Y%m%d-%H%M%S", &tm);
	return arena_printf(a, "%s-%03d%x", day, (int)(now.tv_nsec / 1000000), (unsigned)randombytes_uniform(16));
}

/* For the image, the inventory, and all that the journal takes at its beginning. */
static bool has_room(const char *root, struct err *e)
{
	struct statvfs v;
	if (statvfs(root, &v) != 0 || (uint64_t)v.f_bavail * v.f_frsize >= STORE_ROOM) return true;
	err_set(e, IRS_REFUSED, root, "no room for a session");
	return err_remedy(e, "free at least %d KiB there, or set XDG_STATE_HOME to another disk", STORE_ROOM >> 10);
}

bool store_create(struct arena *a, struct store_session *out, struct err *e)
{
	const char *root = store_root(a, e);
	if (!root || !has_room(root, e)) return false;
	for (int attempt = 0; attempt < 100; attempt++) {
		const char *id = fresh_id(a), *dir = arena_printf(a, "%s/sessions/%s", root, id);
		if (mkdir(dir, 0700) == 0) {
			*out = (struct store_session){ id, dir };
			return true;
		}
		if (errno != EEXIST) return err_set(e, IRS_REFUSED, dir, "the session's directory can't be made: %s", strerror(errno));
	}
	return err_set(e, IRS_REFUSED, root, "no free name for a session's directory");
}

static int by_id(const void *a, const void *b)
{
	return strcmp(((const struct store_session *)a)->id, ((const struct store_session *)b)->id);
}

bool store_list(struct arena *a, store_sessions *out, struct err *e)
{
	const char *root = store_root(a, e);
	if (!root) return false;
	const char *path = arena_printf(a, "%s/sessions", root);
	DIR *d = opendir(path);
	if (!d) return err_set(e, IRS_USAGE, path, "sessions can't be listed: %s", strerror(errno));
	for (struct dirent *f; (f = readdir(d));) {
		if (f->d_name[0] == '.') continue;
		struct store_session s = { arena_strdup(a, f->d_name), arena_printf(a, "%s/%s", path, f->d_name) };
		if (access(store_path(a, &s, "journal.jsonl"), F_OK) == 0) vec_push(a, out, s);
	}
	closedir(d);
	if (out->n) qsort(out->at, out->n, sizeof *out->at, by_id);
	return true;
}

static bool find_directory(struct arena *a, const char *what, struct store_session *out, struct err *e)
{
	char *dir = realpath(what, NULL);
	if (!dir) return err_set(e, IRS_USAGE, what, "no such session directory: %s", strerror(errno));
	out->dir = arena_strdup(a, dir);
	free(dir);
	const char *slash = strrchr(out->dir, '/');
	out->id = slash ? slash + 1 : out->dir;
	if (access(store_path(a, out, "journal.jsonl"), F_OK) == 0) return true;
	return err_set(e, IRS_USAGE, what, "this is no session's directory: it has no journal.jsonl");
}

bool store_find(struct arena *a, const char *what, struct store_session *out, struct err *e)
{
	store_sessions all = { 0 };
	size_t found = 0;
	struct store_session s = { 0 };
	if (!what || !*what) return err_set(e, IRS_USAGE, NULL, "which session? `irs list` shows them");
	if (strchr(what, '/') || !strcmp(what, ".")) return find_directory(a, what, out, e);
	if (!store_list(a, &all, e)) return false;
	for (size_t i = 0; i < all.n; i++) {
		bool exact = !strcmp(all.at[i].id, what);
		if (strncmp(all.at[i].id, what, strlen(what)) != 0) continue;
		s = all.at[i];
		found = exact ? 1 : found + 1;
		if (exact) break;
	}
	if (found == 1) {
		*out = s;
		return true;
	}
	err_set(e, IRS_USAGE, what, found ? "more than one session begins so" : "no such session");
	return err_remedy(e, "`irs list` shows them");
}

/* On a disk that can't be written the lock of a runner that had it before is seen all the same; in a copy there may be no such file. */
static int open_lock(struct arena *a, const struct store_session *s, bool *reading)
{
	int fd = open(store_path(a, s, "lock"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	*reading = fd < 0 && errno == EROFS;
	if (!*reading) return fd;
	fd = open(store_path(a, s, "lock"), O_RDONLY | O_CLOEXEC);
	return fd >= 0 || errno != ENOENT ? fd : open(store_path(a, s, "journal.jsonl"), O_RDONLY | O_CLOEXEC);
}

/* Locks of open files and not flock's: whether one is held can be asked without holding one, if only for the moment in which somebody else tries. */
int store_lock(struct arena *a, const struct store_session *s, struct err *e)
{
	bool reading;
	int fd = open_lock(a, s, &reading);
	if (fd < 0) return err_set(e, IRS_REFUSED, store_path(a, s, "lock"), "the session can't be locked: %s", strerror(errno)), -1;
	struct flock l = { .l_type = reading ? F_RDLCK : F_WRLCK, .l_whence = SEEK_SET };
	if (fcntl(fd, F_OFD_SETLK, &l) == 0) return fd;
	err_set(e, IRS_REFUSED, s->id, "its runner is alive");
	err_remedy(e, "end it with `irs end %s` or `irs abort %s`", s->id, s->id);
	close(fd);
	return -1;
}

bool store_is_running(struct arena *a, const struct store_session *s)
{
	int fd = open(store_path(a, s, "lock"), O_RDONLY | O_CLOEXEC);
	if (fd < 0) return false;
	struct flock l = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	bool held = fcntl(fd, F_OFD_GETLK, &l) == 0 && l.l_type != F_UNLCK;
	close(fd);
	return held;
}

/* ---- claims ------------------------------------------------------------------------------------------- */

/* Containers often have no id, or the word "uninitialized". All such are one machine to us: refusing too much does no harm. */
static const char *machine_name(const char *id)
{
	size_t n = strlen(id);
	return n > 0 && n < 64 && strspn(id, "0123456789abcdefABCDEF-") == n ? id : "unnamed";
}

/* The session that the claim's file names, or "". */
static const char *claimant(struct arena *a, int fd)
{
	char b[128];
	ssize_t n = pread(fd, b, sizeof b - 1, 0);
	if (n <= 0) return "";
	b[n] = 0;
	b[strcspn(b, "\n")] = 0;
	return arena_strdup(a, b);
}

/* A file that was removed between open and lock is nobody's: again. */
static int lock_file(const char *path, bool *held)
{
	for (;;) {
		struct stat a, b;
		int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0 && errno == EROFS) fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0) return -1;
		*held = flock(fd, LOCK_EX | LOCK_NB) != 0;
		if (*held || (fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_ino == b.st_ino)) return fd;
		close(fd);
	}
}

/* A session that closed with nothing left, and died before it could say so here. */
static bool is_clean(struct arena *a, const char *claims, const char *who)
{
	struct summary s;
	if (strchr(who, '/') || *who == '.') return false;
	return summary_read(a, arena_printf(a, "%s/../sessions/%s/journal.jsonl", claims, who), &s, NULL) && !summary_is_dirty(&s);
}

static bool write_claim(const struct claim *c, const char *id)
{
	ssize_t n = (ssize_t)strlen(id);
	return ftruncate(c->fd, 0) == 0 && pwrite(c->fd, id, (size_t)n, 0) == n && fdatasync(c->fd) == 0;
}

static bool refuse_claim(struct claim *c, const char *who, bool held, struct err *e)
{
	close(c->fd);
	if (held) {
		err_set(e, IRS_REFUSED, NULL, "session %s is running on this machine", *who ? who : "(unknown)");
		return err_remedy(e, "end it with `irs end %s`", who);
	}
	err_set(e, IRS_REFUSED, NULL, "session %s has left something on this machine", who);
	return err_remedy(e, "undo it with `irs restore %s`, or answer for it with `irs settle %s`", who, who);
}

bool claim_take(void *claims, const char *machine, bool restoring, struct claim *out, struct err *e)
{
	const struct claims *by = claims;
	struct arena *a = by->a;
	bool held = false;
	struct claim c = { -1, arena_printf(a, "%s/%s", by->dir, machine_name(machine)), false };
	c.fd = lock_file(c.path, &held);
	if (c.fd < 0 && restoring) return true; /* nobody could claim it there either */
	if (c.fd < 0) return err_set(e, IRS_REFUSED, c.path, "the machine can't be claimed: %s", strerror(errno));
	const char *who = claimant(a, c.fd);
	c.ours = !held && (!*who || !strcmp(who, by->id) || is_clean(a, by->dir, who));
	if (held || (!c.ours && !restoring)) return refuse_claim(&c, who, held, e);
	if (c.ours && !write_claim(&c, by->id) && !restoring) {
		err_set(e, IRS_REFUSED, c.path, "the machine can't be claimed: %s", strerror(errno));
		close(c.fd);
		return false;
	}
	*out = c;
	return true;
}

void claim_release(struct claim *c, bool clean)
{
	if (c->fd < 0) return;
	if (clean && c->ours) unlink(c->path);
	close(c->fd);
	c->fd = -1;
}
