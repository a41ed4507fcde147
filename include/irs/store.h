/*
 * store: where sessions live on this machine: $XDG_STATE_HOME/irs/sessions/ID/
 * (0700) with journal.jsonl, image.irb, inventory.json, socket and lock; and
 * claims/MACHINE, one file for each machine that a session may wreck.
 *
 * A lock is held exactly as long as its runner lives. A claim is held likewise, and its file stays with the session's id in it until everything is
 * undone: so a dirty session keeps others off.
 */
#ifndef IRS_STORE_H
#define IRS_STORE_H

#include "irs/arena.h"
#include "irs/err.h"
#include "irs/vec.h"

/* The state directory, made if need be; NULL with `e` (IRS_REFUSED). */
const char *store_root(struct arena *a, struct err *e);

struct store_session {
	const char *id, *dir;
};
typedef VEC(struct store_session) store_sessions;

/* A new, empty session directory with a fresh id. IRS_REFUSED where it can't be made, or the disk has no room for what will be in it. */
bool store_create(struct arena *a, struct store_session *out, struct err *e);
/* By id (or a beginning of one that is no other's), or by the path of a directory. "" and unknown ones are errors: they never mean all. */
bool store_find(struct arena *a, const char *what, struct store_session *out, struct err *e);
/* All, the oldest first. */
bool store_list(struct arena *a, store_sessions *out, struct err *e);
const char *store_path(struct arena *a, const struct store_session *s, const char *file);

/* Takes the session's lock: an fd, or -1: its runner is alive, or it can't be locked. */
int store_lock(struct arena *a, const struct store_session *s, struct err *e);
/* Whether a runner holds it. */
bool store_is_running(struct arena *a, const struct store_session *s);

struct claim {
	int fd; /* -1: none */
	const char *path;
	bool ours; /* the file names our session */
};

/* Whose claims, and where they are: the directory beside `sessions`. */
struct claims {
	struct arena *a;
	const char *dir, *id;
};
/* Takes the claim on a machine for a session (`claims` is a struct claims). IRS_REFUSED: another session has it, alive or (unless we only
 * restore) dirty. */
bool claim_take(void *claims, const char *machine, bool restoring, struct claim *out, struct err *e);
/* Lets it go; `clean`: nothing is left, others may come. */
void claim_release(struct claim *c, bool clean);

#endif
