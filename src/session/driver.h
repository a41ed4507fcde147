/*
 * driver: turns fibers.  A *task* is one block of the image (or one command of
 * the session's own) on one host: the driver resumes its fiber, asks the world
 * for what it stops with, and answers clock, sleep, poll, draws, tokens and log
 * lines itself.  Each effect that has ended is an event in the journal.
 *
 * A task ends exactly once, by a call of its `done`, never within task_start
 * or task_cancel of the same turn's caller unless the world answers at once.
 */
#ifndef IRS_SESSION_DRIVER_H
#define IRS_SESSION_DRIVER_H

#include "irs/journal.h"
#include "irs/loop.h"
#include "irs/map.h"
#include "irs/world.h"

struct driver {
	struct arena *a; /* the session's: for what outlives a task */
	struct loop *loop;
	struct world *world;
	struct journal *journal;
	struct vm vm;
	uint64_t seed;
	struct map draws;    /* how often a place has drawn: so that a draw doesn't depend on the order of hosts */
	struct task *tasks;  /* alive */
	bool stopping;       /* tasks that don't undo end at once */
};

struct task;

struct task_options {
	uint32_t fn;
	const struct value *args;
	uint32_t host;
	enum lane lane;
	bool once;        /* polls are not waited for: their first answer is the last */
	bool undoing;     /* goes on when the session is aborted */
	const char *item; /* for the journal: "freeze: verify" */
	void (*done)(void *owner, struct task *t);
	void *owner;
};

/* How it ended; read in `done`, gone after it. */
struct task_end {
	bool cancelled;
	enum fiber_state state;      /* DONE, FALSE, UNKNOWN */
	struct value value;
	const struct value *captures;
	size_t ncaptures;
	const struct failure *failure; /* what, if not DONE */
	int64_t poll_limit;            /* the longest `within` or `for` that it came to; 0: none */
	const struct run_result *result; /* of a command task */
};

/* Starts a block. */
struct task *task_start(struct driver *d, const struct task_options *o);
/* Starts one command of the session's own: `o->fn` and `o->args` are not read. A string is shell text, a list an argument vector. */
struct task *task_run(struct driver *d, const struct task_options *o, struct value command, int64_t timeout);
/* Starts a mere wait, in which neither `fn` nor host is read: `done` comes after `ns`, or at once when it is cancelled. */
struct task *task_wait(struct driver *d, const struct task_options *o, int64_t ns);
const struct task_end *task_end(const struct task *t);
/* What the block said: false and unknown as such, done as true (a bool result as itself). */
enum bool3 task_verdict(const struct task *t);
/* Ends it as fast as can be: its command is killed with its group. `done` follows. */
void task_cancel(struct task *t);
/* Whether the world says that the time is over for which `item` asks on `host`; the journal keeps a yes. */
bool driver_time_over(struct driver *d, const char *item, uint32_t host, int64_t deadline);
/* Cancels all but those that undo, now and from now on. */
void driver_cancel(struct driver *d);

#endif
