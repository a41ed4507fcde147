/* check_lint: what is doubtful though nothing is wrong with it: in the file itself and the modules of its own, and only once there are no errors. */
#include "check_private.h"

static const items_t *scenario_items(const struct checker *c)
{
	return &c->p->scenario->scenario.items;
}

/* ---- what nobody uses ---- */

static const char *unused_phrase(const struct symbol *s)
{
	if (s->kind == SYM_PARAM) return "parameter";
	if (s->kind != SYM_GLOBAL) return "value";
	return s->item->kind == I_TARGET ? "target" : s->item->kind == I_PARAM ? "param" : "value";
}

static bool may_be_unused(const struct symbol *s)
{
	bool loop_variable = s->kind == SYM_LOCAL && !s->value;
	return s->uses || loop_variable || s->name.p[0] == '_';
}

static void lint_values(struct checker *c)
{
	for (size_t i = 0; i < c->p->values.n; i++) {
		const struct symbol *s = c->p->values.at[i];
		if (!s->name.n || may_be_unused(s)) continue;
		struct diag *d = diag_add(c->ds, D_unused_value, s->span, "nothing uses the %s `%.*s`", unused_phrase(s), STR_ARG(s->name));
		bool command = s->value && s->value->kind == E_RUN;
		if (command) diag_help(c->ds, d, "if only the command matters, leave `let %.*s =` out", STR_ARG(s->name));
		else diag_help(c->ds, d, "leave it out, or begin its name with `_` if it is meant to be there");
	}
}

static void lint_function(struct checker *c, const struct symbol *s)
{
	bool in_module = c->m != c->p->modules.at[0] || !c->p->scenario, api = in_module && s->item->doc.n;
	if (s->uses || api || s->name.p[0] == '_') return;
	const char *kind = s->kind == SYM_FN ? "function" : "fault";
	struct diag *d = diag_add(c->ds, D_unused_function, s->span, "nothing uses the %s `%.*s`", kind, STR_ARG(s->name));
	if (in_module) diag_help(c->ds, d, "if others use it, say what it does in a `##` comment above it");
}

static void lint_top_level(struct checker *c)
{
	const struct map *names = &c->m->names;
	for (size_t i = 0; i < names->n; i++) {
		const struct symbol *s = names->entry[i].value;
		if (s->kind == SYM_FN || s->kind == SYM_FAULT) lint_function(c, s);
		else if (!s->uses) diag_add(c->ds, D_unused_module, s->span, "nothing uses the module `%.*s`", STR_ARG(s->name));
	}
}

/* ---- what a scenario should say ---- */

static void lint_missing(struct checker *c)
{
	static const struct {
		enum item_kind kind;
		const char *what, *why, *help;
	} wanted[] = {
		{ I_BRIEF, "brief", "nobody who is asked to take part knows what it is about",
			"brief \"Uploads fail for some customers.\"" },
		{ I_LEVEL, "level", "`irs pick` can't tell for whom it is", "level beginner" },
		{ I_LASTS, "lasts", "nobody knows how much time to set aside", "lasts 1h..2h" },
		{ I_RESOLVED, "resolved", "the session can't know when the practice is over", "resolved { web healthy for 2m }" },
		{ I_RESOLUTION, "hidden resolution", "there is nothing to tell afterwards", "hidden resolution { cause \"…\" fix \"…\" }" },
	};
	for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
		if (first_item(scenario_items(c), wanted[i].kind)) continue;
		struct diag *d = diag_add(c->ds, D_missing_item, c->p->scenario->keyword, "this scenario has no `%s`: %s",
			wanted[i].what, wanted[i].why);
		diag_help(c->ds, d, "%s", wanted[i].help);
	}
}

/* ---- times that don't go together ---- */

static void lint_after(struct checker *c, const struct expr *e, const struct range *lasts, int64_t end, const char *what)
{
	int64_t v;
	if (!e || !constant_of(e, &v) || v < end) return;
	struct diag *d = diag_add(c->ds, D_after_the_end, e->span, "%s comes when the session is over", what);
	diag_label(c->ds, d, lasts->high->span, "it lasts so long at most");
}

static void lint_latest(struct checker *c, const struct item *failsafe, const struct range *lasts, int64_t end)
{
	int64_t v;
	if (!failsafe || !failsafe->failsafe.latest || !constant_of(failsafe->failsafe.latest, &v) || v >= end) return;
	struct diag *d = diag_add(c->ds, D_early_latest, failsafe->failsafe.latest->span,
		"the host undoes this before the session is over");
	diag_label(c->ds, d, lasts->high->span, "it lasts so long at most");
	diag_help(c->ds, d, "give `latest` at least that much, or leave it out: then it is an hour more");
}

static void lint_times(struct checker *c)
{
	const struct item *lasts = first_item(scenario_items(c), I_LASTS);
	int64_t end;
	if (!lasts || !constant_of(lasts->range.high, &end)) return;
	for (size_t i = 0; i < scenario_items(c)->n; i++) {
		const struct item *item = scenario_items(c)->at[i];
		if (item->kind == I_MESSAGE) lint_after(c, item->message.after, &lasts->range, end, "this message");
		if (item->kind == I_ALARM) lint_after(c, item->alarm.latest, &lasts->range, end, "this alarm");
		if (item->kind != I_STEP) continue;
		lint_after(c, item->step.after, &lasts->range, end, "this step");
		lint_latest(c, first_item(&item->step.items, I_FAILSAFE), &lasts->range, end);
	}
}

/* ---- failsafes that are none ---- */

static void lint_restore(struct checker *c, const items_t *items, const struct item *step)
{
	const struct item *restore = first_item(items, I_RESTORE);
	struct span at;
	const char *why;
	if (!restore || !restore->restore.body || restore_renderable(c->p, restore->restore.body, &at, &why)) return;
	struct diag *d = diag_add(c->ds, D_no_failsafe, step->keyword,
		"this step has no failsafe: its restore can't be written down beforehand");
	diag_label(c->ds, d, at, "%s", why);
	diag_help(c->ds, d, "capture in a `let` what restore depends on; or say `failsafe none`, so that every reader sees it");
}

static void lint_done(struct checker *c, const struct item *step, const struct expr *call, void *with)
{
	(void)with;
	lint_restore(c, &call->call.symbol->item->fault.items, step);
}

static void lint_failsafes(struct checker *c)
{
	for (size_t i = 0; i < scenario_items(c)->n; i++) {
		const struct item *step = scenario_items(c)->at[i];
		if (step->kind != I_STEP || first_item(&step->step.items, I_FAILSAFE)) continue;
		lint_restore(c, &step->step.items, step);
		for_each_do(c, step, lint_done, NULL);
	}
}

void lint_module(struct checker *c, struct module *m)
{
	if (!is_own_module(c, m)) return;
	c->m = m;
	lint_top_level(c);
	lint_blocks(c);
}

void lint_program(struct checker *c)
{
	lint_values(c);
	if (!c->p->scenario) return;
	lint_missing(c);
	lint_times(c);
	lint_failsafes(c);
	lint_leaks(c);
}
