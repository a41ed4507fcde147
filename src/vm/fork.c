/* Forks of the dry world: an unknown branch stops the fiber; its driver walks both ways and lets them meet. */
#include "fiber.h"

const char *fiber_condition(const struct fiber *f)
{
	struct value v = f->stack[f->height - 1];
	return v.tag == V_UNKNOWN && v.text ? v.text->p : "‹unknown›";
}

struct join fiber_join(const struct fiber *f)
{
	return (struct join){ .depth = f->depth, .pc = operand32(f->code + f->pc + 5) };
}

void fiber_take_branch(struct fiber *f, bool truth_taken)
{
	drop(f, 1);
	f->pc = truth_taken ? f->pc + opcode_table[OP_BRANCH_FALSE].size : operand32(f->code + f->pc + 1);
	f->state = FIBER_READY;
}

uint8_t fiber_condition_certainty(const struct fiber *f) { return f->stack[f->height - 1].certainty; }

/* What is known of a value that is `a` on one way and `b` on the other. */
static struct value merged(struct fiber *f, struct value a, struct value b, uint8_t doubt)
{
	if (a.tag == V_NONE || a.tag == V_INTERNAL) return a;
	bool same = a.tag == V_UNKNOWN && b.tag == V_UNKNOWN ? a.text && b.text && str_eq(text_str(a.text), text_str(b.text)) : value_equal(a, b) == TRUE3;
	uint8_t certainty = surer(surer(a.certainty, b.certainty), same ? CERTAIN : doubt);
	struct value v = a;
	v.certainty = certainty;
	if (!same && !unknown(f, value_type(a), certainty, &v, "%s or %s", name_of(f, a), name_of(f, b))) return a; /* out of memory: it has failed already */
	return v;
}

void fiber_merge(struct fiber *f, const struct fiber *other, uint8_t doubt)
{
	f->result = merged(f, f->result, other->result, doubt);
	if (f->captures && other->captures)
		for (size_t i = 0; i < f->captures->n && i < other->captures->n; i++)
			f->captures->at[i] = merged(f, f->captures->at[i], other->captures->at[i], doubt);
	if (f->state == FIBER_READY && f->height && f->height == other->height)
		*top(f, 0) = merged(f, *top(f, 0), other->stack[other->height - 1], doubt);
}
