/* effect_note: what the driver's effects look like in the journal. */
#ifndef IRS_SESSION_EFFECT_NOTE_H
#define IRS_SESSION_EFFECT_NOTE_H

#include "irs/journal.h"
#include "irs/vm.h"

struct effect_context {
	const struct vm_hosts *hosts;
	const char *item; /* or NULL */
	uint32_t host;
};

/* A command, request or connection that has ended; other effects leave no line. */
void note_effect(struct journal *j, const struct effect_context *c, const struct effect *e, const struct outcome *o);
void note_log(struct journal *j, const struct effect_context *c, const struct effect *e);
void note_draw(struct journal *j, const struct effect_context *c, const struct effect *e, uint64_t number);
void note_mark(struct journal *j, const struct effect_context *c, const struct effect *e, const char *token);

/* A command as text: itself, or its argument vector as a shell would take it. A new reference. */
json_t *command_json(struct value command);
/* Name of a host, for fields. */
json_t *host_json(const struct vm_hosts *hosts, uint32_t host);
/* The fields of a failure: what, and of a command that failed host, command, exit and the ends of its output. */
void failure_fields(json_t *fields, const struct vm_hosts *hosts, const struct failure *f);

#endif
