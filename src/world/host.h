/*
 * host: one host as the real worlds drive it, over any transport: a lane of commands for steps and one for probes, each a persistent shell, so
 * that a probe doesn't wait behind a slow induce; a spare shell that is always free to end a command's process group; and the leash.
 * It never starts anything without having said so (`started`), and answers every command exactly once.
 */
#ifndef WORLD_HOST_H
#define WORLD_HOST_H

#include "irs/loop.h"
#include "irs/world.h"
#include "wire.h"

struct host;

struct host_options { /* see struct world_real_options */
	size_t output;
	int64_t kill_grace;
	void (*started)(void *owner, uint32_t host, const struct process_ref *p);
	void (*fired)(void *owner, uint32_t host, const char *why);
	void *owner;
};

/* `e->what` is empty if all went well. */
typedef void host_done(void *owner, uint32_t host, const struct err *e);
typedef void host_opened(void *owner, uint32_t host, const struct host_facts *f, const struct err *e);

/* `o` and `consent`, a path on the host without which its leash undoes (NULL: none), live as long as the host. */
struct host *host_new(struct loop *l, struct transport *t, uint32_t index, const struct host_options *o, const char *consent);
/* Gives up what is under way (its `done` is called, as lost), lets shells and leash go, and frees. Not from within a call of its own. */
void host_free(struct host *h);

void host_open(struct host *h, host_opened *done, void *owner);
void host_run(struct host *h, struct request *r);
void host_cancel(struct host *h, struct request *r);
void host_leash_add(struct host *h, struct str script, const struct leash_terms *t, host_done *done, void *owner);
void host_leash_disarm(struct host *h, host_done *done, void *owner);
void host_reach(struct host *h, host_done *done, void *owner);
void host_bury(struct host *h, const struct process_ref *refs, size_t n, host_done *done, void *owner);

#endif
