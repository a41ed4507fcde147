/* What the files of sys/ share of a loop: things that live until loop_free, and are closed by it. */
#ifndef SYS_LOOP_H
#define SYS_LOOP_H

#include <uv.h>

#include "irs/loop.h"

struct loop_owned {
	struct loop_owned *next;
	/* Closes its handles and frees itself from the last close callback. */
	void (*close)(struct loop_owned *o);
};

void loop_own(struct loop *l, struct loop_owned *o);

#endif
