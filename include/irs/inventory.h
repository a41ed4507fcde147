/*
 * inventory: whose hosts, in the shape that `ansible-inventory --list` prints:
 * groups with hosts and children, `_meta.hostvars`.  Only irs_* and the few
 * ansible_* variables that we honour are read.  docs/inventory.md.
 */
#ifndef IRS_INVENTORY_H
#define IRS_INVENTORY_H

#include "irs/arena.h"
#include "irs/err.h"
#include "irs/map.h"
#include "irs/vec.h"

struct inventory_host {
	const char *name;      /* [A-Za-z0-9:_][A-Za-z0-9._:-]* */
	const char *address;   /* irs_address, else ansible_host, else the name */
	const char *transport; /* irs_transport: local, ssh, exec; "ssh" unless said */
};

struct inventory_group {
	const char *name;
	VEC(struct inventory_host *) hosts; /* with those of its children, each once, in file order */
};

struct inventory {
	struct map groups; /* struct inventory_group */
	struct map hosts;  /* struct inventory_host */
	bool practice;     /* irs_practice: true for every host (all.vars or hostvars) */
	VEC(const char *) warnings; /* variables that are not honoured */
};

/* From a JSON file, or `exec:PATH`, whose output is read. Everything lives in `a`. */
struct inventory *inventory_read(struct arena *a, const char *path, struct err *e);
/* The inventory of `--local`: any group that is asked for is this machine. */
struct inventory *inventory_local(struct arena *a);
/* The hosts of a group, or NULL. For `--local` never NULL. */
const struct inventory_group *inventory_group(const struct inventory *inv, struct str name);

#endif
