/* check_builtin: which row of tbl/builtin.def a call means, by the types of its arguments. */
#include "check_bound.h"
#include "check_private.h"

enum effect { EFFECT_NONE, EFFECT_RANDOM, EFFECT_MARK };

static const struct builtin_row {
	const char *name, *signature;
	enum effect effect;
} rows[] = {
#define BUILTIN(id, name, signature, effect, doc) { name, signature, EFFECT_##effect },
#include "irs/tbl/builtin.def"
#undef BUILTIN
};
enum { ROWS = sizeof rows / sizeof *rows };

static enum type_base base_of(char letter)
{
	switch (letter) {
	case 'b': return T_BOOL;
	case 'i': return T_INT;
	case 'f': return T_FLOAT;
	case 's': return T_STRING;
	case 'd': return T_DURATION;
	case 'z': return T_SIZE;
	case 'p': return T_PERCENT;
	case 'h': return T_HOST;
	case 'P': return T_PROCESS;
	case 'r': return T_RESULT;
	case 'j': return T_JSON;
	default: return T_NONE;
	}
}

struct binding { /* what T stands for */
	bool bound;
	struct type t;
};

/* Reads one type of a signature: its lists, and its letter. Returns what follows. */
static const char *read_type(const char *s, unsigned *lists, char *letter)
{
	for (*lists = 0; *s == '['; s++) (*lists)++;
	*letter = *s++;
	while (*s == ']') s++;
	return s;
}

static struct type type_from(unsigned lists, char letter, const struct binding *T)
{
	struct type t = letter == 'T' ? T->t : TYPE(base_of(letter));
	t.lists = (uint8_t)(t.lists + lists);
	return t;
}

static bool bind_any(struct type is, unsigned lists, struct binding *T)
{
	if (is.lists < lists || type_is(is, T_NONE)) return false;
	struct type t = { is.base, (uint8_t)(is.lists - lists) };
	if (t.base == T_NONE && !t.lists) return true; /* an empty list of T */
	if (T->bound) return type_fits(t, T->t) || (type_fits(T->t, t) && (T->t = t, true));
	*T = (struct binding){ true, t };
	return true;
}

/* Whether the arguments fit the row; what T is then. */
static bool row_takes(const struct builtin_row *row, const exprs_t *args, struct binding *T)
{
	const char *s = row->signature;
	*T = (struct binding){ 0 };
	size_t i = 0;
	for (; *s && *s != '-'; i++) {
		unsigned lists;
		char letter;
		s = read_type(s, &lists, &letter);
		if (i >= args->n) return false;
		struct type is = args->at[i]->type;
		if (is_error(is)) continue;
		bool fits = letter == 'T' ? bind_any(is, lists, T) : type_fits(is, type_from(lists, letter, T));
		if (!fits) return false;
	}
	return i == args->n;
}

static struct type finish(const struct builtin_row *row, exprs_t *args, const struct binding *T)
{
	const char *s = row->signature;
	unsigned lists;
	char letter;
	for (size_t i = 0; *s != '-'; i++) {
		s = read_type(s, &lists, &letter);
		adopt(args->at[i], type_from(lists, letter, T));
	}
	read_type(s + 2, &lists, &letter);
	return letter == 'T' && !T->bound ? TYPE(T_ERROR) : type_from(lists, letter, T);
}

/* "min(T, T)", with types in words. */
static void put_signature(struct buf *b, const struct builtin_row *row)
{
	const char *s = row->signature;
	buf_printf(b, "%s(", row->name);
	for (size_t i = 0; *s != '-'; i++) {
		unsigned lists;
		char letter;
		s = read_type(s, &lists, &letter);
		if (i) buf_puts(b, ", ");
		for (unsigned k = 0; k < lists; k++) buf_puts(b, "list<");
		if (letter == 'T') buf_putc(b, 'T');
		else type_put(b, TYPE(base_of(letter)));
		buf_pad(b, '>', lists);
	}
	buf_putc(b, ')');
}

static void report_none(struct checker *c, int first, const struct expr *call, const exprs_t *args)
{
	struct buf b = { 0 };
	for (size_t i = 0; i < args->n; i++) {
		if (i) buf_puts(&b, ", ");
		type_put(&b, args->at[i]->type);
	}
	struct diag *d = diag_add(c->ds, D_no_overload, call->span, "`%s` doesn't take (%s)", rows[first].name, b.n ? b.p : "");
	for (int i = first; i < ROWS; i++) {
		if (strcmp(rows[i].name, rows[first].name) != 0) continue;
		buf_clear(&b);
		put_signature(&b, &rows[i]);
		diag_note(c->ds, d, "there is %s", b.p);
	}
	buf_free(&b);
}

static bool any_error(const exprs_t *args)
{
	for (size_t i = 0; i < args->n; i++)
		if (is_error(args->at[i]->type)) return true;
	return false;
}

/* min, max and sort have a meaning only where < has one. */
static void check_order(struct checker *c, int row, const struct expr *call, const struct binding *T)
{
	const char *name = rows[row].name;
	bool orders = strcmp(name, "min") == 0 || strcmp(name, "max") == 0 || strcmp(name, "sort") == 0;
	if (!orders || !T->bound || is_ordered(T->t) || is_error(T->t)) return;
	diag_add(c->ds, D_bad_operands, call->span, "`%s` needs an order, and %s has none", name, type_phrase(c, T->t));
}

/* More than there can be. */
static void check_pick(struct checker *c, const struct expr *call, const exprs_t *args)
{
	struct bounds bounds = { .p = c->p, .left = 1000 };
	int64_t n, most;
	if (!constant_of(args->at[0], &n) || !bound_count(&bounds, args->at[1], &most) || n <= most) return;
	struct diag *d = diag_add(c->ds, D_out_of_range, call->span, "this picks %lld, and there are %lld at most", (long long)n, (long long)most);
	const struct symbol *list = args->at[1]->kind == E_NAME ? args->at[1]->name.symbol : NULL;
	if (list) diag_label(c->ds, d, list->span, "declared here");
}

/* What the table's signatures don't say. */
static void check_arguments_of(struct checker *c, int row, const struct expr *call, const exprs_t *args)
{
	const char *name = rows[row].name;
	if (strcmp(name, "matches") == 0 || strcmp(name, "capture") == 0) check_pattern(c, args->at[1]);
	if (strcmp(name, "pick") == 0 && args->n == 2) check_pick(c, call, args);
}

static void note_draw(struct checker *c, int row, struct span at)
{
	if (rows[row].effect == EFFECT_NONE) return;
	if (c->fn) c->fn->facts->draws = true;
	if (c->fn || place_table[c->place].draws) return;
	struct diag *d = diag_add(c->ds, D_draw_here, at, "%s can't stand in %s",
		rows[row].effect == EFFECT_MARK ? "a mark" : "a draw", place_table[c->place].what);
	diag_help(c->ds, d,
		"put it into a `let` before: its value is kept in the journal, so that everything afterwards means the same one");
}

int resolve_builtin(struct checker *c, int first, struct expr *call, exprs_t *args, struct type *result)
{
	struct binding T;
	for (int i = first; i < ROWS; i++) {
		if (strcmp(rows[i].name, rows[first].name) != 0 || !row_takes(&rows[i], args, &T)) continue;
		*result = any_error(args) && rows[i].signature[strlen(rows[i].signature) - 1] == 'T' && !T.bound ? TYPE(T_ERROR) : finish(&rows[i], args, &T);
		check_order(c, i, call, &T);
		check_arguments_of(c, i, call, args);
		note_draw(c, i, call->span);
		return i;
	}
	if (!any_error(args)) report_none(c, first, call, args);
	return -1;
}
