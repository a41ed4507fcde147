/* capture: what a command printed, as much of it as may be kept: all up to the limit, else its beginning and its end. */
#ifndef WORLD_CAPTURE_H
#define WORLD_CAPTURE_H

#include "irs/buf.h"
#include "irs/value.h"

struct capture {
	struct buf head;
	char *tail; /* a ring of the last bytes, once the head is full */
	size_t limit, tail_at;
	uint64_t tail_total;
};

void capture_add(struct capture *c, const char *p, size_t n);
bool capture_truncated(const struct capture *c);
/* What was kept, with a line between beginning and end that says how much is missing. malloc'ed. */
struct text *capture_text(const struct capture *c);
void capture_free(struct capture *c);

#endif
