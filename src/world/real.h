/* real: a world of hosts that a transport reaches: what local and SSH worlds have in common. HTTP and TCP go out from this machine. */
#ifndef WORLD_REAL_H
#define WORLD_REAL_H

#include "host.h"

struct real;

/* Takes `t`, which `free_transport` frees in the end. NULL with `e` if HTTP can't be had. */
struct real *real_new(struct loop *l, struct transport *t, void (*free_transport)(struct transport *t), const struct world_real_options *reach,
		      const struct host_options *o, size_t body_limit, struct err *e);
struct world *real_world(struct real *r);
void real_free(struct world *w);

#endif
