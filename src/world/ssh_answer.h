/*
 * ssh_answer: what `ssh -G` printed, and what follows from it.  An answer may be a *template*: made of two names' answers that differ in
 * nothing but the name (as it is, in lower case, or hashed with where it leads, %C), it holds for all names of their class.
 */
#ifndef WORLD_SSH_ANSWER_H
#define WORLD_SSH_ANSWER_H

#include "irs/arena.h"
#include "irs/err.h"
#include "irs/str.h"
#include "irs/vec.h"
#include "ssh_config.h"
#include "ssh_scan.h"

struct ssh_setting {
	int keyword; /* row of ssh_keyword.def, or of ssh_ignored.def behind those */
	const char *value;
};

struct ssh_answer {
	VEC(struct ssh_setting) settings;
	/* Private: what is the same for all routes of it, once known. */
	struct ssh_list ignored, identities;
	bool shared, identities_shared;
};

/* From the text. NULL with `e` if it is no answer. */
struct ssh_answer *ssh_answer_read(struct arena *a, struct str text, struct err *e);
/* The template of two answers, or NULL: they differ in more than their names. Neither name begins with the other. */
struct ssh_answer *ssh_answer_merge(struct arena *a, const struct ssh_me *me, const struct ssh_answer *one, const char *name, const struct ssh_answer *other,
                                    const char *other_name);
/* Whether a template may stand for this name: what it leads to is written as ssh would write it. */
bool ssh_answer_fits(struct arena *a, const struct ssh_answer *t, const char *name);
/* The way to `name`. */
const struct ssh_route *ssh_answer_route(struct arena *a, const struct ssh_me *me, struct ssh_answer *t, const char *name);

/* Whether `host` is a numeric address, and if so whether it is written in the one way that ssh writes it. */
bool ssh_is_address(const char *host, bool *canonical);

#endif
