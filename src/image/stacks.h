/*
 * stacks: the abstract states of a function's code, in constant time.
 *
 * A *stack* is a node of a tree: its top's type and the stack below.  Equal
 * stacks are the same node, so two ways that meet are compared by number.
 *
 * A *history* is a node of another tree: the last SET on every way here, and
 * the history before it.  What is set on two ways is their nearest common
 * ancestor; a local is set where its SET is an ancestor of the history.  Jump
 * pointers make both logarithmic (Myers, "An applicative random-access stack").
 */
#ifndef IRS_IMAGE_STACKS_H
#define IRS_IMAGE_STACKS_H

#include "irs/arena.h"
#include "irs/type.h"
#include "irs/vec.h"

/* What may stand on the stack: values, and what only the machine handles. */
enum slot_kind { SLOT_VALUE, SLOT_ITERATOR, SLOT_GATHERER, SLOT_POLL, SLOT_RETRY, SLOT_FAILURE };
struct slot { /* the type: of the value, of an iterator's or gatherer's elements; else none */
	uint8_t kind;
	struct type type;
};

struct stack_node {
	struct slot top;
	uint32_t below, height;
	uint32_t child, sibling; /* stacks that are one higher; 0: none */
};

struct history_node {
	uint32_t before, jump, depth;
};

struct stacks {
	struct arena *arena;
	VEC(struct stack_node) stack;     /* [0] is the empty one */
	VEC(struct history_node) history; /* [0] is the beginning */
};

void stacks_init(struct stacks *s, struct arena *a);
/* The stack that has `top` on `below`. */
uint32_t stack_push(struct stacks *s, uint32_t below, struct slot top);
uint32_t history_add(struct stacks *s, uint32_t before);
uint32_t history_common(const struct stacks *s, uint32_t a, uint32_t b);
/* Whether `a` lies on the way to `b`, or is it. */
bool history_holds(const struct stacks *s, uint32_t a, uint32_t b);

#endif
