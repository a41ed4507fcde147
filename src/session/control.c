/* What people ask of a session while it runs, and what they are told. */
#include "state.h"

#include <stdlib.h>

void session_put_left(const struct session *s, struct buf *out)
{
	if (s->damaged) buf_printf(out, "%s\n", s->damaged);
	for (size_t i = s->records.n; i-- > 0;) {
		const struct undo_record *r = s->records.at[i];
		if (r->how || !r->acted) continue;
		buf_printf(out, "%s on %.*s is not undone yet", s->o.image ? s->step[r->step].label : "a step",
		           STR_ARG(s->o.hosts->at[r->host].name));
		if (r->left) buf_printf(out, ": %s", r->left);
		buf_putc(out, '\n');
	}
}

static json_t *left_json(const struct session *s)
{
	json_t *list = json_array();
	for (size_t i = 0; i < s->records.n; i++) {
		const struct undo_record *r = s->records.at[i];
		if (r->how) continue;
		json_array_append_new(list, json_pack("{s:I,s:s,s:o,s:s?}", "record", (json_int_t)r->number, "step",
		                                      s->o.image ? s->step[r->step].label : "?", "host", session_host_json(s, r->host),
		                                      "why", r->left));
	}
	return list;
}

void session_command(struct session *s, const char *line, struct buf *answer)
{
	json_t *ask = json_loads(line, 0, NULL), *reply = json_object();
	const char *what = json_string_value(json_object_get(ask, "do")), *why = json_string_value(json_object_get(ask, "why"));
	bool ok = what != NULL;
	if (what && !strcmp(what, "end")) session_end(s, why ? why : "ended by a person");
	else if (what && !strcmp(what, "abort")) session_abort(s, IRS_INTERRUPTED, why ? why : "aborted by a person");
	else ok = what && !strcmp(what, "status");
	json_object_set_new(reply, "ok", json_boolean(ok));
	json_object_set_new(reply, "id", json_string(s->o.id));
	json_object_set_new(reply, "phase", json_string(phase_name(s->phase)));
	json_object_set_new(reply, "stopping", json_boolean(s->stopping || s->outside.n));
	json_object_set_new(reply, "open", left_json(s));
	if (!ok) json_object_set_new(reply, "why", json_string("unknown command"));
	char *text = json_dumps(reply, JSON_COMPACT);
	buf_puts(answer, text ? text : "{}");
	free(text);
	json_decref(reply);
	json_decref(ask);
}
