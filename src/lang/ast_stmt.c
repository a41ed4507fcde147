#include "ast_build.h"

static struct stmt *stmt_new(struct parser *p, enum stmt_kind kind, struct span at, size_t size)
{
	struct stmt *s = arena_alloc(p->arena, size);
	s->kind = kind;
	s->span = at;
	return s;
}
#define STMT_NEW(p, kind, at, member) stmt_new((p), (kind), (at), NODE_SIZE(struct stmt, member))

struct stmt *ast_stmt_error(struct parser *p, struct span at)
{
	return STMT_NEW(p, S_ERROR, at, span);
}

struct stmt *ast_let(struct parser *p, struct span at, struct name name, struct expr *value)
{
	struct stmt *s = STMT_NEW(p, S_LET, at, let);
	s->let.name = name;
	doubt_declare(p, name);
	s->let.value = value;
	return s;
}

struct stmt *ast_expect(struct parser *p, struct span at, struct expr *condition, struct expr *within, struct expr *hold)
{
	struct stmt *s = STMT_NEW(p, S_EXPECT, at, expect);
	s->expect.condition = condition;
	s->expect.within = within;
	s->expect.hold = hold;
	return s;
}

struct stmt *ast_if(struct parser *p, struct span at, struct expr *condition, struct block *then, struct block *otherwise)
{
	struct stmt *s = STMT_NEW(p, S_IF, at, branch);
	s->branch.condition = condition;
	s->branch.then = then;
	s->branch.otherwise = otherwise;
	return s;
}

struct block *ast_else_if(struct parser *p, struct span at, struct stmt *s)
{
	struct block *b = arena_new_of(p->arena, struct block);
	b->span = at;
	b->stmts.at = arena_memdup(p->arena, &s, sizeof s);
	b->stmts.n = b->stmts.cap = 1;
	return b;
}

struct stmt *ast_for(struct parser *p, struct span at, struct name variable, struct expr *list, struct expr *at_most, struct block *body)
{
	struct stmt *s = STMT_NEW(p, S_FOR, at, loop);
	s->loop.variable = variable;
	doubt_declare(p, variable);
	s->loop.list = list;
	s->loop.at_most = at_most;
	s->loop.body = body;
	return s;
}

struct stmt *ast_retry(struct parser *p, struct span at, struct expr *times, struct expr *every, struct block *body)
{
	struct stmt *s = STMT_NEW(p, S_RETRY, at, retry);
	s->retry.times = times;
	s->retry.every = every;
	s->retry.body = body;
	return s;
}

struct stmt *ast_simple(struct parser *p, enum stmt_kind kind, struct span at, struct expr *e)
{
	struct stmt *s = STMT_NEW(p, kind, at, expr);
	s->expr = e;
	return s;
}

struct stmt *ast_spawn(struct parser *p, struct span at, struct expr *command, struct expr *mark)
{
	struct stmt *s = STMT_NEW(p, S_SPAWN, at, spawn);
	s->spawn.command = command;
	s->spawn.mark = mark;
	return s;
}

struct stmt *ast_do(struct parser *p, struct span at, struct expr *call)
{
	struct stmt *s = STMT_NEW(p, S_DO, at, call);
	s->call = call;
	return s;
}

struct stmt *ast_assignment(struct parser *p, struct span at, struct span equals, struct expr *to)
{
	if (to->kind == E_NAME) {
		struct str name = to->name.name.text;
		struct diag *d = diag_add(p->diags, D_no_assignment, equals, "there is no assignment");
		diag_help(p->diags, d, "a name gets its value once: `let %.*s = …`", STR_ARG(name));
		diag_fix(p->diags, d, (struct span){ at.file, at.start, at.start }, "let ");
		return ast_let(p, at, to->name.name, ast_error(p, at));
	}
	struct diag *d = diag_add(p->diags, D_equals_for_comparison, equals, "`=` compares nothing");
	diag_help(p->diags, d, "`==` compares");
	diag_fix(p->diags, d, equals, "==");
	return ast_stmt_error(p, at);
}
