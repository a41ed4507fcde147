/* The image as text, in the order of its parts: what the scenario says, its steps, then each function between the lines that it came from. */
#include <inttypes.h>

#include "dis.h"

static const char *yes_level(uint32_t level) { return level ? "secret " : ""; }

/* ---- the scenario ------------------------------------------------------------------------------------------ */

static void put_fields_of_scenario(struct dis *d)
{
	const struct image_scenario *s = d->img->scenario;
	if (s->level_word != IMAGE_NONE) dis_field(d, "level", "%.*s", STR_ARG(image_str(d->img, s->level_word)));
	if (s->lasts_high) {
		dis_name(d, "lasts");
		literal_put_duration(d->out, s->lasts_low);
		buf_puts(d->out, "..");
		literal_put_duration(d->out, s->lasts_high);
		buf_putc(d->out, '\n');
	}
	if (s->brief != IMAGE_NONE) dis_text_field(d, "brief", s->brief);
	dis_function_field(d, "resolved", s->resolved);
	dis_duration_field(d, "longest", s->longest);
}

static void put_facts(struct dis *d)
{
	static const char *const kinds[FACTS] = { "component", "requires", "man", "url", "file", "source", "ask" };
	for (size_t i = 0; i < d->img->nfact; i++) dis_text_field(d, kinds[d->img->fact[i].kind], d->img->fact[i].text);
}

static void put_capabilities(struct dis *d)
{
	static const char *const kinds[] = { "shell", "http", "tcp" };
	for (size_t i = 0; i < d->img->ncapability; i++) {
		const struct image_capability *c = &d->img->capability[i];
		dis_field(d, "capability", "%s%s on %.*s", kinds[c->kind], c->root ? " as root" : "", STR_ARG(image_str(d->img, c->target)));
	}
}

static void put_scenario(struct dis *d)
{
	buf_puts(d->out, "scenario ");
	dis_quoted(d, image_str(d->img, d->img->scenario->title), DIS_TEXT);
	buf_putc(d->out, '\n');
	put_fields_of_scenario(d);
	put_facts(d);
	put_capabilities(d);
}

/* ---- globals ------------------------------------------------------------------------------------------------- */

static const struct image_target *target_of(const struct image *img, uint32_t global)
{
	for (size_t i = 0; i < img->ntarget; i++)
		if (img->target[i].global == global) return &img->target[i];
	return NULL;
}

static void put_hosts(struct dis *d, const struct image_target *t)
{
	if (t->low == t->high) buf_printf(d->out, ", %u host%s", (unsigned)t->low, t->low == 1 ? "" : "s");
	else buf_printf(d->out, ", %u..%u hosts", (unsigned)t->low, (unsigned)t->high);
}

static void put_global(struct dis *d, uint32_t i)
{
	static const char *const kinds[] = { "target", "param", "let" };
	const struct image_global *g = &d->img->global[i];
	buf_printf(d->out, "global %u: %s%s %.*s: ", (unsigned)i, g->kind == GLOBAL_PARAM ? yes_level(g->level) : "", kinds[g->kind],
		STR_ARG(image_str(d->img, g->name)));
	type_put(d->out, g->type);
	if (g->kind == GLOBAL_TARGET) put_hosts(d, target_of(d->img, i));
	if (g->value != IMAGE_NONE) {
		buf_puts(d->out, " = ");
		dis_constant(d, g->value);
	}
	if (g->init != IMAGE_NONE) {
		buf_puts(d->out, " by ");
		dis_function(d, g->init);
	}
	if (g->low != IMAGE_NONE) {
		buf_puts(d->out, " in ");
		dis_constant(d, g->low);
		buf_puts(d->out, "..");
		dis_constant(d, g->high);
	}
	buf_putc(d->out, '\n');
}

/* ---- conditions, alarms, messages ------------------------------------------------------------------------------ */

static void put_on(struct dis *d, uint32_t on, uint32_t fanout, int64_t limit)
{
	dis_name(d, "on");
	if (on == IMAGE_NONE) buf_puts(d->out, "the runner");
	else dis_function(d, on);
	if (fanout == IMAGE_AT_MOST) buf_printf(d->out, ", at most %" PRId64, limit);
	if (fanout == IMAGE_AT_MOST_SHARE) {
		buf_puts(d->out, ", at most ");
		literal_put_percent(d->out, limit);
	}
	buf_putc(d->out, '\n');
}

static void put_precondition(struct dis *d, size_t i)
{
	const struct image_precondition *p = &d->img->precondition[i];
	dis_heading(d, "precondition", i, IMAGE_NONE, p->title);
	put_on(d, p->on, p->fanout, p->limit);
	dis_function_field(d, "is", p->fn);
	dis_duration_field(d, "longest", p->longest);
}

static void put_probe(struct dis *d, size_t i)
{
	const struct image_probe *p = &d->img->probe[i];
	dis_heading(d, "probe", i, p->name, p->title);
	dis_duration_field(d, "every", p->every);
	dis_duration_field(d, "timeout", p->timeout);
	dis_function_field(d, "from", p->from);
	dis_function_field(d, "is", p->fn);
}

static void put_alarm(struct dis *d, size_t i)
{
	static const char *const severities[ALARM_SEVERITIES] = { "critical", "error", "warning", "info" };
	const struct image_alarm *a = &d->img->alarm[i];
	dis_heading(d, "alarm", i, IMAGE_NONE, a->title);
	dis_field(d, "severity", "%s", severities[a->severity]);
	dis_function_field(d, "when", a->when);
	if (a->latest >= 0) dis_duration_field(d, "latest", a->latest);
}

static void put_message(struct dis *d, size_t i)
{
	const struct image_message *g = &d->img->message[i];
	dis_heading(d, "message", i, IMAGE_NONE, g->sender);
	dis_duration_field(d, "after", g->after);
	dis_function_field(d, "text", g->text);
}

static void put_hint(struct dis *d, size_t i)
{
	static const char *const kinds[FACTS] = { "", "", "man", "url", "file", "source", "ask" };
	const struct image_hint *h = &d->img->hint[i];
	buf_printf(d->out, "\nhint %zu: %s ", i, kinds[h->kind]);
	dis_quoted(d, image_str(d->img, h->text), DIS_TEXT);
	buf_putc(d->out, '\n');
}

/* ---- steps -------------------------------------------------------------------------------------------------------- */

static void put_refs(struct dis *d, const char *name, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++) dis_function_field(d, name, d->img->function_ref[i].fn);
}

static void put_needs(struct dis *d, const struct image_frame *f)
{
	static const char *const kinds[IMAGE_NEEDS] = { "root", "tool", "kernel module" };
	for (uint32_t i = f->needs; i < f->needs + f->nneeds; i++) {
		const struct image_need *n = &d->img->need[i];
		dis_name(d, "needs");
		buf_puts(d->out, kinds[n->kind]);
		if (n->text != IMAGE_NONE) {
			buf_putc(d->out, ' ');
			dis_quoted(d, image_str(d->img, n->text), DIS_TEXT);
		}
		buf_putc(d->out, '\n');
	}
}

static void put_frame(struct dis *d, uint32_t i)
{
	const struct image_frame *f = &d->img->frame[i];
	buf_printf(d->out, "  frame %u", (unsigned)i);
	if (f->fault != IMAGE_NONE) buf_printf(d->out, " of %.*s", STR_ARG(image_str(d->img, f->fault)));
	buf_putc(d->out, '\n');
	if (f->retry_group) {
		dis_name(d, "retry");
		buf_printf(d->out, "%u times, every ", (unsigned)f->retry_times);
		literal_put_duration(d->out, f->retry_every);
		buf_printf(d->out, ", group %u\n", (unsigned)f->retry_group);
	}
	put_needs(d, f);
	dis_function_field(d, "captures", f->capture);
	dis_function_field(d, "induce", f->induce);
	put_refs(d, "verify", f->verify, f->nverify);
	dis_function_field(d, f->renderable ? "restore (script)" : "restore", f->restore);
	if (f->because != IMAGE_NONE) dis_text_field(d, "no restore", f->because);
	put_refs(d, "superseded", f->superseded, f->nsuperseded);
}

static void put_failsafe(struct dis *d, const struct image_step *s)
{
	if (s->failsafe == FAILSAFE_NONE) return;
	dis_name(d, "failsafe");
	if (s->silent >= 0) {
		buf_puts(d->out, "silent ");
		literal_put_duration(d->out, s->silent);
	}
	if (s->latest >= 0) {
		buf_puts(d->out, s->silent >= 0 ? ", latest " : "latest ");
		literal_put_duration(d->out, s->latest);
	}
	buf_puts(d->out, s->failsafe == FAILSAFE_DEFAULT ? " (default)\n" : "\n");
}

static void put_when(struct dis *d, const struct image_step *s)
{
	dis_name(d, "when");
	if (s->when == STEP_AFTER) {
		buf_puts(d->out, "after ");
		literal_put_duration(d->out, s->after);
	} else {
		buf_puts(d->out, s->when == STEP_MITIGATED ? "mitigated" : "at the start");
	}
	buf_puts(d->out, s->unless_resolved ? ", unless resolved\n" : "\n");
}

static void put_step(struct dis *d, size_t i)
{
	const struct image_step *s = &d->img->step[i];
	dis_heading(d, "step", i, s->name, s->title);
	put_on(d, s->on, s->fanout, s->limit);
	put_when(d, s);
	dis_function_field(d, "captures", s->capture);
	put_refs(d, "superseded", s->superseded, s->nsuperseded);
	put_failsafe(d, s);
	dis_duration_field(d, "longest induce", s->longest_induce);
	dis_duration_field(d, "longest verify", s->longest_verify);
	dis_duration_field(d, "longest restore", s->longest_restore);
	for (uint32_t f = s->frames; f < s->frames + s->nframes; f++) put_frame(d, f);
}

void image_disassemble(struct buf *out, const struct image *img, image_source_line *source, void *ctx)
{
	struct dis d = { .out = out, .img = img, .source = source, .ctx = ctx };
	put_scenario(&d);
	if (img->nglobal) buf_putc(out, '\n');
	for (uint32_t i = 0; i < img->nglobal; i++) put_global(&d, i);
	for (size_t i = 0; i < img->nprecondition; i++) put_precondition(&d, i);
	for (size_t i = 0; i < img->nstep; i++) put_step(&d, i);
	for (size_t i = 0; i < img->nprobe; i++) put_probe(&d, i);
	for (size_t i = 0; i < img->nalarm; i++) put_alarm(&d, i);
	for (size_t i = 0; i < img->nmessage; i++) put_message(&d, i);
	for (size_t i = 0; i < img->nhint; i++) put_hint(&d, i);
	for (uint32_t i = 0; i < img->nfunction; i++) dis_code(&d, i);
}
