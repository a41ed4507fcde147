/* A plan for programs: everything that stands in it, by name. docs/plan.md describes the fields. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "irs/plan.h"

static json_t *text_json(const char *s)
{
	if (!s) return json_null();
	json_t *j = json_string(s);
	if (j) return j;
	struct buf safe = { 0 }; /* bytes of a constant that are no UTF-8 */
	buf_safe(&safe, str_of(s));
	j = json_string(safe.p);
	buf_free(&safe);
	return j;
}

/* Durations in ns; what is unbounded or unknown is null. */
static json_t *time_json(int64_t ns) { return ns < 0 ? json_null() : json_integer(ns); }

static void set_text(json_t *o, const char *key, const char *s)
{
	if (s) json_object_set_new(o, key, text_json(s));
}

static json_t *line_json(const struct plan_line *l)
{
	static const char *const kinds[LINE_KINDS] = { "run", "spawn", "http", "tcp", "wait", "log", "probe", "draw", "expect", "if",
		                                       "unless", "else", "each", "retry", "may_fail" };
	json_t *o = json_pack("{s:s, s:o, s:o, s:i}", "kind", kinds[l->kind], "text", text_json(l->text), "certainty", text_json(l->certainty), "depth",
	                      (int)l->depth);
	set_text(o, "on", l->on);
	set_text(o, "function", l->function);
	if (l->limit >= 0) json_object_set_new(o, "limit", json_integer(l->limit));
	if (l->kind == LINE_RETRY) json_object_set_new(o, "times", json_integer(l->times));
	if (l->hold) json_object_set_new(o, "hold", json_true());
	if (l->attempt) json_object_set_new(o, "try", json_true());
	if (l->file) json_object_set_new(o, "place", json_pack("{s:o, s:i, s:i}", "file", text_json(l->file), "line", (int)l->line, "column", (int)l->column));
	return o;
}

static json_t *block_json(const struct plan_block *b)
{
	json_t *lines = json_array();
	for (size_t i = 0; i < b->lines.n; i++) json_array_append_new(lines, line_json(&b->lines.at[i]));
	json_t *o = json_pack("{s:o}", "lines", lines);
	set_text(o, "fails", b->fails);
	return o;
}

static json_t *blocks_json(const struct plan_block *at, size_t n)
{
	json_t *all = json_array();
	for (size_t i = 0; i < n; i++) json_array_append_new(all, block_json(&at[i]));
	return all;
}

static json_t *place_json(const struct plan_place *p)
{
	json_t *o = json_pack("{s:o, s:o}", "hosts", text_json(p->hosts), "certainty", text_json(p->certainty));
	set_text(o, "fanout", p->fanout);
	if (p->how.lines.n) json_object_set_new(o, "how", block_json(&p->how));
	return o;
}

static json_t *let_json(const struct plan_let *l)
{
	json_t *o = json_pack("{s:o, s:o, s:o, s:o, s:b, s:o}", "name", text_json(l->name), "type", text_json(l->type), "value", text_json(l->value),
	                      "certainty", text_json(l->certainty), "secret", l->secret, "how", block_json(&l->how));
	set_text(o, "default", l->usual);
	return o;
}

static json_t *frame_json(const struct plan_frame *f)
{
	json_t *o = json_pack("{s:o, s:o, s:o, s:o, s:b}", "captures", block_json(&f->captures), "induce", block_json(&f->induce), "verify",
	                      blocks_json(f->verify.at, f->verify.n), "superseded", blocks_json(f->superseded.at, f->superseded.n), "renderable",
	                      f->renderable);
	set_text(o, "fault", f->fault);
	if (f->because) set_text(o, "restore_none_because", f->because);
	else json_object_set_new(o, "restore", block_json(&f->restore));
	if (f->retry_group)
		json_object_set_new(o, "retry", json_pack("{s:i, s:i, s:o}", "group", (int)f->retry_group, "times", (int)f->retry_times, "every",
		                                          time_json(f->retry_every)));
	return o;
}

static json_t *variant_json(const struct plan_variant *v)
{
	json_t *frames = json_array();
	for (size_t i = 0; i < v->frames.n; i++) json_array_append_new(frames, frame_json(&v->frames.at[i]));
	return json_pack("{s:o, s:o, s:o, s:o}", "hosts", text_json(v->hosts), "captures", block_json(&v->captures), "superseded",
	                 blocks_json(v->superseded.at, v->superseded.n), "frames", frames);
}

static json_t *failsafe_json(const struct plan_step *s)
{
	if (!s->armed) return json_pack("{s:b, s:o}", "armed", 0, "why", text_json(s->unarmed));
	return json_pack("{s:b, s:b, s:o, s:o}", "armed", 1, "said", s->said, "silent", time_json(s->silent), "latest", time_json(s->latest));
}

static json_t *step_json(const struct plan_step *s)
{
	json_t *needs = json_array(), *variants = json_array();
	for (size_t i = 0; i < s->needs.n; i++) json_array_append_new(needs, text_json(s->needs.at[i]));
	for (size_t i = 0; i < s->variants.n; i++) json_array_append_new(variants, variant_json(&s->variants.at[i]));
	json_t *longest = json_pack("{s:o, s:o, s:o}", "induce", time_json(s->longest_induce), "verify", time_json(s->longest_verify), "restore",
	                            time_json(s->longest_restore));
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "name", text_json(s->name), "title", text_json(s->title), "when", text_json(s->when),
	                 "where", place_json(&s->place), "needs", needs, "variants", variants, "longest", longest, "failsafe", failsafe_json(s));
}

static json_t *check_json(const struct plan_check *c)
{
	json_t *at = json_array();
	for (size_t i = 0; i < c->variants.n; i++)
		json_array_append_new(at, json_pack("{s:o, s:o}", "hosts", text_json(c->variants.at[i].hosts), "block", block_json(&c->variants.at[i].captures)));
	json_t *o = json_pack("{s:o, s:o, s:o}", "title", text_json(c->title), "where", place_json(&c->place), "at", at);
	set_text(o, "name", c->name);
	set_text(o, "severity", c->severity);
	if (c->longest >= 0) json_object_set_new(o, "longest", json_integer(c->longest));
	if (c->every > 0) json_object_set_new(o, "every", json_integer(c->every));
	if (c->timeout > 0) json_object_set_new(o, "timeout", json_integer(c->timeout));
	if (c->latest >= 0) json_object_set_new(o, "latest", json_integer(c->latest));
	return o;
}

static json_t *checks_json(const struct plan_check *at, size_t n)
{
	json_t *all = json_array();
	for (size_t i = 0; i < n; i++) json_array_append_new(all, check_json(&at[i]));
	return all;
}

static json_t *texts_json(const char *const *at, size_t n)
{
	json_t *all = json_array();
	for (size_t i = 0; i < n; i++) json_array_append_new(all, text_json(at[i]));
	return all;
}

static json_t *lets_json(const struct plan_let *at, size_t n)
{
	json_t *all = json_array();
	for (size_t i = 0; i < n; i++) json_array_append_new(all, let_json(&at[i]));
	return all;
}

static json_t *targets_json(const struct plan *p)
{
	json_t *all = json_array();
	for (size_t i = 0; i < p->targets.n; i++) {
		const struct plan_target *t = &p->targets.at[i];
		json_array_append_new(all, json_pack("{s:o, s:i, s:i, s:o}", "name", text_json(t->name), "low", (int)t->low, "high", (int)t->high, "hosts",
		                                     text_json(t->hosts)));
	}
	return all;
}

static json_t *messages_json(const struct plan *p)
{
	json_t *all = json_array();
	for (size_t i = 0; i < p->messages.n; i++) {
		const struct plan_message *m = &p->messages.at[i];
		json_array_append_new(all, json_pack("{s:o, s:o, s:o, s:o}", "sender", text_json(m->sender), "after", time_json(m->after), "text",
		                                     text_json(m->text), "certainty", text_json(m->certainty)));
	}
	return all;
}

/* Each step's abort: the steps that are undone, in their order. */
static json_t *aborts_json(const struct plan *p)
{
	json_t *all = json_array();
	for (size_t last = 0; last < p->steps.n; last++) {
		json_t *order = json_array();
		for (size_t i = last + 1; i-- > 0;) json_array_append_new(order, json_integer((json_int_t)i));
		json_array_append_new(all, order);
	}
	return all;
}

void plan_put_json(struct buf *out, const struct plan *p)
{
	json_t *steps = json_array(), *o = json_object();
	for (size_t i = 0; i < p->steps.n; i++) json_array_append_new(steps, step_json(&p->steps.at[i]));
	json_object_set_new(o, "title", text_json(p->title));
	json_object_set_new(o, "lasts", json_pack("{s:I, s:I}", "low", (json_int_t)p->lasts_low, "high", (json_int_t)p->lasts_high));
	json_object_set_new(o, "inventory", json_boolean(p->inventory));
	json_object_set_new(o, "targets", targets_json(p));
	json_object_set_new(o, "params", lets_json(p->params.at, p->params.n));
	json_object_set_new(o, "lets", lets_json(p->lets.at, p->lets.n));
	json_object_set_new(o, "preconditions", checks_json(p->preconditions.at, p->preconditions.n));
	json_object_set_new(o, "steps", steps);
	json_object_set_new(o, "undone_on_abort", aborts_json(p));
	json_object_set_new(o, "probes", checks_json(p->probes.at, p->probes.n));
	json_object_set_new(o, "alarms", checks_json(p->alarms.at, p->alarms.n));
	json_object_set_new(o, "messages", messages_json(p));
	if (p->resolved) json_object_set_new(o, "resolved", check_json(p->resolved));
	json_object_set_new(o, "visible", texts_json(p->visible.at, p->visible.n));
	json_object_set_new(o, "doubts", texts_json(p->doubts.at, p->doubts.n));
	char *s = json_dumps(o, JSON_INDENT(2));
	if (s) buf_puts(out, s), buf_putc(out, '\n');
	free(s);
	json_decref(o);
}
