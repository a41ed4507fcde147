/*
 * journal: what a session did and means to do, on disk before it does it.
 * JSON Lines; each line carries the hash of the one before; docs/journal.md is
 * the format.  Appending is cheap and only queues; what must be on disk before
 * something destructive happens is waited for with `journal_sync`, and all who
 * wait in one turn of the loop share one fdatasync.
 *
 * Once a write has failed nothing more is written and every sync fails: the
 * session then aborts and restores from what it knows.  The journal never
 * grows without bound: above JOURNAL_CHATTY_BYTES only what restoring needs is
 * kept, and that is said in it.
 */
#ifndef IRS_JOURNAL_H
#define IRS_JOURNAL_H

#include <jansson.h>
#include <stddef.h>

#include "irs/err.h"
#include "irs/str.h"

enum event {
#define EVENT(name, fields, doc) EV_##name,
#include "irs/tbl/event.def"
#undef EVENT
	EVENTS
};
extern const struct event_info {
	const char *name, *fields, *doc;
} event_table[EVENTS];
/* EVENTS if no event is called so. */
enum event event_named(const char *name);

enum {
	JOURNAL_FORMAT = 1,
	JOURNAL_MAX_LINE = 32 << 20,
	JOURNAL_MAX_BYTES = 512 << 20,   /* what is read of one */
	JOURNAL_CHATTY_BYTES = 64 << 20, /* above it run, http, check and log are no longer kept */
	JOURNAL_MAX_TEXT = 4096          /* of a command or its output, in one line */
};

struct journal;

/* Creates `path` (0600, must not exist) and takes `reserve` bytes of the disk for it, so that a full disk later finds it provided.
 * IRS_REFUSED where it can't be written or the disk has less than that. */
struct journal *journal_create(const char *path, size_t reserve, struct err *e);
/* Opens one to append: a torn last line is cut off and kept beside it as PATH.torn-N. Damage in the middle stays, for all readers to see. */
struct journal *journal_open(const char *path, struct err *e);
/* One that is broken from the start, for `why`: for who has to restore though the journal can't be appended to. */
struct journal *journal_lost(const char *path, const struct err *why);
/* One that stands nowhere: whoever watches it is told every line, and all syncs go well. */
struct journal *journal_unwritten(void);
/* Writes what is queued and closes. NULL is fine. */
void journal_close(struct journal *j);

/* Is told of every event as it is queued, with the whole line. */
typedef void journal_watch(void *ctx, enum event ev, const json_t *line);
void journal_on_event(struct journal *j, journal_watch *watch, void *ctx);

/* Queues one event. Takes `fields` (a JSON object; NULL: none). */
void journal_add(struct journal *j, enum event ev, json_t *fields);
/* Writes what is queued and makes it last. False once anything failed. */
bool journal_sync(struct journal *j, struct err *e);
/* Writes what is queued, without waiting for the disk. */
bool journal_flush(struct journal *j, struct err *e);
bool journal_broken(const struct journal *j);

/* Foreign text for a field: at most `limit` bytes (then "…"), what is no UTF-8 and NUL replaced. A new reference. */
json_t *journal_text(struct str s, size_t limit);

/* Reads all whole lines of a journal in order. Each is believed only if the next one has its hash: EV_damaged, which stands in no file, comes in
 * the place of what can't be. `visit` returns false to stop; then the answer is true. A torn end is passed over. False where it can't be read;
 * what stands before was visited. Untrusted input. */
typedef bool journal_visit(void *ctx, enum event ev, const json_t *line);
bool journal_read(const char *path, journal_visit *visit, void *ctx, struct err *e);

#endif
