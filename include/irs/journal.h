/*
 * journal: what a session did and means to do, on disk before it does it.
 * JSON Lines; each line carries the hash of the one before; docs/journal.md is
 * the format.  Appending is cheap and only queues; what must be on disk before
 * something destructive happens is waited for with `journal_sync`, and all who
 * wait in one turn of the loop share one fdatasync.
 *
 * Once a write has failed nothing more is written and every sync fails: the
 * session then aborts and restores.
 */
#ifndef IRS_JOURNAL_H
#define IRS_JOURNAL_H

#include <jansson.h>

#include "irs/err.h"

enum event {
#define EVENT(name, fields, doc) EV_##name,
#include "irs/tbl/event.def"
#undef EVENT
	EVENTS
};
extern const struct event_info {
	const char *name, *fields, *doc;
} event_table[EVENTS];

struct journal;

/* Creates `path` (0600, must not exist) or opens it to append: then the chain is checked, and a torn last line is cut off and kept beside
 * it as PATH.torn-N. IRS_REFUSED where it can't be written or the disk has less than `reserve` bytes free. */
struct journal *journal_create(const char *path, size_t reserve, struct err *e);
struct journal *journal_open(const char *path, struct err *e);
void journal_close(struct journal *j);

/* Queues one event. Takes `fields` (a JSON object; NULL: none). */
void journal_add(struct journal *j, enum event ev, json_t *fields);
/* Writes what is queued and makes it last. False once anything failed. */
bool journal_sync(struct journal *j, struct err *e);
/* Writes what is queued, without waiting for the disk. */
bool journal_flush(struct journal *j, struct err *e);
bool journal_broken(const struct journal *j);

/* Reads all whole lines of a journal in order; each is checked against the chain. `on_event` returns false to stop. Untrusted input. */
typedef bool journal_visit(void *ctx, enum event ev, json_t *line);
bool journal_read(const char *path, journal_visit *visit, void *ctx, struct err *e);

#endif
