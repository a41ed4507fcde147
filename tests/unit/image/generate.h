/*
 * generate: images that are valid by construction and drawn by a seed: expressions by the type that is wanted, statements that leave the stack
 * as it was, nested as deep as a budget allows. What the verifier must accept, and what the machine must run. Include it behind cmocka.h.
 */
#ifndef TESTS_UNIT_IMAGE_GENERATE_H
#define TESTS_UNIT_IMAGE_GENERATE_H

#include "builder.h"
#include "irs/shell_quote.h"

enum { GEN_LOCALS = 64, GEN_FNS = 8 };

struct gen {
	struct builder *b;
	struct routine *r;
	uint64_t seed;
	int budget;
	struct {
		uint32_t slot;
		struct type type;
	} local[GEN_LOCALS]; /* those that are set here */
	unsigned locals;
	struct {
		uint32_t index;
		struct type param, result;
	} fn[GEN_FNS];
	unsigned fns;
	uint32_t one, many; /* targets */
	bool here;          /* the function runs somewhere */
};

static void gen_value(struct gen *g, struct type t);
static void gen_shortest(struct gen *g, uint8_t base);
static void gen_stmts(struct gen *g);

static unsigned gen_draw(struct gen *g, unsigned bound)
{
	g->seed = g->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)((g->seed >> 33) % bound);
}

static struct type gen_type(struct gen *g)
{
	static const uint8_t bases[] = { T_BOOL, T_INT, T_FLOAT, T_STRING, T_DURATION, T_SIZE, T_PERCENT, T_HOST, T_PROCESS, T_RESULT, T_JSON };
	return (struct type){ bases[gen_draw(g, sizeof bases)], (uint8_t)(gen_draw(g, 4) == 0 ? 1 + gen_draw(g, 2) : 0) };
}

static void gen_op(struct gen *g, enum opcode op, uint32_t a) { routine_put(g->r, (struct instruction){ .op = op, .a = a }); }

static void gen_constant(struct gen *g, uint8_t base)
{
	static const char *const texts[] = { "", "x", "-v", "1 2 b", "caf\xc3\xa9", "{\"a\":1}" };
	if (base == T_STRING) gen_op(g, OP_CONST, build_text(g->b, texts[gen_draw(g, 6)]));
	else if (base == T_FLOAT) gen_op(g, OP_CONST, build_float(g->b, gen_draw(g, 9) / 2.0));
	else gen_op(g, OP_CONST, build_const(g->b, base, gen_draw(g, 10)));
}

/* ---- expressions ---------------------------------------------------------------------------------------------- */

static bool gen_from_local(struct gen *g, struct type t)
{
	unsigned start = g->locals ? gen_draw(g, g->locals) : 0;
	for (unsigned i = 0; i < g->locals; i++) {
		unsigned k = (start + i) % g->locals;
		if (!type_eq(g->local[k].type, t)) continue;
		gen_op(g, OP_LOCAL, g->local[k].slot);
		return true;
	}
	return false;
}

static bool gen_from_call(struct gen *g, struct type t)
{
	for (unsigned i = 0; i < g->fns; i++) {
		if (!type_eq(g->fn[i].result, t)) continue;
		gen_value(g, g->fn[i].param);
		gen_op(g, OP_CALL, g->fn[i].index);
		return true;
	}
	return false;
}

static void gen_logic(struct gen *g)
{
	bool is_and = gen_draw(g, 2);
	uint32_t end = routine_label(g->r);
	gen_value(g, TYPE(T_BOOL));
	gen_op(g, is_and ? OP_AND : OP_OR, end);
	gen_value(g, TYPE(T_BOOL));
	gen_op(g, is_and ? OP_KAND : OP_KOR, 0);
	routine_bind(g->r, end);
}

static void gen_bool(struct gen *g)
{
	static const uint8_t ordered[] = { T_INT, T_FLOAT, T_STRING, T_DURATION, T_SIZE, T_PERCENT };
	struct type t = TYPE(ordered[gen_draw(g, 6)]);
	switch (gen_draw(g, 6)) {
	case 0: gen_op(g, gen_draw(g, 2) ? OP_TRUE : OP_FALSE, 0); break;
	case 1: gen_logic(g); break;
	case 2: gen_value(g, TYPE(T_BOOL)), gen_op(g, OP_NOT, 0); break;
	case 3: gen_value(g, t), gen_value(g, t), gen_op(g, OP_LT + gen_draw(g, 4), 0); break;
	case 4: t = gen_type(g), gen_value(g, t), gen_value(g, t), gen_op(g, OP_EQ + gen_draw(g, 2), 0); break;
	default: gen_value(g, TYPE(T_STRING)), gen_value(g, TYPE(T_DURATION)), gen_op(g, OP_TCP, 0); break;
	}
}

static void gen_number(struct gen *g, uint8_t base)
{
	switch (gen_draw(g, 4)) {
	case 0: gen_constant(g, base); break;
	case 1: gen_value(g, TYPE(base)), gen_value(g, TYPE(base)), gen_op(g, OP_ADD + gen_draw(g, 2), 0); break;
	case 2: gen_value(g, TYPE(base)), gen_op(g, OP_NEG, 0); break;
	default: gen_value(g, TYPE(base)), gen_value(g, base == T_FLOAT ? TYPE(T_FLOAT) : TYPE(T_INT)), gen_op(g, OP_MUL + gen_draw(g, 2), 0); break;
	}
}

static void gen_string(struct gen *g)
{
	unsigned n = 1 + gen_draw(g, 3);
	switch (gen_draw(g, 5)) {
	case 0: gen_constant(g, T_STRING); break;
	case 1: gen_value(g, gen_type(g)), gen_op(g, OP_TEXT, 0); break;
	case 2: gen_value(g, TYPE(gen_draw(g, 2) ? T_STRING : T_PROCESS)), gen_op(g, OP_QUOTE, HOLE_BARE + gen_draw(g, 6)); break;
	case 3: gen_value(g, TYPE(T_RESULT)), gen_op(g, OP_FIELD, 4); break;
	default:
		for (unsigned i = 0; i < n; i++) gen_value(g, TYPE(T_STRING));
		gen_op(g, OP_CONCAT, n);
	}
}

static void gen_run(struct gen *g)
{
	bool on = !g->here || gen_draw(g, 2), argv = gen_draw(g, 3) == 0, input = gen_draw(g, 3) == 0;
	gen_value(g, argv ? TYPE_LIST(T_STRING) : TYPE(T_STRING));
	if (on) gen_value(g, TYPE(T_HOST));
	gen_constant(g, T_DURATION);
	if (input) gen_value(g, TYPE(T_STRING));
	gen_op(g, OP_RUN, (argv ? RUN_ARGV : 0) | (on ? RUN_ON : 0) | (input ? RUN_INPUT : 0) | (gen_draw(g, 2) ? RUN_TRY : 0) | (gen_draw(g, 2) ? RUN_OBSERVE : 0));
}

static void gen_literal_list(struct gen *g, struct type element)
{
	unsigned n = 1 + gen_draw(g, 3);
	for (unsigned i = 0; i < n; i++) gen_value(g, element);
	gen_op(g, OP_LIST, n);
}

static void gen_comprehension(struct gen *g, struct type element)
{
	unsigned outer = g->locals;
	struct type from = gen_type(g);
	uint32_t next = routine_label(g->r), end = routine_label(g->r), x = routine_local(g->r, from);
	gen_value(g, type_list_of(from));
	gen_op(g, OP_GATHER, element.base | (uint32_t)element.lists << 8);
	routine_bind(g->r, next);
	gen_op(g, OP_NEXT_GATHER, end);
	gen_op(g, OP_SET, x);
	if (g->locals < GEN_LOCALS) g->local[g->locals].slot = x, g->local[g->locals++].type = from;
	if (gen_draw(g, 2)) gen_value(g, TYPE(T_BOOL)), gen_op(g, OP_FILTER, next);
	gen_value(g, element);
	gen_op(g, OP_KEEP, 0);
	gen_op(g, OP_JUMP, next);
	routine_bind(g->r, end);
	g->locals = outer;
}

static void gen_list(struct gen *g, struct type t)
{
	if (g->budget <= 0) {
		gen_shortest(g, t.base);
		for (unsigned i = 0; i < t.lists; i++) gen_op(g, OP_LIST, 1);
	} else if (gen_draw(g, 3) == 0) {
		gen_comprehension(g, type_element(t));
	} else {
		gen_literal_list(g, type_element(t));
	}
}

static void gen_base(struct gen *g, uint8_t base)
{
	switch (base) {
	case T_BOOL: gen_bool(g); break;
	case T_STRING: gen_string(g); break;
	case T_HOST:
		if (g->here && gen_draw(g, 2)) gen_op(g, OP_HERE, 0);
		else if (gen_draw(g, 2)) gen_op(g, OP_GLOBAL, g->one);
		else gen_op(g, OP_RUNNER, 0);
		break;
	case T_PROCESS: gen_value(g, TYPE(T_STRING)), gen_op(g, OP_BUILTIN, 36); break;
	case T_JSON: gen_value(g, TYPE(T_STRING)), gen_op(g, OP_BUILTIN, 29); break;
	case T_RESULT: gen_run(g); break;
	default: gen_number(g, base);
	}
}

static void gen_shortest(struct gen *g, uint8_t base)
{
	bool effect = base == T_RESULT, parsed = base == T_PROCESS || base == T_JSON;
	if (base == T_HOST) gen_op(g, OP_RUNNER, 0);
	else if (base == T_BOOL) gen_op(g, OP_TRUE, 0);
	else gen_constant(g, effect || parsed ? T_STRING : base);
	if (parsed) gen_op(g, OP_BUILTIN, base == T_PROCESS ? 36 : 29);
	if (!effect) return;
	gen_op(g, OP_RUNNER, 0);
	gen_constant(g, T_DURATION);
	gen_op(g, OP_RUN, RUN_ON | RUN_TRY);
}

static void gen_value(struct gen *g, struct type t)
{
	g->budget--;
	if (gen_draw(g, 3) == 0 && gen_from_local(g, t)) return;
	if (g->budget > 0 && gen_draw(g, 4) == 0 && gen_from_call(g, t)) return;
	if (t.lists) gen_list(g, t);
	else if (g->budget <= 0) gen_shortest(g, t.base);
	else gen_base(g, t.base);
}

/* ---- statements ------------------------------------------------------------------------------------------------- */

static void gen_let(struct gen *g)
{
	struct type t = gen_type(g);
	if (t.lists && gen_draw(g, 4) == 0) gen_op(g, OP_LIST, 0); /* fits every list */
	else gen_value(g, t);
	if (g->locals == GEN_LOCALS) {
		gen_op(g, OP_POP, 0);
		return;
	}
	gen_op(g, OP_NAME, build_text(g->b, "name"));
	uint32_t slot = routine_local(g->r, t);
	gen_op(g, OP_SET, slot);
	g->local[g->locals].slot = slot;
	g->local[g->locals++].type = t;
}

static void gen_branch(struct gen *g)
{
	uint32_t otherwise = routine_label(g->r), join = routine_label(g->r);
	gen_value(g, TYPE(T_BOOL));
	routine_put(g->r, (struct instruction){ .op = OP_BRANCH_FALSE, .a = otherwise, .b = join });
	gen_stmts(g);
	gen_op(g, OP_JUMP, join);
	routine_bind(g->r, otherwise);
	gen_stmts(g);
	routine_bind(g->r, join);
}

static void gen_loop(struct gen *g)
{
	unsigned outer = g->locals;
	struct type t = gen_type(g);
	uint32_t next = routine_label(g->r), end = routine_label(g->r), x = routine_local(g->r, t);
	gen_value(g, type_list_of(t));
	if (gen_draw(g, 2)) gen_constant(g, T_INT), gen_op(g, OP_AT_MOST, 0);
	gen_op(g, OP_EACH, 0);
	routine_bind(g->r, next);
	gen_op(g, OP_NEXT, end);
	gen_op(g, OP_SET, x);
	if (g->locals < GEN_LOCALS) g->local[g->locals].slot = x, g->local[g->locals++].type = t;
	gen_stmts(g);
	gen_op(g, OP_JUMP, next);
	routine_bind(g->r, end);
	g->locals = outer;
}

static void gen_retry(struct gen *g)
{
	uint32_t again = routine_label(g->r), failed = routine_label(g->r), end = routine_label(g->r);
	gen_constant(g, T_INT);
	gen_constant(g, T_DURATION);
	gen_op(g, OP_RETRY_BEGIN, 0);
	routine_bind(g->r, again);
	routine_put(g->r, (struct instruction){ .op = OP_CATCH, .a = failed, .b = CATCH_ANY });
	gen_stmts(g);
	gen_op(g, OP_UNCATCH, 0);
	gen_op(g, OP_JUMP, end);
	routine_bind(g->r, failed);
	gen_op(g, OP_RETRY_NEXT, again);
	routine_bind(g->r, end);
	gen_op(g, OP_RETRY_END, 0);
}

static void gen_poll(struct gen *g)
{
	uint32_t again = routine_label(g->r), asked = routine_label(g->r);
	gen_constant(g, T_DURATION);
	gen_op(g, OP_POLL_BEGIN, 0);
	routine_bind(g->r, again);
	routine_put(g->r, (struct instruction){ .op = OP_CATCH, .a = asked, .b = CATCH_UNKNOWN });
	gen_value(g, TYPE(T_BOOL));
	gen_op(g, OP_UNCATCH, 0);
	routine_bind(g->r, asked);
	gen_op(g, gen_draw(g, 2) ? OP_POLL_WITHIN : OP_POLL_FOR, again);
	gen_op(g, OP_POLL_END, build_text(g->b, "polled"));
}

static void gen_stmt(struct gen *g)
{
	switch (gen_draw(g, 10)) {
	case 0: case 1: gen_let(g); break;
	case 2: gen_branch(g); break;
	case 3: gen_loop(g); break;
	case 4: gen_retry(g); break;
	case 5: gen_poll(g); break;
	case 6: gen_value(g, TYPE(T_STRING)), gen_op(g, OP_LOG, 0); break;
	case 7: gen_value(g, TYPE(T_BOOL)), gen_op(g, OP_EXPECT, build_text(g->b, "expected")); break;
	case 8: gen_constant(g, T_DURATION), gen_op(g, OP_SLEEP, 0); break;
	default: gen_value(g, TYPE(T_STRING)), gen_op(g, gen_draw(g, 4) ? OP_POP : OP_FAIL, 0); break;
	}
}

static void gen_stmts(struct gen *g)
{
	unsigned outer = g->locals, n = g->budget > 0 ? 1 + gen_draw(g, 3) : 0;
	for (unsigned i = 0; i < n; i++) gen_stmt(g);
	g->locals = outer;
}

/* ---- images --------------------------------------------------------------------------------------------------------- */

static void gen_function(struct gen *g, unsigned i)
{
	char name[16];
	struct type param = gen_type(g), result = gen_type(g);
	snprintf(name, sizeof name, "f%u", i);
	g->r = build_fn(g->b, name, ROLE_HELPER, result);
	g->here = gen_draw(g, 2);
	g->budget = 60;
	g->local[0].slot = routine_param(g->r, param);
	g->local[0].type = param;
	g->locals = 1;
	gen_stmts(g);
	gen_value(g, result);
	gen_op(g, OP_RETURN, 0);
	if (g->fns == GEN_FNS) return;
	g->fn[g->fns].index = g->b->fn;
	g->fn[g->fns].param = param;
	g->fn[g->fns++].result = result;
}

__attribute__((unused)) static struct builder *generate(uint64_t seed)
{
	struct builder *b = builder_new();
	struct gen g = { .b = b, .seed = seed };
	g.one = build_target(b, "one", 1, 1);
	g.many = build_target(b, "many", 2, 5);
	for (unsigned i = 0; i < GEN_FNS; i++) gen_function(&g, i);
	return b;
}

#endif
