#include "ast_build.h"

#include "lexer.h"

static struct expr *expr_new(struct parser *p, enum expr_kind kind, struct span at, size_t size)
{
	struct expr *e = arena_alloc(p->arena, size);
	e->kind = kind;
	e->span = at;
	return e;
}
#define EXPR_NEW(p, kind, at, member) expr_new((p), (kind), (at), NODE_SIZE(struct expr, member))

/* Takes a child into account. A chain of operators may be as long as the file, and what walks the tree recurses: beyond a depth that nobody
 * writes the expression becomes an error node, which keeps the depth so that what is built upon it becomes one, too,
 * in silence. */
static void deepen(struct parser *p, struct expr *e, const struct expr *child)
{
	if (!child || child->depth < e->depth) return;
	bool told = child->kind == E_ERROR && child->depth == PARSE_MAX_DEPTH;
	e->depth = told ? PARSE_MAX_DEPTH : (uint16_t)(child->depth + 1);
	if (e->depth < PARSE_MAX_DEPTH) return;
	e->kind = E_ERROR;
	if (told) return;
	struct diag *d = diag_add(p->diags, D_nested_too_deeply, e->span,
		"this expression is more than %d operators and calls deep", PARSE_MAX_DEPTH);
	diag_help(p->diags, d, "name inner parts with `let`");
}

struct expr *ast_error(struct parser *p, struct span at)
{
	return EXPR_NEW(p, E_ERROR, at, depth);
}

struct expr *ast_bool(struct parser *p, struct span at, bool v)
{
	struct expr *e = EXPR_NEW(p, E_BOOL, at, boolean);
	e->boolean = v;
	return e;
}

struct expr *ast_quantity(struct parser *p, struct span at, enum expr_kind kind, int64_t v)
{
	struct expr *e = EXPR_NEW(p, kind, at, integer);
	e->integer = v;
	return e;
}

struct expr *ast_float(struct parser *p, struct span at, double v)
{
	struct expr *e = EXPR_NEW(p, E_FLOAT, at, real);
	e->real = v;
	return e;
}

struct expr *ast_string(struct parser *p, struct span at, struct template *t)
{
	if (lexer_tore(p, at)) return ast_error(p, at);
	struct expr *e = EXPR_NEW(p, E_STRING, at, string);
	e->string = t;
	for (size_t i = 0; i < t->parts.n; i++) deepen(p, e, t->parts.at[i].hole);
	return e;
}

struct expr *ast_list(struct parser *p, struct span at, const struct chain *elements)
{
	struct expr *e = EXPR_NEW(p, E_LIST, at, list);
	CHAIN_TO_VEC(p, &e->list.elements, elements);
	size_t n = e->list.elements.n;
	for (size_t i = 0; i < n && e->kind == E_LIST; i++) deepen(p, e, e->list.elements.at[i]);
	return e;
}

struct expr *ast_name_expr(struct parser *p, struct name name)
{
	struct expr *e = EXPR_NEW(p, E_NAME, name.span, name);
	e->name.name = name;
	return e;
}

struct expr *ast_place(struct parser *p, struct span at, enum expr_kind kind)
{
	return EXPR_NEW(p, kind, at, depth);
}

struct expr *ast_parenthesised(struct span at, struct expr *e)
{
	e->span = at;
	return e;
}

struct expr *ast_field(struct parser *p, struct span at, struct expr *object, struct name field)
{
	struct expr *e = EXPR_NEW(p, E_FIELD, at, field);
	e->field.object = object;
	e->field.field = field;
	e->field.field_id = -1;
	deepen(p, e, object);
	return e;
}

struct expr *ast_call(struct parser *p, struct span at, struct expr *callee, const struct chain *args)
{
	if (callee->kind == E_ERROR) return callee;
	if (callee->kind != E_NAME && callee->kind != E_FIELD) {
		struct diag *d = diag_add(p->diags, D_not_callable, callee->span, "only a name can be called");
		diag_help(p->diags, d, "`f(x)`, `x.f()` and `module.f(x)` are calls");
		return ast_error(p, at);
	}
	struct expr *e = EXPR_NEW(p, E_CALL, at, call);
	e->call.callee = callee;
	CHAIN_TO_VEC(p, &e->call.args, args);
	deepen(p, e, callee);
	size_t n = e->call.args.n;
	for (size_t i = 0; i < n && e->kind == E_CALL; i++) deepen(p, e, e->call.args.at[i].value);
	return e;
}

struct expr *ast_unary(struct parser *p, struct span at, enum unary_op op, struct expr *operand)
{
	struct expr *e = EXPR_NEW(p, E_UNARY, at, unary);
	e->unary.op = op;
	e->unary.operand = operand;
	deepen(p, e, operand);
	return e;
}

struct expr *ast_binary(struct parser *p, struct span at, enum binary_op op, struct span op_at, struct expr *left, struct expr *right)
{
	struct expr *e = EXPR_NEW(p, E_BINARY, at, binary);
	e->binary.op = op;
	e->binary.op_span = op_at;
	e->binary.left = left;
	e->binary.right = right;
	deepen(p, e, left);
	if (e->kind == E_BINARY) deepen(p, e, right);
	return e;
}

struct expr *ast_chained(struct parser *p, struct span at, struct span second_op, struct expr *middle)
{
	struct diag *d = diag_add(p->diags, D_chained_comparison, second_op, "comparisons don't chain");
	struct str m = text_at(p, middle->span);
	if (m.n <= 40) diag_help(p->diags, d, "compare twice: `… %.*s and %.*s …`", STR_ARG(m), STR_ARG(m));
	else diag_help(p->diags, d, "compare twice, with `and` between");
	return ast_error(p, at);
}

struct expr *ast_equals_meant(struct parser *p, struct span at, struct span equals, struct expr *left, struct expr *right)
{
	struct diag *d = diag_add(p->diags, D_equals_for_comparison, equals, "`=` compares nothing");
	diag_help(p->diags, d, "`==` compares");
	diag_fix(p->diags, d, equals, "==");
	return ast_binary(p, at, BIN_EQ, equals, left, right);
}

struct arg *ast_arg(struct parser *p, struct name label, struct expr *value)
{
	return KEEP(p, struct arg, label, value);
}

struct arg *ast_label_meant(struct parser *p, struct span equals, struct expr *label, struct expr *value)
{
	bool named = label->kind == E_NAME;
	struct diag *d = diag_add(p->diags, D_equals_for_comparison, equals, "`=` stands for nothing in an argument");
	diag_help(p->diags, d, named ? "an argument's name is followed by `:`; `==` compares" : "`==` compares");
	struct span gap = { equals.file, label->span.end, equals.end };
	diag_fix(p->diags, d, named ? gap : equals, named ? ":" : "==");
	return ast_arg(p, named ? label->name.name : NO_NAME, value);
}

struct expr *ast_comprehension(struct parser *p, struct span at, struct expr *element, struct name variable, struct expr *list,
	struct expr *condition)
{
	struct expr *e = EXPR_NEW(p, E_COMPREHENSION, at, comprehension);
	e->comprehension.element = element;
	e->comprehension.variable = variable;
	e->comprehension.list = list;
	e->comprehension.condition = condition;
	deepen(p, e, element);
	if (e->kind != E_ERROR) deepen(p, e, list);
	if (e->kind != E_ERROR) deepen(p, e, condition);
	return e;
}

/* ---- asking the world ---- */

struct expr *ast_run(struct parser *p, struct span at, struct expr *command, const struct chain *options)
{
	struct clauses c;
	clauses_spread(p, &c, "a command", 1u << CLAUSE_ON | 1u << CLAUSE_TIMEOUT | 1u << CLAUSE_INPUT, options);
	struct expr *e = EXPR_NEW(p, E_RUN, at, run);
	e->run.command = command;
	e->run.on = clause_value(&c, CLAUSE_ON);
	e->run.timeout = clause_value(&c, CLAUSE_TIMEOUT);
	e->run.input = clause_value(&c, CLAUSE_INPUT);
	struct expr *parts[] = { command, e->run.on, e->run.timeout, e->run.input };
	for (size_t i = 0; i < 4 && e->kind == E_RUN; i++) deepen(p, e, parts[i]);
	return e;
}

/* Where a labelled argument of run(…) goes, or NULL. */
static struct expr **run_argument(struct expr *e, struct str label)
{
	if (str_eq(label, STR("on"))) return &e->run.on;
	if (str_eq(label, STR("timeout"))) return &e->run.timeout;
	if (str_eq(label, STR("input"))) return &e->run.input;
	return NULL;
}

static void take_run_argument(struct parser *p, struct expr *e, const struct arg *a)
{
	static const char *const labels[] = { "on", "timeout", "input" };
	struct expr **to = a->label.text.n ? run_argument(e, a->label.text) : &e->run.command;
	if (!to) {
		ONE_OF(p, a->label, "argument of `run` called", labels);
	} else if (*to) {
		struct str label = a->label.text.n ? a->label.text : STR("command");
		struct diag *d = diag_add(p->diags, D_run_arguments, a->value->span, "`run` takes one %.*s", STR_ARG(label));
		diag_help(p->diags, d, "run(\"command\", on: host, timeout: 30s, input: text)");
	} else {
		*to = a->value;
	}
}

struct expr *ast_run_call(struct parser *p, struct span at, const struct chain *args, bool attempt)
{
	struct expr *e = EXPR_NEW(p, E_RUN, at, run);
	e->run.attempt = attempt;
	CHAIN_EACH(struct arg, a, args) take_run_argument(p, e, a);
	if (!e->run.command) {
		struct diag *d = diag_add(p->diags, D_run_arguments, at, "`run` wants a command");
		diag_help(p->diags, d, "run(\"command\", on: host, timeout: 30s, input: text)");
		return ast_error(p, at);
	}
	struct expr *parts[] = { e->run.command, e->run.on, e->run.timeout, e->run.input };
	for (size_t i = 0; i < 4 && e->kind == E_RUN; i++) deepen(p, e, parts[i]);
	return e;
}

struct expr *ast_http(struct parser *p, struct span at, struct name method, struct expr *url, const struct chain *options,
	struct expr *expect)
{
	struct clauses c;
	clauses_spread(p, &c, "an HTTP request", 1u << CLAUSE_TIMEOUT | 1u << CLAUSE_BODY, options);
	struct expr *e = EXPR_NEW(p, E_HTTP, at, http);
	e->http.method = method;
	e->http.url = url;
	e->http.timeout = clause_value(&c, CLAUSE_TIMEOUT);
	e->http.body = clause_value(&c, CLAUSE_BODY);
	e->http.expect = expect;
	struct expr *parts[] = { url, e->http.timeout, e->http.body, expect };
	for (size_t i = 0; i < 4 && e->kind == E_HTTP; i++) deepen(p, e, parts[i]);
	return e;
}

struct expr *ast_tcp(struct parser *p, struct span at, struct expr *address, struct expr *timeout)
{
	struct expr *e = EXPR_NEW(p, E_TCP, at, tcp);
	e->tcp.address = address;
	e->tcp.timeout = timeout;
	deepen(p, e, address);
	if (e->kind == E_TCP) deepen(p, e, timeout);
	return e;
}

static struct expr *probe_condition(struct parser *p, struct span at, struct name probe)
{
	struct expr *e = EXPR_NEW(p, E_PROBE, at, probe);
	e->probe.probe = probe;
	return e;
}

struct expr *ast_healthy(struct parser *p, struct span at, struct name probe, struct expr *hold)
{
	struct expr *e = probe_condition(p, at, probe);
	e->probe.healthy = true;
	e->probe.hold = hold;
	deepen(p, e, hold);
	return e;
}

struct expr *ast_fails(struct parser *p, struct span at, struct name probe, int64_t fails, int64_t of)
{
	struct expr *e = probe_condition(p, at, probe);
	e->probe.fails = fails;
	e->probe.of = of;
	return e;
}
