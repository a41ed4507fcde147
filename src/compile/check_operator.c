/* check_operator: what operators take and make. Units never mix. */
#include "check_private.h"

static const char *const op_text[] = { "or", "and", "==", "!=", "<", "<=", ">", ">=", "in", "+", "-", "*", "/", "%" };

static bool is_number(struct type t) { return type_is(t, T_INT) || type_is(t, T_FLOAT); }

static struct type bad_unary(struct checker *c, struct expr *e, const char *takes)
{
	struct expr *x = e->unary.operand;
	struct diag *d = diag_add(c->ds, D_bad_operands, x->span, "`%s` takes %s, but this is %s",
		e->unary.op == UN_NOT ? "not" : "-", takes, type_phrase(c, x->type));
	diag_caption(c->ds, d, "%s", type_phrase(c, x->type));
	return TYPE(T_ERROR);
}

struct type check_unary(struct checker *c, struct expr *e)
{
	struct type t = check_expr(c, e->unary.operand);
	if (e->unary.op == UN_NOT) return is_error(t) || type_is(t, T_BOOL) ? TYPE(T_BOOL) : bad_unary(c, e, "a bool");
	if (is_error(t) || is_number(t) || is_quantity(t)) return t;
	return bad_unary(c, e, "a number or a quantity");
}

/* ---- what is wrong with two operands ---- */

/* One side is a quantity and the other a bare number: the commonest slip of all. */
static bool report_unit(struct checker *c, struct expr *e)
{
	struct expr *l = e->binary.left, *r = e->binary.right;
	struct expr *quantity = is_quantity(l->type) ? l : r, *number = quantity == l ? r : l;
	if (!is_quantity(quantity->type) || !is_number(number->type)) return false;
	struct diag *d = diag_add(c->ds, D_unit_missing, number->span, "`%s` needs %s on both sides, but this number has no unit",
		op_text[e->binary.op], type_phrase(c, quantity->type));
	diag_label(c->ds, d, quantity->span, "this is %s", type_phrase(c, quantity->type));
	propose_units(c, d, number, quantity->type, unit_of(c, quantity));
	return true;
}

static struct type bad_binary(struct checker *c, struct expr *e)
{
	struct expr *l = e->binary.left, *r = e->binary.right;
	bool alike = e->binary.op <= BIN_SUB && e->binary.op != BIN_IN;
	if (alike && report_unit(c, e)) return TYPE(T_ERROR);
	struct diag *d = diag_add(c->ds, D_bad_operands, e->binary.op_span, "`%s` can't stand between %s and %s", op_text[e->binary.op],
		type_phrase(c, l->type), type_phrase(c, r->type));
	diag_label(c->ds, d, l->span, "%s", type_phrase(c, l->type));
	diag_label(c->ds, d, r->span, "%s", type_phrase(c, r->type));
	if (e->binary.op == BIN_ADD && (type_is(l->type, T_STRING) || type_is(r->type, T_STRING)))
		diag_help(c->ds, d, "texts are put together by holes: \"#{a}#{b}\"");
	else if ((type_is(l->type, T_INT) && type_is(r->type, T_FLOAT)) || (type_is(l->type, T_FLOAT) && type_is(r->type, T_INT)))
		diag_help(c->ds, d, "an int becomes a float by float(…), a literal by `.0`");
	else if (type_is(l->type, T_RESULT) || type_is(r->type, T_RESULT))
		diag_help(c->ds, d, "look into the result: `.exit`, or `.stdout.trim()`");
	return TYPE(T_ERROR);
}

/* ---- what fits ---- */

/* Both sides of one type, empty lists included. */
static bool same(struct expr *l, struct expr *r)
{
	return adopt(l, r->type) || adopt(r, l->type);
}

static struct type logical(struct checker *c, struct expr *e)
{
	const char *what = e->binary.op == BIN_AND ? "each side of `and`" : "each side of `or`";
	require(c, e->binary.left, TYPE(T_BOOL), what);
	require(c, e->binary.right, TYPE(T_BOOL), what);
	return TYPE(T_BOOL);
}

static struct type comparison(struct checker *c, struct expr *e)
{
	struct expr *l = e->binary.left, *r = e->binary.right;
	bool equality = e->binary.op == BIN_EQ || e->binary.op == BIN_NE;
	bool fits = same(l, r) && !type_is(l->type, T_NONE) && !type_is(l->type, T_RESULT) && (equality || is_ordered(l->type));
	return fits ? TYPE(T_BOOL) : bad_binary(c, e);
}

static struct type membership(struct checker *c, struct expr *e)
{
	struct expr *l = e->binary.left, *r = e->binary.right;
	bool in_text = type_is(l->type, T_STRING) && type_is(r->type, T_STRING);
	bool in_list = r->type.lists && (adopt(l, type_element(r->type)) || adopt(r, type_list_of(l->type)));
	return in_text || in_list ? TYPE(T_BOOL) : bad_binary(c, e);
}

static struct type sum(struct checker *c, struct expr *e)
{
	struct expr *l = e->binary.left, *r = e->binary.right;
	if (!same(l, r)) return bad_binary(c, e);
	bool lists = e->binary.op == BIN_ADD && l->type.lists;
	return lists || is_number(l->type) || is_quantity(l->type) ? l->type : bad_binary(c, e);
}

static struct type product(struct checker *c, struct expr *e)
{
	struct type l = e->binary.left->type, r = e->binary.right->type;
	if (is_number(l) && type_eq(l, r)) return l;
	if (is_quantity(l) && is_number(r)) return l;
	if (is_number(l) && is_quantity(r)) return r;
	if (type_is(l, T_PERCENT) && is_quantity(r) && r.base != T_PERCENT) return r;
	if (type_is(r, T_PERCENT) && is_quantity(l) && l.base != T_PERCENT) return l;
	return bad_binary(c, e);
}

static struct type quotient(struct checker *c, struct expr *e)
{
	struct type l = e->binary.left->type, r = e->binary.right->type;
	if (is_number(l) && type_eq(l, r)) return l;
	if (is_quantity(l) && is_number(r)) return l;
	if (is_quantity(l) && type_eq(l, r)) return TYPE(T_FLOAT);
	return bad_binary(c, e);
}

static struct type remainder_of(struct checker *c, struct expr *e)
{
	bool ints = type_is(e->binary.left->type, T_INT) && type_is(e->binary.right->type, T_INT);
	return ints ? TYPE(T_INT) : bad_binary(c, e);
}

static struct type divided(struct checker *c, struct expr *e)
{
	int64_t v;
	struct expr *r = e->binary.right;
	bool zero = (constant_of(r, &v) && v == 0) || (r->kind == E_FLOAT && r->real == 0.0);
	if (zero) diag_add(c->ds, D_out_of_range, r->span, "nothing can be divided by zero");
	return e->binary.op == BIN_DIV ? quotient(c, e) : remainder_of(c, e);
}

static struct type result_of(struct checker *c, struct expr *e)
{
	switch (e->binary.op) {
	case BIN_OR:
	case BIN_AND: return logical(c, e);
	case BIN_EQ:
	case BIN_NE:
	case BIN_LT:
	case BIN_LE:
	case BIN_GT:
	case BIN_GE: return comparison(c, e);
	case BIN_IN: return membership(c, e);
	case BIN_ADD:
	case BIN_SUB: return sum(c, e);
	case BIN_MUL: return product(c, e);
	case BIN_DIV:
	case BIN_MOD: return divided(c, e);
	}
	return TYPE(T_ERROR);
}

/* `a + b + c + …` may be as long as a file: the left spine is walked, not descended. */
struct type check_binary(struct checker *c, struct expr *e)
{
	VEC(struct expr *) spine = { 0 };
	struct expr *x = e;
	for (; x->kind == E_BINARY; x = x->binary.left) vec_push(c->a, &spine, x);
	check_expr(c, x);
	while (spine.n) {
		x = spine.at[--spine.n];
		check_expr(c, x->binary.right);
		bool silent = is_error(x->binary.left->type) || is_error(x->binary.right->type);
		bool says_bool = x->binary.op <= BIN_IN;
		if (!silent || x->binary.op <= BIN_AND) x->type = result_of(c, x);
		else x->type = says_bool ? TYPE(T_BOOL) : TYPE(T_ERROR);
		check_overflow(c, x);
	}
	return e->type;
}
