/*
 * timeline: a journal as people read it, line by line as things happen.  It is
 * a function of the journal's lines alone: what `irs run` prints live, `irs
 * status` prints afterwards.  Foreign text is made safe for a terminal, lines
 * are folded at the terminal's width.
 */
#ifndef IRS_TIMELINE_H
#define IRS_TIMELINE_H

#include "irs/arena.h"
#include "irs/buf.h"
#include "irs/journal.h"

struct timeline;

struct timeline_options {
	bool color;
	unsigned columns; /* 0: 80 */
	bool utc;         /* else the time of day here */
};

struct timeline *timeline_new(struct arena *a, const struct timeline_options *o);
/* Appends what people are told of this event: nothing, or whole lines. Untrusted input. */
void timeline_put(struct timeline *t, struct buf *out, enum event ev, const json_t *line);

#endif
