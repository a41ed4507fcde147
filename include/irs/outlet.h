/*
 * outlet: what is said to somebody who may not listen: through a pipe that
 * nobody empties, on a terminal that was stopped.  Saying never waits, so that
 * no reader holds up what a session does.
 */
#ifndef IRS_OUTLET_H
#define IRS_OUTLET_H

#include "irs/buf.h"
#include "irs/loop.h"

struct outlet;

/* `fd` stays the caller's, and its flags as they are. */
struct outlet *outlet_new(struct loop *l, int fd);
/* Says it as far as it can be said at once, and the rest while the loop turns. */
void outlet_say(struct outlet *o, struct str s);
/* The loop will turn no more. */
void outlet_leave_loop(struct outlet *o);
/* Now it waits: until all is said, or can't be. Returns why it can't (errno), or 0. NULL is fine. */
int outlet_free(struct outlet *o);

#endif
