/* check_stmt: statements, and which of them may stand where. */
#include "check_private.h"

static void check_body(struct checker *c, struct block *b);

static const char *surroundings(const struct checker *c)
{
	return place_table[c->fn ? PLACE_FN : c->place].what;
}

/* ---- values and expressions ---- */

struct type check_let_value(struct checker *c, struct expr *e)
{
	struct type t = check_expr(c, e);
	if (type_is(t, T_NONE)) {
		struct diag *d = diag_add(c->ds, D_no_value, e->span, "this has no value to keep");
		if (e->kind == E_CALL && e->call.symbol) diag_label(c->ds, d, e->call.symbol->span, "declared without a result");
		return TYPE(T_ERROR);
	}
	if (t.base != T_NONE) return t;
	struct diag *d = diag_add(c->ds, D_empty_list, e->span, "nobody can tell what this is a list of");
	diag_help(c->ds, d, "write it where its type is known: as an argument, or beside another list");
	return TYPE(T_ERROR);
}

static void check_let(struct checker *c, struct stmt *s)
{
	struct symbol *symbol = symbol_new(c, SYM_LOCAL, s->let.name, check_let_value(c, s->let.value));
	symbol->value = s->let.value;
	s->let.symbol = symbol;
	declare_value(c, symbol);
}

static void report_bool(struct checker *c, const struct stmt *s)
{
	struct diag *d = diag_add(c->ds, D_bool_statement, s->span, "the answer of this goes unused");
	diag_note(c->ds, d,
		"a condition by itself is an expectation only in what observes: verify, precondition, superseded, probe, resolved, fn");
	diag_help(c->ds, d, "write `expect …` if it must be true, `if … { }` if something depends on it");
	diag_fix(c->ds, d, (struct span){ s->span.file, s->span.start, s->span.start }, "expect ");
}

static void report_unused_value(struct checker *c, const struct expr *e)
{
	struct diag *d = diag_add(c->ds, D_unused_result, e->span, "this does nothing: its value, %s, goes unused",
		type_phrase(c, e->type));
	diag_help(c->ds, d, "keep it by `let name = …`, or leave it out");
}

static void check_expression(struct checker *c, struct stmt *s)
{
	struct expr *e = s->expr;
	struct type t = check_expr(c, e);
	if (is_error(t) || type_is(t, T_NONE) || e->kind == E_RUN) return;
	if (type_is(t, T_BOOL)) {
		if (!c->fn && !place_table[c->place].observes) report_bool(c, s);
	} else if (e->kind == E_CALL && e->call.symbol->kind == SYM_FN) {
		note_call(c, e->call.symbol, e->span, true);
	} else {
		report_unused_value(c, e);
	}
}

static void check_expect(struct checker *c, struct stmt *s)
{
	check_expr_as(c, s->expect.condition, TYPE(T_BOOL), "what is expected");
	check_time(c, s->expect.within, "`within`");
	check_time(c, s->expect.hold, "`for`");
}

/* ---- ways ---- */

static void check_branch(struct checker *c, struct stmt *s)
{
	check_expr_as(c, s->branch.condition, TYPE(T_BOOL), "the condition");
	check_body(c, s->branch.then);
	if (s->branch.otherwise) check_body(c, s->branch.otherwise);
}

static struct type loop_element(struct checker *c, struct expr *list)
{
	struct type t = check_expr(c, list);
	if (is_error(t) || t.lists) return is_error(t) || (t.base == T_NONE && t.lists == 1) ? TYPE(T_ERROR) : type_element(t);
	struct diag *d = diag_add(c->ds, D_type_mismatch, list->span, "`for` goes through a list, but this is %s", type_phrase(c, t));
	if (type_is(t, T_STRING)) diag_help(c->ds, d, "`.lines()` is the list of its lines, `.split(\",\")` that of its parts");
	return TYPE(T_ERROR);
}

static void check_loop(struct checker *c, struct stmt *s)
{
	c->unsure = true;
	struct type element = loop_element(c, s->loop.list);
	check_constant(c, s->loop.at_most, TYPE(T_INT), "`at most`", 1);
	size_t mark = scope_enter(&c->scope);
	s->loop.symbol = symbol_new(c, SYM_LOCAL, s->loop.variable, element);
	declare_value(c, s->loop.symbol);
	check_body(c, s->loop.body);
	scope_leave(&c->scope, mark);
}

static void check_retry(struct checker *c, struct stmt *s)
{
	c->unsure |= s->retry.times->kind != E_INT;
	check_expr_as(c, s->retry.times, TYPE(T_INT), "how often");
	check_time(c, s->retry.every, "`every`");
	check_body(c, s->retry.body);
}

/* ---- what ends or starts something ---- */

static void check_return(struct checker *c, struct stmt *s)
{
	if (!c->fn) {
		if (s->expr) check_expr(c, s->expr);
		struct diag *d = diag_add(c->ds, D_return_outside, s->span, "`return` can't stand in %s", surroundings(c));
		diag_help(c->ds, d, "a block ends at its last statement; `fail \"why\"` ends it before");
		return;
	}
	const struct item *fn = c->fn->item;
	if (s->expr) check_expr(c, s->expr);
	if (fn->fn.has_result && s->expr) {
		require(c, s->expr, fn->fn.result, "what this function returns");
	} else if (fn->fn.has_result) {
		struct diag *d = diag_add(c->ds, D_bad_return, s->span, "this function returns %s", type_phrase(c, fn->fn.result));
		diag_label(c->ds, d, fn->fn.result_span, "declared here");
	} else if (s->expr) {
		struct diag *d = diag_add(c->ds, D_bad_return, s->expr->span, "this function returns nothing");
		diag_label(c->ds, d, fn->name.span, "declared here without a result");
		if (!is_error(s->expr->type) && !type_is(s->expr->type, T_NONE))
			diag_help(c->ds, d, "say what it returns, behind its parameters: -> %s", type_text(c, s->expr->type));
	}
}

static void check_spawn(struct checker *c, struct stmt *s)
{
	if (c->fn || c->place != PLACE_INDUCE) {
		struct diag *d = diag_add(c->ds, D_spawn_outside, s->span, "`spawn` can't stand in %s", surroundings(c));
		diag_help(c->ds, d, "only induce starts what lives on; restore finds it by its mark");
	}
	check_command(c, s->spawn.command);
	if (s->spawn.command->type.lists) {
		struct diag *d = diag_add(c->ds, D_not_a_command, s->spawn.command->span, "`spawn` takes a text, no list of words");
		diag_help(c->ds, d, "the shell that reads it stands between: spawn \"sleep 60\" mark m");
	}
	check_expr_as(c, s->spawn.mark, TYPE(T_STRING), "the mark");
}

static void check_do_outside(struct checker *c, struct stmt *s)
{
	struct diag *d = diag_add(c->ds, D_do_outside, s->span, "`do` can't stand in %s", surroundings(c));
	diag_note(c->ds, d, "a fault is a whole: its needs, induce, verify and restore belong to a step");
	diag_help(c->ds, d, "write it in the step itself, beside its lets");
	check_do(c, s->call);
}

/* ---- all of them ---- */

static void check_stmt(struct checker *c, struct stmt *s)
{
	switch (s->kind) {
	case S_LET: check_let(c, s); break;
	case S_EXPR: check_expression(c, s); break;
	case S_EXPECT: check_expect(c, s); break;
	case S_IF: check_branch(c, s); break;
	case S_FOR: check_loop(c, s); break;
	case S_RETRY: check_retry(c, s); break;
	case S_WAIT: check_time(c, s->expr, "`wait`"); break;
	case S_LOG: check_expr_as(c, s->expr, TYPE(T_STRING), "what is logged"); break;
	case S_FAIL: check_expr_as(c, s->expr, TYPE(T_STRING), "the reason of `fail`"); break;
	case S_RETURN: check_return(c, s); break;
	case S_SPAWN: check_spawn(c, s); break;
	case S_DO: check_do_outside(c, s); break;
	case S_ERROR:
	case S_KINDS: break;
	}
}

static void check_body(struct checker *c, struct block *b)
{
	size_t mark = scope_enter(&c->scope);
	for (size_t i = 0; i < b->stmts.n; i++) check_stmt(c, b->stmts.at[i]);
	scope_leave(&c->scope, mark);
}

void check_block(struct checker *c, struct block *b, enum site place)
{
	if (!b) return;
	enum site before = c->place;
	c->place = place;
	c->body = b;
	check_body(c, b);
	c->body = NULL;
	c->place = before;
}

bool stmt_ends(const struct stmt *s)
{
	switch (s->kind) {
	case S_ERROR:
	case S_RETURN:
	case S_FAIL: return true;
	case S_IF: return s->branch.otherwise && block_ends(s->branch.then) && block_ends(s->branch.otherwise);
	case S_RETRY: return block_ends(s->retry.body);
	default: return false;
	}
}

bool block_ends(const struct block *b)
{
	for (size_t i = 0; i < b->stmts.n; i++)
		if (stmt_ends(b->stmts.at[i])) return true;
	return false;
}

void check_fn_body(struct checker *c, struct item *fn)
{
	size_t mark = scope_enter(&c->scope);
	for (size_t i = 0; i < fn->fn.params.n; i++) declare_value(c, fn->fn.params.at[i].symbol);
	c->fn = fn->symbol;
	if (fn->fn.body) check_block(c, fn->fn.body, PLACE_FN);
	c->fn = NULL;
	scope_leave(&c->scope, mark);
	if (!fn->fn.has_result || !fn->fn.body || block_ends(fn->fn.body)) return;
	if (is_unread_within(c, fn->span)) return; /* what could not be read may have returned */
	struct diag *d = diag_add(c->ds, D_missing_return, fn->name.span, "`%.*s` can end without returning %s", STR_ARG(fn->name.text),
		type_phrase(c, fn->fn.result));
	struct span brace = { fn->fn.body->span.file, fn->fn.body->span.end - 1, fn->fn.body->span.end };
	diag_label(c->ds, d, brace, "this end can be reached");
	diag_help(c->ds, d, "end each way with `return …` or `fail \"why\"`");
}
