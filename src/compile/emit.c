/* emit: a program's image: what the scenario says besides its steps, and the whole. */
#include "emit_private.h"

/* ---- small things ---------------------------------------------------------------------------------------- */

uint32_t fixed_text(struct emitter *m, const struct template *t)
{
	if (!t) return IMAGE_NONE;
	return assembly_string(m->as, t->parts.n ? t->parts.at[0].text : STR(""));
}

int64_t constant_or(const struct expr *e, int64_t otherwise)
{
	int64_t v;
	return e && constant_of(e, &v) ? v : otherwise;
}

int64_t time_add(int64_t a, int64_t b)
{
	int64_t sum;
	return __builtin_add_overflow(a, b, &sum) ? DURATION_UNBOUNDED : sum;
}

int64_t time_times(int64_t t, int64_t n)
{
	int64_t product;
	return __builtin_mul_overflow(t, n, &product) ? DURATION_UNBOUNDED : product;
}

struct image_fanout_record fanout_of(const struct fanout *f)
{
	switch (f->kind) {
	case FANOUT_ONE: return (struct image_fanout_record){ IMAGE_AT_MOST, 1 };
	case FANOUT_COUNT: return (struct image_fanout_record){ IMAGE_AT_MOST, constant_or(f->limit, 1) };
	case FANOUT_SHARE: return (struct image_fanout_record){ IMAGE_AT_MOST_SHARE, constant_or(f->limit, 1) };
	case FANOUT_ALL: break;
	}
	return (struct image_fanout_record){ IMAGE_ALL_AT_ONCE, 0 };
}

static int64_t hosts_of(const struct emitter *m, const struct expr *on)
{
	if (!on || type_is(on->type, T_HOST)) return 1;
	const struct item *item = on->kind == E_NAME && on->name.symbol ? on->name.symbol->item : NULL;
	return item && item->kind == I_TARGET ? item->target.high : m->p->hosts;
}

int64_t batches_of(const struct emitter *m, const struct expr *on, const struct fanout *f)
{
	int64_t hosts = hosts_of(m, on), at_once = hosts;
	struct image_fanout_record r = fanout_of(f);
	if (r.fanout == IMAGE_AT_MOST) at_once = r.limit;
	if (r.fanout == IMAGE_AT_MOST_SHARE) at_once = hosts * r.limit / (100 * PERCENT_ONE);
	if (at_once < 1) at_once = 1;
	return hosts <= at_once ? 1 : (hosts + at_once - 1) / at_once;
}

/* ---- globals ------------------------------------------------------------------------------------------------- */

static void add_target(struct emitter *m, const struct item *item)
{
	uint32_t name = assembly_string(m->as, item->name.text);
	item->symbol->index = assembly_add_global(m->as, (struct image_global){ name, GLOBAL_TARGET, item->symbol->type, level_number(item->level),
		IMAGE_NONE, IMAGE_NONE, IMAGE_NONE, IMAGE_NONE });
	assembly_add_target(m->as, (struct image_target){ name, item->symbol->index, (uint32_t)item->target.low, (uint32_t)item->target.high });
}

/* A literal as a constant; IMAGE_NONE where it takes a computation. */
static uint32_t literal_constant(struct emitter *m, const struct expr *e, uint32_t level)
{
	int64_t v;
	if (e->kind == E_BOOL) return assembly_constant(m->as, TYPE(T_BOOL), level, e->boolean);
	if (e->kind == E_FLOAT) return assembly_constant(m->as, TYPE(T_FLOAT), level, float_bits(e->real));
	if (e->kind == E_STRING) return assembly_text(m->as, level, e->string->parts.n ? e->string->parts.at[0].text : STR(""));
	if (e->type.lists == 0 && e->type.base != T_FLOAT && constant_of(e, &v)) return assembly_constant(m->as, e->type, level, v);
	return IMAGE_NONE;
}

static void add_param(struct emitter *m, const struct item *item)
{
	uint32_t level = level_number(item->level);
	uint32_t name = assembly_string(m->as, item->name.text);
	struct image_global g = { name, GLOBAL_PARAM, item->param.type, level, IMAGE_NONE, IMAGE_NONE, IMAGE_NONE, IMAGE_NONE };
	if (item->param.default_value) {
		g.value = literal_constant(m, item->param.default_value, level);
		if (g.value == IMAGE_NONE)
			g.init = fn_of_expr(m, fn_name(m, "param %.*s", STR_ARG(item->name.text)), ROLE_INIT, item->level, item->param.default_value);
		if (g.init != IMAGE_NONE) routine_result(m->r, item->param.type);
	}
	if (item->param.range.low) {
		g.low = literal_constant(m, item->param.range.low, level);
		g.high = literal_constant(m, item->param.range.high, level);
	}
	item->symbol->index = assembly_add_global(m->as, g);
}

static void add_let(struct emitter *m, const struct item *item)
{
	uint32_t fn = fn_begin(m, fn_name(m, "let %.*s", STR_ARG(item->name.text)), ROLE_INIT, LEVEL_SECRET, item->span.file);
	routine_result(m->r, item->symbol->type);
	mark_place(m, item->span);
	emit_expr(m, item->let.value);
	PUT(m->r, NAME, text_constant(m, item->name.text));
	PUT(m->r, RETURN);
	uint32_t name = assembly_string(m->as, item->name.text);
	item->symbol->index = assembly_add_global(m->as,
		(struct image_global){ name, GLOBAL_LET, item->symbol->type, 1, fn, IMAGE_NONE, IMAGE_NONE, IMAGE_NONE });
}

/* Targets first, then params, then lets: lets see all the others wherever these stand, and each other in their order. */
static void add_globals(struct emitter *m, const items_t *items)
{
	for (size_t i = 0; i < items->n; i++)
		if (items->at[i]->kind == I_TARGET) add_target(m, items->at[i]);
	for (size_t i = 0; i < items->n; i++)
		if (items->at[i]->kind == I_PARAM) add_param(m, items->at[i]);
	for (size_t i = 0; i < items->n; i++)
		if (items->at[i]->kind == I_LET) add_let(m, items->at[i]);
}

/* ---- the scenario's other items ------------------------------------------------------------------------------ */

struct numbers { /* for names, of those that may have none */
	unsigned steps, preconditions, alarms, messages;
};

static void add_probe(struct emitter *m, const struct item *item)
{
	struct str name = fn_name(m, "probe %.*s", STR_ARG(item->name.text));
	struct image_probe p = { .name = assembly_string(m->as, item->name.text), .title = fixed_text(m, item->title), .level = 1, .from = IMAGE_NONE };
	p.every = constant_or(item->probe.every, NS_PER_S);
	p.timeout = constant_or(item->probe.timeout, 5 * NS_PER_S);
	if (item->probe.from) p.from = fn_of_expr(m, fn_name(m, "%.*s/from", STR_ARG(name)), ROLE_ON, LEVEL_SECRET, item->probe.from);
	p.fn = fn_of_block(m, name, ROLE_PROBE, item->probe.body);
	item->symbol->index = assembly_add_probe(m->as, p);
}

static uint32_t severity_of(struct str word)
{
	static const char *const words[ALARM_SEVERITIES] = { "critical", "error", "warning", "info" };
	uint32_t i = 0;
	while (i < ALARM_SEVERITIES - 1 && !str_eq(word, str_of(words[i]))) i++;
	return i;
}

static void add_alarm(struct emitter *m, const struct item *item, unsigned number)
{
	struct image_alarm a = { .title = fixed_text(m, item->title), .level = 1, .severity = severity_of(item->alarm.severity.text), .when = IMAGE_NONE };
	if (item->alarm.condition) a.when = fn_of_expr(m, fn_name(m, "alarm %u", number), ROLE_CONDITION, LEVEL_SECRET, item->alarm.condition);
	a.latest = constant_or(item->alarm.latest, -1);
	assembly_add_alarm(m->as, a);
}

static void add_precondition(struct emitter *m, const struct item *item, unsigned number)
{
	struct image_precondition p = { .title = fixed_text(m, item->title), .level = 1, .on = IMAGE_NONE };
	struct image_fanout_record fanout = fanout_of(&item->precondition.fanout);
	if (item->precondition.on) p.on = fn_of_expr(m, fn_name(m, "precondition %u/on", number), ROLE_ON, LEVEL_SECRET, item->precondition.on);
	p.fanout = fanout.fanout;
	p.limit = fanout.limit;
	p.fn = fn_of_block(m, fn_name(m, "precondition %u", number), ROLE_PRECONDITION, item->precondition.body);
	p.longest = time_times(longest_time(m->p, item->precondition.body, NULL), batches_of(m, item->precondition.on, &item->precondition.fanout));
	assembly_add_precondition(m->as, p);
}

static void add_message(struct emitter *m, const struct item *item, unsigned number)
{
	struct image_message g = { .sender = fixed_text(m, item->title), .level = 1, .after = constant_or(item->message.after, 0) };
	struct expr text = { .kind = E_STRING, .span = item->span, .type = TYPE(T_STRING), .string = item->message.text };
	g.text = fn_of_expr(m, fn_name(m, "message %u", number), ROLE_TEXT, LEVEL_SECRET, &text);
	assembly_add_message(m->as, g);
}

static uint32_t fact_of(enum pointer_kind k)
{
	static const uint8_t facts[] = { [POINTER_MAN] = FACT_MAN, [POINTER_URL] = FACT_URL, [POINTER_FILE] = FACT_FILE, [POINTER_SOURCE] = FACT_SOURCE,
					 [POINTER_ASK] = FACT_ASK };
	return facts[k];
}

static void add_facts(struct emitter *m, const struct item *item)
{
	uint32_t kind = item->kind == I_COMPONENTS ? FACT_COMPONENT : FACT_REQUIREMENT;
	if (item->kind == I_READING)
		for (size_t i = 0; i < item->pointers.n; i++)
			assembly_add_fact(m->as, (struct image_fact){ fact_of(item->pointers.at[i].kind), fixed_text(m, item->pointers.at[i].text) });
	else
		for (size_t i = 0; i < item->texts.n; i++) assembly_add_fact(m->as, (struct image_fact){ kind, fixed_text(m, item->texts.at[i]) });
}

static void add_hint(struct emitter *m, const struct item *item)
{
	assembly_add_hint(m->as, (struct image_hint){ fact_of(item->hint.pointer.kind), 1, fixed_text(m, item->hint.pointer.text) });
}

/* What the scenario's record says, and what the steps must know of it. */
static void note_item(struct emitter *m, struct image_scenario *s, const struct item *item)
{
	switch (item->kind) {
	case I_BRIEF: s->brief = fixed_text(m, item->text); break;
	case I_LEVEL: s->level_word = assembly_string(m->as, item->word.text); break;
	case I_LASTS:
		s->lasts_low = constant_or(item->range.low, 0);
		s->lasts_high = m->lasts_high = constant_or(item->range.high, s->lasts_low);
		break;
	case I_COMPONENTS: case I_REQUIRES: case I_READING: add_facts(m, item); break;
	case I_PROBE: add_probe(m, item); break;
	default: break;
	}
}

/* What may refer to probes comes after all of them; a resolution never comes. */
static void add_item(struct emitter *m, struct image_scenario *s, const struct item *item, struct numbers *n)
{
	switch (item->kind) {
	case I_ALARM: add_alarm(m, item, ++n->alarms); break;
	case I_PRECONDITION: add_precondition(m, item, ++n->preconditions); break;
	case I_STEP: emit_step(m, item, ++n->steps); break;
	case I_MESSAGE: add_message(m, item, ++n->messages); break;
	case I_HINT: add_hint(m, item); break;
	case I_RESOLVED: s->resolved = fn_of_block(m, STR("resolved"), ROLE_RESOLVED, item->body.body); break;
	default: break;
	}
}

/* Without waiting for its hours: conditions twice, each step induced, shown twice, undone. */
static int64_t longest_of(const struct image *img)
{
	int64_t sum = 0;
	for (size_t i = 0; i < img->nprecondition; i++) sum = time_add(sum, time_times(img->precondition[i].longest, 2));
	for (size_t i = 0; i < img->nstep; i++) {
		const struct image_step *s = &img->step[i];
		sum = time_add(sum, time_add(time_add(s->longest_induce, s->longest_restore), time_times(s->longest_verify, 2)));
	}
	return sum;
}

bool emit_image(const struct program *p, struct image *out, struct arena *a, struct err *e)
{
	struct emitter m = { .p = p, .as = assembly_new(a), .a = a };
	struct numbers numbers = { 0 };
	const items_t *items = &p->scenario->scenario.items;
	struct image_scenario s = { fixed_text(&m, p->scenario->title), IMAGE_NONE, IMAGE_NONE, 0, 0, IMAGE_NONE, 0 };
	add_globals(&m, items);
	for (size_t i = 0; i < items->n; i++) note_item(&m, &s, items->at[i]);
	for (size_t i = 0; i < items->n; i++) add_item(&m, &s, items->at[i], &numbers);
	fn_flush(&m);
	assembly_add_scenario(m.as, s);
	if (!assembly_finish(m.as, out, e)) return false;
	out->scenario->longest = longest_of(out);
	return image_verify(out, e);
}
