/* inventory_source: a group as it stands in the file, before its children's hosts are gathered. */
#ifndef IRS_PLAN_INVENTORY_SOURCE_H
#define IRS_PLAN_INVENTORY_SOURCE_H

#include "irs/inventory.h"

struct inventory_source {
	VEC(struct inventory_host *) hosts; /* its own */
	VEC(const char *) children;
};

/* What `exec:PATH` prints: the program's standard output, at most INVENTORY_MAX_BYTES, within a minute. */
bool inventory_run(struct arena *a, const char *program, struct str *out, struct err *e);

#endif
