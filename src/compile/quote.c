#include "quote_scan.h"

/* ---- types that can stand in a command ----------------------------------------------------------------- */

static const struct {
	const char *field; /* what makes it fit; the first is the one that a fix proposes */
	const char *others;
} fields[T_BASES] = {
	[T_DURATION] = { ".seconds", "`.seconds` or `.milliseconds`" },
	[T_SIZE] = { ".bytes", "`.bytes`, `.kib` or `.mib`" },
	[T_PERCENT] = { ".number", "`.number` (20% is 20.0) or `.fraction` (0.2)" },
	[T_HOST] = { ".address", "`.address` or `.name`" },
	[T_RESULT] = { ".stdout.trim()", "`.stdout.trim()`, or another of its fields" },
	[T_JSON] = { ".as_string()", "`.as_string()` or `.as_int()`" },
};

static bool is_word(struct type t) { return t.base == T_STRING || t.base == T_INT || t.base == T_FLOAT || t.base == T_PROCESS; }

static bool can_take_field(const struct expr *e) { return e->kind == E_NAME || e->kind == E_FIELD || e->kind == E_CALL || e->kind == E_HERE || e->kind == E_RUNNER; }

static void refuse_type(struct scan *s, const struct template_part *p)
{
	struct buf name = { 0 };
	struct type t = p->hole->type;
	type_put(&name, t);
	struct diag *d = scan_report(s, D_shell_hole_type, p->span, "a %s can't stand in a command as it is", name.p);
	buf_free(&name);
	const char *field = t.base < T_BASES ? fields[t.base].field : NULL;
	if (!field) {
		diag_help(s->ds, d, t.base == T_BOOL ? "choose the word by an `if` before the command" : "only strings, numbers, processes and lists of them are words");
	} else if (t.lists) {
		diag_help(s->ds, d, "say what of each element: `#{[x%s for x in …]}`", field);
	} else {
		diag_help(s->ds, d, "say which form the command wants: %s", fields[t.base].others);
		struct span end = { p->hole->span.file, p->hole->span.end, p->hole->span.end };
		if (can_take_field(p->hole)) diag_fix(s->ds, d, end, "%s", field);
	}
}

static void refuse_in_arithmetic(struct scan *s, const struct template_part *p)
{
	struct buf name = { 0 };
	type_put(&name, p->hole->type);
	struct diag *d = scan_report(s, D_shell_arithmetic_type, p->span, "only an int can stand in `$((…))`; this is a %s", name.p);
	buf_free(&name);
	if (type_is(p->hole->type, T_PROCESS)) diag_help(s->ds, d, "write `.pid`");
	else diag_help(s->ds, d, "`.int()` makes one of a string or float; or compute it outside of the command");
}

bool hole_type_fits(struct scan *s, const struct template_part *p, bool arithmetic)
{
	struct type t = p->hole->type;
	if (t.base == T_ERROR) return true;
	if (arithmetic && !type_is(t, T_INT)) {
		refuse_in_arithmetic(s, p);
		return false;
	}
	bool empty_list = t.base == T_NONE && t.lists == 1;
	if (empty_list || (is_word(t) && t.lists < 2)) return true;
	refuse_type(s, p);
	return false;
}

/* ---- whole templates ------------------------------------------------------------------------------------- */

/* `raw` must be its template's only hole: what it holds could open a quote, and nobody could say where another hole stands. */
static void judge_raw(struct scan *s, const struct template *t)
{
	const struct template_part *other = NULL;
	for (size_t i = 0; i < t->parts.n; i++)
		if (t->parts.at[i].hole && !t->parts.at[i].raw) other = &t->parts.at[i];
	bool seen = false;
	for (size_t i = 0; i < t->parts.n; i++) {
		const struct template_part *p = &t->parts.at[i];
		if (!p->hole || !p->raw) continue;
		if (other || seen) {
			struct diag *d = scan_report(s, D_shell_raw_not_alone, p->span, "`raw` must be the only hole of its command");
			if (other) diag_label(s->ds, d, other->span, "nobody can say how this one would have to be quoted");
		} else if (p->hole->type.base != T_ERROR && !type_is(p->hole->type, T_STRING)) {
			diag_help(s->ds, scan_report(s, D_shell_hole_type, p->span, "`raw` takes a string"), "without `raw` it is quoted for its place");
		} else {
			scan_report(s, D_shell_raw, p->span, "this value becomes part of the command as it is: the shell runs whatever it holds");
		}
		seen = true;
	}
}

void quote_template(struct diags *ds, struct template *t)
{
	struct scan s = { .ds = ds, .t = t };
	for (size_t i = 0; i < t->parts.n; i++) t->parts.at[i].context = t->parts.at[i].raw ? HOLE_RAW : HOLE_BARE;
	judge_raw(&s, t);
	scan_begin(&s);
	scan_list(&s, false, t->span);
}

void quote_sample(struct buf *out, const struct template *t)
{
	for (size_t i = 0; i < t->parts.n; i++) {
		const struct template_part *p = &t->parts.at[i];
		if (p->hole) buf_putc(out, type_is(p->hole->type, T_INT) ? '1' : 'x');
		else buf_str(out, p->text);
	}
}
