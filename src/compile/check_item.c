/* check_item: functions' signatures, and what a scenario says besides its steps. */
#include "check_private.h"

#include "irs/literal.h"

/* ---- modules ---- */

static void check_params(struct checker *c, params_t *params)
{
	for (size_t i = 0; i < params->n; i++) {
		struct param *p = &params->at[i];
		p->symbol = symbol_new(c, SYM_PARAM, p->name, p->type);
		if (p->default_value) check_default(c, p->default_value, p->type, "this default");
	}
}

void check_signatures(struct checker *c, struct module *m)
{
	c->m = m;
	for (size_t i = 0; i < m->ast->items.n; i++) {
		struct item *item = m->ast->items.at[i];
		if (item->kind == I_FN) check_params(c, &item->fn.params);
		if (item->kind == I_FAULT) check_params(c, &item->fault.params);
	}
}

static void refuse_scenario(struct checker *c, const struct item *item)
{
	struct diag *d = diag_add(c->ds, D_scenario_in_module, item->keyword, "a file that others use holds no scenario");
	diag_help(c->ds, d, "move its faults and functions into a file of their own, and use that in both");
}

static void take_scenario(struct checker *c, struct item *item)
{
	if (c->m != c->p->modules.at[0]) {
		refuse_scenario(c, item);
	} else if (c->p->scenario) {
		struct diag *d = diag_add(c->ds, D_two_scenarios, item->keyword, "a second scenario in one file");
		diag_label(c->ds, d, c->p->scenario->keyword, "the first one");
		diag_help(c->ds, d, "one file, one scenario; what they share goes into a module");
	} else {
		c->p->scenario = item;
		check_scenario(c, item);
	}
}

void check_module_bodies(struct checker *c, struct module *m)
{
	c->m = m;
	for (size_t i = 0; i < m->ast->items.n; i++) {
		struct item *item = m->ast->items.at[i];
		if (item->kind == I_FN) check_fn_body(c, item);
		else if (item->kind == I_FAULT) check_fault(c, item);
		else if (item->kind == I_SCENARIO) take_scenario(c, item);
	}
	if (!m->ast->items.n && m == c->p->modules.at[0] && !m->ast->broken)
		diag_add(c->ds, D_empty_file, (struct span){ m->file, 0, 0 },
			"there is neither a scenario nor a function nor a fault in this file");
}

/* ---- texts and words ---- */

void check_fixed(struct checker *c, struct template *t, const char *what)
{
	for (size_t i = 0; t && i < t->parts.n; i++) {
		struct template_part *part = &t->parts.at[i];
		if (!part->hole) continue;
		struct diag *d = diag_add(c->ds, D_hole_in_fixed_text, part->span, "%s can't depend on a value", what);
		const struct symbol *s = part->hole->kind == E_NAME ? scope_find(&c->scope, part->hole->name.name.text) : NULL;
		bool open = s && s->level == LEVEL_PUBLIC;
		if (s) diag_label(c->ds, d, s->span, open ? "this has its value when the session starts" : "this is for those who run it");
		diag_note(c->ds, d, "it stands in the image as it is, and is read before anything has a value");
		diag_help(c->ds, d, "write what is always true; `\\#{` is the two characters themselves");
	}
}

static void check_texts(struct checker *c, struct item *item)
{
	const char *what = item->kind == I_COMPONENTS ? "a component's name" : "a requirement";
	for (size_t i = 0; i < item->texts.n; i++) check_fixed(c, item->texts.at[i], what);
}

static void check_pointers(struct checker *c, struct item *item)
{
	for (size_t i = 0; i < item->pointers.n; i++) check_fixed(c, item->pointers.at[i].text, "what to read");
}

static void check_resolution(struct checker *c, struct item *item)
{
	struct map said = { 0 };
	for (size_t i = 0; i < item->resolution.texts.n; i++) {
		struct name *key = &item->resolution.keys.at[i];
		check_fixed(c, item->resolution.texts.at[i], "the resolution");
		const struct name *before = map_put(c->a, &said, key->text, key);
		if (!before) continue;
		struct diag *d = diag_add(c->ds, D_given_twice, key->span, "`%.*s` is said twice", STR_ARG(key->text));
		diag_label(c->ds, d, before->span, "here already");
	}
}

/* ---- targets, params, lets ---- */

static struct symbol *global_new(struct checker *c, struct item *item, struct type t)
{
	struct symbol *s = symbol_new(c, SYM_GLOBAL, item->name, t);
	s->item = item;
	s->level = item->level;
	item->symbol = s;
	return s;
}

static void declare_target(struct checker *c, struct item *item)
{
	int64_t low = item->target.low, high = item->target.high;
	if (low < 1 || high < low || high > 65535) {
		struct diag *d = diag_add(c->ds, D_out_of_range, item->target.span, "a target has from 1 to 65535 hosts, the fewest first");
		diag_help(c->ds, d, "`1 host`, `3 hosts` or `2..5 hosts`");
	} else {
		c->p->hosts += high;
	}
	declare_value(c, global_new(c, item, high == 1 ? TYPE(T_HOST) : TYPE_LIST(T_HOST)));
}

/* A probe or step: it has a name among its like, and is no value. */
static void declare_other(struct checker *c, struct item *item, enum symbol_kind kind, struct map *names)
{
	struct symbol *s = symbol_new(c, kind, item->name, TYPE(T_NONE));
	s->item = item;
	s->level = item->level;
	item->symbol = s;
	if (!s->name.n) return;
	struct symbol *before = map_put(c->a, names, s->name, s);
	if (!before) return;
	struct diag *d = diag_add(c->ds, D_duplicate_name, s->span, "a second %s by the name `%.*s`",
		kind == SYM_STEP ? "step" : "probe", STR_ARG(s->name));
	diag_label(c->ds, d, before->span, "the first one");
}

static void check_param(struct checker *c, struct item *item)
{
	struct type t = item->param.type;
	size_t errors = c->ds->errors;
	c->place = PLACE_LET;
	check_default(c, item->param.default_value, t, "the default of a param");
	bool sound = c->ds->errors == errors;
	if (!item->param.range.low || is_error(t)) return;
	if (!is_quantity(t) && !type_is(t, T_INT)) {
		struct diag *d = diag_add(c->ds, D_type_mismatch, item->param.range.span,
			"a range bounds an int, duration, size or percent, but this is %s", type_phrase(c, t));
		diag_label(c->ds, d, item->param.type_span, "declared here");
		return;
	}
	if (check_range(c, &item->param.range, t, "a bound") && sound) check_within(c, item->param.default_value, &item->param.range, t);
}

/* Lets are computed in their order: each sees those before it. */
static void check_global_let(struct checker *c, struct item *item)
{
	c->place = PLACE_LET;
	c->in_let = true;
	struct type t = check_let_value(c, item->let.value);
	c->in_let = false;
	struct symbol *s = global_new(c, item, t);
	s->value = item->let.value;
	declare_value(c, s);
	check_later(c, item);
}

/* ---- what happens besides steps ---- */

/* A host or a list of hosts. */
void check_on(struct checker *c, struct expr *on)
{
	if (!on) return;
	enum site before = c->place;
	c->place = PLACE_ON;
	check_expr(c, on);
	c->place = before;
	if (is_error(on->type) || type_is(on->type, T_HOST) || type_eq(on->type, TYPE_LIST(T_HOST))) return;
	struct diag *d = diag_add(c->ds, D_type_mismatch, on->span, "`on` takes a host or a list of hosts, but this is %s",
		type_phrase(c, on->type));
	diag_help(c->ds, d, "declare the hosts: target web: 1 host");
	on->type = TYPE(T_ERROR);
}

void check_fanout(struct checker *c, struct fanout *f)
{
	if (f->kind == FANOUT_COUNT) check_constant(c, f->limit, TYPE(T_INT), "`at most`", 1);
	if (f->kind != FANOUT_SHARE) return;
	check_constant(c, f->limit, TYPE(T_PERCENT), "`at most`", 1);
	int64_t v;
	if (!is_error(f->limit->type) && constant_of(f->limit, &v) && v > 100 * PERCENT_ONE)
		diag_add(c->ds, D_out_of_range, f->limit->span, "`at most` can't be more than 100%% of the hosts");
}

static void check_probe(struct checker *c, struct item *item)
{
	check_fixed(c, item->title, "a probe's title");
	check_constant(c, item->probe.every, TYPE(T_DURATION), "`every`", 100 * 1000000);
	check_constant(c, item->probe.timeout, TYPE(T_DURATION), "`timeout`", 1);
	c->place = PLACE_ON;
	check_expr_as(c, item->probe.from, TYPE(T_HOST), "`from`");
	check_block(c, item->probe.body, PLACE_PROBE);
}

static void check_alarm(struct checker *c, struct item *item)
{
	check_fixed(c, item->title, "an alarm's title");
	c->place = PLACE_ALARM;
	check_expr_as(c, item->alarm.condition, TYPE(T_BOOL), "`when`");
	check_constant(c, item->alarm.latest, TYPE(T_DURATION), "`latest`", 0);
}

static void check_precondition(struct checker *c, struct item *item)
{
	check_fixed(c, item->title, "a precondition's title");
	check_on(c, item->precondition.on);
	check_fanout(c, &item->precondition.fanout);
	check_block(c, item->precondition.body, PLACE_PRECONDITION);
	check_later(c, item);
}

static void check_message(struct checker *c, struct item *item)
{
	check_fixed(c, item->title, "the sender of a message");
	check_constant(c, item->message.after, TYPE(T_DURATION), "`after`", 0);
	c->place = PLACE_TEXT;
	check_template(c, item->message.text, false);
}

static void check_item(struct checker *c, struct item *item)
{
	switch (item->kind) {
	case I_BRIEF: check_fixed(c, item->text, "the brief"); break;
	case I_LASTS: check_range(c, &item->range, TYPE(T_DURATION), "how long it lasts"); break;
	case I_COMPONENTS:
	case I_REQUIRES: check_texts(c, item); break;
	case I_READING: check_pointers(c, item); break;
	case I_PROBE: check_probe(c, item); break;
	case I_ALARM: check_alarm(c, item); break;
	case I_PRECONDITION: check_precondition(c, item); break;
	case I_STEP: check_step(c, item); break;
	case I_MESSAGE: check_message(c, item); break;
	case I_HINT: check_fixed(c, item->hint.pointer.text, "a hint"); break;
	case I_RESOLVED: check_block(c, item->body.body, PLACE_RESOLVED); break;
	case I_RESOLUTION: check_resolution(c, item); break;
	default: break;
	}
}

/* ---- the scenario ---- */

static void declare_items(struct checker *c, items_t *items)
{
	for (size_t i = 0; i < items->n; i++) {
		struct item *item = items->at[i];
		if (item->kind == I_TARGET) declare_target(c, item);
		else if (item->kind == I_PARAM) declare_value(c, global_new(c, item, item->param.type));
		else if (item->kind == I_PROBE) declare_other(c, item, SYM_PROBE, &c->probes);
		else if (item->kind == I_STEP) declare_other(c, item, SYM_STEP, &c->steps);
	}
}

static void report_again(struct checker *c, const struct item *item, const struct item *before, const char *what)
{
	struct diag *d = diag_add(c->ds, D_given_twice, item->keyword, "%s is said twice", what);
	diag_label(c->ds, d, before->keyword, "here already");
}

/* What a scenario says once. */
static void check_once(struct checker *c, const items_t *items)
{
	static const char *const what[I_KINDS] = {
		[I_BRIEF] = "`brief`", [I_LEVEL] = "`level`", [I_LASTS] = "`lasts`", [I_RESOLVED] = "`resolved`",
		[I_RESOLUTION] = "the resolution",
	};
	const struct item *first[I_KINDS] = { 0 };
	size_t steps = 0;
	for (size_t i = 0; i < items->n; i++) {
		const struct item *item = items->at[i];
		steps += item->kind == I_STEP || item->kind == I_ERROR;
		if (!what[item->kind]) continue;
		if (first[item->kind]) report_again(c, item, first[item->kind], what[item->kind]);
		else first[item->kind] = item;
	}
	if (steps || is_unread_within(c, c->p->scenario->span)) return;
	struct diag *d = diag_add(c->ds, D_no_step, c->p->scenario->keyword, "this scenario has no step: nothing would happen");
	diag_help(c->ds, d, "step freeze \"what is done\" on web { induce { … } verify { … } restore { … } }");
}

void check_scenario(struct checker *c, struct item *scenario)
{
	items_t *items = &scenario->scenario.items;
	check_fixed(c, scenario->title, "the title");
	size_t mark = scope_enter(&c->scope);
	declare_items(c, items);
	for (size_t i = 0; i < items->n; i++) {
		if (items->at[i]->kind == I_PARAM) check_param(c, items->at[i]);
		if (items->at[i]->kind == I_LET) check_global_let(c, items->at[i]);
	}
	for (size_t i = 0; i < items->n; i++) check_item(c, items->at[i]);
	check_once(c, items);
	scope_leave(&c->scope, mark);
}
