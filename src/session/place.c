/*
 * One step on one host, frame by frame:
 *
 *     captures → every verify false → undo record on disk → leash has it → induce → host answers → every verify true
 *
 * Each stage begins something and names the next; the first that fails ends the place, or, within a retry, undoes the group's frames and
 * begins it again.
 */
#include "state.h"

#include <stdio.h>
#include <stdlib.h>

#include "effect_note.h"
#include "observe.h"

struct place {
	struct session *s;
	uint32_t step, host;
	const struct image_step *is;
	uint32_t frame; /* in the image */
	const struct value *step_captures, *captures;
	size_t nstep_captures, ncaptures;
	struct undo_record *record;
	size_t group_records; /* s->records.n when the retry group under way began */
	uint32_t group, attempt;
	struct undo_record **undo;
	char item[160];
	void (*done)(void *owner, bool ok);
	void *owner;
};

static void frame_begin(struct place *p);

static const struct image_frame *frame_of(const struct place *p)
{
	return &p->s->o.image->frame[p->frame];
}

static const char *item(struct place *p, const char *what)
{
	const struct image *img = p->s->o.image;
	const struct step_state *st = &p->s->step[p->step];
	uint32_t fault = p->frame < img->nframe ? frame_of(p)->fault : IMAGE_NONE;
	if (p->is->nframes > 1 && fault != IMAGE_NONE)
		snprintf(p->item, sizeof p->item, "%s/%.*s: %s", st->label, STR_ARG(image_str(img, fault)), what);
	else snprintf(p->item, sizeof p->item, "%s: %s", st->label, what);
	return p->item;
}

static json_t *fields(const struct place *p)
{
	json_t *f = json_pack("{s:i,s:i,s:o}", "step", (int)p->step, "frame", (int)p->frame, "host", session_host_json(p->s, p->host));
	if (p->record) json_object_set_new(f, "record", json_integer((json_int_t)p->record->number));
	return f;
}

static void place_end(struct place *p, bool ok)
{
	void (*done)(void *, bool) = p->done;
	void *owner = p->owner;
	free(p);
	done(owner, ok);
}

/* ---- retry: undo the group's frames on this host, wait, begin again ------------------------------------------ */

static void retry_now(void *owner, struct task *t)
{
	struct place *p = owner;
	if (task_end(t)->cancelled) {
		place_end(p, false);
		return;
	}
	p->attempt++;
	p->record = NULL;
	p->frame = p->group;
	frame_begin(p);
}

static void retry_undone(void *owner)
{
	struct place *p = owner;
	bool left = false;
	for (size_t i = p->group_records; i < p->s->records.n; i++)
		left |= p->s->records.at[i]->host == p->host && p->s->records.at[i]->step == p->step && !p->s->records.at[i]->how;
	if (left || p->s->stopping) place_end(p, false);
	else task_wait(&p->s->d, &(struct task_options){ .done = retry_now, .owner = p }, frame_of(p)->retry_every);
}

static bool retry(struct place *p)
{
	struct session *s = p->s;
	const struct image_frame *f = p->frame < p->is->frames + p->is->nframes ? frame_of(p) : NULL;
	if (!f || !f->retry_group || p->attempt + 1 >= f->retry_times || s->stopping || journal_broken(s->o.journal)) return false;
	size_t n = 0;
	p->undo = arena_array_of(s->a, struct undo_record *, s->records.n - p->group_records + 1);
	for (size_t i = p->group_records; i < s->records.n; i++)
		if (s->records.at[i]->host == p->host && s->records.at[i]->step == p->step) p->undo[n++] = s->records.at[i];
	undo_line(s, p->undo, n, retry_undone, p);
	return true;
}

static void place_fail(struct place *p, json_t *f)
{
	json_object_set_new(f, "item", json_string(p->item));
	journal_add(p->s->o.journal, EV_failed, f);
	if (!retry(p)) place_end(p, false);
}

static void fail_because(struct place *p, const char *what, const char *why)
{
	json_t *f = fields(p);
	char text[700];
	snprintf(text, sizeof text, "%s%s%s", what, why && *why ? ": " : "", why ? why : "");
	json_object_set_new(f, "what", journal_text(str_of(text), JOURNAL_MAX_TEXT));
	place_fail(p, f);
}

static void fail_as(struct place *p, const struct failure *failure)
{
	json_t *f = fields(p);
	failure_fields(f, p->s->o.hosts, failure);
	place_fail(p, f);
}

/* ---- the stages, the last one first ---------------------------------------------------------------------- */

static void verified(void *owner, const struct observed *o)
{
	struct place *p = owner;
	if (!o->as_wanted) {
		if (o->cancelled) place_end(p, false);
		else
			fail_because(p, o->verdict == FALSE3 ? "it did not take hold" : "nobody can say whether it took hold",
			             o->failure ? o->failure->what : NULL);
		return;
	}
	journal_add(p->s->o.journal, EV_induced, fields(p));
	p->frame++;
	frame_begin(p);
}

static void watch(struct place *p, enum want want, const char *what, void (*done)(void *owner, const struct observed *o))
{
	const struct image_frame *f = frame_of(p);
	observe(&(struct observation){ .d = &p->s->d, .fns = p->s->o.image->function_ref + f->verify, .n = f->nverify, .args = p->captures,
		                       .host = p->host, .want = want, .item = item(p, what), .done = done, .owner = p });
}

static void reached(void *owner, uint32_t host, const struct err *e)
{
	struct place *p = owner;
	if (e->what[0]) {
		session_unable(p->s, host, "reach", e);
		fail_because(p, "the host can no longer be reached", e->what);
	} else {
		journal_add(p->s->o.journal, EV_reached, json_pack("{s:o}", "host", session_host_json(p->s, host)));
		watch(p, WANT_TRUE, "verify", verified);
	}
}

static void induced(void *owner, struct task *t)
{
	struct place *p = owner;
	const struct task_end *end = task_end(t);
	if (end->cancelled) {
		place_end(p, false);
	} else if (end->state != FIBER_DONE) {
		fail_as(p, end->failure);
	} else {
		item(p, "reach");
		p->s->d.world->ops->reach(p->s->d.world, p->host, reached, p);
	}
}

static void induce(struct place *p)
{
	p->record->acted = true;
	journal_add(p->s->o.journal, EV_begin, fields(p));
	task_start(&p->s->d, &(struct task_options){ .fn = frame_of(p)->induce, .args = p->captures, .host = p->host, .item = item(p, "induce"),
		                                     .done = induced, .owner = p });
}

static void leashed(void *owner, uint32_t host, const struct err *e)
{
	struct place *p = owner;
	if (e->what[0]) {
		session_unable(p->s, host, "arm", e);
		fail_because(p, "the failsafe could not be armed", e->what);
		return;
	}
	p->s->host[host].armed = true;
	journal_add(p->s->o.journal, EV_armed, json_pack("{s:o,s:I,s:I}", "host", session_host_json(p->s, host), "silent",
	                                                 (json_int_t)p->record->terms.silent, "latest", (json_int_t)p->record->terms.latest));
	if (p->s->stopping) place_end(p, false);
	else induce(p);
}

static void recorded(void *ctx, bool ok)
{
	struct place *p = ctx;
	struct world *w = p->s->d.world;
	item(p, "failsafe");
	if (!ok) fail_because(p, "the undo record is not on disk", NULL);
	else if (p->s->stopping) place_end(p, false);
	else if (p->record->unrendered) fail_because(p, "the failsafe can't be written as a script", p->record->unrendered);
	else if (!p->record->script) induce(p);
	else w->ops->leash_add(w, p->host, str_of(p->record->script), &p->record->terms, leashed, p);
}

static void not_so_yet(void *owner, const struct observed *o)
{
	struct place *p = owner;
	if (!o->as_wanted) {
		if (o->cancelled) place_end(p, false);
		else if (o->verdict == TRUE3) fail_because(p, "it was already so before we began", NULL);
		else fail_because(p, "nobody can say whether it is so already", o->failure ? o->failure->what : NULL);
		return;
	}
	p->record = record_new(p->s, p->step, p->frame, p->host, p->step_captures, p->nstep_captures, p->captures, p->ncaptures);
	sync_then(p->s, recorded, p);
}

static const struct value *keep(struct place *p, const struct task_end *end)
{
	struct value *v = arena_array_of(p->s->a, struct value, end->ncaptures + 1);
	for (size_t i = 0; i < end->ncaptures; i++) v[i] = value_copy(p->s->a, end->captures[i]);
	return v;
}

static bool captured(struct place *p, struct task *t)
{
	const struct task_end *end = task_end(t);
	if (end->cancelled) place_end(p, false);
	else if (end->state != FIBER_DONE) fail_as(p, end->failure);
	else return true;
	return false;
}

static void frame_captured(void *owner, struct task *t)
{
	struct place *p = owner;
	if (!captured(p, t)) return;
	p->captures = keep(p, task_end(t));
	p->ncaptures = task_end(t)->ncaptures;
	watch(p, WANT_FALSE_NOW, "verify before", not_so_yet);
}

static void frame_begin(struct place *p)
{
	p->record = NULL;
	if (p->frame == p->is->frames + p->is->nframes) {
		place_end(p, true);
		return;
	}
	const struct image_frame *f = frame_of(p);
	if (f->retry_group && (p->frame == p->is->frames || f[-1].retry_group != f->retry_group)) {
		if (p->group != p->frame) p->attempt = 0;
		p->group = p->frame;
		p->group_records = p->s->records.n;
	}
	p->captures = p->step_captures;
	p->ncaptures = p->nstep_captures;
	if (f->capture == IMAGE_NONE) watch(p, WANT_FALSE_NOW, "verify before", not_so_yet);
	else task_start(&p->s->d, &(struct task_options){ .fn = f->capture, .args = p->step_captures, .host = p->host, .item = item(p, "lets"),
		                                          .done = frame_captured, .owner = p });
}

static void step_captured(void *owner, struct task *t)
{
	struct place *p = owner;
	if (!captured(p, t)) return;
	p->step_captures = keep(p, task_end(t));
	p->nstep_captures = task_end(t)->ncaptures;
	frame_begin(p);
}

void place_start(struct session *s, uint32_t step, uint32_t host, void (*done)(void *owner, bool ok), void *owner)
{
	struct place *p = calloc(1, sizeof *p);
	if (!p) abort();
	*p = (struct place){ .s = s, .step = step, .host = host, .is = &s->o.image->step[step], .done = done, .owner = owner };
	p->frame = p->is->frames;
	p->group = IMAGE_NONE;
	if (p->is->capture == IMAGE_NONE) frame_begin(p);
	else
		task_start(&s->d, &(struct task_options){
		                      .fn = p->is->capture, .host = host, .item = item(p, "lets"), .done = step_captured, .owner = p });
}
