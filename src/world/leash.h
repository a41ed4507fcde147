/*
 * leash: the runner's end of the leash on a host, over any wire.  It beats so that the leash hears of us, and notices when the leash is dead:
 * no answer, or an answer from a clock that stands still.  What follows from that is decided by who holds it (host.h).
 */
#ifndef WORLD_LEASH_H
#define WORLD_LEASH_H

#include "irs/loop.h"
#include "irs/world.h"
#include "wire.h"

struct leash;

enum leash_end { LEASH_DISARMED /* and gone */, LEASH_UNDONE /* it fired, and is gone */, LEASH_LOST };

struct leash_events {
	/* It listens: from now on something can be said. */
	void (*armed)(void *owner, const struct process_ref *p);
	/* It has so many fragments by now. */
	void (*taken)(void *owner, unsigned fragments);
	/* It is about to undo: nothing else should act on the host until it has ended. */
	void (*fired)(void *owner, const char *why);
	/* Once; free it (now, if wished). */
	void (*ended)(void *owner, enum leash_end how, const char *why);
};

/* NULL with `e` where the transport has no shell. `boot`: of the host. */
struct leash *leash_new(struct loop *l, struct transport *t, uint32_t host, const char *consent, const char *boot, const struct leash_events *events,
			void *owner, struct err *e);
/* Ends its input, which leaves an armed leash to its terms; `cut` also ends one that doesn't answer. Nothing is called any more. */
void leash_free(struct leash *l, bool cut);
/* The work shells whose groups it ends before it undoes. */
void leash_works(struct leash *l, const struct process_ref *const *shells, size_t n);
void leash_add(struct leash *l, struct str script, const struct leash_terms *t);
void leash_disarm(struct leash *l);

#endif
