/* inventory_source: what the files that read an inventory share. */
#ifndef IRS_PLAN_INVENTORY_SOURCE_H
#define IRS_PLAN_INVENTORY_SOURCE_H

#include <jansson.h>

#include "irs/inventory.h"

/* A group as it stands in the file, before its children's hosts are gathered. */
struct inventory_source {
	VEC(struct inventory_host *) hosts; /* its own */
	VEC(const char *) children;
};

struct inventory_reader {
	struct inventory *inv;
	struct arena *a;
	json_t *root, *hostvars;
	struct map warned; /* variables */
	struct err *e;
};

/* What `exec:PATH` prints: the program's standard output, at most INVENTORY_MAX_BYTES, within a minute. */
bool inventory_run(struct arena *a, const char *program, struct str *out, struct err *e);

/* Sets the error, with the host's name if there is one, and returns false. */
bool inventory_wrong(struct inventory_reader *r, const char *host, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
bool inventory_name_ok(const char *s, size_t n);
bool inventory_variable_known(const char *name);
/* Reads a host's variables; those of `vars` that a later call names again are overridden. */
bool inventory_variables(struct inventory_reader *r, struct inventory_host *h, json_t *vars);
/* When all were read: what was not said gets what it is then, and what doesn't fit together is refused. */
bool inventory_host_finish(struct inventory_reader *r, struct inventory_host *h);

#endif
