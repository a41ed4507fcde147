/* irs_talk: asking a running session through its socket. */
#ifndef IRS_CMD_IRS_TALK_H
#define IRS_CMD_IRS_TALK_H

#include <jansson.h>

#include "irs/store.h"

/* The session that `what` names, or, if it is NULL, the only one that is running. It never means more than one. */
bool talk_find(struct arena *a, const char *what, struct store_session *out, struct err *e);
/* Sends {"do": what, "why": why}; the answer is the caller's, NULL if nobody answers. */
json_t *talk_ask(struct arena *a, const struct store_session *s, const char *what, const char *why, struct err *e);

#endif
