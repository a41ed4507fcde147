/*
 * One pass over each function's instructions, in their order, with abstract stacks: what stands on them, what was set, which CATCH is open.
 * Every instruction is entered by falling into it or by a jump from above; jumps back only go to places whose state is known already. So
 * code is seen once, and what was not entered when its turn comes is unreachable.
 */
#include "coder.h"

#include <string.h>

bool coder_broken(struct coder *c, enum rule r)
{
	const char *name = c->pc < c->f->code_len && c->img->code[c->f->code + c->pc] < OPCODES ?
				   opcode_table[c->img->code[c->f->code + c->pc]].name : "?";
	return rule_broken(c->v->e, r, "%s, offset %u, %s", function_place(c->v, c->function), (unsigned)c->pc, name);
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

bool coder_forward(struct coder *c, uint32_t target, struct state s)
{
	if (!lands(c, target)) return false;
	MUST(target > c->pc, jump_forward);
	return enter(c, target, s);
}

bool coder_backward(struct coder *c, uint32_t target)
{
	if (!lands(c, target)) return false;
	MUST(target <= c->pc, jump_back);
	struct state there = c->entry[target].state;
	MUST(there.stack == c->now.stack, join);
	MUST(there.guard == c->now.guard, catch_balance);
	MUST(history_holds(&c->stacks, there.history, c->now.history), join);
	return true;
}

bool coder_forward_or_loop(struct coder *c, uint32_t target)
{
	if (!lands(c, target)) return false;
	if (target > c->pc) return enter(c, target, c->now);
	uint8_t op = c->img->code[c->f->code + target];
	MUST(op == OP_NEXT || op == OP_NEXT_GATHER, jump_back);
	return coder_backward(c, target);
}

bool coder_expect_join(struct coder *c, uint32_t join)
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
		if (!coder_step(c)) return false;
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
	signatures_read(c.signatures);
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
