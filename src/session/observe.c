#include "observe.h"

#include <stdlib.h>

#include "effect_note.h"
#include "irs/literal.h"

struct observing {
	struct observation o;
	size_t at;
	int64_t began;         /* of the one under way */
	enum bool3 told;       /* what the journal has already: repeated answers are told once */
	bool told_any;
	struct loop_timer *timer;
};

static const struct way {
	enum bool3 wanted;
	bool once;
	int64_t again; /* asked again for so long */
} ways[] = {
	[WANT_FALSE_NOW] = { FALSE3, true, 0 },
	[WANT_TRUE] = { TRUE3, false, 0 },
	[WANT_FALSE_SOON] = { FALSE3, true, 10 * NS_PER_S },
	[WANT_TRUE_NOW] = { TRUE3, false, 0 },
	[WANT_TRUE_SOON] = { TRUE3, false, 30 * NS_PER_S },
	[SEEK_TRUE] = { TRUE3, true, 0 },
};

static const char *const verdicts[] = { [FALSE3] = "false", [TRUE3] = "true", [UNKNOWN3] = "unknown" };

static void ask(void *ctx);

static void note_verdict(struct observing *g, enum bool3 v, const struct failure *f)
{
	if (g->told_any && g->told == v) return;
	g->told_any = true;
	g->told = v;
	json_t *fields = json_pack("{s:s,s:o,s:s}", "item", g->o.item, "host", host_json(g->o.d->vm.hosts, g->o.host), "verdict", verdicts[v]);
	if (g->o.want != SEEK_TRUE) json_object_set_new(fields, "wanted", json_string(verdicts[ways[g->o.want].wanted]));
	if (f) json_object_set_new(fields, "why", journal_text(str_of(f->what), JOURNAL_MAX_TEXT));
	journal_add(g->o.d->journal, EV_check, fields);
}

static void finish(struct observing *g, const struct observed *result)
{
	g->o.done(g->o.owner, result);
	free(g);
}

static void next(struct observing *g)
{
	g->at++;
	g->told_any = false;
	g->began = loop_now(g->o.d->loop);
	ask(g);
}

static int64_t limit_of(const struct observing *g, const struct task_end *end)
{
	if (g->o.want == WANT_FALSE_SOON && end->poll_limit) return end->poll_limit;
	if (g->o.want == WANT_TRUE_SOON && g->o.patience) return g->o.patience;
	return ways[g->o.want].again;
}

static bool may_ask_again(const struct observing *g, int64_t limit)
{
	return limit && !driver_time_over(g->o.d, g->o.item, g->o.host, g->began + limit);
}

static void ask_later(struct observing *g)
{
	int64_t gone = loop_now(g->o.d->loop) - g->began;
	g->timer = loop_after(g->o.d->loop, gone < NS_PER_S ? NS_PER_S / 10 : NS_PER_S / 2, ask, g);
}

static void answered(void *owner, struct task *t)
{
	struct observing *g = owner;
	const struct way *w = &ways[g->o.want];
	const struct task_end *end = task_end(t);
	struct observed r = { .verdict = task_verdict(t), .failure = end->failure, .cancelled = end->cancelled };
	r.as_wanted = r.verdict == w->wanted;
	if (!end->cancelled) note_verdict(g, r.verdict, end->failure);
	if (end->cancelled || (g->o.want == SEEK_TRUE && r.as_wanted)) {
		finish(g, &r);
		return;
	}
	if (r.as_wanted || g->o.want == SEEK_TRUE) next(g);
	else if (may_ask_again(g, limit_of(g, end))) ask_later(g);
	else finish(g, &r);
}

static void ask(void *ctx)
{
	struct observing *g = ctx;
	g->timer = NULL;
	if (g->at == g->o.n) {
		finish(g, &(struct observed){ .as_wanted = g->o.want != SEEK_TRUE, .verdict = FALSE3 });
		return;
	}
	struct task_options t = { .fn = g->o.fns[g->at].fn,
	                         .args = g->o.args,
	                         .host = g->o.host,
	                         .once = ways[g->o.want].once,
	                         .undoing = g->o.undoing,
	                         .item = g->o.item,
	                         .done = answered,
	                         .owner = g };
	task_start(g->o.d, &t);
}

void observe(const struct observation *o)
{
	struct observing *g = calloc(1, sizeof *g);
	if (!g) abort();
	g->o = *o;
	g->began = loop_now(o->d->loop);
	g->timer = loop_after(o->d->loop, 0, ask, g);
}
