#include "stacks.h"

void stacks_init(struct stacks *s, struct arena *a)
{
	*s = (struct stacks){ .arena = a };
	vec_push(a, &s->stack, ((struct stack_node){ { SLOT_VALUE, TYPE(T_NONE) }, 0, 0, 0, 0 }));
	vec_push(a, &s->history, ((struct history_node){ 0, 0, 0 }));
}

static bool slot_eq(struct slot a, struct slot b) { return a.kind == b.kind && type_eq(a.type, b.type); }

/* Siblings are as many as there are types at most, so the walk is bounded. */
uint32_t stack_push(struct stacks *s, uint32_t below, struct slot top)
{
	for (uint32_t i = s->stack.at[below].child; i; i = s->stack.at[i].sibling)
		if (slot_eq(s->stack.at[i].top, top)) return i;
	struct stack_node node = { top, below, s->stack.at[below].height + 1, 0, s->stack.at[below].child };
	vec_push(s->arena, &s->stack, node);
	s->stack.at[below].child = (uint32_t)(s->stack.n - 1);
	return (uint32_t)(s->stack.n - 1);
}

uint32_t history_add(struct stacks *s, uint32_t before)
{
	const struct history_node *h = s->history.at, *b = &h[before], *j = &h[b->jump];
	bool doubles = b->depth - j->depth == j->depth - h[j->jump].depth;
	struct history_node node = { before, doubles ? j->jump : before, b->depth + 1 };
	vec_push(s->arena, &s->history, node);
	return (uint32_t)(s->history.n - 1);
}

static uint32_t at_depth(const struct stacks *s, uint32_t node, uint32_t depth)
{
	const struct history_node *h = s->history.at;
	while (h[node].depth > depth) node = h[h[node].jump].depth >= depth ? h[node].jump : h[node].before;
	return node;
}

uint32_t history_common(const struct stacks *s, uint32_t a, uint32_t b)
{
	const struct history_node *h = s->history.at;
	if (h[a].depth > h[b].depth) a = at_depth(s, a, h[b].depth);
	else b = at_depth(s, b, h[a].depth);
	while (a != b) {
		bool far = h[a].jump != h[b].jump;
		a = far ? h[a].jump : h[a].before;
		b = far ? h[b].jump : h[b].before;
	}
	return a;
}

bool history_holds(const struct stacks *s, uint32_t a, uint32_t b)
{
	return s->history.at[a].depth <= s->history.at[b].depth && at_depth(s, b, s->history.at[a].depth) == a;
}
