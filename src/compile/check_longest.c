#include "check_longest.h"

#include "check_private.h"
#include "irs/literal.h"

/* What is not said (docs/language.md, "Longest time"). */
static const int64_t RUN_TIMEOUT = 30 * NS_PER_S, KILL_GRACE = 2 * NS_PER_S, REQUEST_TIMEOUT = 5 * NS_PER_S, RETRY_EVERY = NS_PER_S;
enum { STEPS = 1 << 20, DEPTH = 200 };

static int64_t unbounded(struct longest *l, struct span at, const char *why)
{
	if (l->why) return DURATION_UNBOUNDED;
	l->at = at;
	l->why = why;
	l->of_param = l->bounds.asked && !l->bounds.env;
	return DURATION_UNBOUNDED;
}

/* A duration that is said, or what is taken where none is. */
static int64_t said(struct longest *l, const struct expr *e, int64_t otherwise)
{
	int64_t v;
	if (!e) return otherwise;
	if (!bound_value(&l->bounds, e, &v)) return unbounded(l, e->span, "nothing bounds this duration");
	return v < 0 ? 0 : v;
}

/* ---- expressions ---- */

static int64_t of_body(struct longest *l, const struct symbol *fn, const exprs_t *args)
{
	struct fn_facts *facts = fn->facts;
	const struct block *body = fn->item->fn.body;
	if (facts->timed) return facts->longest;
	if (!body || facts->timing) return 0; /* recursion has been reported */
	if (!l->bounds.left || !l->bounds.left-- || l->depth == DEPTH) return unbounded(l, fn->span, "calls nest too deeply here");
	facts->timing = true;
	l->depth++;
	struct bounds before = l->bounds;
	struct bound_env env = { &fn->item->fn.params, args, before.env };
	l->bounds.env = &env;
	l->bounds.asked = false;
	int64_t t = longest_of_block(l, body);
	facts->timed = !l->bounds.asked && t != DURATION_UNBOUNDED;
	facts->longest = t;
	facts->timing = false;
	l->depth--;
	l->bounds.env = before.env;
	l->bounds.asked |= before.asked;
	return t;
}

static int64_t of_exprs(struct longest *l, const exprs_t *es)
{
	int64_t t = 0;
	for (size_t i = 0; i < es->n; i++) t = bounded_sum(t, longest_of_expr(l, es->at[i]));
	return t;
}

static int64_t of_call(struct longest *l, const struct expr *e)
{
	int64_t t = of_exprs(l, &e->call.resolved);
	const struct symbol *s = e->call.symbol;
	return s && s->kind == SYM_FN ? bounded_sum(t, of_body(l, s, &e->call.resolved)) : t;
}

static int64_t of_field(struct longest *l, const struct expr *e)
{
	if (!e->field.symbol) return longest_of_expr(l, e->field.object);
	struct expr *object = e->field.object;
	exprs_t args = { &object, 1, 1 };
	return bounded_sum(longest_of_expr(l, object), of_body(l, e->field.symbol, &args));
}

static int64_t of_run(struct longest *l, const struct expr *e)
{
	int64_t t = bounded_sum(longest_of_expr(l, e->run.command),
		bounded_sum(longest_of_expr(l, e->run.on), longest_of_expr(l, e->run.input)));
	return bounded_sum(t, bounded_sum(said(l, e->run.timeout, RUN_TIMEOUT), KILL_GRACE));
}

/* n times what one takes; what takes no time takes none however often. */
static int64_t times(struct longest *l, const struct expr *list, const struct expr *at_most, int64_t one, const char *why)
{
	int64_t n;
	if (one == 0 || one == DURATION_UNBOUNDED) return one;
	if (at_most && constant_of(at_most, &n)) return bounded_product(n, one);
	return bound_count(&l->bounds, list, &n) ? bounded_product(n, one) : unbounded(l, list->span, why);
}

static int64_t of_comprehension(struct longest *l, const struct expr *e)
{
	int64_t one = bounded_sum(longest_of_expr(l, e->comprehension.element), longest_of_expr(l, e->comprehension.condition));
	return bounded_sum(longest_of_expr(l, e->comprehension.list),
		times(l, e->comprehension.list, NULL, one, "nothing bounds this list"));
}

static int64_t of_binary(struct longest *l, const struct expr *e)
{
	int64_t t = 0;
	for (; e->kind == E_BINARY; e = e->binary.left) t = bounded_sum(t, longest_of_expr(l, e->binary.right));
	return bounded_sum(t, longest_of_expr(l, e));
}

static int64_t of_template(struct longest *l, const struct template *text)
{
	int64_t t = 0;
	for (size_t i = 0; i < text->parts.n; i++) t = bounded_sum(t, longest_of_expr(l, text->parts.at[i].hole));
	return t;
}

int64_t longest_of_expr(struct longest *l, const struct expr *e)
{
	if (!e) return 0;
	switch (e->kind) {
	case E_STRING: return of_template(l, e->string);
	case E_LIST: return of_exprs(l, &e->list.elements);
	case E_FIELD: return of_field(l, e);
	case E_CALL: return of_call(l, e);
	case E_UNARY: return longest_of_expr(l, e->unary.operand);
	case E_BINARY: return of_binary(l, e);
	case E_COMPREHENSION: return of_comprehension(l, e);
	case E_RUN: return of_run(l, e);
	case E_HTTP: return bounded_sum(longest_of_expr(l, e->http.url), said(l, e->http.timeout, REQUEST_TIMEOUT));
	case E_TCP: return bounded_sum(longest_of_expr(l, e->tcp.address), said(l, e->tcp.timeout, REQUEST_TIMEOUT));
	default: return 0;
	}
}

/* ---- statements ---- */

static int64_t of_branch(struct longest *l, const struct stmt *s)
{
	int64_t then = longest_of_block(l, s->branch.then), otherwise = longest_of_block(l, s->branch.otherwise);
	return bounded_sum(longest_of_expr(l, s->branch.condition), then > otherwise ? then : otherwise);
}

static int64_t of_loop(struct longest *l, const struct stmt *s)
{
	int64_t one = longest_of_block(l, s->loop.body);
	return bounded_sum(longest_of_expr(l, s->loop.list), times(l, s->loop.list, s->loop.at_most, one, "nothing bounds this list"));
}

static int64_t of_retry(struct longest *l, const struct stmt *s)
{
	int64_t n, one = longest_of_block(l, s->retry.body);
	if (!bound_value(&l->bounds, s->retry.times, &n))
		return unbounded(l, s->retry.times->span, "nothing bounds how often this is tried");
	if (n < 1) n = 1;
	return bounded_sum(bounded_product(n, one), bounded_product(n - 1, said(l, s->retry.every, RETRY_EVERY)));
}

static int64_t of_expect(struct longest *l, const struct stmt *s)
{
	int64_t waiting = bounded_sum(said(l, s->expect.within, 0), said(l, s->expect.hold, 0));
	return bounded_sum(longest_of_expr(l, s->expect.condition), waiting);
}

static int64_t of_stmt(struct longest *l, const struct stmt *s)
{
	switch (s->kind) {
	case S_LET: return longest_of_expr(l, s->let.value);
	case S_EXPR:
	case S_LOG:
	case S_FAIL:
	case S_RETURN: return longest_of_expr(l, s->expr);
	case S_WAIT: return said(l, s->expr, 0);
	case S_EXPECT: return of_expect(l, s);
	case S_IF: return of_branch(l, s);
	case S_FOR: return of_loop(l, s);
	case S_RETRY: return of_retry(l, s);
	case S_SPAWN: return bounded_sum(longest_of_expr(l, s->spawn.command), bounded_sum(RUN_TIMEOUT, KILL_GRACE));
	default: return 0;
	}
}

int64_t longest_of_block(struct longest *l, const struct block *b)
{
	int64_t t = 0;
	for (size_t i = 0; b && i < b->stmts.n; i++) t = bounded_sum(t, of_stmt(l, b->stmts.at[i]));
	return t;
}

struct longest longest_begin(const struct program *p, const struct expr *call, struct bound_env *env)
{
	struct longest l = { .bounds = { .p = p, .left = STEPS } };
	if (!call || call->kind != E_CALL || !call->call.symbol || call->call.symbol->kind != SYM_FAULT) return l;
	*env = (struct bound_env){ &call->call.symbol->item->fault.params, &call->call.resolved, NULL };
	l.bounds.env = env;
	return l;
}

int64_t longest_time(const struct program *p, const struct block *b, const struct expr *call)
{
	struct bound_env env;
	struct longest l = longest_begin(p, call, &env);
	return longest_of_block(&l, b);
}

void longest_of_function(const struct program *p, const struct symbol *fn)
{
	struct longest l = longest_begin(p, NULL, NULL);
	of_body(&l, fn, &(exprs_t){ 0 });
}
