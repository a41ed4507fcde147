/*
 * One pass over each function's instructions, in their order, with abstract stacks: what stands on them, what was set, which CATCH is open.
 * Every instruction is entered by falling into it or by a jump from above; jumps back only go to places whose state is known already. So
 * code is seen once, and what was not entered when its turn comes is unreachable.
 */
#include "irs/shell_quote.h"
#include "signature.h"
#include "stacks.h"
#include "verify.h"

#include <string.h>

struct state {
	uint32_t stack;   /* stacks.h */
	uint32_t history; /* of SETs */
	uint32_t guard;   /* innermost open CATCH, 0: none */
};

struct guard { /* a CATCH */
	uint32_t outer, stack;
};

enum { ENTRY_START = 1, ENTRY_KNOWN = 2, ENTRY_JOIN = 4 };
struct entry { /* of one byte of code: how it is entered */
	struct state state;
	uint8_t flags;
};

struct signatures { /* read once */
	struct signature op[OPCODES], builtin[256];
	unsigned builtins;
};

struct coder {
	struct verifier *v;
	const struct image *img;
	struct stacks stacks;
	VEC(struct guard) guards;
	struct signatures *signatures;
	struct entry *entry;  /* of this function's bytes */
	uint32_t *setter;     /* of this function's locals: the history node of its SET; 0: none yet */
	const struct image_function *f;
	uint32_t function, pc, deepest;
	struct instruction in;
	struct state now;
	bool falls;           /* the next instruction follows this one */
};

static bool broken(struct coder *c, enum rule r)
{
	const char *name = c->pc < c->f->code_len && c->img->code[c->f->code + c->pc] < OPCODES ?
				   opcode_table[c->img->code[c->f->code + c->pc]].name : "?";
	return rule_broken(c->v->e, r, "%s, offset %u, %s", function_place(c->v, c->function), (unsigned)c->pc, name);
}
#define MUST(condition, rule)                                  \
	do {                                                       \
		if (!(condition)) return broken(c, RULE_##rule);       \
	} while (0)

/* ---- the stack ---------------------------------------------------------------------------------------- */

static uint32_t height(const struct coder *c, uint32_t stack) { return c->stacks.stack.at[stack].height; }

static bool push_slot(struct coder *c, enum slot_kind kind, struct type t)
{
	c->now.stack = stack_push(&c->stacks, c->now.stack, (struct slot){ (uint8_t)kind, t });
	uint32_t h = height(c, c->now.stack);
	if (h > c->deepest) c->deepest = h;
	MUST(h <= IMAGE_MAX_STACK, stack_cap_code);
	return true;
}

static bool push(struct coder *c, struct type t) { return push_slot(c, SLOT_VALUE, t); }

static bool pop_slot(struct coder *c, struct slot *out)
{
	uint32_t floor = c->now.guard ? height(c, c->guards.at[c->now.guard].stack) : 0;
	MUST(c->now.stack, underflow);
	MUST(height(c, c->now.stack) > floor, catch_below);
	*out = c->stacks.stack.at[c->now.stack].top;
	c->now.stack = c->stacks.stack.at[c->now.stack].below;
	return true;
}

static bool pop_kind(struct coder *c, enum slot_kind kind, struct type *out)
{
	struct slot s = { 0 };
	if (!pop_slot(c, &s)) return false;
	MUST(s.kind == kind, stack_type);
	*out = s.type;
	return true;
}

static bool pop_any(struct coder *c, struct type *out) { return pop_kind(c, SLOT_VALUE, out); }

static bool pop(struct coder *c, struct type wanted)
{
	struct type t = TYPE(T_NONE);
	if (!pop_any(c, &t)) return false;
	MUST(type_fits(t, wanted), stack_type);
	return true;
}

static bool pop_list(struct coder *c, struct type *element)
{
	struct type t = TYPE(T_NONE);
	if (!pop_any(c, &t)) return false;
	MUST(t.lists > 0, stack_type);
	*element = type_element(t);
	MUST(element->base != T_NONE || element->lists, elements);
	return true;
}

static bool pop_internal(struct coder *c, enum slot_kind kind)
{
	struct type none;
	return pop_kind(c, kind, &none);
}

/* Pops what a signature takes, and pushes what it gives. */
static bool apply(struct coder *c, const struct signature *s, enum rule r)
{
	struct type bound = TYPE(T_NONE), t = bound;
	for (unsigned i = s->nparams; i-- > 0;) {
		if (!pop_any(c, &t)) return false;
		if (!signature_takes(s->param[i], t, &bound)) return broken(c, r);
	}
	if (!s->has_result) return true;
	struct type result = signature_type(s->result, bound);
	if (type_is(result, T_NONE)) return broken(c, r);
	return push(c, result);
}

/* ---- ways --------------------------------------------------------------------------------------------- */

/* The instruction at `pc` is entered with this state, too. */
static bool enter(struct coder *c, uint32_t pc, struct state s)
{
	struct entry *e = &c->entry[pc];
	if (e->flags & (ENTRY_KNOWN | ENTRY_JOIN)) {
		MUST(e->state.stack == s.stack, join);
		MUST(e->state.guard == s.guard, catch_balance);
	}
	if (e->flags & ENTRY_KNOWN) s.history = history_common(&c->stacks, e->state.history, s.history);
	e->state = s;
	e->flags |= ENTRY_KNOWN;
	return true;
}

static bool lands(struct coder *c, uint32_t target)
{
	MUST(target < c->f->code_len && (c->entry[target].flags & ENTRY_START), jump_target);
	return true;
}

static bool forward(struct coder *c, uint32_t target, struct state s)
{
	if (!lands(c, target)) return false;
	MUST(target > c->pc, jump_forward);
	return enter(c, target, s);
}

/* The state there is known; the one here must be the same, with at least as much set. */
static bool backward(struct coder *c, uint32_t target)
{
	if (!lands(c, target)) return false;
	MUST(target <= c->pc, jump_back);
	struct state there = c->entry[target].state;
	MUST(there.stack == c->now.stack, join);
	MUST(there.guard == c->now.guard, catch_balance);
	MUST(history_holds(&c->stacks, there.history, c->now.history), join);
	return true;
}

/* JUMP and FILTER go back only to where a loop takes its next element, so that loops end. */
static bool forward_or_loop(struct coder *c, uint32_t target)
{
	if (!lands(c, target)) return false;
	if (target > c->pc) return enter(c, target, c->now);
	uint8_t op = c->img->code[c->f->code + target];
	MUST(op == OP_NEXT || op == OP_NEXT_GATHER, jump_back);
	return backward(c, target);
}

/* Both ways of a fork meet at the join with what is on the stack now. */
static bool expect_join(struct coder *c, uint32_t join)
{
	if (join == IMAGE_NONE) return true;
	if (!lands(c, join)) return false;
	MUST(join > c->pc && join >= c->in.a, jump_forward);
	struct entry *e = &c->entry[join];
	if (e->flags & (ENTRY_KNOWN | ENTRY_JOIN)) {
		MUST(e->state.stack == c->now.stack, join);
		MUST(e->state.guard == c->now.guard, catch_balance);
	} else {
		e->state = c->now;
	}
	e->flags |= ENTRY_JOIN;
	return true;
}

/* ---- instructions ------------------------------------------------------------------------------------- */

static void may(struct coder *c, uint32_t what) { c->v->may[c->function] |= what; }

static bool do_const(struct coder *c)
{
	if (c->in.a >= c->img->nconstant) return broken(c, RULE_constant_index);
	const struct image_constant *k = &c->img->constant[c->in.a];
	MUST(k->level <= c->f->level, code_level);
	return push(c, k->type);
}

static bool do_name(struct coder *c)
{
	if (c->in.a >= c->img->nconstant) return broken(c, RULE_constant_index);
	const struct image_constant *k = &c->img->constant[c->in.a];
	MUST(k->level <= c->f->level, code_level);
	MUST(type_is(k->type, T_STRING), stack_type);
	return true;
}

static bool do_local(struct coder *c)
{
	uint32_t i = c->in.a;
	MUST(i < c->f->ntypes, local_index);
	bool set = i < c->f->nparams || (c->setter[i] && history_holds(&c->stacks, c->setter[i], c->now.history));
	MUST(set, local_unset);
	return push(c, c->img->type[c->f->types + i]);
}

static bool do_set(struct coder *c)
{
	uint32_t i = c->in.a;
	MUST(i < c->f->ntypes, local_index);
	MUST(i >= c->f->nparams && !c->setter[i], local_set);
	c->now.history = c->setter[i] = history_add(&c->stacks, c->now.history);
	return pop(c, c->img->type[c->f->types + i]);
}

static bool do_global(struct coder *c)
{
	if (c->in.a >= c->img->nglobal) return broken(c, RULE_global_index);
	vec_push(c->v->scratch, &c->v->reads, ((struct edge){ c->function, c->in.a }));
	return push(c, c->img->global[c->in.a].type);
}

static bool do_list(struct coder *c)
{
	struct type element = TYPE(T_NONE), t = element;
	for (uint32_t i = 0; i < c->in.a; i++) {
		if (!pop_any(c, &t)) return false;
		MUST(i == 0 || type_fits(t, element) || type_fits(element, t), elements);
		if (i == 0 || type_fits(element, t)) element = t;
	}
	MUST(element.lists < TYPE_MAX_LISTS, elements);
	return push(c, type_list_of(element));
}

static bool do_field(struct coder *c)
{
	static const struct {
		uint8_t of, result, lists;
	} fields[] = {
#define FIELD(id, name, of, result, lists, doc) { of, result, lists },
#include "irs/tbl/field.def"
#undef FIELD
	};
	MUST(c->in.a < sizeof fields / sizeof *fields, field);
	return pop(c, TYPE(fields[c->in.a].of)) && push(c, (struct type){ fields[c->in.a].result, fields[c->in.a].lists });
}

static bool do_call(struct coder *c)
{
	if (c->in.a >= c->img->nfunction) return broken(c, RULE_function_index);
	const struct image_function *f = &c->img->function[c->in.a];
	MUST(f->role == ROLE_HELPER, role);
	for (uint32_t i = f->nparams; i-- > 0;)
		if (!pop(c, c->img->type[f->types + i])) return false;
	vec_push(c->v->scratch, &c->v->calls, ((struct edge){ c->function, c->in.a }));
	return type_is(f->result, T_NONE) || push(c, f->result);
}

static bool do_builtin(struct coder *c)
{
	static const bool draws[] = {
#define NONE false
#define RANDOM true
#define MARK true
#define BUILTIN(id, name, signature, effect, doc) effect,
#include "irs/tbl/builtin.def"
#undef BUILTIN
#undef MARK
#undef RANDOM
#undef NONE
	};
	MUST(c->in.a < sizeof draws / sizeof *draws, builtin);
	if (draws[c->in.a]) may(c, MAY_DRAW);
	return apply(c, &c->signatures->builtin[c->in.a], RULE_signature);
}

static bool do_return(struct coder *c)
{
	MUST(c->f->role != ROLE_CAPTURE, return_kind);
	c->falls = false;
	if (type_is(c->f->result, T_NONE)) return true;
	struct type t = TYPE(T_NONE);
	if (!pop_any(c, &t)) return false;
	MUST(type_fits(t, c->f->result), result);
	return true;
}

/* The captures are all that stands on the stack, so that they are known by their node. */
static bool do_capture(struct coder *c)
{
	uint32_t *captured = &c->v->captured[c->function];
	MUST(c->f->role == ROLE_CAPTURE, return_kind);
	MUST(height(c, c->now.stack) >= c->in.a, underflow);
	MUST(height(c, c->now.stack) == c->in.a, one_capture);
	MUST(*captured == NO_STACK || *captured == c->now.stack, one_capture);
	*captured = c->now.stack;
	for (uint32_t s = c->now.stack; s; s = c->stacks.stack.at[s].below) MUST(c->stacks.stack.at[s].top.kind == SLOT_VALUE, stack_type);
	c->falls = false;
	return true;
}

static bool do_branch(struct coder *c)
{
	return pop(c, TYPE(T_BOOL)) && expect_join(c, c->in.b) && forward(c, c->in.a, c->now);
}

static bool do_and_or(struct coder *c)
{
	return pop(c, TYPE(T_BOOL)) && push(c, TYPE(T_BOOL)) && forward(c, c->in.a, c->now);
}

static bool do_compare(struct coder *c)
{
	struct type right = TYPE(T_NONE), left = right;
	if (!pop_any(c, &right) || !pop_any(c, &left)) return false;
	if (c->in.op == OP_EQ || c->in.op == OP_NE) {
		MUST(type_fits(left, right) || type_fits(right, left), arithmetic);
	} else {
		bool ordered = right.lists == 0 && right.base >= T_INT && right.base <= T_PERCENT;
		MUST(type_eq(left, right) && ordered, arithmetic);
	}
	return push(c, TYPE(T_BOOL));
}

static bool do_arithmetic(struct coder *c)
{
	struct type right = TYPE(T_NONE), left = right, result;
	if (!pop_any(c, &right) || !pop_any(c, &left)) return false;
	MUST(arith_result(c->in.op, left, right, &result), arithmetic);
	return push(c, result);
}

static bool do_negate(struct coder *c)
{
	struct type t = TYPE(T_NONE);
	if (!pop_any(c, &t)) return false;
	MUST(t.lists == 0 && t.base >= T_INT && t.base <= T_PERCENT && t.base != T_STRING, arithmetic);
	return push(c, t);
}

static bool can_quote(enum hole_context context, struct type t)
{
	bool words = context == HOLE_WORDS || context == HOLE_WORDS_START;
	if (context == HOLE_ARITHMETIC) return type_is(t, T_INT);
	if (context == HOLE_TEXT || context >= HOLE_CONTEXTS || t.lists != (words ? 1 : 0)) return false;
	switch (t.base) {
	case T_BOOL: case T_INT: case T_FLOAT: case T_STRING: case T_PROCESS: case T_JSON: return true;
	case T_NONE: return words;
	default: return false;
	}
}

static bool do_quote(struct coder *c)
{
	struct type t = TYPE(T_NONE);
	if (!pop_any(c, &t)) return false;
	MUST(can_quote((enum hole_context)c->in.a, t), quote);
	return push(c, TYPE(T_STRING));
}

static bool do_concat(struct coder *c)
{
	for (uint32_t i = 0; i < c->in.a; i++)
		if (!pop(c, TYPE(T_STRING))) return false;
	return push(c, TYPE(T_STRING));
}

static bool do_each(struct coder *c)
{
	struct type element;
	return pop_list(c, &element) && push_slot(c, SLOT_ITERATOR, element);
}

static bool do_next(struct coder *c)
{
	struct type element;
	return pop_kind(c, SLOT_ITERATOR, &element) && forward(c, c->in.a, c->now) && push_slot(c, SLOT_ITERATOR, element) && push(c, element);
}

static bool do_gather(struct coder *c)
{
	struct type element, gathered;
	MUST(c->in.a >> 8 < TYPE_MAX_LISTS, elements);
	gathered = (struct type){ (uint8_t)(c->in.a & 0xff), (uint8_t)(c->in.a >> 8) };
	if (gathered.base >= T_BASES || gathered.base == T_ERROR || type_is(gathered, T_NONE)) return broken(c, RULE_type);
	return pop_list(c, &element) && push_slot(c, SLOT_ITERATOR, element) && push_slot(c, SLOT_GATHERER, gathered);
}

static bool do_next_gather(struct coder *c)
{
	struct type element, gathered;
	if (!pop_kind(c, SLOT_GATHERER, &gathered) || !pop_kind(c, SLOT_ITERATOR, &element)) return false;
	struct state before = c->now;
	if (!push(c, type_list_of(gathered)) || !forward(c, c->in.a, c->now)) return false;
	c->now = before;
	return push_slot(c, SLOT_ITERATOR, element) && push_slot(c, SLOT_GATHERER, gathered) && push(c, element);
}

/* Leaves `iterator gatherer` as they are, having seen that they are there. */
static bool within_gathering(struct coder *c, struct type *gathered)
{
	struct type element;
	struct state before = c->now;
	if (!pop_kind(c, SLOT_GATHERER, gathered) || !pop_kind(c, SLOT_ITERATOR, &element)) return false;
	c->now = before;
	return true;
}

static bool do_filter(struct coder *c)
{
	struct type gathered;
	return pop(c, TYPE(T_BOOL)) && within_gathering(c, &gathered) && forward_or_loop(c, c->in.a);
}

static bool do_keep(struct coder *c)
{
	struct type kept, gathered;
	if (!pop_any(c, &kept) || !within_gathering(c, &gathered)) return false;
	MUST(type_fits(kept, gathered), elements);
	return true;
}

static bool do_run(struct coder *c)
{
	uint32_t flags = c->in.a;
	MUST((flags & ~(uint32_t)(RUN_ARGV | RUN_ON | RUN_INPUT | RUN_OBSERVE | RUN_TRY)) == 0, flags);
	may(c, flags & RUN_ON ? MAY_RUN_ON : MAY_RUN_HERE);
	if ((flags & RUN_INPUT) && !pop(c, TYPE(T_STRING))) return false;
	if (!pop(c, TYPE(T_DURATION))) return false;
	if ((flags & RUN_ON) && !pop(c, TYPE(T_HOST))) return false;
	return pop(c, flags & RUN_ARGV ? TYPE_LIST(T_STRING) : TYPE(T_STRING)) && push(c, TYPE(T_RESULT));
}

static bool do_http(struct coder *c)
{
	MUST(c->in.a < HTTP_METHODS && c->in.b <= 1, flags);
	may(c, MAY_HTTP);
	if (c->in.b && !pop(c, TYPE(T_STRING))) return false;
	return pop(c, TYPE(T_DURATION)) && pop(c, TYPE(T_STRING)) && push(c, TYPE(T_RESPONSE));
}

static bool do_probe(struct coder *c)
{
	MUST(c->in.a < c->img->nprobe && c->in.b <= 1, probe);
	MUST(c->in.b == 0 ? c->in.c == 0 && c->in.d == 0 : c->in.c > 0 && c->in.c <= c->in.d, probe);
	may(c, MAY_PROBE);
	return apply(c, &c->signatures->op[OP_PROBE], RULE_stack_type);
}

static bool do_expect(struct coder *c)
{
	return do_name(c) && pop(c, TYPE(T_BOOL));
}

static bool do_poll_begin(struct coder *c)
{
	may(c, MAY_WAIT);
	return pop(c, TYPE(T_DURATION)) && push_slot(c, SLOT_POLL, TYPE(T_NONE));
}

static bool do_poll(struct coder *c)
{
	may(c, MAY_WAIT);
	return pop(c, TYPE(T_BOOL)) && pop_internal(c, SLOT_POLL) && push_slot(c, SLOT_POLL, TYPE(T_NONE)) && backward(c, c->in.a);
}

static bool do_poll_end(struct coder *c)
{
	return do_name(c) && pop_internal(c, SLOT_POLL);
}

static bool do_catch(struct coder *c)
{
	MUST(c->in.b <= CATCH_ANY, flags);
	struct state before = c->now;
	bool pushed = c->in.b == CATCH_ANY ? push_slot(c, SLOT_FAILURE, TYPE(T_NONE)) : push(c, TYPE(T_BOOL));
	if (!pushed || !forward(c, c->in.a, c->now)) return false;
	c->now = before;
	vec_push(c->v->scratch, &c->guards, ((struct guard){ before.guard, before.stack }));
	c->now.guard = (uint32_t)(c->guards.n - 1);
	return true;
}

static bool do_uncatch(struct coder *c)
{
	MUST(c->now.guard, catch_balance);
	c->now.guard = c->guards.at[c->now.guard].outer;
	return true;
}

static bool do_retry_begin(struct coder *c)
{
	may(c, MAY_WAIT);
	return pop(c, TYPE(T_DURATION)) && pop(c, TYPE(T_INT)) && push_slot(c, SLOT_RETRY, TYPE(T_NONE));
}

static bool do_retry_next(struct coder *c)
{
	c->falls = false;
	return pop_internal(c, SLOT_FAILURE) && pop_internal(c, SLOT_RETRY) && push_slot(c, SLOT_RETRY, TYPE(T_NONE)) && backward(c, c->in.a);
}

static bool do_jump(struct coder *c)
{
	c->falls = false;
	return forward_or_loop(c, c->in.a);
}

static bool do_fail(struct coder *c)
{
	c->falls = false;
	return pop(c, TYPE(T_STRING));
}

static void note_effects(struct coder *c)
{
	switch (c->in.op) {
	case OP_HERE: may(c, MAY_ASK_HERE); break;
	case OP_RUNNER: c->v->targets[c->function] = UINT64_C(1) << USES_RUNNER; break;
	case OP_SPAWN: may(c, MAY_SPAWN | MAY_RUN_HERE); break;
	case OP_TCP: may(c, MAY_TCP); break;
	case OP_SLEEP: may(c, MAY_WAIT); break;
	case OP_LOG: may(c, MAY_LOG); break;
	default: break;
	}
}

static bool step(struct coder *c)
{
	switch (c->in.op) {
	case OP_CONST: return do_const(c);
	case OP_LOCAL: return do_local(c);
	case OP_SET: return do_set(c);
	case OP_GLOBAL: return do_global(c);
	case OP_NAME: return do_name(c) && apply(c, &c->signatures->op[OP_NAME], RULE_stack_type);
	case OP_LIST: return do_list(c);
	case OP_FIELD: return do_field(c);
	case OP_CALL: return do_call(c);
	case OP_BUILTIN: return do_builtin(c);
	case OP_RETURN: return do_return(c);
	case OP_CAPTURE: return do_capture(c);
	case OP_JUMP: return do_jump(c);
	case OP_BRANCH_FALSE: return do_branch(c);
	case OP_AND: case OP_OR: return do_and_or(c);
	case OP_EQ: case OP_NE: case OP_LT: case OP_LE: case OP_GT: case OP_GE: return do_compare(c);
	case OP_ADD: case OP_SUB: case OP_MUL: case OP_DIV: case OP_MOD: return do_arithmetic(c);
	case OP_NEG: return do_negate(c);
	case OP_QUOTE: return do_quote(c);
	case OP_CONCAT: return do_concat(c);
	case OP_EACH: return do_each(c);
	case OP_NEXT: return do_next(c);
	case OP_GATHER: return do_gather(c);
	case OP_NEXT_GATHER: return do_next_gather(c);
	case OP_FILTER: return do_filter(c);
	case OP_KEEP: return do_keep(c);
	case OP_RUN: return do_run(c);
	case OP_HTTP: return do_http(c);
	case OP_PROBE: return do_probe(c);
	case OP_FAIL: return do_fail(c);
	case OP_EXPECT: return do_expect(c);
	case OP_POLL_BEGIN: return do_poll_begin(c);
	case OP_POLL_WITHIN: case OP_POLL_FOR: return do_poll(c);
	case OP_POLL_END: return do_poll_end(c);
	case OP_CATCH: return do_catch(c);
	case OP_UNCATCH: return do_uncatch(c);
	case OP_RETRY_BEGIN: return do_retry_begin(c);
	case OP_RETRY_NEXT: return do_retry_next(c);
	case OP_RETRY_END: return pop_internal(c, SLOT_RETRY);
	default: /* the signature in the table says it all */
		note_effects(c);
		return apply(c, &c->signatures->op[c->in.op], RULE_stack_type);
	}
}

/* ---- functions ---------------------------------------------------------------------------------------- */

/* Marks where instructions begin. */
static bool find_starts(struct coder *c)
{
	const uint8_t *code = c->img->code + c->f->code;
	for (c->pc = 0; c->pc < c->f->code_len; c->pc += c->in.size) {
		MUST(code[c->pc] < OPCODES, opcode);
		MUST(image_instruction(code, c->f->code_len, c->pc, &c->in), operand_cut);
		c->entry[c->pc].flags = ENTRY_START;
	}
	return true;
}

static bool walk(struct coder *c)
{
	c->entry[0].flags |= ENTRY_KNOWN;
	for (c->pc = 0; c->pc < c->f->code_len; c->pc += c->in.size) {
		MUST(c->entry[c->pc].flags & ENTRY_KNOWN, unreachable);
		image_instruction(c->img->code + c->f->code, c->f->code_len, c->pc, &c->in);
		c->now = c->entry[c->pc].state;
		c->falls = true;
		if (!step(c)) return false;
		if (!c->falls) continue;
		MUST(c->pc + c->in.size < c->f->code_len, code_end);
		if (!enter(c, c->pc + c->in.size, c->now)) return false;
	}
	return true;
}

static uint32_t stack_of_params(struct coder *c)
{
	uint32_t stack = 0;
	for (uint32_t i = 0; i < c->f->nparams; i++)
		stack = stack_push(&c->stacks, stack, (struct slot){ SLOT_VALUE, c->img->type[c->f->types + i] });
	return stack;
}

static bool check_body(struct coder *c, uint32_t function)
{
	c->function = function;
	c->f = &c->img->function[function];
	c->deepest = 0;
	memset(c->entry, 0, c->f->code_len * sizeof *c->entry);
	memset(c->setter, 0, c->f->ntypes * sizeof *c->setter);
	c->v->params[function] = stack_of_params(c);
	if (!find_starts(c) || !walk(c)) return false;
	c->v->depth[function] = c->deepest;
	c->pc = 0;
	MUST(c->deepest <= c->f->max_stack, max_stack);
	return true;
}

static void read_signatures(struct signatures *s)
{
	for (unsigned i = 0; i < OPCODES; i++)
		if (opcode_table[i].signature[0] != '*') signature_read(opcode_table[i].signature, &s->op[i]);
#define BUILTIN(id, name, signature, effect, doc) signature_read(signature, &s->builtin[s->builtins++]);
#include "irs/tbl/builtin.def"
#undef BUILTIN
}

static bool check_lines(struct coder *c, size_t *line)
{
	for (; *line < c->img->nline && c->img->line[*line].function == c->function; ++*line)
		if (!(c->entry[c->img->line[*line].pc].flags & ENTRY_START))
			return rule_broken(c->v->e, RULE_line_place, "line record %zu", *line);
	return true;
}

bool verify_code(struct verifier *v)
{
	const struct image *img = v->img;
	struct coder c = { .v = v, .img = img };
	size_t longest = 1, locals = 1, n = img->nfunction, line = 0;
	for (size_t i = 0; i < n; i++) {
		if (img->function[i].code_len > longest) longest = img->function[i].code_len;
		if (img->function[i].ntypes > locals) locals = img->function[i].ntypes;
	}
	stacks_init(&c.stacks, v->scratch);
	vec_push(v->scratch, &c.guards, ((struct guard){ 0, 0 }));
	c.signatures = arena_new_of(v->scratch, struct signatures);
	read_signatures(c.signatures);
	c.entry = arena_array_of(v->scratch, struct entry, longest);
	c.setter = arena_array_of(v->scratch, uint32_t, locals);
	v->depth = arena_array_of(v->scratch, uint32_t, n);
	v->may = arena_array_of(v->scratch, uint32_t, n);
	v->targets = arena_array_of(v->scratch, uint64_t, n);
	v->params = arena_array_of(v->scratch, uint32_t, n);
	v->captured = arena_array_of(v->scratch, uint32_t, n);
	for (uint32_t i = 0; i < n; i++) {
		v->captured[i] = NO_STACK;
		if (!check_body(&c, i) || !check_lines(&c, &line)) return false;
	}
	return true;
}
