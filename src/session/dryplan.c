#include "planner.h"

#include <string.h>

#include "irs/literal.h"

const char *planner_text(struct planner *p, uint32_t string)
{
	if (string == IMAGE_NONE) return NULL;
	return arena_strndup(p->a, p->image->string[string].p, p->image->string[string].n);
}

const char *planner_shown(struct planner *p, struct value v)
{
	struct buf b = { 0 };
	value_put(&b, v, &p->setup->hosts);
	const char *s = arena_strndup(p->a, b.p ? b.p : "", b.n);
	buf_free(&b);
	return s;
}

void planner_doubt(struct planner *p, const char *doubt)
{
	for (size_t i = 0; i < p->plan->doubts.n; i++)
		if (!strcmp(p->plan->doubts.at[i], doubt)) return;
	vec_push(p->a, &p->plan->doubts, doubt);
}

/* ---- places ---- */

/* Without the brackets of a list. */
static const char *host_names(struct planner *p, struct value v)
{
	if (v.tag != V_LIST) return planner_shown(p, v);
	struct buf b = { 0 };
	for (size_t i = 0; i < v.list->n; i++) {
		if (i) buf_puts(&b, ", ");
		value_put(&b, v.list->at[i], &p->setup->hosts);
	}
	const char *s = arena_strndup(p->a, b.p ? b.p : "no host", b.p ? b.n : 7);
	buf_free(&b);
	return s;
}

static struct places hosts_of(struct planner *p, struct value v)
{
	struct value *one = arena_new_of(p->a, struct value);
	if (v.tag == V_LIST) return (struct places){ v.list->at, v.list->n };
	*one = v;
	if (v.tag == V_UNKNOWN && v.of.lists) {
		struct buf name = { 0 };
		const char *shown = planner_shown(p, v);
		size_t n = strlen(shown);
		bool marked = n > 6 && !strncmp(shown, "‹", 3);
		buf_printf(&name, "each of %.*s", (int)(marked ? n - 6 : n), marked ? shown + 3 : shown);
		*one = value_unknown(p->a, TYPE(T_HOST), (enum certainty)v.certainty, name.p);
		buf_free(&name);
	}
	return (struct places){ one, 1 };
}

static const char *fanout_text(struct planner *p, uint32_t fanout, int64_t limit)
{
	struct buf b = { 0 };
	if (fanout == IMAGE_AT_MOST && limit == 1) return "one at a time";
	if (fanout == IMAGE_AT_MOST) return arena_printf(p->a, "at most %lld at a time", (long long)limit);
	if (fanout != IMAGE_AT_MOST_SHARE) return NULL;
	buf_puts(&b, "at most ");
	literal_put_percent(&b, limit);
	const char *s = arena_printf(p->a, "%s of them at a time", b.p);
	buf_free(&b);
	return s;
}

struct plan_place planner_place(struct planner *p, uint32_t on, uint32_t fanout, int64_t limit, struct places *out)
{
	struct value v = value_host(0);
	struct plan_place place = { .hosts = "the runner", .certainty = certainty_text(CERTAIN) };
	if (on != IMAGE_NONE) {
		struct dry_run *run = dry_run(p->a, &p->vm, on, NULL, value_host(0));
		place.how = run->block;
		v = run->end == FIBER_DONE ? run->value : value_unknown(p->a, TYPE(T_HOST), HOSTLY, "nowhere");
		place.hosts = host_names(p, v);
		place.certainty = certainty_text(v.certainty);
		if (v.tag == V_HOST && v.i == 0) place.hosts = "the runner";
	}
	*out = hosts_of(p, v);
	if (out->n > 1 || (v.tag == V_UNKNOWN && v.of.lists)) place.fanout = fanout_text(p, fanout, limit);
	return place;
}

/* ---- variants ---- */

static bool same_text(const char *a, const char *b) { return (!a && !b) || (a && b && !strcmp(a, b)); }

static bool same_block(const struct plan_block *a, const struct plan_block *b)
{
	if (a->lines.n != b->lines.n || !same_text(a->fails, b->fails)) return false;
	for (size_t i = 0; i < a->lines.n; i++) {
		const struct plan_line *x = &a->lines.at[i], *y = &b->lines.at[i];
		if (x->kind != y->kind || x->depth != y->depth || x->limit != y->limit || !same_text(x->text, y->text) || !same_text(x->on, y->on)) return false;
	}
	return true;
}

static bool same_blocks(const struct plan_block *a, const struct plan_block *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!same_block(&a[i], &b[i])) return false;
	return true;
}

static bool same_frame(const struct plan_frame *a, const struct plan_frame *b)
{
	return same_block(&a->captures, &b->captures) && same_block(&a->induce, &b->induce) && same_block(&a->restore, &b->restore) &&
	       same_blocks(a->verify.at, b->verify.at, a->verify.n) && same_blocks(a->superseded.at, b->superseded.at, a->superseded.n);
}

struct plan_variant *planner_same(struct plan_variant *at, size_t n, const struct plan_variant *v)
{
	for (size_t i = 0; i < n; i++) {
		bool same = same_block(&at[i].captures, &v->captures) && same_blocks(at[i].superseded.at, v->superseded.at, v->superseded.n);
		for (size_t k = 0; same && k < v->frames.n; k++) same = same_frame(&at[i].frames.at[k], &v->frames.at[k]);
		if (same) return &at[i];
	}
	return NULL;
}

/* ---- what stands before the steps ---- */

static void add_targets(struct planner *p, bool inventory)
{
	for (size_t i = 0; i < p->image->ntarget; i++) {
		const struct image_target *t = &p->image->target[i];
		struct plan_target target = { .name = planner_text(p, t->name), .low = t->low, .high = t->high };
		if (inventory) target.hosts = host_names(p, p->setup->globals[t->global]);
		vec_push(p->a, &p->plan->targets, target);
	}
}

static const char *default_of(struct planner *p, const struct image_global *g, const char *now)
{
	if (g->value == IMAGE_NONE) return NULL;
	struct setup *usual = setup_new(p->a, p->image);
	const char *text = planner_shown(p, usual->globals[g - p->image->global]);
	return strcmp(text, now) ? text : NULL;
}

static void compute(struct planner *p, const struct image_global *g, struct plan_let *let)
{
	struct value *v = &p->setup->globals[g - p->image->global];
	if (v->tag == V_NONE && g->init != IMAGE_NONE) {
		struct dry_run *run = dry_run(p->a, &p->vm, g->init, NULL, value_host(0));
		let->how = run->block;
		*v = run->end == FIBER_DONE ? run->value : value_unknown(p->a, g->type, HOSTLY, let->name);
	}
	let->value = planner_shown(p, *v);
	let->certainty = certainty_text(v->certainty);
}

static void add_globals(struct planner *p)
{
	for (size_t i = 0; i < p->image->nglobal; i++) {
		const struct image_global *g = &p->image->global[i];
		struct buf type = { 0 };
		if (g->kind == GLOBAL_TARGET) continue;
		type_put(&type, g->type);
		struct plan_let let = { .name = planner_text(p, g->name), .type = arena_strdup(p->a, type.p), .secret = g->level > 0 };
		buf_free(&type);
		compute(p, g, &let);
		if (g->kind == GLOBAL_PARAM) let.usual = default_of(p, g, let.value);
		if (g->kind == GLOBAL_PARAM) vec_push(p->a, &p->plan->params, let);
		else vec_push(p->a, &p->plan->lets, let);
	}
}

/* A check's block at each of its hosts. */
static void at_all(struct planner *p, struct plan_check *c, const struct places *at, uint32_t fn)
{
	for (size_t i = 0; fn != IMAGE_NONE && i < at->n; i++) {
		struct plan_variant v = { .hosts = planner_shown(p, at->at[i]), .captures = dry_run(p->a, &p->vm, fn, NULL, at->at[i])->block };
		planner_add_variant(p, &c->variants, v);
	}
}

static void add_preconditions(struct planner *p)
{
	for (size_t i = 0; i < p->image->nprecondition; i++) {
		const struct image_precondition *r = &p->image->precondition[i];
		struct places at;
		struct plan_check c = { .title = planner_text(p, r->title), .longest = planner_time(r->longest), .latest = -1 };
		c.place = planner_place(p, r->on, r->fanout, r->limit, &at);
		at_all(p, &c, &at, r->fn);
		vec_push(p->a, &p->plan->preconditions, c);
	}
}

static void add_probes(struct planner *p)
{
	for (size_t i = 0; i < p->image->nprobe; i++) {
		const struct image_probe *r = &p->image->probe[i];
		struct places at;
		struct plan_check c = { .name = planner_text(p, r->name), .title = planner_text(p, r->title), .every = r->every, .timeout = r->timeout,
			                .longest = -1, .latest = -1 };
		c.place = planner_place(p, r->from, IMAGE_ALL_AT_ONCE, 0, &at);
		at_all(p, &c, &at, r->fn);
		vec_push(p->a, &p->plan->probes, c);
	}
}

static void add_alarms(struct planner *p)
{
	static const char *const severities[ALARM_SEVERITIES] = { "critical", "error", "warning", "info" };
	struct value runner = value_host(0);
	for (size_t i = 0; i < p->image->nalarm; i++) {
		const struct image_alarm *r = &p->image->alarm[i];
		struct plan_check c = { .title = planner_text(p, r->title), .severity = severities[r->severity], .latest = r->latest, .longest = -1,
			                .place = { .hosts = "the runner", .certainty = certainty_text(CERTAIN) } };
		at_all(p, &c, &(struct places){ &runner, 1 }, r->when);
		vec_push(p->a, &p->plan->alarms, c);
	}
}

static void add_messages(struct planner *p)
{
	for (size_t i = 0; i < p->image->nmessage; i++) {
		const struct image_message *r = &p->image->message[i];
		struct dry_run *run = dry_run(p->a, &p->vm, r->text, NULL, value_host(0));
		struct plan_message m = { .sender = planner_text(p, r->sender), .after = r->after, .text = planner_shown(p, run->value),
			                  .certainty = certainty_text(run->value.certainty) };
		vec_push(p->a, &p->plan->messages, m);
	}
}

static void add_resolved(struct planner *p, uint32_t fn)
{
	struct value runner = value_host(0);
	if (fn == IMAGE_NONE) return;
	struct plan_check *c = arena_new_of(p->a, struct plan_check);
	*c = (struct plan_check){ .longest = -1, .latest = -1, .place = { .hosts = "the runner", .certainty = certainty_text(CERTAIN) } };
	at_all(p, c, &(struct places){ &runner, 1 }, fn);
	p->plan->resolved = c;
}

struct plan *dryplan_make(struct setup *s, bool inventory)
{
	struct planner p = { .a = s->arena, .setup = s, .image = s->image, .plan = arena_new_of(s->arena, struct plan) };
	p.vm = (struct vm){ .image = s->image, .hosts = &s->hosts, .globals = s->globals, .dry = true };
	const struct image_scenario *scenario = s->image->scenario;
	*p.plan = (struct plan){ .title = planner_text(&p, scenario->title), .lasts_low = scenario->lasts_low, .lasts_high = scenario->lasts_high,
		                 .inventory = inventory };
	if (!inventory && s->image->ntarget) planner_doubt(&p, "No inventory was given: targets stand by their names. With -i INVENTORY they are hosts.");
	add_targets(&p, inventory);
	add_globals(&p);
	add_preconditions(&p);
	planner_steps(&p);
	add_probes(&p);
	add_alarms(&p);
	add_messages(&p);
	add_resolved(&p, scenario->resolved);
	return p.plan;
}
