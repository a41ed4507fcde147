#include <string.h>

#include "irs/world.h"

static const char *wanted_text(struct arena *a, const struct vm *vm, const struct effect *e)
{
	struct buf b = { 0 };
	if (e->kind == EFFECT_RUN) value_put(&b, e->run.command, vm->hosts);
	else if (e->kind == EFFECT_HTTP) value_put(&b, e->http.url, vm->hosts);
	else if (e->kind == EFFECT_TCP) value_put(&b, e->tcp.address, vm->hosts);
	else if (e->kind == EFFECT_LOG) value_put(&b, e->log, vm->hosts);
	const char *s = arena_strndup(a, b.p ? b.p : "", b.n);
	buf_free(&b);
	return s;
}

static struct text *text_copy(struct arena *a, const struct text *t)
{
	return t ? value_string(a, (struct str){ t->p, t->n }).text : NULL;
}

void recording_add(struct recording *r, const struct vm *vm, const struct fiber *f, const struct outcome *o)
{
	const struct effect *e = fiber_effect(f);
	struct recorded one = { .kind = e->kind, .function = e->function, .pc = e->pc, .wanted = wanted_text(r->arena, vm, e), .outcome = *o };
	one.outcome.run.stdout_text = text_copy(r->arena, o->run.stdout_text);
	one.outcome.run.stderr_text = text_copy(r->arena, o->run.stderr_text);
	one.outcome.http.body = text_copy(r->arena, o->http.body);
	one.outcome.mark.p = arena_strndup(r->arena, o->mark.p ? o->mark.p : "", o->mark.n);
	one.outcome.unknown = o->unknown ? arena_strdup(r->arena, o->unknown) : NULL;
	vec_push(r->arena, &r->at, one);
}

bool replay_run(struct fiber *f, const struct vm *vm, const struct recording *r, struct err *e)
{
	size_t n = 0;
	enum fiber_state state = fiber_resume(f, NULL);
	for (; state == FIBER_EFFECT; n++) {
		const struct effect *now = fiber_effect(f);
		if (n == r->at.n) return err_set(e, IRS_FAILED, NULL, "after %zu effects it wants another, and no more were recorded", n);
		const struct recorded *then = &r->at.at[n];
		const char *wanted = wanted_text(r->arena, vm, now);
		if (now->kind != then->kind || now->function != then->function || now->pc != then->pc || strcmp(wanted, then->wanted))
			return err_set(e, IRS_FAILED, NULL, "effect %zu is another than was recorded: \"%s\" instead of \"%s\"", n + 1, wanted, then->wanted);
		state = fiber_resume(f, &then->outcome);
	}
	if (n < r->at.n) return err_set(e, IRS_FAILED, NULL, "it ends after %zu effects, and %u were recorded", n, r->at.n);
	return true;
}
