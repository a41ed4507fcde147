/*
 * err: what the world did to us, as a value (what the *user wrote* wrong is a
 * diagnostic, diag.h).  A function that can fail takes `struct err *` last,
 * returns false (or NULL) and fills it; on failure its outputs are untouched.
 * An error speaks to a person: what happened, where, and what to do about it.
 */
#ifndef IRS_ERR_H
#define IRS_ERR_H

#include <stdarg.h>
#include <stdbool.h>

/* Exit statuses: an interface of both programs (docs/man). */
enum irs_exit {
	IRS_OK = 0,           /* done */
	IRS_FAILED = 1,       /* the file has errors, or the scenario did not hold; nothing is left */
	IRS_USAGE = 2,        /* usage, or input that can't be read */
	IRS_LEFT = 3,         /* something is left that could not be undone */
	IRS_REFUSED = 4,      /* no consent, precondition, dirty session, disk */
	IRS_INTERRUPTED = 130 /* interrupted, and restored */
};

struct err {
	enum irs_exit exit; /* the status that a program ends with when this ends it */
	char what[512];     /* what happened, one sentence without a full stop; "" = no error */
	char where[256];    /* file, host or command; "" = nowhere in particular */
	char remedy[256];   /* what to do; "" = nothing better than what `what` says */
};

/* Fills `e` and returns false, so that `return err_set(…)` reads well. `where` may be NULL. `e` may be NULL. */
bool err_set(struct err *e, enum irs_exit exit, const char *where, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* Says in which file (or on which host) the place of an error that is set is: "x.irb, function 3"; returns false. */
bool err_within(struct err *e, const char *outer);
/* Adds the remedy to an error that is set; returns false. */
bool err_remedy(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
