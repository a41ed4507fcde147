/* The loop: one instruction after the other, until the fiber needs the world. Types, heights and targets were proven by the verifier. */
#include "builtin.h"
#include "fiber.h"
#include "loops.h"

#include <stdlib.h>
#include <string.h>

static bool reached_stop(const struct fiber *f)
{
	return f->depth < f->stop.depth || (f->depth == f->stop.depth && f->pc == f->stop.pc);
}

static bool constant(struct fiber *f, uint32_t index, struct value *out)
{
	const struct image_constant *c = &f->vm->image->constant[index];
	static const uint8_t tags[T_BASES] = { [T_BOOL] = V_BOOL, [T_INT] = V_INT, [T_DURATION] = V_DURATION, [T_SIZE] = V_SIZE,
		                               [T_PERCENT] = V_PERCENT };
	if (c->type.base == T_STRING) {
		if (!text_derived(f, f->vm->image->string[c->bits], NULL, 0, out)) return false;
		out->text->secretive = c->level > 0;
	} else if (c->type.base == T_FLOAT) {
		*out = (struct value){ .tag = V_FLOAT };
		memcpy(&out->f, &c->bits, sizeof out->f);
	} else {
		*out = of_tag((enum value_tag)tags[c->type.base], c->bits, 0);
	}
	return true;
}

static bool make_list(struct fiber *f, unsigned n)
{
	struct value v = { .tag = V_LIST, .of = TYPE_LIST(T_NONE) };
	v.list = heap_alloc(f, sizeof *v.list + n * sizeof *v.list->at);
	if (!v.list) return raise_heap(f);
	v.list->n = n;
	for (unsigned i = 0; i < n; i++) {
		v.list->at[i] = *top(f, n - 1 - i);
		v.certainty = surer(v.certainty, v.list->at[i].certainty);
		if (v.of.base == T_NONE) v.of = type_list_of(value_type(v.list->at[i])); /* an empty list among others fits them all */
	}
	drop(f, n);
	push(f, v);
	return true;
}

static void return_from(struct fiber *f)
{
	const struct image_function *fn = function_of(f);
	bool has_result = fn->result.base != T_NONE || fn->result.lists;
	struct value v = has_result ? pop(f) : (struct value){ .tag = V_NONE };
	struct call *left = &f->calls[--f->depth];
	f->height = left->base;
	while (f->ncatches && f->catches[f->ncatches - 1].depth > f->depth) f->ncatches--;
	if (!f->depth) {
		f->result = v;
		f->state = FIBER_DONE;
		return;
	}
	if (has_result) push(f, v);
	f->code = f->vm->image->code + function_of(f)->code;
	f->pc = f->calls[f->depth - 1].pc + opcode_table[OP_CALL].size;
}

static bool end_with_captures(struct fiber *f, unsigned n)
{
	if (!make_list(f, n)) return false;
	f->captures = pop(f).list;
	f->depth = 0;
	f->height = 0;
	f->ncatches = 0;
	f->state = FIBER_DONE;
	return true;
}

static bool expect(struct fiber *f, enum bool3 t, struct str text, const char *why)
{
	if (t == TRUE3 || (t == UNKNOWN3 && f->vm->dry)) return true;
	if (t == FALSE3) return raise_false(f, "expected %.*s", STR_ARG(text));
	return raise_unknown(f, "could not tell whether %.*s%s%s", STR_ARG(text), why ? ": " : "", why ? why : "");
}

static bool fail_with(struct fiber *f, struct value why)
{
	return raise_false(f, "%.*s", STR_ARG(text_str(why.text)));
}

static bool end_poll(struct fiber *f, struct str text)
{
	struct internal *p = pop(f).internal;
	return expect(f, p->poll.last, text, p->poll.why);
}

static void begin_catch(struct fiber *f, enum catch_kind kind, uint32_t target)
{
	if (f->ncatches == f->catch_cap) {
		f->catch_cap = f->catch_cap ? f->catch_cap * 2 : 4;
		struct catcher *bigger = realloc(f->catches, f->catch_cap * sizeof *bigger);
		if (!bigger) abort();
		f->catches = bigger;
	}
	f->catches[f->ncatches++] = (struct catcher){ .depth = f->depth, .height = f->height, .target = target, .kind = kind };
}

static bool fork_or_branch(struct fiber *f, uint32_t otherwise, uint32_t behind)
{
	enum bool3 t = truth(*top(f, 0));
	if (t == UNKNOWN3 && f->vm->dry) {
		f->state = FIBER_FORK;
		return true;
	}
	struct value v = pop(f);
	if (t == UNKNOWN3) return raise_unknown(f, "a condition is unknown: %s", v.tag == V_UNKNOWN && v.text ? v.text->p : "no answer");
	f->pc = t == TRUE3 ? behind : otherwise;
	return true;
}

static bool call_builtin(struct fiber *f, enum builtin_id id, uint32_t behind)
{
	unsigned n = builtin_arity(id);
	struct value v;
	if (!builtin_call(f, id, f->stack + f->height - n, &v)) return false;
	drop(f, n);
	push(f, v);
	f->pc = behind;
	return true;
}

/* An unknown expectation or loop is no effect, but a plan wants to hear of it. */
static bool noted(struct fiber *f, enum opcode op)
{
	if (!f->vm->dry) return false;
	if (f->note_taken) return f->note_taken = false;
	if ((op == OP_EACH || op == OP_GATHER) && top(f, 0)->tag != V_UNKNOWN) return false;
	want(f, EFFECT_NOTE);
	return true;
}

#define STRING_AT(p) (f->vm->image->string[f->vm->image->constant[operand32(p)].bits])

static void step(struct fiber *f)
{
	const uint8_t *p = f->code + f->pc;
	enum opcode op = (enum opcode)*p++;
	uint32_t behind = f->pc + opcode_table[op].size;
	struct value v, *t;
	switch (op) {
	case OP_CONST:
		if (!constant(f, operand32(p), &v)) return;
		push(f, v);
		break;
	case OP_TRUE: push(f, of_bool(TRUE3, 0)); break;
	case OP_FALSE: push(f, of_bool(FALSE3, 0)); break;
	case OP_LOCAL: push(f, f->stack[f->calls[f->depth - 1].base + operand16(p)]); break;
	case OP_SET: f->stack[f->calls[f->depth - 1].base + operand16(p)] = pop(f); break;
	case OP_GLOBAL: push(f, f->vm->globals[operand16(p)]); break;
	case OP_HERE: push(f, f->here); break;
	case OP_RUNNER: push(f, value_host(0)); break;
	case OP_NAME:
		if (!rename_unknown(f, top(f, 0), STRING_AT(p))) return;
		break;
	case OP_POP: drop(f, 1); break;
	case OP_LIST:
		if (!make_list(f, operand16(p))) return;
		break;
	case OP_FIELD:
		if (!field(f, *p, *top(f, 0), &v)) return;
		*top(f, 0) = v;
		break;
	case OP_CALL:
		enter(f, operand32(p), f->height - f->vm->image->function[operand32(p)].nparams);
		return;
	case OP_BUILTIN:
		call_builtin(f, (enum builtin_id)*p, behind);
		return;
	case OP_RETURN: return_from(f); return;
	case OP_CAPTURE: end_with_captures(f, operand16(p)); return;
	case OP_JUMP: f->pc = operand32(p); return;
	case OP_BRANCH_FALSE: fork_or_branch(f, operand32(p), behind); return;
	case OP_AND: f->pc = truth(*top(f, 0)) == FALSE3 ? operand32(p) : behind; return;
	case OP_OR: f->pc = truth(*top(f, 0)) == TRUE3 ? operand32(p) : behind; return;
	case OP_KAND: case OP_KOR:
		t = top(f, 1);
		if (!(op == OP_KAND ? kleene_and : kleene_or)(f, *t, t[1], &v)) return;
		drop(f, 1);
		*t = v;
		break;
	case OP_NOT:
		if (!kleene_not(f, *top(f, 0), &v)) return;
		*top(f, 0) = v;
		break;
	case OP_EQ: case OP_NE: case OP_LT: case OP_LE: case OP_GT: case OP_GE:
		t = top(f, 1);
		if (!compare(f, op, *t, t[1], &v)) return;
		drop(f, 1);
		*t = v;
		break;
	case OP_ADD: case OP_SUB: case OP_MUL: case OP_DIV: case OP_MOD:
		t = top(f, 1);
		if (!arithmetic(f, op, *t, t[1], &v)) return;
		drop(f, 1);
		*t = v;
		break;
	case OP_NEG:
		if (!negate(f, *top(f, 0), &v)) return;
		*top(f, 0) = v;
		break;
	case OP_TEXT:
		if (!text_from(f, *top(f, 0), &v)) return;
		*top(f, 0) = v;
		break;
	case OP_QUOTE:
		if (!text_quote(f, *top(f, 0), (enum hole_context)*p, &v)) return;
		*top(f, 0) = v;
		break;
	case OP_CONCAT: {
		unsigned n = operand16(p);
		if (!text_concat(f, f->stack + f->height - n, n, &v)) return;
		drop(f, n);
		push(f, v);
		break;
	}
	case OP_EACH:
		if (noted(f, op) || !begin_iterator(f)) return;
		break;
	case OP_GATHER:
		if (noted(f, op) || !begin_gatherer(f, (struct type){ p[0], p[1] })) return;
		break;
	case OP_NEXT: next_in_loop(f, operand32(p), behind); return;
	case OP_NEXT_GATHER: next_in_comprehension(f, operand32(p), behind); return;
	case OP_FILTER: filter(f, operand32(p), behind); return;
	case OP_KEEP: keep(f); break;
	case OP_AT_MOST:
		if (!at_most(f)) return;
		break;
	case OP_FAIL: fail_with(f, *top(f, 0)); return;
	case OP_EXPECT:
		if (noted(f, op)) return;
		v = pop(f);
		if (!expect(f, truth(v), STRING_AT(p), v.tag == V_UNKNOWN && v.text ? v.text->p : NULL)) return;
		break;
	case OP_POLL_WITHIN: poll_again(f, false, behind); return;
	case OP_POLL_FOR: poll_again(f, true, behind); return;
	case OP_POLL_END:
		if (noted(f, op) || !end_poll(f, STRING_AT(p))) return;
		break;
	case OP_CATCH: begin_catch(f, (enum catch_kind)*p, operand32(p + 1)); break;
	case OP_UNCATCH: f->ncatches--; break;
	case OP_RETRY_BEGIN:
		if (noted(f, op) || !begin_retry(f)) return;
		break;
	case OP_RETRY_NEXT: retry(f, operand32(p)); return;
	case OP_RETRY_END: drop(f, 1); break;
	case OP_POLL_BEGIN: want(f, EFFECT_CLOCK); return;
	case OP_RUN: case OP_SPAWN: want(f, EFFECT_RUN); return;
	case OP_HTTP: want(f, EFFECT_HTTP); return;
	case OP_TCP: want(f, EFFECT_TCP); return;
	case OP_SLEEP: want(f, EFFECT_SLEEP); return;
	case OP_LOG: want(f, EFFECT_LOG); return;
	case OP_PROBE: want(f, EFFECT_PROBE); return;
	case OPCODES: raise_unknown(f, "no such instruction"); return;
	}
	f->pc = behind;
}

void fiber_run(struct fiber *f)
{
	while (f->state == FIBER_READY) {
		if (f->stopping && reached_stop(f)) return;
		if (!f->fuel) {
			raise_unknown(f, "a block computes for too long without doing anything"); /* who catches it can't go on either */
			continue;
		}
		f->fuel--;
		step(f);
	}
}
