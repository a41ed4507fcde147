/*
 * observe: asks a row of observations (verify blocks, preconditions, superseded)
 * on one host, one after the other, and compares what they say with what the
 * order of things wants.  Unknown is never what is wanted.
 */
#ifndef IRS_SESSION_OBSERVE_H
#define IRS_SESSION_OBSERVE_H

#include "driver.h"

enum want {
	WANT_FALSE_NOW,  /* every one false, asked once without waiting: before induce */
	WANT_TRUE,       /* every one true, polling as it says itself: after induce */
	WANT_FALSE_SOON, /* every one false, asked again as long as its own `within` (10 s if none): after restore */
	WANT_TRUE_NOW,   /* every one true, at its first word: preconditions before anything is touched */
	WANT_TRUE_SOON,  /* every one true, asked again for `patience`: preconditions after all is undone */
	SEEK_TRUE        /* whether one of them is true, asked once: superseded */
};

struct observed;

struct observation {
	struct driver *d;
	const struct image_function_ref *fns;
	size_t n;
	const struct value *args;
	uint32_t host;
	enum want want;
	int64_t patience; /* ns; 0: 30 s */
	bool undoing;
	const char *item; /* for the journal */
	void (*done)(void *owner, const struct observed *o);
	void *owner;
};

struct observed {
	bool as_wanted;
	enum bool3 verdict; /* of the one that was not */
	bool cancelled;
	const struct failure *failure; /* its; lives until done returns */
};

void observe(const struct observation *o);

#endif
