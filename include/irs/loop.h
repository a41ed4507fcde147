/*
 * loop: the event loop (libuv) as the rest of the runner sees it: timers,
 * signals, turns, and a local socket for people's commands.  One thread; all
 * callbacks come from loop_run.  What needs more of libuv (processes, pipes)
 * stands in sys/ and world/ and takes the uv_loop_t from here.
 */
#ifndef IRS_LOOP_H
#define IRS_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "irs/err.h"

struct loop;
struct loop_timer;
struct uv_loop_s;

struct loop *loop_new(struct err *e);
/* All handles must be closed; runs the loop until their close callbacks came. */
void loop_free(struct loop *l);
/* One whose time is what its owner says, and in which nothing happens but timers and ends of turns: for who goes through again what happened
 * once. Of what is declared here only these four, loop_free, loop_now, timers and turn ends are for it. */
struct loop *loop_new_simulated(void);
/* Sets the clock on to `at`; never back. */
void loop_set_now(struct loop *l, int64_t at);
/* Fires the first timer that is due at `latest`, at its own time; false if there is none. */
bool loop_fire_next(struct loop *l, int64_t latest);
void loop_end_turn(struct loop *l);
struct uv_loop_s *loop_uv(struct loop *l);

/* Runs until loop_stop, or nothing is left to wait for. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);

/* Monotonic ns; never goes back, and goes on while the machine sleeps (CLOCK_BOOTTIME). */
int64_t loop_now(const struct loop *l);
/* Wall clock, ns since 1970. */
int64_t loop_wall(const struct loop *l);

/* Calls `fn(ctx)` once, `ns` from now, unless stopped before. The handle is freed by loop_timer_stop or after the call. */
struct loop_timer *loop_after(struct loop *l, int64_t ns, void (*fn)(void *ctx), void *ctx);
/* NULL is fine. */
void loop_timer_stop(struct loop_timer *t);
/* Whether a timer is due that has not fired yet. */
bool loop_is_due(const struct loop *l);
/* Calls `fn(ctx)` once at the end of this turn, after all that is ready was handled: where writes are grouped. */
void loop_at_turn_end(struct loop *l, void (*fn)(void *ctx), void *ctx);

/* Calls `fn` whenever one of these signals arrives, until loop_free. */
bool loop_on_signal(struct loop *l, int signum, void (*fn)(void *ctx, int signum), void *ctx, struct err *e);

/* A Unix socket (0600) at `path`: each connection sends one line (at most 64 KiB) and gets `answer` of what `on_line` wrote, as one line, then is closed.
 * `uid` is the peer's by SO_PEERCRED. */
struct buf;
bool loop_serve(struct loop *l, const char *path, void (*on_line)(void *ctx, uint32_t uid, const char *line, struct buf *answer), void *ctx, struct err *e);
/* The client's side, blocking, at most `timeout` ns: sends `line`, returns the answer (malloc'ed) or NULL. */
char *loop_ask(const char *path, const char *line, int64_t timeout, struct err *e);

#endif
