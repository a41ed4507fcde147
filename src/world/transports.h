/* transports: each host by the transport that the inventory names for it: this machine, SSH, or a command that gives a shell. */
#ifndef WORLD_TRANSPORTS_H
#define WORLD_TRANSPORTS_H

#include "irs/loop.h"
#include "irs/world.h"
#include "wire.h"

struct transport *transports_new(struct loop *l, const struct world_real_options *o);
void transports_free(struct transport *t);

#endif
