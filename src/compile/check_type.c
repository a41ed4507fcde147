/* check_type: types in words, what fits where, and numbers that lack their unit. */
#include "check_private.h"

#include "irs/literal.h"

const char *type_text(struct checker *c, struct type t)
{
	struct buf b = { 0 };
	type_put(&b, t);
	const char *text = arena_strndup(c->a, b.p, b.n);
	buf_free(&b);
	return text;
}

const char *type_phrase(struct checker *c, struct type t)
{
	const char *text = type_text(c, t);
	if (type_is(t, T_NONE)) return "no value";
	return arena_printf(c->a, "%s %s", strchr("aeiou", text[0]) ? "an" : "a", text);
}

bool is_quantity(struct type t)
{
	return !t.lists && (t.base == T_DURATION || t.base == T_SIZE || t.base == T_PERCENT);
}

bool is_ordered(struct type t)
{
	return is_quantity(t) || type_is(t, T_INT) || type_is(t, T_FLOAT) || type_is(t, T_STRING);
}

bool adopt(struct expr *e, struct type want)
{
	if (type_eq(e->type, want)) return true;
	if (!type_fits(e->type, want)) return false;
	if (e->kind == E_LIST)
		for (size_t i = 0; i < e->list.elements.n; i++) adopt(e->list.elements.at[i], type_element(want));
	e->type = want;
	return true;
}

static struct str source_text(struct checker *c, struct span at)
{
	struct str text = c->p->sources->file.at[at.file]->text;
	if (at.end > text.n || at.start > at.end) return (struct str){ "", 0 };
	return (struct str){ text.p + at.start, at.end - at.start };
}

const char *unit_of(struct checker *c, const struct expr *e)
{
	if (e->kind != E_DURATION && e->kind != E_SIZE && e->kind != E_PERCENT) return NULL;
	struct str text = source_text(c, e->span);
	size_t unit = text.n;
	while (unit && (text.p[unit - 1] < '0' || text.p[unit - 1] > '9')) unit--;
	return arena_strndup(c->a, text.p + unit, text.n - unit);
}

void propose_units(struct checker *c, struct diag *d, const struct expr *number, struct type want, const char *unit)
{
	if (number->kind != E_INT || !is_quantity(want)) return;
	struct str digits = source_text(c, number->span);
	const char *first = unit, *second;
	switch (want.base) {
	case T_DURATION:
		first = unit ? unit : "s";
		second = strcmp(first, "s") ? "s" : "ms";
		break;
	case T_SIZE:
		first = unit ? unit : "MiB";
		second = strcmp(first, "MiB") ? "MiB" : "KiB";
		break;
	default:
		diag_help(c->ds, d, "write its unit: `%.*s%%`", STR_ARG(digits));
		diag_fix(c->ds, d, number->span, "%.*s%%", STR_ARG(digits));
		return;
	}
	diag_help(c->ds, d, "write its unit: `%.*s%s` or `%.*s%s`", STR_ARG(digits), first, STR_ARG(digits), second);
	diag_fix(c->ds, d, number->span, "%.*s%s", STR_ARG(digits), first);
}

/* How a value of one type becomes one of another, where there is a usual way that needs no look at the text. */
static const char *conversion(struct type is, struct type want)
{
	if (type_is(is, T_RESULT) && type_is(want, T_STRING)) return "its output is `.stdout`, perhaps `.stdout.trim()`";
	if (type_is(is, T_RESULT) && type_is(want, T_BOOL)) return "look at how it ended: `.exit == 0`";
	if (type_is(is, T_HOST) && type_is(want, T_STRING)) return "`.address` is its address inside the deployment, `.name` its name";
	if (type_is(want, T_STRING) && !is.lists) return "put it into a text: \"#{…}\"";
	if (is.lists == 1 && is.base == want.base && !want.lists) return "take one of them: `.first()`, or pick(…)";
	return NULL;
}

static void propose_conversion(struct checker *c, struct diag *d, const struct expr *e, struct type want)
{
	struct str text = source_text(c, e->span);
	const char *usual = conversion(e->type, want);
	if (usual) diag_help(c->ds, d, "%s", usual);
	else if (e->kind == E_INT && is_quantity(want)) propose_units(c, d, e, want, NULL);
	else if (want.lists == 1 && want.base == e->type.base && !e->type.lists)
		diag_help(c->ds, d, "a list of one stands in brackets: […]");
	else if (e->kind == E_INT && type_is(want, T_FLOAT)) {
		diag_help(c->ds, d, "write it as a float: `%.*s.0`", STR_ARG(text));
		diag_fix(c->ds, d, e->span, "%.*s.0", STR_ARG(text));
	}
}

bool require(struct checker *c, struct expr *e, struct type want, const char *what)
{
	if (is_error(e->type) || is_error(want) || adopt(e, want)) return true;
	bool unit = type_is(e->type, T_INT) && is_quantity(want);
	struct diag *d = diag_add(c->ds, unit ? D_unit_missing : D_type_mismatch, e->span, "%s is %s, but this is %s", what,
		type_phrase(c, want), type_phrase(c, e->type));
	diag_caption(c->ds, d, "%s", type_phrase(c, e->type));
	propose_conversion(c, d, e, want);
	e->type = TYPE(T_ERROR);
	return false;
}
