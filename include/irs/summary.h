/* summary: what a journal says of a session without running anything of it: for `irs list`, `status` and `settle`, and for claims. */
#ifndef IRS_SUMMARY_H
#define IRS_SUMMARY_H

#include "irs/arena.h"
#include "irs/err.h"
#include "irs/map.h"
#include "irs/vec.h"

struct summary_record {
	long long number, step;
	const char *label;  /* of the step */
	const char *host;
	const char *script; /* or NULL */
	const char *why;    /* it was left, or NULL */
};

struct summary {
	const char *id, *scenario, *phase, *machine, *began, *last;
	struct map steps;                 /* by number as text: label */
	VEC(struct summary_record *) open;
	VEC(const char *) left;           /* beside records: preconditions, leashes; each with why */
	bool damaged;                     /* lines are lost; nobody knows what they said */
	bool hosts;                       /* it came so far that it knew them */
	bool closed;
	int exit;                         /* of the last closed */
};

/* False with `e` where it can't be read; what stands before is told. Untrusted input. */
bool summary_read(struct arena *a, const char *path, struct summary *out, struct err *e);
/* Whether something is, or may be, left. */
bool summary_is_dirty(const struct summary *s);

#endif
