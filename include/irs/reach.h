/*
 * reach: how hosts would be reached, as people read it, before anything is: "ssh ops@10.0.0.7 port 2222, through gate". For SSH it is what
 * OpenSSH's own configuration says.  Nothing is connected to.
 */
#ifndef IRS_REACH_H
#define IRS_REACH_H

#include "irs/arena.h"
#include "irs/inventory.h"
#include "irs/loop.h"

struct reach {
	const char *how;
	const struct err *error;  /* why that can't be said; NULL */
	const char *const *notes; /* what OpenSSH would do besides, and we don't; NULL behind the last */
};

/* `done` comes once, never from within this call, with one for each host. All lives in `a`. */
void reach_find(struct arena *a, struct loop *l, const struct inventory_host *const *hosts, size_t n, void (*done)(void *owner, const struct reach *r), void *owner);

#endif
