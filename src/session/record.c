#include "state.h"

#include <stdio.h>

#include "effect_note.h"

/* ---- writing --------------------------------------------------------------------------------------- */

static json_t *values_json(const struct session *s, const struct value *at, size_t n)
{
	json_t *list = json_array();
	for (size_t i = 0; i < n; i++) json_array_append_new(list, value_to_json(at[i], s->o.hosts));
	return list;
}

static const struct value *keep(struct session *s, const struct value *at, size_t n)
{
	struct value *copy = arena_array_of(s->a, struct value, n + 1);
	for (size_t i = 0; i < n; i++) copy[i] = value_copy(s->a, at[i]);
	return copy;
}

static void render(struct session *s, struct undo_record *r)
{
	const struct image_frame *f = &s->o.image->frame[r->frame];
	struct buf b = { 0 };
	struct err e = { 0 };
	if (s->o.image->step[r->step].failsafe == FAILSAFE_NONE || f->restore == IMAGE_NONE || !f->renderable) return;
	if (render_restore(&b, &s->d.vm, f->restore, r->captures, r->host, &e)) r->script = arena_strndup(s->a, b.p ? b.p : "", b.n);
	else r->unrendered = arena_strdup(s->a, e.what);
	buf_free(&b);
}

static const char *because(struct session *s, const struct image_frame *f)
{
	if (f->restore != IMAGE_NONE) return NULL;
	struct str why = image_str(s->o.image, f->because);
	return arena_strndup(s->a, why.p, why.n);
}

static void write_record(struct session *s, const struct undo_record *r)
{
	const struct image_frame *f = &s->o.image->frame[r->frame];
	json_t *fields = json_pack("{s:I,s:i,s:i,s:o,s:s}", "record", (json_int_t)r->number, "step", (int)r->step, "frame",
	                           (int)r->frame, "host", session_host_json(s, r->host), "boot", r->boot);
	if (f->fault != IMAGE_NONE) json_object_set_new(fields, "fault", journal_text(image_str(s->o.image, f->fault), JOURNAL_MAX_TEXT));
	json_object_set_new(fields, "step_captures", values_json(s, r->step_captures, r->nstep_captures));
	json_object_set_new(fields, "captures", values_json(s, r->captures, r->ncaptures));
	if (r->script) json_object_set_new(fields, "script", json_string(r->script));
	json_object_set_new(fields, "silent", json_integer(r->terms.silent));
	json_object_set_new(fields, "latest", json_integer(r->terms.latest));
	if (r->because) json_object_set_new(fields, "because", journal_text(str_of(r->because), JOURNAL_MAX_TEXT));
	journal_add(s->o.journal, EV_undo, fields);
}

struct undo_record *record_new(struct session *s, uint32_t step, uint32_t frame, uint32_t host, const struct value *step_captures,
                               size_t nstep, const struct value *captures, size_t ncaptures)
{
	struct undo_record *r = arena_new_of(s->a, struct undo_record);
	*r = (struct undo_record){ .number = ++s->nrecord,
	                          .step = step,
	                          .frame = frame,
	                          .host = host,
	                          .boot = s->host[host].facts.boot,
	                          .step_captures = keep(s, step_captures, nstep),
	                          .nstep_captures = nstep,
	                          .captures = keep(s, captures, ncaptures),
	                          .ncaptures = ncaptures,
	                          .because = because(s, &s->o.image->frame[frame]),
	                          .terms = {s->o.image->step[step].silent, s->o.image->step[step].latest}};
	render(s, r);
	write_record(s, r);
	vec_push(s->a, &s->records, r);
	return r;
}

void record_close(struct session *s, struct undo_record *r, const char *how, const char *why)
{
	r->how = how;
	r->left = NULL;
	json_t *fields = json_pack("{s:I,s:s}", "record", (json_int_t)r->number, "how", how);
	if (why) json_object_set_new(fields, "why", journal_text(str_of(why), JOURNAL_MAX_TEXT));
	journal_add(s->o.journal, EV_undone, fields);
}

void record_left(struct session *s, struct undo_record *r, const char *fmt, ...)
{
	char why[600];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(why, sizeof why, fmt, ap);
	va_end(ap);
	r->left = arena_strdup(s->a, why);
	json_t *fields = json_pack("{s:I,s:i,s:o,s:o}", "record", (json_int_t)r->number, "step", (int)r->step, "host",
	                           session_host_json(s, r->host), "why", journal_text(str_of(why), JOURNAL_MAX_TEXT));
	if (r->script) json_object_set_new(fields, "command", journal_text(str_of(r->script), JOURNAL_MAX_TEXT));
	journal_add(s->o.journal, EV_left, fields);
}

/* ---- reading --------------------------------------------------------------------------------------- */

static bool read_values(struct session *s, const json_t *list, const struct value **at, size_t *n, struct err *e)
{
	*n = json_array_size(list);
	struct value *v = arena_array_of(s->a, struct value, *n + 1);
	for (size_t i = 0; i < *n; i++)
		if (!value_from_json(&v[i], json_array_get(list, i), s->a, s->o.hosts, e)) return false;
	*at = v;
	return true;
}

static uint32_t host_named(const struct session *s, const char *name)
{
	for (uint32_t i = 0; name && i < s->o.hosts->n; i++)
		if (str_eq(s->o.hosts->at[i].name, str_of(name))) return i;
	return IMAGE_NONE;
}

static bool number_of(const json_t *line, const char *name, int64_t low, int64_t high, int64_t *out)
{
	const json_t *v = json_object_get(line, name);
	*out = json_integer_value(v);
	return json_is_integer(v) && *out >= low && *out <= high;
}

/* What an image has to agree with, where there is one: captures are a block's arguments. */
static bool fits_image(const struct session *s, const struct undo_record *r)
{
	const struct image *img = s->o.image;
	if (!img) return true;
	if (r->step >= img->nstep || r->frame >= img->nframe) return false;
	const struct image_step *step = &img->step[r->step];
	const struct image_frame *f = &img->frame[r->frame];
	if (r->frame < step->frames || r->frame - step->frames >= step->nframes) return false;
	if (f->restore == IMAGE_NONE) return r->because != NULL;
	return !r->because && img->function[f->restore].nparams == r->ncaptures;
}

struct undo_record *record_from_json(struct session *s, const json_t *line, struct err *e)
{
	struct undo_record *r = arena_new_of(s->a, struct undo_record);
	const char *script = json_string_value(json_object_get(line, "script")), *why = json_string_value(json_object_get(line, "because"));
	const char *boot = json_string_value(json_object_get(line, "boot"));
	int64_t number, step, frame;
	r->host = host_named(s, json_string_value(json_object_get(line, "host")));
	if (r->host == IMAGE_NONE || !boot || !number_of(line, "record", 1, INT64_MAX, &number) ||
	    !number_of(line, "step", 0, UINT32_MAX - 1, &step) || !number_of(line, "frame", 0, UINT32_MAX - 1, &frame)) {
		err_set(e, IRS_USAGE, NULL, "an undo record in the journal makes no sense");
		return NULL;
	}
	r->number = (uint64_t)number;
	r->step = (uint32_t)step;
	r->frame = (uint32_t)frame;
	r->boot = arena_strdup(s->a, boot);
	r->script = script ? arena_strdup(s->a, script) : NULL;
	r->because = why ? arena_strdup(s->a, why) : NULL;
	r->acted = true;
	if (!read_values(s, json_object_get(line, "step_captures"), &r->step_captures, &r->nstep_captures, e)) return NULL;
	if (!read_values(s, json_object_get(line, "captures"), &r->captures, &r->ncaptures, e)) return NULL;
	if (!fits_image(s, r)) {
		err_set(e, IRS_USAGE, NULL, "undo record %llu doesn't fit the image", (unsigned long long)r->number);
		return NULL;
	}
	return r;
}
