/*
 * child: a helper program that runs beside the loop: no shell, its output kept and bounded, ended by force at its deadline.  For what OpenSSH's
 * own programs do for us (`ssh -G`, `ssh-add`); what a scenario runs never comes this way.
 */
#ifndef WORLD_CHILD_H
#define WORLD_CHILD_H

#include "irs/loop.h"
#include "irs/str.h"

struct child;

struct child_options {
	const char *const *argv; /* NULL-terminated; argv[0] is looked up in PATH */
	const char *const *env;  /* "NAME=value" to set, "NAME" to leave out; NULL-terminated. NULL: our environment as it is */
	int64_t timeout;         /* ns */
	size_t limit;            /* bytes of each output stream that are kept; the rest is counted as `cut` */
	bool ours;               /* it stays in our process group and reads our standard input: it may ask on the terminal */
};

struct child_end {
	bool late;       /* it did not end in time, and was killed */
	bool cut;        /* it printed more than the limit */
	int status;      /* exit status; 128 + signal */
	struct str out, err; /* NUL-terminated behind; live until the call returns */
};

typedef void child_done(void *owner, const struct child_end *end);

/* Starts it; `done` comes once, never from within this call. NULL with `e` where it can't be started; what begins with "no such program" where
 * there is none. What is in `o` need not live on. */
struct child *child_start(struct loop *l, const struct child_options *o, child_done *done, void *owner, struct err *e);
/* Kills it; nothing is called any more. */
void child_drop(struct child *c);

#endif
