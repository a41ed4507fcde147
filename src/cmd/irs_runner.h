/*
 * irs_runner: what a process that turns a session does besides: the timeline
 * on its terminal, signals, and the socket for other commands.
 *
 * The first SIGINT, SIGTERM or SIGHUP aborts and restores; each further one
 * tells what is left and how to undo it, while restoring goes on.
 */
#ifndef IRS_CMD_IRS_RUNNER_H
#define IRS_CMD_IRS_RUNNER_H

#include <jansson.h>

#include "irs/store.h"
#include "irs/journal.h"
#include "irs/loop.h"
#include "irs/outlet.h"
#include "irs/session.h"
#include "irs/timeline.h"

struct runner {
	struct arena *a;
	struct store_session store;
	struct loop *loop;
	struct timeline *timeline;
	bool json;            /* the journal's lines instead of the timeline */
	struct session *session;
	struct world *world;
	struct claims claims; /* `dir` is for the caller to say */
	int lock;
	struct outlet *out, *err; /* the terminal; a session never waits for it */
	unsigned signals;
};

/* Locks the session's directory and makes the loop. */
bool runner_init(struct runner *r, struct arena *a, const struct store_session *store, bool json, struct err *e);
/* Fills what the options have to say about the runner: loop, id, program, watch, over. */
void runner_options(struct runner *r, struct session_options *o);
/* What the journal already tells, for the timeline to know whereof it speaks. */
void runner_recall(struct runner *r, const char *journal);
/* Makes the world for a session and its hosts; catches signals. */
bool runner_attach(struct runner *r, struct session *s, const struct session_options *o, struct err *e);
/* From now on the session can be told to end. */
bool runner_listen(struct runner *r, struct err *e);
/* The image that a session's journal names, from its directory. */
const struct image *runner_image(struct arena *a, const struct store_session *s, const struct session_origin *origin, struct err *e);
/* Instead: a session whose runner died, from its directory, with its journal open to append (the caller closes it, also after NULL). */
struct session *runner_reopen(struct runner *r, struct journal **j, struct err *e);
/* Turns the loop until the session is over. */
enum irs_exit runner_turn(struct runner *r, const struct journal *j);
void runner_free(struct runner *r);

#endif
