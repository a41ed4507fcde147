#include "irsc_plan.h"

#include <unistd.h>

#include "irs/dryplan.h"
#include "irs/emit.h"

/* Where the target or param of that name is declared; the scenario itself if there is none. */
static struct span place_of(const struct compilation *c, struct str name)
{
	const struct item *scenario = c->program->scenario;
	for (size_t i = 0; i < scenario->scenario.items.n; i++) {
		const struct item *item = scenario->scenario.items.at[i];
		if ((item->kind == I_TARGET || item->kind == I_PARAM) && str_eq(item->name.text, name)) return item->name.span;
	}
	return scenario->keyword;
}

static void report(struct compilation *c, const struct setup *s)
{
	for (size_t i = 0; i < s->findings.n; i++) {
		const struct setup_finding *f = &s->findings.at[i];
		struct diag *d = diag_add(&c->diags, f->code, place_of(c, f->item), "%s", f->message);
		if (f->help) diag_help(&c->diags, d, "%s", f->help);
	}
}

static void warn(struct inventory *inv)
{
	struct buf out = { 0 };
	for (size_t i = 0; i < inv->warnings.n; i++) {
		buf_puts(&out, "irsc check: ");
		buf_safe(&out, str_of(inv->warnings.at[i]));
		buf_putc(&out, '\n');
	}
	cli_write(STDERR_FILENO, &out);
	buf_free(&out);
}

static bool set_up(struct compilation *c, const struct plan_options *o, struct setup *s, struct err *e)
{
	for (size_t i = 0; i < o->set.n; i++) setup_param(s, o->set.at[i]);
	for (size_t i = 0; i < o->set_file.n; i++) setup_param_file(s, o->set_file.at[i]);
	if (o->inventory) {
		struct inventory *inv = inventory_read(c->a, o->inventory, e);
		if (!inv) return false;
		warn(inv);
		setup_targets(s, inv, o->targets.at, o->targets.n);
	} else if (o->targets.n) {
		return err_set(e, IRS_USAGE, NULL, "--target names a group of an inventory, and there is none; give one with -i");
	}
	report(c, s);
	return !s->findings.n;
}

static void put_plan(const struct plan *p, const struct plan_options *o)
{
	struct plan_style style = { .color = cli_color(STDOUT_FILENO), .columns = cli_columns(STDOUT_FILENO), .all = o->all };
	struct buf out = { 0 };
	if (o->json) plan_put_json(&out, p);
	else plan_put_text(&out, p, &style);
	cli_write(STDOUT_FILENO, &out);
	buf_free(&out);
}

bool plan_show(struct compilation *c, const struct plan_options *o, struct err *e)
{
	struct image *img = arena_new_of(c->a, struct image);
	if (!emit_image(c->program, img, c->a, e)) return false;
	struct setup *s = setup_new(c->a, img);
	if (!set_up(c, o, s, e)) return false;
	put_plan(dryplan_make(s, o->inventory != NULL), o);
	return true;
}
