/* emit_stmt: each statement leaves the stack as it was. */
#include "emit_private.h"

void emit_let(struct emitter *m, struct symbol *s, struct type t)
{
	PUT(m->r, NAME, text_constant(m, s->name));
	s->index = routine_local(m->r, t);
	PUT(m->r, SET, s->index);
}

static void emit_expectation(struct emitter *m, const struct expr *condition)
{
	emit_expr(m, condition);
	mark_place(m, condition->span);
	PUT(m->r, EXPECT, text_constant(m, source_text(m, condition->span)));
}

/* A bool is an expectation; other values are done with. */
static void emit_expression(struct emitter *m, const struct expr *e)
{
	if (type_is(e->type, T_BOOL)) {
		emit_expectation(m, e);
		return;
	}
	emit_expr(m, e);
	if (!type_is(e->type, T_NONE)) PUT(m->r, POP);
}

/* What can't be asked is asked again, as what is not true; the last answer counts. */
static void emit_poll(struct emitter *m, const struct stmt *s)
{
	const struct expr *condition = s->expect.condition;
	uint32_t again = routine_label(m->r), asked = routine_label(m->r);
	emit_expr(m, s->expect.within ? s->expect.within : s->expect.hold);
	PUT(m->r, POLL_BEGIN);
	routine_bind(m->r, again);
	PUT(m->r, CATCH, asked, CATCH_UNKNOWN);
	emit_expr(m, condition);
	mark_place(m, condition->span);
	PUT(m->r, UNCATCH);
	routine_bind(m->r, asked);
	if (s->expect.within) PUT(m->r, POLL_WITHIN, again);
	else PUT(m->r, POLL_FOR, again);
	PUT(m->r, POLL_END, text_constant(m, source_text(m, condition->span)));
}

static void emit_expect(struct emitter *m, const struct stmt *s)
{
	if (s->expect.within || s->expect.hold) emit_poll(m, s);
	else emit_expectation(m, s->expect.condition);
}

static void emit_branch(struct emitter *m, const struct stmt *s)
{
	uint32_t join = routine_label(m->r);
	uint32_t otherwise = s->branch.otherwise ? routine_label(m->r) : join;
	emit_expr(m, s->branch.condition);
	PUT(m->r, BRANCH_FALSE, otherwise, join);
	emit_block(m, s->branch.then);
	if (s->branch.otherwise) {
		PUT(m->r, JUMP, join);
		routine_bind(m->r, otherwise);
		emit_block(m, s->branch.otherwise);
	}
	routine_bind(m->r, join);
}

static void emit_loop(struct emitter *m, const struct stmt *s)
{
	struct type list = s->loop.list->type;
	emit_expr(m, s->loop.list);
	if (list.base == T_NONE && list.lists == 1) { /* always empty */
		PUT(m->r, POP);
		return;
	}
	if (s->loop.at_most) {
		emit_expr(m, s->loop.at_most);
		PUT(m->r, AT_MOST);
	}
	uint32_t next = routine_label(m->r), end = routine_label(m->r);
	PUT(m->r, EACH);
	routine_bind(m->r, next);
	PUT(m->r, NEXT, end);
	s->loop.symbol->index = routine_local(m->r, type_element(list));
	PUT(m->r, SET, s->loop.symbol->index);
	emit_block(m, s->loop.body);
	PUT(m->r, JUMP, next);
	routine_bind(m->r, end);
}

static void emit_retry(struct emitter *m, const struct stmt *s)
{
	uint32_t again = routine_label(m->r), failed = routine_label(m->r), end = routine_label(m->r);
	emit_expr(m, s->retry.times);
	emit_expr_or(m, s->retry.every, T_DURATION, NS_PER_S);
	PUT(m->r, RETRY_BEGIN);
	routine_bind(m->r, again);
	PUT(m->r, CATCH, failed, CATCH_ANY);
	emit_block(m, s->retry.body);
	PUT(m->r, UNCATCH);
	PUT(m->r, JUMP, end);
	routine_bind(m->r, failed);
	PUT(m->r, RETRY_NEXT, again);
	routine_bind(m->r, end);
	PUT(m->r, RETRY_END);
}

static void emit_stmt(struct emitter *m, const struct stmt *s)
{
	mark_place(m, s->span);
	switch (s->kind) {
	case S_LET:
		emit_expr(m, s->let.value);
		emit_let(m, s->let.symbol, s->let.value->type);
		break;
	case S_EXPR: emit_expression(m, s->expr); break;
	case S_EXPECT: emit_expect(m, s); break;
	case S_IF: emit_branch(m, s); break;
	case S_FOR: emit_loop(m, s); break;
	case S_RETRY: emit_retry(m, s); break;
	case S_WAIT:
		emit_expr(m, s->expr);
		PUT(m->r, SLEEP);
		break;
	case S_LOG:
		emit_expr(m, s->expr);
		PUT(m->r, LOG);
		break;
	case S_FAIL:
		emit_expr(m, s->expr);
		PUT(m->r, FAIL);
		break;
	case S_RETURN:
		if (s->expr) emit_expr(m, s->expr);
		PUT(m->r, RETURN);
		break;
	case S_SPAWN:
		emit_command(m, s->spawn.command);
		emit_expr(m, s->spawn.mark);
		mark_place(m, s->span);
		PUT(m->r, SPAWN);
		break;
	case S_DO: case S_ERROR: case S_KINDS: /* a `do` stands in a step, not in a block */
		break;
	}
}

void emit_block(struct emitter *m, const struct block *b)
{
	for (size_t i = 0; i < b->stmts.n; i++) emit_stmt(m, b->stmts.at[i]);
}
