/*
 * replay: a session once more, from its journal alone: the same engine in a
 * world that answers as the journal says it was answered.  Nothing is performed
 * and nothing written.  What comes out is whether it decides what it decided
 * then, event by event; docs/journal.md says which events are whose.
 */
#ifndef IRS_REPLAY_H
#define IRS_REPLAY_H

#include "irs/arena.h"
#include "irs/err.h"
#include "irs/image.h"
#include "irs/session.h"

enum replay_verdict {
	REPLAY_SAME,
	REPLAY_DIFFERS,
	REPLAY_UNKNOWN /* it goes another way, and that may come of an output that the journal has only in part */
};

enum replay_end {
	REPLAY_CLOSED, /* the session's end */
	REPLAY_BROKEN_OFF, /* its runner died */
	REPLAY_OTHER_RUNNER, /* another runner went on */
	REPLAY_CAPPED /* from here on the journal was too large for outcomes */
};

struct replay {
	enum replay_verdict verdict;
	enum replay_end end;
	size_t lines;           /* of the journal, that were gone through */
	size_t line;            /* where it differs, from 1; 0: it does more than the journal has */
	const char *then, *now; /* what the journal has there, and what comes out instead; NULL: nothing */
	size_t cut;             /* UNKNOWN: the line that has only a part */
};

/* Goes through the journal at `path`, from which `origin` was read, and which names `img`. IRS_USAGE where the journal can't be read, or lacks
 * what replaying needs. Untrusted input. */
bool session_replay(struct arena *a, const char *path, const struct session_origin *origin, const struct image *img, struct replay *out,
                    struct err *e);

#endif
