/* check_longest: the longest time of a block, and what is in the way of one. */
#ifndef IRS_COMPILE_CHECK_LONGEST_H
#define IRS_COMPILE_CHECK_LONGEST_H

#include "check_bound.h"

struct longest {
	struct bounds bounds;
	struct span at;  /* the first place that nothing bounds */
	const char *why; /* NULL: everything is bounded */
	unsigned depth;  /* of calls within calls */
	bool of_param;   /* it would be, if a parameter were */
};

int64_t longest_of_block(struct longest *l, const struct block *b);
int64_t longest_of_expr(struct longest *l, const struct expr *e);
/* Works out a function's time where it is the same for every call; those that it calls first. */
void longest_of_function(const struct program *p, const struct symbol *fn);
/* Ready for a block of the scenario, or of a fault that `call` induces (NULL: none). `env` is filled and must live as long. */
struct longest longest_begin(const struct program *p, const struct expr *call, struct bound_env *env);

#endif
