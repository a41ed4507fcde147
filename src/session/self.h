/* self: a runner's process, as the journal of its session names it: so that a copy of a living session's directory is known for what it is. */
#ifndef IRS_SESSION_SELF_H
#define IRS_SESSION_SELF_H

#include <jansson.h>
#include <stdbool.h>

/* This process: {"pid": …, "start": …}. A new reference. */
json_t *self_json(void);
/* Whether the process that is named so lives on this machine, of the boot with this id. Untrusted. */
bool self_lives(const json_t *self, const char *boot);

#endif
