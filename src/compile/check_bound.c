#include "check_bound.h"

#include "irs/literal.h"

int64_t bounded_sum(int64_t a, int64_t b)
{
	int64_t sum;
	return __builtin_add_overflow(a, b, &sum) ? DURATION_UNBOUNDED : sum;
}

int64_t bounded_product(int64_t a, int64_t b)
{
	int64_t product;
	return __builtin_mul_overflow(a, b, &product) ? DURATION_UNBOUNDED : product;
}

typedef bool bounding(struct bounds *b, const struct expr *e, int64_t *out);

/* The argument that stands for a parameter, looked at where the call stands. */
static bool bound_param(struct bounds *b, const struct symbol *s, bounding *f, int64_t *out)
{
	const struct bound_env *env = b->env;
	b->asked = true;
	for (size_t i = 0; env && i < env->params->n; i++) {
		if (env->params->at[i].symbol != s || i >= env->args->n || !env->args->at[i]) continue;
		b->env = env->outer;
		bool known = f(b, env->args->at[i], out);
		b->env = env;
		return known;
	}
	return false;
}

static bool is_builtin(const struct expr *e, const char *name)
{
	return e->kind == E_CALL && e->call.symbol && e->call.symbol->kind == SYM_BUILTIN && str_eq(e->call.symbol->name, str_of(name));
}

/* ---- values ---- */

static bool value_of_name(struct bounds *b, const struct symbol *s, int64_t *out)
{
	if (!s) return false;
	if (s->kind == SYM_PARAM) return bound_param(b, s, bound_value, out);
	if (s->value) return bound_value(b, s->value, out);
	return s->item && s->item->kind == I_PARAM && s->item->param.range.high && constant_of(s->item->param.range.high, out);
}

static bool value_of_binary(struct bounds *b, const struct expr *e, int64_t *out)
{
	int64_t l, r;
	if (constant_of(e, out)) return true;
	bool shares = type_is(e->binary.left->type, T_PERCENT) || type_is(e->binary.right->type, T_PERCENT);
	if (shares || !bound_value(b, e->binary.left, &l) || !bound_value(b, e->binary.right, &r) || l < 0 || r < 0) return false;
	if (e->binary.op == BIN_ADD) *out = bounded_sum(l, r);
	else if (e->binary.op == BIN_MUL) *out = bounded_product(l, r);
	else if (e->binary.op == BIN_DIV && constant_of(e->binary.right, &r) && r > 0) *out = l / r;
	else return false;
	return true;
}

static bool value_of_call(struct bounds *b, const struct expr *e, int64_t *out)
{
	int64_t l, r;
	const exprs_t *args = &e->call.resolved;
	if (is_builtin(e, "len") && args->at[0]->type.lists) return bound_count(b, args->at[0], out);
	if (is_builtin(e, "seconds") && bound_value(b, args->at[0], &l)) return *out = bounded_product(l, NS_PER_S), true;
	bool smaller = is_builtin(e, "min");
	if (!smaller && !is_builtin(e, "max")) return false;
	bool left = bound_value(b, args->at[0], &l), right = bound_value(b, args->at[1], &r);
	if (smaller && left != right) return *out = left ? l : r, true;
	if (!left || !right) return false;
	*out = (l < r) == smaller ? l : r;
	return true;
}

bool bound_value(struct bounds *b, const struct expr *e, int64_t *out)
{
	if (!b->left || !b->left--) return false;
	switch (e->kind) {
	case E_NAME: return value_of_name(b, e->name.symbol, out);
	case E_BINARY: return value_of_binary(b, e, out);
	case E_CALL: return value_of_call(b, e, out);
	default: return constant_of(e, out);
	}
}

/* ---- lists ---- */

static bool count_of_name(struct bounds *b, const struct symbol *s, int64_t *out)
{
	if (!s) return false;
	if (s->kind == SYM_PARAM) return bound_param(b, s, bound_count, out);
	if (s->value) return bound_count(b, s->value, out);
	if (!s->item || s->item->kind != I_TARGET) return false;
	*out = s->item->target.high;
	return true;
}

static bool count_of_call(struct bounds *b, const struct expr *e, int64_t *out)
{
	const exprs_t *args = &e->call.resolved;
	if (is_builtin(e, "sort") || is_builtin(e, "unique")) return bound_count(b, args->at[0], out);
	if (!is_builtin(e, "pick") || args->n != 2) return false;
	return bound_value(b, args->at[0], out) || bound_count(b, args->at[1], out);
}

static bool count_of(struct bounds *b, const struct expr *e, int64_t *out)
{
	int64_t l, r;
	switch (e->kind) {
	case E_LIST: return *out = (int64_t)e->list.elements.n, true;
	case E_NAME: return count_of_name(b, e->name.symbol, out);
	case E_CALL: return count_of_call(b, e, out);
	case E_COMPREHENSION: return bound_count(b, e->comprehension.list, out);
	case E_BINARY:
		if (!bound_count(b, e->binary.left, &l) || !bound_count(b, e->binary.right, &r)) return false;
		return *out = bounded_sum(l, r), true;
	default: return false;
	}
}

bool bound_count(struct bounds *b, const struct expr *e, int64_t *out)
{
	if (!b->left || !b->left--) return false;
	if (count_of(b, e, out)) return true;
	/* Hosts come from the targets, however the list was made; the runner is one more. */
	if (!type_eq(e->type, TYPE_LIST(T_HOST)) || !b->p->hosts) return false;
	*out = b->p->hosts + 1;
	return true;
}
