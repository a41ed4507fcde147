/* A step on its hosts: side by side, or as many at a time as it says; after the first that fails no other one begins. */
#include "state.h"

#include <stdlib.h>

struct fanout {
	struct session *s;
	uint32_t step;
	size_t next, running, limit;
	bool failed, starting;
	void (*done)(struct session *s, uint32_t step, bool ok);
};

static size_t limit_of(const struct image_step *st, size_t hosts)
{
	size_t share = (size_t)((double)hosts * (double)st->limit / 100e6); /* a part of a host is none */
	switch ((enum image_fanout)st->fanout) {
	case IMAGE_AT_MOST: return st->limit > 0 ? (size_t)st->limit : 1;
	case IMAGE_AT_MOST_SHARE: return share ? share : 1;
	default: return hosts;
	}
}

static void advance(struct fanout *g);

static void place_done(void *owner, bool ok)
{
	struct fanout *g = owner;
	g->running--;
	g->failed |= !ok;
	if (!ok && !g->s->stopping) session_stop(g->s, IRS_FAILED, "a step failed");
	if (!g->starting) advance(g);
}

static void advance(struct fanout *g)
{
	struct step_state *st = &g->s->step[g->step];
	g->starting = true;
	while (!g->failed && !g->s->stopping && g->next < st->nhosts && g->running < g->limit) {
		g->running++;
		place_start(g->s, g->step, st->hosts[g->next++], place_done, g);
	}
	g->starting = false;
	if (g->running) return;
	bool ok = !g->failed && g->next == st->nhosts;
	st->progress = ok ? STEP_INDUCED : STEP_FAILED;
	g->s->running--;
	g->done(g->s, g->step, ok);
	free(g);
}

void step_start(struct session *s, uint32_t step, void (*done)(struct session *s, uint32_t step, bool ok))
{
	struct fanout *g = calloc(1, sizeof *g);
	if (!g) abort();
	*g = (struct fanout){ .s = s, .step = step, .limit = limit_of(&s->o.image->step[step], s->step[step].nhosts), .done = done };
	s->step[step].progress = STEP_INDUCING;
	s->running++;
	advance(g);
}
