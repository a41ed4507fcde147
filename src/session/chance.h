/* chance: draws that the session's seed decides. */
#ifndef IRS_SESSION_CHANCE_H
#define IRS_SESSION_CHANCE_H

#include <stdint.h>

/* Where a draw is made, and how often it was made there before: the same answer whatever else happens at the time. */
struct draw {
	uint64_t seed;
	uint32_t host, function, pc, count;
};

/* A number below `bound` (at least 1), all of them equally likely. */
uint64_t chance_draw(const struct draw *d, uint64_t bound);
/* A seed for a session that was given none. */
uint64_t chance_seed(void);

#endif
