#include "effect_note.h"

#include "irs/buf.h"

enum { TAIL = 1024 };

json_t *host_json(const struct vm_hosts *hosts, uint32_t host)
{
	if (host >= hosts->n) return json_null();
	return journal_text(hosts->at[host].name, JOURNAL_MAX_TEXT);
}

json_t *command_json(struct value command)
{
	if (command.tag == V_STRING) return journal_text((struct str){ command.text->p, command.text->n }, JOURNAL_MAX_TEXT);
	struct buf b = { 0 };
	for (size_t i = 0; command.tag == V_LIST && i < command.list->n && b.n < JOURNAL_MAX_TEXT; i++) {
		struct value v = command.list->at[i];
		if (i) buf_putc(&b, ' ');
		if (v.tag == V_STRING) buf_shell_quoted(&b, (struct str){ v.text->p, v.text->n });
	}
	json_t *j = journal_text(buf_view(&b), JOURNAL_MAX_TEXT);
	buf_free(&b);
	return j;
}

/* The end of an output says most. */
static void set_output(json_t *fields, const char *name, const struct text *t, size_t limit)
{
	if (!t || !t->n) return;
	size_t skip = t->n > limit ? t->n - limit : 0;
	json_object_set_new(fields, name, journal_text((struct str){ t->p + skip, t->n - skip }, limit * 3));
}

static void set_result(json_t *fields, const struct run_result *r)
{
	if (r->exit >= 0) json_object_set_new(fields, "exit", json_integer(r->exit));
	if (r->signal) json_object_set_new(fields, "signal", json_integer(r->signal));
	if (r->timed_out) json_object_set_new(fields, "timed_out", json_true());
	if (r->gone) json_object_set_new(fields, "gone", json_true());
	if (r->lost) json_object_set_new(fields, "lost", json_true());
	json_object_set_new(fields, "elapsed", json_integer(r->elapsed));
	set_output(fields, "stdout", r->stdout_text, TAIL);
	set_output(fields, "stderr", r->stderr_text, TAIL);
}

static json_t *fields_of(const struct effect_context *c)
{
	json_t *f = json_object();
	if (c->item) json_object_set_new(f, "item", json_string(c->item));
	return f;
}

static void note_request(struct journal *j, const struct effect_context *c, struct value url, const struct outcome *o,
                         const struct http_response *http)
{
	json_t *f = fields_of(c);
	if (url.tag == V_STRING) json_object_set_new(f, "url", journal_text((struct str){ url.text->p, url.text->n }, JOURNAL_MAX_TEXT));
	if (http) {
		if (http->ok) json_object_set_new(f, "status", json_integer(http->status));
		else json_object_set_new(f, "why", journal_text(str_of(http->why), sizeof http->why));
		json_object_set_new(f, "elapsed", json_integer(http->elapsed));
	}
	json_object_set_new(f, "ok", json_boolean(http ? http->ok : o->yes == TRUE3));
	journal_add(j, EV_http, f);
}

void note_effect(struct journal *j, const struct effect_context *c, const struct effect *e, const struct outcome *o)
{
	if (e->kind == EFFECT_HTTP) {
		note_request(j, c, e->http.url, o, &o->http);
	} else if (e->kind == EFFECT_TCP) {
		note_request(j, c, e->tcp.address, o, NULL);
	} else if (e->kind == EFFECT_RUN) {
		json_t *f = fields_of(c);
		json_object_set_new(f, "host", host_json(c->hosts, c->host));
		json_object_set_new(f, "command", command_json(e->run.command));
		set_result(f, &o->run);
		journal_add(j, EV_run, f);
	}
}

void note_log(struct journal *j, const struct effect_context *c, const struct effect *e)
{
	json_t *f = fields_of(c);
	json_object_set_new(f, "host", host_json(c->hosts, c->host));
	struct str text = e->log.tag == V_STRING ? (struct str){ e->log.text->p, e->log.text->n } : STR("");
	json_object_set_new(f, "text", journal_text(text, JOURNAL_MAX_TEXT));
	journal_add(j, EV_log, f);
}

void note_draw(struct journal *j, const struct effect *e, uint64_t number)
{
	journal_add(j, EV_draw, json_pack("{s:I,s:I,s:i,s:i}", "bound", (json_int_t)e->random.bound, "number", (json_int_t)number, "function",
	                                  (int)e->function, "pc", (int)e->pc));
}

void note_mark(struct journal *j, const struct effect *e, const char *token)
{
	journal_add(j, EV_mark, json_pack("{s:s,s:i,s:i}", "token", token, "function", (int)e->function, "pc", (int)e->pc));
}

void failure_fields(json_t *fields, const struct vm_hosts *hosts, const struct failure *f)
{
	if (!f) {
		json_object_set_new(fields, "what", json_string("it was stopped"));
		return;
	}
	json_object_set_new(fields, "what", journal_text(str_of(f->what), JOURNAL_MAX_TEXT));
	if (f->host != IMAGE_NONE) json_object_set_new(fields, "host", host_json(hosts, f->host));
	if (f->command) json_object_set_new(fields, "command", journal_text(str_of(f->command), JOURNAL_MAX_TEXT));
	if (f->result) set_result(fields, f->result);
}
