/* Arithmetic, comparison and three-valued logic. What goes with what was proven by the verifier (tbl/arith.def). */
#include <math.h>

#include "fiber.h"
#include "irs/literal.h"

static const char *const sign[] = { [OP_ADD] = "+", [OP_SUB] = "-", [OP_MUL] = "*", [OP_DIV] = "/", [OP_MOD] = "%", [OP_EQ] = "==",
	                            [OP_NE] = "!=", [OP_LT] = "<", [OP_LE] = "<=", [OP_GT] = ">", [OP_GE] = ">=" };

static bool is_quantity(uint8_t tag) { return tag == V_DURATION || tag == V_SIZE || tag == V_PERCENT; }

static bool overflow(struct fiber *f, enum opcode op, struct value a, struct value b)
{
	return raise_unknown(f, "%s %s %s is out of range", name_of(f, a), sign[op], name_of(f, b));
}

static bool divided_by_zero(struct fiber *f, struct value a)
{
	return raise_unknown(f, "%s is divided by zero", name_of(f, a));
}

/* The whole number nearest to `x`, halves away from 0; false outside of 64 bits. */
static bool rounded(double x, int64_t *out)
{
	if (!(x >= -0x1p63 && x < 0x1p63)) return false;
	int64_t whole = (int64_t)x;
	double rest = x - (double)whole; /* above 2^52 there is none */
	*out = whole + (rest >= 0.5) - (rest <= -0.5);
	return true;
}

static bool floats(struct fiber *f, enum opcode op, struct value a, struct value b, struct value *out)
{
	if (op == OP_DIV && b.f == 0) return divided_by_zero(f, a);
	double x = op == OP_ADD ? a.f + b.f : op == OP_SUB ? a.f - b.f : op == OP_MUL ? a.f * b.f : a.f / b.f;
	if (!isfinite(x)) return overflow(f, op, a, b);
	*out = (struct value){ .tag = V_FLOAT, .f = x };
	return true;
}

static bool quantity_by_float(struct fiber *f, enum opcode op, struct value a, struct value b, struct value *out)
{
	struct value quantity = a.tag == V_FLOAT ? b : a;
	double by = a.tag == V_FLOAT ? a.f : b.f;
	int64_t i;
	if (op == OP_DIV && by == 0) return divided_by_zero(f, a);
	if (!rounded(op == OP_DIV ? (double)quantity.i / by : (double)quantity.i * by, &i)) return overflow(f, op, a, b);
	*out = of_tag(quantity.tag, i, 0);
	return true;
}

static bool ratio(struct fiber *f, struct value a, struct value b, struct value *out)
{
	if (b.i == 0) return divided_by_zero(f, a);
	*out = (struct value){ .tag = V_FLOAT, .f = (double)a.i / (double)b.i };
	return true;
}

static bool share(struct fiber *f, struct value a, struct value b, struct value *out)
{
	__int128 product = (__int128)a.i * b.i / (100 * PERCENT_ONE);
	if (product > INT64_MAX || product < INT64_MIN) return overflow(f, OP_MUL, a, b);
	*out = of_tag(a.tag == V_PERCENT ? b.tag : a.tag, (int64_t)product, 0);
	return true;
}

static bool integers(struct fiber *f, enum opcode op, struct value a, struct value b, struct value *out)
{
	int64_t i = 0;
	bool over = false;
	if ((op == OP_DIV || op == OP_MOD) && b.i == 0) return divided_by_zero(f, a);
	switch (op) {
	case OP_ADD: over = __builtin_add_overflow(a.i, b.i, &i); break;
	case OP_SUB: over = __builtin_sub_overflow(a.i, b.i, &i); break;
	case OP_MUL: over = __builtin_mul_overflow(a.i, b.i, &i); break;
	case OP_DIV: over = a.i == INT64_MIN && b.i == -1; i = over ? 0 : a.i / b.i; break;
	default: i = b.i == -1 ? 0 : a.i % b.i; break;
	}
	if (over) return overflow(f, op, a, b);
	*out = of_tag(is_quantity(b.tag) ? b.tag : a.tag, i, 0);
	return true;
}

static bool lists(struct fiber *f, struct value a, struct value b, struct value *out)
{
	struct value_list *list = heap_alloc(f, sizeof *list + (a.list->n + b.list->n) * sizeof *list->at);
	if (!list) return raise_heap(f);
	for (size_t i = 0; i < a.list->n; i++) list->at[list->n++] = a.list->at[i];
	for (size_t i = 0; i < b.list->n; i++) list->at[list->n++] = b.list->at[i];
	*out = (struct value){ .tag = V_LIST, .of = a.of.base == T_NONE ? b.of : a.of, .list = list };
	return true;
}

static bool known_arithmetic(struct fiber *f, enum opcode op, struct value a, struct value b, struct value *out)
{
	if (a.tag == V_LIST) return lists(f, a, b, out);
	if (a.tag == V_FLOAT && b.tag == V_FLOAT) return floats(f, op, a, b, out);
	if (a.tag == V_FLOAT || b.tag == V_FLOAT) return quantity_by_float(f, op, a, b, out);
	if (op == OP_DIV && is_quantity(b.tag)) return ratio(f, a, b, out);
	if (op == OP_MUL && is_quantity(a.tag) && is_quantity(b.tag)) return share(f, a, b, out);
	return integers(f, op, a, b, out);
}

bool arithmetic(struct fiber *f, enum opcode op, struct value a, struct value b, struct value *out)
{
	uint8_t certainty = surer(a.certainty, b.certainty);
	if (a.tag == V_UNKNOWN || b.tag == V_UNKNOWN) {
		struct type t = TYPE(T_NONE);
		arith_result(op, value_type(a), value_type(b), &t);
		return unknown(f, t, certainty, out, "%s %s %s", name_of(f, a), sign[op], name_of(f, b));
	}
	if (!known_arithmetic(f, op, a, b, out)) return false;
	out->certainty = certainty;
	return true;
}

bool negate(struct fiber *f, struct value a, struct value *out)
{
	if (a.tag == V_UNKNOWN) return unknown(f, a.of, a.certainty, out, "-%s", name_of(f, a));
	if (a.tag == V_FLOAT) a.f = -a.f;
	else if (a.i == INT64_MIN) return raise_unknown(f, "-(%s) is out of range", name_of(f, a));
	else a.i = -a.i;
	*out = a;
	return true;
}

static int order(struct value a, struct value b)
{
	if (a.tag == V_FLOAT) return (a.f > b.f) - (a.f < b.f);
	if (a.tag != V_STRING) return (a.i > b.i) - (a.i < b.i);
	int c = memcmp(a.text->p, b.text->p, a.text->n < b.text->n ? a.text->n : b.text->n);
	return c ? c : (a.text->n > b.text->n) - (a.text->n < b.text->n);
}

static enum bool3 compared(enum opcode op, struct value a, struct value b)
{
	if (op == OP_EQ || op == OP_NE) {
		enum bool3 same = value_equal(a, b);
		return op == OP_EQ || same == UNKNOWN3 ? same : same == TRUE3 ? FALSE3 : TRUE3;
	}
	if (a.tag == V_UNKNOWN || b.tag == V_UNKNOWN) return UNKNOWN3;
	int c = order(a, b);
	bool holds = op == OP_LT ? c < 0 : op == OP_LE ? c <= 0 : op == OP_GT ? c > 0 : c >= 0;
	return holds ? TRUE3 : FALSE3;
}

bool compare(struct fiber *f, enum opcode op, struct value a, struct value b, struct value *out)
{
	uint8_t certainty = surer(a.certainty, b.certainty);
	enum bool3 t = compared(op, a, b);
	if (t == UNKNOWN3) return unknown(f, TYPE(T_BOOL), certainty, out, "%s %s %s", name_of(f, a), sign[op], name_of(f, b));
	*out = of_bool(t, certainty);
	return true;
}

static bool kleene(struct fiber *f, enum bool3 decisive, const char *word, struct value a, struct value b, struct value *out)
{
	enum bool3 x = truth(a), y = truth(b);
	if (x == decisive || y == decisive) return *out = of_bool(decisive, x == decisive ? a.certainty : b.certainty), true;
	if (x != UNKNOWN3 && y != UNKNOWN3) return *out = of_bool(x, surer(a.certainty, b.certainty)), true;
	if (x != UNKNOWN3) return *out = b, true;
	if (y != UNKNOWN3 || !f->vm->dry) return *out = a, true;
	return unknown(f, TYPE(T_BOOL), surer(a.certainty, b.certainty), out, "%s %s %s", name_of(f, a), word, name_of(f, b));
}

bool kleene_and(struct fiber *f, struct value a, struct value b, struct value *out) { return kleene(f, FALSE3, "and", a, b, out); }
bool kleene_or(struct fiber *f, struct value a, struct value b, struct value *out) { return kleene(f, TRUE3, "or", a, b, out); }

bool kleene_not(struct fiber *f, struct value a, struct value *out)
{
	enum bool3 t = truth(a);
	if (t != UNKNOWN3) *out = of_bool(t == TRUE3 ? FALSE3 : TRUE3, a.certainty);
	else if (!f->vm->dry) *out = a; /* keeps its reason */
	else return unknown(f, TYPE(T_BOOL), a.certainty, out, "not %s", name_of(f, a));
	return true;
}
