/* What each instruction takes from the stack, gives to it, and does besides. */
#include "coder.h"
#include "irs/shell_quote.h"

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
		if (!signature_takes(s->param[i], t, &bound)) return coder_broken(c, r);
	}
	if (!s->has_result) return true;
	struct type result = signature_type(s->result, bound);
	if (type_is(result, T_NONE)) return coder_broken(c, r);
	return push(c, result);
}

/* ---- instructions ------------------------------------------------------------------------------------- */

static void may(struct coder *c, uint32_t what) { c->v->may[c->function] |= what; }

static bool do_const(struct coder *c)
{
	if (c->in.a >= c->img->nconstant) return coder_broken(c, RULE_constant_index);
	const struct image_constant *k = &c->img->constant[c->in.a];
	MUST(k->level <= c->f->level, code_level);
	return push(c, k->type);
}

static bool do_name(struct coder *c)
{
	if (c->in.a >= c->img->nconstant) return coder_broken(c, RULE_constant_index);
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
	if (c->in.a >= c->img->nglobal) return coder_broken(c, RULE_global_index);
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
	if (c->in.a >= c->img->nfunction) return coder_broken(c, RULE_function_index);
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
	return pop(c, TYPE(T_BOOL)) && coder_expect_join(c, c->in.b) && coder_forward(c, c->in.a, c->now);
}

static bool do_and_or(struct coder *c)
{
	return pop(c, TYPE(T_BOOL)) && push(c, TYPE(T_BOOL)) && coder_forward(c, c->in.a, c->now);
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
	return pop_kind(c, SLOT_ITERATOR, &element) && coder_forward(c, c->in.a, c->now) && push_slot(c, SLOT_ITERATOR, element) && push(c, element);
}

static bool do_gather(struct coder *c)
{
	struct type element, gathered;
	MUST(c->in.a >> 8 < TYPE_MAX_LISTS, elements);
	gathered = (struct type){ (uint8_t)(c->in.a & 0xff), (uint8_t)(c->in.a >> 8) };
	if (gathered.base >= T_BASES || gathered.base == T_ERROR || type_is(gathered, T_NONE)) return coder_broken(c, RULE_type);
	return pop_list(c, &element) && push_slot(c, SLOT_ITERATOR, element) && push_slot(c, SLOT_GATHERER, gathered);
}

static bool do_next_gather(struct coder *c)
{
	struct type element, gathered;
	if (!pop_kind(c, SLOT_GATHERER, &gathered) || !pop_kind(c, SLOT_ITERATOR, &element)) return false;
	struct state before = c->now;
	if (!push(c, type_list_of(gathered)) || !coder_forward(c, c->in.a, c->now)) return false;
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
	return pop(c, TYPE(T_BOOL)) && within_gathering(c, &gathered) && coder_forward_or_loop(c, c->in.a);
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
	return pop(c, TYPE(T_BOOL)) && pop_internal(c, SLOT_POLL) && push_slot(c, SLOT_POLL, TYPE(T_NONE)) && coder_backward(c, c->in.a);
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
	if (!pushed || !coder_forward(c, c->in.a, c->now)) return false;
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
	return pop_internal(c, SLOT_FAILURE) && pop_internal(c, SLOT_RETRY) && push_slot(c, SLOT_RETRY, TYPE(T_NONE)) && coder_backward(c, c->in.a);
}

static bool do_jump(struct coder *c)
{
	c->falls = false;
	return coder_forward_or_loop(c, c->in.a);
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

bool coder_step(struct coder *c)
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

void signatures_read(struct signatures *s)
{
	for (unsigned i = 0; i < OPCODES; i++)
		if (opcode_table[i].signature[0] != '*') signature_read(opcode_table[i].signature, &s->op[i]);
#define BUILTIN(id, name, signature, effect, doc) signature_read(signature, &s->builtin[s->builtins++]);
#include "irs/tbl/builtin.def"
#undef BUILTIN
}
