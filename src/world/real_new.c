#include "irs/world.h"

#include <sodium.h>

#include "real.h"
#include "transports.h"

enum { OUTPUT = 1 << 20 };
static const int64_t GRACE = 2000000000;

struct world *world_real_new(struct loop *l, const struct world_real_options *o, struct err *e)
{
	if (sodium_init() < 0) {
		err_set(e, IRS_REFUSED, NULL, "libsodium could not be started");
		return NULL;
	}
	size_t output = o->limits.output ? o->limits.output : OUTPUT;
	struct host_options h = { .output = output, .kill_grace = o->kill_grace ? o->kill_grace : GRACE, .started = o->started,
		                  .fired = o->fired, .owner = o->owner };
	struct real *r = real_new(l, transports_new(l, o), transports_free, o, &h, output, e);
	return r ? real_world(r) : NULL;
}

void world_real_free(struct world *w) { real_free(w); }
