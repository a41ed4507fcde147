/* check_render: whether a restore can be written down as one script before anything is induced. */
#include "check_private.h"

struct rendering {
	struct arena *a;
	struct map unknown; /* locals whose value only the host knows, by where they are declared */
	struct span at;     /* what is in the way, and why; NULL: nothing */
	const char *why;
};

static bool refuse(struct rendering *r, struct span at, const char *why)
{
	r->at = at;
	r->why = why;
	return false;
}

static struct str key_of(const struct symbol *s)
{
	return (struct str){ (const char *)&s->span, sizeof s->span };
}

static bool is_known(struct rendering *r, const struct expr *e);

static bool all_known(struct rendering *r, const exprs_t *es)
{
	for (size_t i = 0; i < es->n; i++)
		if (!is_known(r, es->at[i])) return false;
	return true;
}

static bool is_template_known(struct rendering *r, const struct template *t)
{
	for (size_t i = 0; i < t->parts.n; i++)
		if (!is_known(r, t->parts.at[i].hole)) return false;
	return true;
}

static bool is_name_known(struct rendering *r, const struct expr *e)
{
	const struct symbol *s = e->name.symbol;
	return !s || !map_get(&r->unknown, key_of(s)) || refuse(r, e->span, "its value comes from the host while restoring");
}

static bool is_call_known(struct rendering *r, const struct expr *e)
{
	const struct symbol *s = e->call.symbol;
	if (s && s->kind == SYM_FN && s->observes) return refuse(r, e->span, "it asks the host");
	return all_known(r, &e->call.resolved);
}

static bool is_field_known(struct rendering *r, const struct expr *e)
{
	if (e->field.symbol && e->field.symbol->observes) return refuse(r, e->span, "it asks the host");
	return is_known(r, e->field.object);
}

static bool is_binary_known(struct rendering *r, const struct expr *e)
{
	for (; e->kind == E_BINARY; e = e->binary.left)
		if (!is_known(r, e->binary.right)) return false;
	return is_known(r, e);
}

/* Whether the value of `e` is known when the script is written. */
static bool is_known(struct rendering *r, const struct expr *e)
{
	if (!e) return true;
	switch (e->kind) {
	case E_STRING: return is_template_known(r, e->string);
	case E_LIST: return all_known(r, &e->list.elements);
	case E_NAME: return is_name_known(r, e);
	case E_FIELD: return is_field_known(r, e);
	case E_CALL: return is_call_known(r, e);
	case E_UNARY: return is_known(r, e->unary.operand);
	case E_BINARY: return is_binary_known(r, e);
	case E_COMPREHENSION:
		return is_known(r, e->comprehension.list) && is_known(r, e->comprehension.condition)
			&& is_known(r, e->comprehension.element);
	case E_RUN: return refuse(r, e->span, "what a command prints or how it ends is not known beforehand");
	case E_HTTP:
	case E_TCP:
	case E_PROBE: return refuse(r, e->span, "it asks the network");
	default: return true;
	}
}

static bool runs_here(struct rendering *r, const struct expr *e)
{
	if (e->run.on && e->run.on->kind != E_HERE) return refuse(r, e->run.on->span, "it runs on another host");
	return is_known(r, e->run.command) && is_known(r, e->run.timeout) && is_known(r, e->run.input);
}

static bool is_block_renderable(struct rendering *r, const struct block *b);

static bool is_let_renderable(struct rendering *r, const struct stmt *s)
{
	if (s->let.value->kind != E_RUN) return is_known(r, s->let.value);
	if (!runs_here(r, s->let.value)) return false;
	if (s->let.symbol) map_put(r->a, &r->unknown, key_of(s->let.symbol), (void *)s);
	return true;
}

static bool is_stmt_renderable(struct rendering *r, const struct stmt *s)
{
	switch (s->kind) {
	case S_LET: return is_let_renderable(r, s);
	case S_EXPR: return s->expr->kind == E_RUN ? runs_here(r, s->expr) : is_known(r, s->expr);
	case S_WAIT:
	case S_LOG: return is_known(r, s->expr);
	case S_IF:
		return is_known(r, s->branch.condition) && is_block_renderable(r, s->branch.then)
			&& is_block_renderable(r, s->branch.otherwise);
	case S_FOR: return is_known(r, s->loop.list) && is_block_renderable(r, s->loop.body);
	case S_EXPECT: return refuse(r, s->span, "it waits for a condition");
	case S_RETRY: return refuse(r, s->span, "it repeats what failed");
	case S_FAIL: return refuse(r, s->span, "there is nobody to tell that it failed");
	case S_SPAWN: return refuse(r, s->span, "it starts what lives on");
	default: return true;
	}
}

static bool is_block_renderable(struct rendering *r, const struct block *b)
{
	for (size_t i = 0; b && i < b->stmts.n; i++)
		if (!is_stmt_renderable(r, b->stmts.at[i])) return false;
	return true;
}

bool restore_renderable(const struct program *p, const struct block *b, struct span *at, const char **why)
{
	struct rendering r = { .a = p->arena };
	if (is_block_renderable(&r, b)) return true;
	if (at) *at = r.at;
	if (why) *why = r.why;
	return false;
}
