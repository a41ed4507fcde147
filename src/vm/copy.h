/* Copies of values and of what they point to, into another arena. */
#ifndef VM_COPY_H
#define VM_COPY_H

#include "fiber.h"

struct forwarding;

struct copier {
	struct arena *to;
	struct forwarding *map; /* what was copied already stays shared; NULL: each time anew */
	bool failed;            /* above the arena's limit; what was copied is not whole */
};

struct value copy_value(struct copier *c, struct value v);

#endif
