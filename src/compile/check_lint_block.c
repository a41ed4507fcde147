/* check_lint_block: statements that are never reached, conditions that can't be false, and haste. */
#include "check_private.h"

#include "irs/literal.h"

enum { HASTY = 100 * 1000 * 1000 }; /* ns; a command on a host takes some of that by itself */

static void lint_block(struct checker *c, const struct block *b);

static bool is_literal(const struct expr *e)
{
	return e->kind == E_BOOL || (e->kind == E_UNARY && is_literal(e->unary.operand));
}

static void lint_condition(struct checker *c, const struct expr *condition)
{
	if (is_literal(condition)) diag_add(c->ds, D_idle_condition, condition->span, "this condition is always the same");
}

static void lint_expect(struct checker *c, const struct stmt *s)
{
	int64_t v;
	lint_condition(c, s->expect.condition);
	if (!s->expect.within || !constant_of(s->expect.within, &v) || v >= HASTY) return;
	struct diag *d = diag_add(c->ds, D_hasty_within, s->expect.within->span, "within this time it can hardly be asked once");
	diag_help(c->ds, d, "give it a second: asking stops as soon as it is true");
}

static void lint_inner(struct checker *c, const struct stmt *s)
{
	switch (s->kind) {
	case S_EXPECT: lint_expect(c, s); break;
	case S_EXPR: lint_condition(c, s->expr); break;
	case S_IF:
		lint_block(c, s->branch.then);
		lint_block(c, s->branch.otherwise);
		break;
	case S_FOR: lint_block(c, s->loop.body); break;
	case S_RETRY: lint_block(c, s->retry.body); break;
	default: break;
	}
}

static void lint_block(struct checker *c, const struct block *b)
{
	for (size_t i = 0; b && i < b->stmts.n; i++) {
		const struct stmt *s = b->stmts.at[i];
		lint_inner(c, s);
		if (!stmt_ends(s) || i + 1 == b->stmts.n) continue;
		struct diag *d = diag_add(c->ds, D_unreachable, b->stmts.at[i + 1]->span, "this is never reached");
		diag_label(c->ds, d, s->span, "every way ends here");
		return;
	}
}

/* Whether a block can end as false: it asks something. */
static bool asks(const struct block *b)
{
	for (size_t i = 0; b && i < b->stmts.n; i++) {
		const struct stmt *s = b->stmts.at[i];
		switch (s->kind) {
		case S_LET:
		case S_LOG:
		case S_WAIT: break;
		case S_IF:
			if (asks(s->branch.then) || asks(s->branch.otherwise)) return true;
			break;
		case S_FOR:
			if (asks(s->loop.body)) return true;
			break;
		default: return true;
		}
	}
	return false;
}

static void lint_observation(struct checker *c, const struct item *item, const struct block *b)
{
	lint_block(c, b);
	if (!b || asks(b)) return;
	struct diag *d = diag_add(c->ds, D_idle_condition, item->keyword, "this can never be false: it asks nothing");
	if (item->kind == I_VERIFY)
		diag_note(c->ds, d, "a verify must be false before inducing: with this one nothing can ever be induced");
	if (item->kind == I_SUPERSEDED) diag_note(c->ds, d, "where it is true restore is skipped: with this one nothing would ever be undone");
	diag_help(c->ds, d, "state what must be true: expect …, http get …, run \"test …\"");
}

static void lint_items(struct checker *c, const items_t *items)
{
	for (size_t i = 0; i < items->n; i++) {
		const struct item *item = items->at[i];
		switch (item->kind) {
		case I_FN: lint_block(c, item->fn.body); break;
		case I_FAULT: lint_items(c, &item->fault.items); break;
		case I_SCENARIO: lint_items(c, &item->scenario.items); break;
		case I_STEP: lint_items(c, &item->step.items); break;
		case I_INDUCE: lint_block(c, item->body.body); break;
		case I_RESTORE: lint_block(c, item->restore.body); break;
		case I_VERIFY:
		case I_SUPERSEDED: lint_observation(c, item, item->body.body); break;
		case I_PRECONDITION: lint_observation(c, item, item->precondition.body); break;
		case I_PROBE: lint_observation(c, item, item->probe.body); break;
		default: break;
		}
	}
}

void lint_blocks(struct checker *c)
{
	lint_items(c, &c->m->ast->items);
}
