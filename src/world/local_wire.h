/* local_wire: shells on this machine, as children of ours: each leads a session of its own, and hears and speaks through pipes.
 * Of our environment they get PATH alone. */
#ifndef WORLD_LOCAL_WIRE_H
#define WORLD_LOCAL_WIRE_H

#include "irs/loop.h"
#include "wire.h"

/* `shell`: a path. `commands`: for each host the argument vector that gives a shell there, NULL where it is this machine's `shell`; or NULL, if all
 * are. They live as long as the transport. */
struct transport *local_transport_new(struct loop *l, const char *shell, const char *const *const *commands);
/* Every wire must have been let go. What still runs is no longer watched; memory goes when the loop has closed all (loop_free). */
void local_transport_free(struct transport *t);

#endif
