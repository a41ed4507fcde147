/*
 * check_scope: the values that can be seen at one place of a file, innermost last.  A name stands for one thing at a
 * time: whoever declares asks first.  Looking up takes the same time however many names there are.
 */
#ifndef IRS_COMPILE_CHECK_SCOPE_H
#define IRS_COMPILE_CHECK_SCOPE_H

#include "irs/check.h"

struct scope_entry {
	struct symbol *symbol;
	uint64_t hash;
	uint32_t below; /* the next one in its bucket, 1-based; 0: none */
};

/* Zero-initialised is empty. */
struct scope {
	VEC(struct scope_entry) entry;
	uint32_t *bucket; /* the innermost of each, 1-based */
	size_t nbuckets;
};

/* What `name` stands for, or NULL. */
struct symbol *scope_find(const struct scope *s, struct str name);
/* Makes `symbol` visible by its name until scope_leave. */
void scope_add(struct arena *a, struct scope *s, struct symbol *symbol);
/* The mark to leave to: all that is added from now on goes with it. */
size_t scope_enter(const struct scope *s);
void scope_leave(struct scope *s, size_t mark);

#endif
