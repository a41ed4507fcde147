/* What goes round: iterators, comprehensions, polls, retries. Each stands on the stack as a V_INTERNAL while it is under way. */
#ifndef VM_LOOPS_H
#define VM_LOOPS_H

#include "fiber.h"

/* `end` and `behind`: where it goes on. False: raised. */
bool begin_iterator(struct fiber *f);
bool next_in_loop(struct fiber *f, uint32_t end, uint32_t behind);
bool begin_gatherer(struct fiber *f, struct type element);
bool next_in_comprehension(struct fiber *f, uint32_t end, uint32_t behind);
bool filter(struct fiber *f, uint32_t next, uint32_t behind);
void keep(struct fiber *f);
bool at_most(struct fiber *f);
void poll_again(struct fiber *f, bool hold, uint32_t behind);
bool begin_retry(struct fiber *f);
/* After a failed attempt: waits (a stop), goes back to `head`, or lets the failure go on upwards. */
void retry(struct fiber *f, uint32_t head);
/* The next attempt, after the wait. */
void again(struct fiber *f, uint32_t head);

#endif
