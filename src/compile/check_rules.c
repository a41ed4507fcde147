/* check_rules: what rests on the facts about functions: failsafes that can be written down beforehand, and times that have an end. */
#include "check_longest.h"
#include "check_private.h"

struct item *first_item(const items_t *items, enum item_kind kind)
{
	for (size_t i = 0; i < items->n; i++)
		if (items->at[i]->kind == kind) return items->at[i];
	return NULL;
}

void for_each_do(struct checker *c, const struct item *step, each_do *f, void *with)
{
	const items_t *items = &step->step.items;
	for (size_t i = 0; i < items->n; i++) {
		if (items->at[i]->kind != I_DO) continue;
		const struct stmt *s = items->at[i]->stmt;
		if (s->kind == S_DO) f(c, step, s->call, with);
		for (size_t k = 0; s->kind == S_RETRY && k < s->retry.body->stmts.n; k++)
			if (s->retry.body->stmts.at[k]->kind == S_DO) f(c, step, s->retry.body->stmts.at[k]->call, with);
	}
}

static const struct item *fault_of(const struct expr *call)
{
	const struct symbol *s = call->kind == E_CALL ? call->call.symbol : NULL;
	return s && s->kind == SYM_FAULT ? s->item : NULL;
}

/* ---- failsafes ---- */

/* Reports at `said` (a failsafe) that the restore among `items` can't be rendered. */
static void check_renderable(struct checker *c, const items_t *items, const struct item *said)
{
	const struct item *restore = first_item(items, I_RESTORE);
	struct span at;
	const char *why;
	if (!restore || !restore->restore.body || restore_renderable(c->p, restore->restore.body, &at, &why)) return;
	struct diag *d = diag_add(c->ds, D_not_renderable, said->span,
		"this failsafe can't be armed: the restore can't be written down beforehand");
	diag_label(c->ds, d, at, "%s", why);
	diag_help(c->ds, d, "capture in a `let` what restore depends on, and only run and wait there; or say `failsafe none`");
}

static void check_done(struct checker *c, const struct item *step, const struct expr *call, void *with)
{
	(void)step;
	const struct item *fault = fault_of(call);
	if (fault) check_renderable(c, &fault->fault.items, with);
}

static void check_failsafe(struct checker *c, const struct item *item)
{
	const items_t *items = item->kind == I_STEP ? &item->step.items : &item->fault.items;
	struct item *said = first_item(items, I_FAILSAFE);
	if (!said || said->failsafe.none || said->failsafe.required != (item->kind == I_FAULT)) return;
	check_renderable(c, items, said);
	if (item->kind == I_STEP) for_each_do(c, item, check_done, said);
}

/* ---- times ---- */

static bool was_reported(const struct checker *c, struct span at)
{
	for (size_t i = c->ds->list.n; i-- > 0;) {
		const struct diag *d = c->ds->list.at[i];
		if (d->code == D_unbounded && d->span.file == at.file && d->span.start == at.start) return true;
	}
	return false;
}

static void report_unbounded(struct checker *c, const struct longest *l, struct span needed, const char *what)
{
	if (!l->why || l->of_param || was_reported(c, l->at)) return;
	struct diag *d = diag_add(c->ds, D_unbounded, l->at, "%s, so nobody can say how long this may take", l->why);
	diag_label(c->ds, d, needed, "the longest time of %s is needed here", what);
	if (strstr(l->why, "list")) diag_help(c->ds, d, "bound the loop: for x in list at most 20 { … }");
	else diag_help(c->ds, d, "write it out, or give the param a range: param hold: duration = 5m in 1m..30m");
}

static void check_block_time(struct checker *c, const struct block *b, const struct expr *call, struct span needed, const char *what)
{
	struct bound_env env;
	struct longest l = longest_begin(c->p, call, &env);
	longest_of_block(&l, b);
	report_unbounded(c, &l, needed, what);
}

static void check_value_time(struct checker *c, const struct expr *e, const struct expr *call, struct span needed)
{
	struct bound_env env;
	struct longest l = longest_begin(c->p, call, &env);
	longest_of_expr(&l, e);
	report_unbounded(c, &l, needed, "this value");
}

static void check_item_time(struct checker *c, const struct item *item, const struct expr *call)
{
	struct span needed = call ? call->span : item->keyword;
	switch (item->kind) {
	case I_LET: check_value_time(c, item->let.value, call, needed); break;
	case I_INDUCE:
	case I_VERIFY:
	case I_SUPERSEDED: check_block_time(c, item->body.body, call, needed, "this block"); break;
	case I_RESTORE: check_block_time(c, item->restore.body, call, needed, "this block"); break;
	case I_PRECONDITION: check_block_time(c, item->precondition.body, call, needed, "this block"); break;
	default: break;
	}
}

static void check_items_time(struct checker *c, const items_t *items, const struct expr *call)
{
	for (size_t i = 0; i < items->n; i++) check_item_time(c, items->at[i], call);
}

static void check_fault_time(struct checker *c, const struct item *step, const struct expr *call, void *with)
{
	(void)step;
	(void)with;
	const struct item *fault = fault_of(call);
	if (fault) check_items_time(c, &fault->fault.items, call);
}

/* ---- all of them ---- */

void check_later(struct checker *c, struct item *item)
{
	if (c->unsure && c->m == c->p->modules.at[0]) vec_push(c->a, &c->later, item);
	c->unsure = false;
}

void check_rules(struct checker *c)
{
	for (size_t i = 0; i < c->later.n; i++) {
		const struct item *item = c->later.at[i];
		if (item->kind == I_STEP || item->kind == I_FAULT) {
			check_failsafe(c, item);
			check_items_time(c, item->kind == I_STEP ? &item->step.items : &item->fault.items, NULL);
			if (item->kind == I_STEP) for_each_do(c, item, check_fault_time, NULL);
		} else {
			check_item_time(c, item, NULL);
		}
	}
}
