/*
 * setup: what is fixed before a session begins: the params, as the scenario
 * and the command line say them, and the targets' hosts, as an inventory says
 * them.  `irsc check`, `irs run` and `irs rehearse` all come through here, so
 * what one accepts the others do.  All that is wrong is found together.
 */
#ifndef IRS_SETUP_H
#define IRS_SETUP_H

#include "irs/diag.h"
#include "irs/inventory.h"
#include "irs/vm.h"

struct setup_finding {
	enum diag_code code; /* of the 08xx */
	struct str item;     /* the target or param, or "" */
	const char *message; /* one sentence without a full stop */
	const char *help;    /* what to do, or NULL */
};

struct setup {
	struct arena *arena;
	const struct image *image;
	struct value *globals;              /* one for each of the image's; V_NONE: an init function is to compute it */
	struct vm_hosts hosts;              /* [0] is the runner */
	const struct inventory_host **host; /* as many: what the inventory says of each; [0] is NULL */
	VEC(struct setup_finding) findings; /* none: all is well */
	bool *given;                        /* private: by global: the command line has said what it is */
};

/* Params at their defaults, targets unknown by name (as a plan without an inventory has them), no hosts but the runner. Lives in `a`. */
struct setup *setup_new(struct arena *a, const struct image *img);
/* `--set name=value`: typed and checked against the param's range. Adds findings. */
void setup_param(struct setup *s, const char *assignment);
/* `--set-file name=FILE`: the same from a file, without its last newline: for what should not stand in a command line. */
void setup_param_file(struct setup *s, const char *assignment);
/* Each target's hosts: those of the inventory's group of its name, or of the name that a `target=group` of `map` gives it. */
void setup_targets(struct setup *s, struct inventory *inv, const char *const *map, size_t nmap);
/* All findings as one error (IRS_USAGE: the file is right, what was said to it is not), for who has no source to point at; true if there are none. */
bool setup_ok(const struct setup *s, struct err *e);

#endif
