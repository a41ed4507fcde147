/* check_bound: how large a value can get and how long a list, as far as the tree alone tells. Parameters are bounded by the arguments of the call. */
#ifndef IRS_COMPILE_CHECK_BOUND_H
#define IRS_COMPILE_CHECK_BOUND_H

#include "irs/check.h"

struct bound_env { /* a call: its arguments bound the parameters of what is called */
	const params_t *params;
	const exprs_t *args;
	const struct bound_env *outer; /* where the arguments stand; NULL: in the scenario */
};

struct bounds {
	const struct program *p;
	const struct bound_env *env; /* NULL: no parameters are known */
	bool asked;                  /* a parameter was: what follows from it holds for this call only */
	unsigned left;               /* steps until we give up: nested calls may multiply */
};

/* The largest that an int or quantity can be; false if nothing bounds it. */
bool bound_value(struct bounds *b, const struct expr *e, int64_t *out);
/* The most elements that a list can have. */
bool bound_count(struct bounds *b, const struct expr *e, int64_t *out);
/* Sums and products that stop at DURATION_UNBOUNDED; arguments are not negative. */
int64_t bounded_sum(int64_t a, int64_t b);
int64_t bounded_product(int64_t a, int64_t b);

#endif
