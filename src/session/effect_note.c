#include "effect_note.h"

#include "irs/buf.h"

enum { TAIL = 1024, KEPT = JOURNAL_MAX_TEXT, KEPT_READ = 64 << 10 };

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

/* The end of an output says most; from the beginning of a character on. */
static struct str tail_of(const struct text *t, size_t limit)
{
	size_t skip = t->n > limit ? t->n - limit : 0;
	while (skip && skip < t->n && ((unsigned char)t->p[skip] & 0xc0) == 0x80) skip++;
	return (struct str){ t->p + skip, t->n - skip };
}

static void set_output(json_t *fields, const char *name, const struct text *t)
{
	if (t && t->n) json_object_set_new(fields, name, journal_text(tail_of(t, TAIL), TAIL * 3));
}

/* All of it if that is not too much, else its end and how long it was: who replays the journal must know what it doesn't have. */
static void set_answer(json_t *fields, const char *name, const char *bytes, const struct text *t, size_t limit)
{
	if (!t || !t->n) return;
	struct str part = t->n <= limit ? (struct str){ t->p, t->n } : tail_of(t, TAIL);
	json_t *text = journal_text(part, limit * 3);
	bool whole = json_string_length(text) == t->n && !memcmp(json_string_value(text), t->p, t->n);
	json_object_set_new(fields, name, text);
	if (!whole) json_object_set_new(fields, bytes, json_integer((json_int_t)t->n));
}

static void set_end(json_t *fields, const struct run_result *r)
{
	if (r->exit >= 0) json_object_set_new(fields, "exit", json_integer(r->exit));
	if (r->signal) json_object_set_new(fields, "signal", json_integer(r->signal));
	if (r->timed_out) json_object_set_new(fields, "timed_out", json_true());
	if (r->gone) json_object_set_new(fields, "gone", json_true());
	if (r->lost) json_object_set_new(fields, "lost", json_true());
	if (r->truncated) json_object_set_new(fields, "truncated", json_true());
	json_object_set_new(fields, "elapsed", json_integer(r->elapsed));
}

static json_t *fields_of(const struct effect_context *c)
{
	json_t *f = json_object();
	if (c->item) json_object_set_new(f, "item", json_string(c->item));
	json_object_set_new(f, "host", host_json(c->hosts, c->host));
	return f;
}

/* The session's own commands stand nowhere in the image. */
static json_t *fields_at(const struct effect_context *c, const struct effect *e)
{
	json_t *f = fields_of(c);
	if (e->function == IMAGE_NONE) return f;
	json_object_set_new(f, "function", json_integer((json_int_t)e->function));
	json_object_set_new(f, "pc", json_integer((json_int_t)e->pc));
	return f;
}

static void note_request(struct journal *j, json_t *f, struct value url, const struct outcome *o, const struct http_response *http)
{
	if (url.tag == V_STRING) json_object_set_new(f, "url", journal_text((struct str){ url.text->p, url.text->n }, JOURNAL_MAX_TEXT));
	if (http) {
		if (http->ok) json_object_set_new(f, "status", json_integer(http->status));
		else json_object_set_new(f, "why", journal_text(str_of(http->why), sizeof http->why));
		json_object_set_new(f, "elapsed", json_integer(http->elapsed));
		set_answer(f, "body", "body_bytes", http->body, KEPT);
	}
	json_object_set_new(f, "ok", json_boolean(http ? http->ok : o->yes == TRUE3));
	journal_add(j, EV_http, f);
}

void note_effect(struct journal *j, const struct effect_context *c, const struct effect *e, const struct outcome *o)
{
	if (e->kind == EFFECT_HTTP) {
		note_request(j, fields_at(c, e), e->http.url, o, &o->http);
	} else if (e->kind == EFFECT_TCP) {
		note_request(j, fields_at(c, e), e->tcp.address, o, NULL);
	} else if (e->kind == EFFECT_RUN) {
		size_t limit = e->run.read ? KEPT_READ : KEPT;
		json_t *f = fields_at(c, e);
		json_object_set_new(f, "command", command_json(e->run.command));
		set_end(f, &o->run);
		set_answer(f, "stdout", "stdout_bytes", o->run.stdout_text, limit);
		set_answer(f, "stderr", "stderr_bytes", o->run.stderr_text, limit);
		journal_add(j, EV_run, f);
	}
}

void note_log(struct journal *j, const struct effect_context *c, const struct effect *e)
{
	json_t *f = fields_of(c);
	struct str text = e->log.tag == V_STRING ? (struct str){ e->log.text->p, e->log.text->n } : STR("");
	json_object_set_new(f, "text", journal_text(text, JOURNAL_MAX_TEXT));
	journal_add(j, EV_log, f);
}

void note_draw(struct journal *j, const struct effect_context *c, const struct effect *e, uint64_t number)
{
	json_t *f = fields_at(c, e);
	json_object_set_new(f, "bound", json_integer((json_int_t)e->random.bound));
	json_object_set_new(f, "number", json_integer((json_int_t)number));
	journal_add(j, EV_draw, f);
}

void note_mark(struct journal *j, const struct effect_context *c, const struct effect *e, const char *token)
{
	json_t *f = fields_at(c, e);
	json_object_set_new(f, "token", json_string(token));
	journal_add(j, EV_mark, f);
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
	if (!f->result) return;
	set_end(fields, f->result);
	set_output(fields, "stdout", f->result->stdout_text);
	set_output(fields, "stderr", f->result->stderr_text);
}
