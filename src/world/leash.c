#include "leash.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "leash_text.h"

static const int64_t SECOND = 1000000000;
enum { BEAT_SECONDS = 10, ANSWER_SECONDS = 20, CLOCK_SECONDS = 4, UNDO_SECONDS = 900, LONGEST_LINE = 4096 };

struct leash {
	struct loop *loop;
	struct wire *wire;
	const struct leash_events *events;
	void *owner;
	struct process_ref process;
	struct buf line;
	struct loop_timer *beat;
	int64_t every;
	int64_t asked;               /* when the beat without an answer yet was sent; 0: all are answered */
	int64_t counted, count;      /* when its clock was last seen to go on, and what it said */
	const char *dead;            /* why it must be given up, found while its answer is read */
	bool armed, fired, disarmed, undone, ended;
};

static void leash_ended(struct leash *l, enum leash_end how, const char *why)
{
	if (l->ended) return;
	l->ended = true;
	loop_timer_stop(l->beat);
	l->beat = NULL;
	l->events->ended(l->owner, how, why);
}

/* ---- what is said */

static void say(struct leash *l, struct buf *b)
{
	l->wire->ops->send(l->wire, b);
	buf_free(b);
}

static void on_beat(void *ctx)
{
	struct leash *l = ctx;
	int64_t now = loop_now(l->loop);
	l->beat = NULL;
	if (!l->armed || (l->asked && now - l->asked >= ANSWER_SECONDS * SECOND)) {
		leash_ended(l, LEASH_LOST, "it does not answer");
		return;
	}
	if (!l->asked && !l->disarmed) {
		struct buf b = { 0 };
		buf_puts(&b, "k\n");
		say(l, &b);
		l->asked = now;
	}
	l->beat = loop_after(l->loop, l->every, on_beat, l);
}

void leash_works(struct leash *l, const struct process_ref *const *shells, size_t n)
{
	struct buf b = { 0 };
	buf_putc(&b, 'w');
	for (size_t i = 0; i < n; i++) buf_printf(&b, "%s%" PRId64 ":%" PRIu64, i ? " " : "", shells[i]->pgid, shells[i]->start);
	buf_putc(&b, '\n');
	say(l, &b);
}

/* Up to whole seconds: rather later than said than while the runner still has its turn. */
static long long seconds(int64_t ns) { return ns < 0 ? -1 : ns / SECOND + (ns % SECOND > 0); }

void leash_add(struct leash *l, struct str script, const struct leash_terms *t)
{
	struct buf b = { 0 };
	leash_text_add(&b, script, seconds(t->silent), seconds(t->latest));
	say(l, &b);
	int64_t every = t->silent / 4 < SECOND ? SECOND : t->silent / 4;
	if (t->silent < 0 || every >= l->every || !l->beat || l->fired) return;
	l->every = every;
	loop_timer_stop(l->beat);
	l->beat = loop_after(l->loop, every, on_beat, l);
}

void leash_disarm(struct leash *l)
{
	struct buf b = { 0 };
	buf_puts(&b, "d\n");
	say(l, &b);
}

/* ---- what comes back */

static void hear_armed(struct leash *l, const char *said)
{
	struct process_ref *p = &l->process;
	if (l->armed) return;
	if (sscanf(said, "%" SCNd64 " %" SCNd64 " %" SCNu64, &p->pid, &p->pgid, &p->start) != 3 || p->pid <= 1 || p->pgid <= 1 || p->pid > INT32_MAX ||
	    p->pgid > INT32_MAX) {
		l->dead = "it does not say who it is";
		return;
	}
	l->armed = true;
	l->counted = loop_now(l->loop);
	l->count = -1;
	loop_timer_stop(l->beat);
	l->beat = loop_after(l->loop, l->every, on_beat, l);
	l->events->armed(l->owner, p);
}

static void on_undo_late(void *ctx)
{
	struct leash *l = ctx;
	l->beat = NULL;
	leash_ended(l, LEASH_LOST, "what it undoes does not end");
}

static void hear_fired(struct leash *l, const char *why)
{
	l->fired = true;
	loop_timer_stop(l->beat);
	l->beat = loop_after(l->loop, UNDO_SECONDS * SECOND, on_undo_late, l);
	l->events->fired(l->owner, why);
}

static void hear_count(struct leash *l, const char *said)
{
	int64_t now = loop_now(l->loop), count = strtoll(said, NULL, 10);
	l->asked = 0;
	if (count != l->count) {
		l->count = count;
		l->counted = now;
	} else if (now - l->counted >= CLOCK_SECONDS * SECOND) {
		l->dead = "its clock stands still";
	}
}

static void hear(struct leash *l, char *line)
{
	if (!strncmp(line, "armed ", 6)) {
		hear_armed(l, line + 6);
	} else if (!strncmp(line, "k ", 2)) {
		hear_count(l, line + 2);
	} else if (!strncmp(line, "a ", 2)) {
		l->events->taken(l->owner, (unsigned)strtoul(line + 2, NULL, 10));
	} else if (!strncmp(line, "fired ", 6) && !l->fired) {
		hear_fired(l, line + 6);
	} else if (!strncmp(line, "undone ", 7)) {
		l->undone = true;
	} else if (!strcmp(line, "disarmed")) {
		l->disarmed = true;
	}
}

/* Its events never free it but for `ended`, which comes last. */
static void on_data(void *owner, int stream, const char *p, size_t n)
{
	struct leash *l = owner;
	if (stream != 1 || l->ended) return;
	for (size_t i = 0; i < n; i++) {
		if (p[i] != '\n') {
			if (l->line.n < LONGEST_LINE) buf_putc(&l->line, p[i]);
		} else if (l->line.n) {
			hear(l, l->line.p);
			buf_clear(&l->line);
		}
	}
	if (l->dead) leash_ended(l, LEASH_LOST, l->dead);
}

static void on_ended(void *owner, const struct err *e)
{
	struct leash *l = owner;
	leash_ended(l, l->disarmed ? LEASH_DISARMED : l->undone ? LEASH_UNDONE : LEASH_LOST, e->what);
}

static void on_opened(void *owner)
{
	struct leash *l = owner;
	l->beat = loop_after(l->loop, ANSWER_SECONDS * SECOND, on_beat, l);
}

static const struct wire_events wire_events = { on_data, on_ended, on_opened };

struct leash *leash_new(struct loop *loop, struct transport *t, uint32_t host, const char *consent, const char *boot, const struct leash_events *events,
			void *owner, struct err *e)
{
	struct leash *l = calloc(1, sizeof *l);
	struct buf b = { 0 };
	if (!l) abort();
	*l = (struct leash){ .loop = loop, .events = events, .owner = owner, .every = BEAT_SECONDS * SECOND, .process.kind = PROCESS_LEASH };
	snprintf(l->process.boot, sizeof l->process.boot, "%s", boot);
	l->wire = t->open(t, host, &wire_events, l, e);
	if (!l->wire) {
		loop_timer_stop(l->beat);
		free(l);
		return NULL;
	}
	leash_text_start(&b, consent);
	say(l, &b);
	return l;
}

void leash_free(struct leash *l, bool cut)
{
	if (!l) return;
	loop_timer_stop(l->beat);
	if (cut) l->wire->ops->cut(l->wire);
	else l->wire->ops->let_go(l->wire);
	buf_free(&l->line);
	free(l);
}
