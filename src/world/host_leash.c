#include "host_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t SECOND = 1000000000;
enum { ATTEMPTS = 3, DISARM_SECONDS = 5 };

/* A leash that no longer answers. Its input stays open until its group is ended: the end of it would make what is left of it undo. */
struct lost_leash {
	struct lost_leash *next, **link;
	struct host *host;
	struct leash *leash;
	bool fired;
};

static const struct leash_events events;

/* ---- fragments */

static void fragment_answer(struct host *h, struct fragment *f, const struct err *e)
{
	host_done *done = f->done;
	f->done = NULL;
	host_tell(h, done, f->owner, e);
}

static void drop_fragments(struct host *h, const struct err *e)
{
	struct fragment *f;
	while ((f = h->leash.first)) {
		h->leash.first = f->next;
		if (!h->leash.first) h->leash.last = NULL;
		fragment_answer(h, f, e);
		buf_free(&f->script);
		free(f);
	}
}

static void send_fragment(struct host *h, const struct fragment *f)
{
	struct leash_terms t = { f->silent, -1 };
	if (f->latest_at >= 0) {
		t.latest = f->latest_at - loop_now(h->loop);
		if (t.latest < 0) t.latest = 0;
	}
	leash_add(h->leash.leash, buf_view(&f->script), &t);
}

void host_leash_add(struct host *h, struct str script, const struct leash_terms *t, host_done *done, void *owner)
{
	struct err e;
	if (memchr(script.p, 0, script.n)) {
		err_set(&e, IRS_FAILED, NULL, "the restore holds a NUL byte, which no shell can take");
		host_tell(h, done, owner, &e);
		return;
	}
	struct fragment *f = calloc(1, sizeof *f);
	if (!f) abort();
	*f = (struct fragment){ .silent = t->silent, .latest_at = t->latest < 0 ? -1 : loop_now(h->loop) + t->latest, .done = done, .owner = owner };
	buf_str(&f->script, script);
	if (h->leash.last) h->leash.last->next = f;
	else h->leash.first = f;
	h->leash.last = f;
	if (h->leash.armed) send_fragment(h, f);
	else host_leash_start(h);
}

/* ---- disarming */

static void answer_disarmed(struct host *h, const struct err *e)
{
	host_done *done = h->leash.disarmed;
	loop_timer_stop(h->leash.patience);
	h->leash.patience = NULL;
	h->leash.disarmed = NULL;
	host_tell(h, done, h->leash.owner, e);
}

/*
 * One has gone. While one undoes the runner's steps wait: two that undo at once would be in each other's way. Disarmed is a host when none is
 * left, also none that was lost.
 */
static void leash_gone(struct host *h)
{
	struct err left = h->leash.left;
	bool undoing = h->leash.fired || h->closing;
	for (const struct lost_leash *l = h->leash.lost; l; l = l->next) undoing |= l->fired;
	if (!undoing) lane_resume(&h->lane[LANE_STEP]);
	if (h->leash.leash) return;
	loop_timer_stop(h->leash.patience);
	h->leash.patience = NULL;
	if (h->leash.disarmed && !h->leash.lost) {
		h->leash.left.what[0] = 0;
		answer_disarmed(h, &left);
	}
}

static void on_disarmed_by_force(void *owner, uint32_t host, const struct err *e)
{
	struct host *h = owner;
	(void)host;
	if (!h->leash.forced) return; /* it went by itself meanwhile */
	h->leash.forced = false;
	leash_free(h->leash.leash, !e->what[0]);
	h->leash.leash = NULL;
	h->leash.armed = h->leash.fired = false;
	if (e->what[0]) h->leash.left = *e;
	leash_gone(h);
}

static void on_patience_over(void *ctx)
{
	struct host *h = ctx;
	h->leash.patience = NULL;
	h->leash.forced = true;
	host_end(h, &h->leash.process, 1, SECOND, on_disarmed_by_force, h);
}

static void say_disarm(struct host *h)
{
	leash_disarm(h->leash.leash);
	loop_timer_stop(h->leash.patience);
	h->leash.patience = NULL;
	if (h->leash.fired) return; /* what it undoes is bounded elsewhere (leash.c), and would be left half done */
	h->leash.patience = loop_after(h->loop, DISARM_SECONDS * SECOND, on_patience_over, h);
}

void host_leash_disarm(struct host *h, host_done *done, void *owner)
{
	struct err e;
	err_set(&e, IRS_FAILED, NULL, "the leash was disarmed before it had the restore");
	drop_fragments(h, &e);
	h->leash.disarmed = done;
	h->leash.owner = owner;
	if (!h->leash.leash) leash_gone(h);
	else if (h->leash.armed) say_disarm(h);
}

/* ---- the leash's events */

static void on_armed(void *owner, const struct process_ref *p)
{
	struct host *h = owner;
	h->leash.armed = true;
	h->leash.process = *p;
	host_started(h, p);
	host_tell_works(h);
	for (struct fragment *f = h->leash.first; f; f = f->next) send_fragment(h, f);
	if (h->leash.disarmed) say_disarm(h);
	host_open_step(h);
}

static void on_taken(void *owner, unsigned fragments)
{
	struct host *h = owner;
	h->leash.attempts = 0;
	for (;;) { /* from the front each time: who is told may add or drop some */
		struct fragment *f = h->leash.first;
		unsigned n = 0;
		while (f && n < fragments && !f->done) f = f->next, n++;
		if (!f || n == fragments) return;
		fragment_answer(h, f, NULL);
	}
}

static void on_fired(void *owner, const char *why)
{
	struct host *h = owner;
	h->leash.fired = true;
	lane_pause(&h->lane[LANE_STEP]);
	loop_timer_stop(h->leash.patience);
	h->leash.patience = NULL;
	if (h->o->fired) h->o->fired(h->o->owner, h->index, why);
}

static void on_lost_gone(void *owner, uint32_t host, const struct err *e)
{
	struct lost_leash *lost = owner;
	struct host *h = lost->host;
	(void)host;
	*lost->link = lost->next;
	if (lost->next) lost->next->link = lost->link;
	leash_free(lost->leash, !e->what[0]);
	free(lost);
	if (e->what[0]) h->leash.left = *e;
	leash_gone(h);
}

static void set_lost_aside(struct host *h)
{
	struct lost_leash *lost = calloc(1, sizeof *lost);
	if (!lost) abort();
	*lost = (struct lost_leash){ .next = h->leash.lost, .link = &h->leash.lost, .host = h, .leash = h->leash.leash, .fired = h->leash.fired };
	if (lost->next) lost->next->link = &lost->next;
	h->leash.lost = lost;
	h->leash.leash = NULL;
	h->leash.fired = false;
	if (h->leash.armed) host_end(h, &h->leash.process, 1, 0, on_lost_gone, lost);
	else host_tell(h, on_lost_gone, lost, NULL);
}

/* One that was lost while it undid isn't replaced: its terms would have the next one undo, too, instead of the runner. */
static void on_lost(struct host *h, const char *why)
{
	struct err e;
	bool replace = !h->leash.disarmed && !h->closing, opening = h->opening;
	bool again = replace && h->leash.armed && !h->leash.fired && h->leash.attempts++ < ATTEMPTS;
	set_lost_aside(h);
	h->leash.armed = h->leash.forced = false;
	if (again) host_leash_start(h);
	if (replace && !h->leash.leash) {
		err_set(&e, IRS_REFUSED, NULL, "no leash could be kept: %s", why);
		drop_fragments(h, &e);
		host_open_failed(h, &e);
		if (h->o->fired && h->known && !opening) h->o->fired(h->o->owner, h->index, "lost");
	}
}

static void on_ended(void *owner, enum leash_end how, const char *why)
{
	struct host *h = owner;
	struct err e;
	if (how == LEASH_LOST) {
		on_lost(h, why);
		return;
	}
	leash_free(h->leash.leash, false);
	h->leash.leash = NULL;
	h->leash.armed = h->leash.forced = h->leash.fired = false;
	if (how == LEASH_UNDONE) {
		err_set(&e, IRS_FAILED, NULL, "the leash has undone what it had");
		drop_fragments(h, &e);
	}
	leash_gone(h);
	if (h->leash.first) host_leash_start(h);
}

static const struct leash_events events = { on_armed, on_taken, on_fired, on_ended };

void host_leash_start(struct host *h)
{
	struct err e = { 0 };
	if (h->leash.leash || !h->known || h->closing) return;
	h->leash.leash = leash_new(h->loop, h->transport, h->index, h->consent, h->facts.boot, &events, h, &e);
	if (h->leash.leash) return;
	drop_fragments(h, &e);
	host_open_failed(h, &e);
}

void host_leash_drop(struct host *h)
{
	struct err e;
	err_set(&e, IRS_LEFT, NULL, "the host was closed");
	for (struct fragment *f = h->leash.first; f; f = f->next) fragment_answer(h, f, &e);
	answer_disarmed(h, &e);
	leash_free(h->leash.leash, false);
	h->leash.leash = NULL;
	drop_fragments(h, &e);
}
