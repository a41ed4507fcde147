/*
 * coder: one function while its code is looked at: the state at the instruction, how the others are entered, and what was found out. Shared by
 * verify_code.c, which goes through the code and its ways, and verify_ops.c, which knows what each instruction takes and gives.
 */
#ifndef IRS_IMAGE_CODER_H
#define IRS_IMAGE_CODER_H

#include "signature.h"
#include "stacks.h"
#include "verify.h"

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

/* Breaks a rule at this instruction; returns false. */
bool coder_broken(struct coder *c, enum rule r);
#define MUST(condition, rule)                                  \
	do {                                                       \
		if (!(condition)) return coder_broken(c, RULE_##rule);       \
	} while (0)

/* ---- ways (verify_code.c): false where a rule is broken ---- */
bool coder_forward(struct coder *c, uint32_t target, struct state s);
/* The state there is known; the one here must be the same, with at least as much set. */
bool coder_backward(struct coder *c, uint32_t target);
/* JUMP and FILTER go back only to where a loop takes its next element, so that loops end. */
bool coder_forward_or_loop(struct coder *c, uint32_t target);
/* Both ways of a fork meet at the join with what is on the stack now. */
bool coder_expect_join(struct coder *c, uint32_t join);

/* ---- instructions (verify_ops.c) ---- */
void signatures_read(struct signatures *s);
/* What c->in does to c->now. */
bool coder_step(struct coder *c);

#endif
