/*
 * inventory: whose hosts, in the shape that `ansible-inventory --list` prints:
 * groups with hosts and children, `_meta.hostvars`.  Only irs_* and the few
 * ansible_* variables that we honour are read; what is not honoured is told as
 * a warning, once.  docs/inventory.md is the format.
 *
 * Untrusted input: bounded size, names and addresses checked, cycles of groups
 * harmless, linear in what is asked for.
 */
#ifndef IRS_INVENTORY_H
#define IRS_INVENTORY_H

#include "irs/arena.h"
#include "irs/err.h"
#include "irs/map.h"
#include "irs/vec.h"

enum { INVENTORY_MAX_BYTES = 32 << 20, INVENTORY_MAX_NAME = 253 };

enum inventory_transport { TRANSPORT_SSH, TRANSPORT_LOCAL, TRANSPORT_EXEC };

struct inventory_host {
	const char *name;    /* [A-Za-z0-9:_][A-Za-z0-9._:-]*, at most INVENTORY_MAX_NAME bytes */
	const char *address; /* inside the deployment */
	const char *ssh_name; /* what ssh is asked for */
	enum inventory_transport transport; /* ssh unless said */
	bool practice;       /* it may be wrecked */
	const char *consent; /* the path of its consent file; NULL: `--local` has consented */
	unsigned port;       /* 0: as ssh's configuration says */
	const char *user;    /* NULL: the same */
	bool become;
	const char *become_user;
	const char **exec;   /* the words of its command, filled in, NULL behind the last; NULL: none */
	unsigned ours;       /* private: what irs_* variables have said, which beat ansible_* ones wherever they stand */
};

struct inventory_group {
	const char *name;
	VEC(struct inventory_host *) hosts; /* with those of its children, each once, in file order */
};

struct inventory {
	struct arena *arena;
	const char *path;           /* as it was asked for; NULL: --local */
	struct map hosts;           /* struct inventory_host, in file order */
	struct map sources;         /* private: groups as they stand in the file */
	struct map groups;          /* private: struct inventory_group, those that were asked for */
	VEC(const char *) warnings; /* sentences */
};

/* From a JSON file, or from what the program of `exec:PATH` prints when called with --list. Everything lives in `a`. */
struct inventory *inventory_read(struct arena *a, const char *path, struct err *e);
/* The same from text; `path` is for messages. */
struct inventory *inventory_parse(struct arena *a, const char *path, struct str text, struct err *e);
/* The inventory of `--local`: every group that is asked for is this machine, "localhost". */
struct inventory *inventory_local(struct arena *a);
/* The hosts of a group, or of one host by its name; "all" is all of them. NULL if there is neither. For `--local` never NULL. */
const struct inventory_group *inventory_group(struct inventory *inv, struct str name);
/* The group's or host's name nearest to `name`, or NULL: for "did you mean". */
const char *inventory_nearest(const struct inventory *inv, struct str name);
const char *inventory_transport_name(enum inventory_transport t);
/* Writes these hosts (NULLs are passed over) as an inventory with only the variables that were read; inventory_read reads them so again. */
bool inventory_write(const char *path, const struct inventory_host *const *hosts, size_t n, struct err *e);
/* One host; NULL if there is none of that name. */
const struct inventory_host *inventory_host(const struct inventory *inv, struct str name);

#endif
