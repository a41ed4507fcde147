/*
 * filter: a program that is fed a text, and what it prints.  For the
 * compiler's helpers (`sh -n`, shellcheck): it blocks, and is bounded in time
 * and output.  What a scenario runs never comes this way.
 */
#ifndef IRS_FILTER_H
#define IRS_FILTER_H

#include "irs/buf.h"
#include "irs/err.h"

struct filter_result {
	int status;          /* exit status; 128 + signal */
	struct buf out, err; /* owned by the caller; cut at `limit` */
};

/* Runs argv[0] (looked up in PATH) with `input`, at most `seconds` long: then its process group is killed. False with `e` (IRS_USAGE) where it could not be
 * started or did not end in time; e->what begins with "no such program" where there is none. */
bool filter_run(const char *const *argv, struct str input, unsigned seconds, size_t limit, struct filter_result *r, struct err *e);
void filter_free(struct filter_result *r);
/* Whether PATH has such a program. */
bool filter_exists(const char *program);

#endif
