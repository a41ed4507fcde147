/* check_constant: values that stand in the image as numbers: how long after, at most how many, from where to where. */
#include "check_private.h"

#include "irs/literal.h"

static bool constant_binary(const struct expr *e, int64_t *out)
{
	int64_t l, r;
	const struct expr *left = e->binary.left, *right = e->binary.right;
	if (!constant_of(left, &l) || !constant_of(right, &r)) return false;
	bool both = is_quantity(left->type) && is_quantity(right->type);
	bool shares = both && type_is(left->type, T_PERCENT) != type_is(right->type, T_PERCENT);
	switch (e->binary.op) {
	case BIN_ADD: return !__builtin_add_overflow(l, r, out);
	case BIN_SUB: return !__builtin_sub_overflow(l, r, out);
	case BIN_MUL: return !shares && !__builtin_mul_overflow(l, r, out);
	case BIN_DIV:
		if (is_quantity(right->type) || r == 0 || (l == INT64_MIN && r == -1)) return false;
		*out = l / r;
		return true;
	case BIN_MOD:
		if (r == 0 || r == -1) return false;
		*out = l % r;
		return true;
	default: return false;
	}
}

bool constant_of(const struct expr *e, int64_t *out)
{
	switch (e->kind) {
	case E_INT:
	case E_DURATION:
	case E_SIZE:
	case E_PERCENT: *out = e->integer; return true;
	case E_UNARY: {
		int64_t x;
		if (e->unary.op != UN_NEG || !constant_of(e->unary.operand, &x) || x == INT64_MIN) return false;
		*out = -x;
		return true;
	}
	case E_BINARY: return constant_binary(e, out);
	default: return false;
	}
}

/* A quantity as it would be written: "1h30m", "5%", "3". */
static const char *quantity_text(struct checker *c, struct type t, int64_t v)
{
	struct buf b = { 0 };
	switch (t.base) {
	case T_DURATION: literal_put_duration(&b, v); break;
	case T_SIZE: literal_put_size(&b, v); break;
	case T_PERCENT: literal_put_percent(&b, v); break;
	default: buf_printf(&b, "%lld", (long long)v);
	}
	const char *text = arena_strndup(c->a, b.p, b.n);
	buf_free(&b);
	return text;
}

void check_overflow(struct checker *c, const struct expr *e)
{
	int64_t left, right, v;
	enum binary_op op = e->binary.op;
	bool counts = op == BIN_ADD || op == BIN_SUB || op == BIN_MUL;
	if (!counts || is_error(e->type) || !constant_of(e->binary.left, &left) || !constant_of(e->binary.right, &right)) return;
	bool share = is_quantity(e->binary.left->type) && is_quantity(e->binary.right->type) && op == BIN_MUL;
	if (share || constant_of(e, &v)) return;
	struct diag *d = diag_add(c->ds, D_number_too_large, e->span, "the result does not fit into 64 bits");
	diag_help(c->ds, d, "it is at most %s", quantity_text(c, e->type, INT64_MAX));
}

void check_constant(struct checker *c, struct expr *e, struct type want, const char *what, int64_t low)
{
	if (!e) return;
	enum site before = c->place;
	size_t errors = c->ds->errors;
	c->place = PLACE_FIXED;
	check_expr_as(c, e, want, what);
	c->place = before;
	int64_t v;
	if (is_error(e->type) || c->ds->errors != errors) return;
	if (!constant_of(e, &v)) {
		struct diag *d = diag_add(c->ds, D_not_constant, e->span,
			"%s must be a fixed value: nothing is known yet when it is needed", what);
		bool time = want.base == T_DURATION, share = want.base == T_PERCENT;
		diag_help(c->ds, d, "write the value itself, such as `%s`", time ? "10s" : share ? "20%" : "3");
	} else if (v < low) {
		diag_add(c->ds, D_out_of_range, e->span, "%s is at least %s", what, quantity_text(c, want, low));
	}
}

static bool is_fixed(const struct expr *e)
{
	switch (e->kind) {
	case E_BOOL:
	case E_INT:
	case E_FLOAT:
	case E_DURATION:
	case E_SIZE:
	case E_PERCENT: return true;
	case E_STRING:
		for (size_t i = 0; i < e->string->parts.n; i++)
			if (e->string->parts.at[i].hole) return false;
		return true;
	case E_LIST:
		for (size_t i = 0; i < e->list.elements.n; i++)
			if (!is_fixed(e->list.elements.at[i])) return false;
		return true;
	case E_UNARY: return is_fixed(e->unary.operand);
	case E_BINARY: return is_fixed(e->binary.left) && is_fixed(e->binary.right);
	default: return false;
	}
}

void check_default(struct checker *c, struct expr *e, struct type want, const char *what)
{
	enum site before = c->place;
	size_t errors = c->ds->errors;
	c->place = PLACE_FIXED;
	check_expr_as(c, e, want, what);
	c->place = before;
	if (is_error(e->type) || c->ds->errors != errors || is_fixed(e)) return;
	struct diag *d = diag_add(c->ds, D_not_constant, e->span, "%s must be a fixed value", what);
	diag_help(c->ds, d, "whoever calls can give another one; a default depends on nothing");
}

/* ---- ranges ---- */

bool check_range(struct checker *c, struct range *r, struct type want, const char *what)
{
	int64_t low, high;
	size_t errors = c->ds->errors;
	check_constant(c, r->low, want, what, INT64_MIN);
	if (r->high != r->low) check_constant(c, r->high, want, what, INT64_MIN);
	if (c->ds->errors != errors || !constant_of(r->low, &low) || !constant_of(r->high, &high)) return false;
	if (low <= high) return true;
	struct diag *d = diag_add(c->ds, D_out_of_range, r->span, "this range is empty: %s is above %s",
		quantity_text(c, want, low), quantity_text(c, want, high));
	diag_help(c->ds, d, "the lower bound comes first: %s..%s", quantity_text(c, want, high), quantity_text(c, want, low));
	return false;
}

void check_within(struct checker *c, const struct expr *e, const struct range *r, struct type want)
{
	int64_t v, low, high;
	if (!constant_of(e, &v) || !constant_of(r->low, &low) || !constant_of(r->high, &high) || (v >= low && v <= high)) return;
	struct diag *d = diag_add(c->ds, D_out_of_range, e->span, "the default %s is not within %s..%s", quantity_text(c, want, v),
		quantity_text(c, want, low), quantity_text(c, want, high));
	diag_label(c->ds, d, r->span, "the range");
}
