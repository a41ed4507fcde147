/*
 * Undoing one record:
 *
 *     superseded? → restore (a rehearsal's second round: the failsafe's script, or restore, and then restore once more) → every verify false
 *
 * and rows of them: on one host one after the other, the last one first; steps in reverse, the hosts of one step side by side.
 * Whatever fails, the others go on: what could not be undone is named, never silently given up.
 */
#include "state.h"

#include <stdio.h>
#include <stdlib.h>

#include "effect_note.h"
#include "observe.h"

struct line { /* of one host */
	struct session *s;
	struct undo_record **at;
	size_t n; /* still to do; at[n - 1] is next */
	bool by_script;
	bool once_more; /* it has to be idempotent, and is to prove it */
	char item[160];
	void (*done)(void *owner);
	void *owner;
};

static void next_record(void *ctx);

static struct undo_record *record_of(const struct line *l)
{
	return l->at[l->n - 1];
}

static const struct image_frame *frame_of(const struct line *l)
{
	return l->s->o.image ? &l->s->o.image->frame[record_of(l)->frame] : NULL;
}

static const char *item(struct line *l, const char *what)
{
	const struct undo_record *r = record_of(l);
	snprintf(l->item, sizeof l->item, "%s: %s", l->s->o.image ? l->s->step[r->step].label : "undo", what);
	return l->item;
}

static void passed(struct line *l)
{
	l->n--;
	next_record(l);
}

static void closed(struct line *l, const char *how, const char *why)
{
	record_close(l->s, record_of(l), how, why);
	passed(l);
}

static void watch(struct line *l, uint32_t fns, size_t n, const struct value *args, enum want want, const char *what,
                  void (*done)(void *owner, const struct observed *o))
{
	observe(&(struct observation){ .d = &l->s->d,
	                              .fns = l->s->o.image->function_ref + fns,
	                              .n = n,
	                              .args = args,
	                              .host = record_of(l)->host,
	                              .want = want,
	                              .undoing = true,
	                              .item = item(l, what),
	                              .done = done,
	                              .owner = l });
}

/* ---- restore, then look ---------------------------------------------------------------------------------- */

static void looked(void *owner, const struct observed *o)
{
	struct line *l = owner;
	if (o->as_wanted) {
		closed(l, l->by_script ? "script" : "restored", NULL);
		return;
	}
	const char *why = o->failure ? o->failure->what : "";
	if (o->verdict == TRUE3) record_left(l->s, record_of(l), "restore has run, and verify says that it is still so");
	else record_left(l->s, record_of(l), "restore has run, and nobody can say whether it is still so%s%s", *why ? ": " : "", why);
	passed(l);
}

static void look(struct line *l, void (*done)(void *owner, const struct observed *o))
{
	const struct image_frame *f = frame_of(l);
	watch(l, f->verify, f->nverify, record_of(l)->captures, WANT_FALSE_SOON, "verify after", done);
}

static void restore(struct line *l);

static void describe_failure(struct line *l, struct task *t)
{
	const struct task_end *end = task_end(t);
	struct undo_record *r = record_of(l);
	const struct run_result *run = end->result;
	if (end->failure && end->failure->command)
		record_left(l->s, r, "restore failed: %s; command: %.300s", end->failure->what, end->failure->command);
	else if (end->failure) record_left(l->s, r, "restore failed: %s", end->failure->what);
	else if (run && run->exit > 0) record_left(l->s, r, "the rendered restore failed with exit %d", run->exit);
	else record_left(l->s, r, "the rendered restore did not end well: nobody knows what it did");
}

static void looked_once(void *owner, const struct observed *o)
{
	struct line *l = owner;
	l->once_more = false;
	if (o->as_wanted) restore(l);
	else looked(l, o);
}

static void restored(void *owner, struct task *t)
{
	struct line *l = owner;
	if (task_end(t)->state == FIBER_DONE) {
		look(l, l->once_more ? looked_once : looked);
	} else {
		describe_failure(l, t);
		passed(l);
	}
}

static void restore(struct line *l)
{
	struct undo_record *r = record_of(l);
	task_start(&l->s->d, &(struct task_options){ .fn = frame_of(l)->restore, .args = r->captures, .host = r->host, .undoing = true,
		                                     .item = item(l, "restore"), .done = restored, .owner = l });
}

/* ---- by the rendered script: where the image can't be run, and to prove it in a rehearsal ------------------------- */

static void script_ran(void *owner, struct task *t)
{
	struct line *l = owner;
	if (task_end(t)->state != FIBER_DONE) {
		describe_failure(l, t);
		passed(l);
	} else if (l->s->o.image) {
		look(l, looked_once);
	} else {
		closed(l, "script", "the image can't be read; nothing was verified");
	}
}

static void run_script(struct line *l)
{
	const int64_t limit = INT64_C(900) * 1000000000;
	const struct undo_record *r = record_of(l);
	task_run(&l->s->d,
	         &(struct task_options){
	             .host = r->host, .undoing = true, .item = item(l, "failsafe's script"), .done = script_ran, .owner = l},
	         value_string(l->s->a, str_of(r->script)), limit);
}

static void act(struct line *l)
{
	const struct undo_record *r = record_of(l);
	journal_add(l->s->o.journal, EV_restoring,
	            json_pack("{s:I,s:i,s:i,s:o}", "record", (json_int_t)r->number, "step", (int)r->step, "frame", (int)r->frame,
	                      "host", session_host_json(l->s, r->host)));
	l->by_script = r->script && (!l->s->o.image || l->s->round == 2);
	l->once_more = l->s->round == 2;
	if (l->by_script) run_script(l);
	else if (l->s->o.image) restore(l);
	else {
		record_left(l->s, record_of(l), "the image can't be read, and its restore could not be written as a script");
		passed(l);
	}
}

/* ---- superseded: responders have replaced what the fault touched --------------------------------------------------- */

static void step_superseded(void *owner, const struct observed *o)
{
	struct line *l = owner;
	if (o->as_wanted) closed(l, "superseded", NULL);
	else act(l);
}

static void frame_superseded(void *owner, const struct observed *o)
{
	struct line *l = owner;
	const struct undo_record *r = record_of(l);
	const struct image_step *st = &l->s->o.image->step[r->step];
	if (o->as_wanted) closed(l, "superseded", NULL);
	else if (!st->nsuperseded || l->s->round) act(l);
	else watch(l, st->superseded, st->nsuperseded, r->step_captures, SEEK_TRUE, "superseded", step_superseded);
}

/* A rehearsal always restores: that is what it is for. */
static void ask_superseded(struct line *l)
{
	const struct image_frame *f = frame_of(l);
	if (l->s->round) act(l);
	else watch(l, f->superseded, f->nsuperseded, record_of(l)->captures, SEEK_TRUE, "superseded", frame_superseded);
}

/* ---- a row of records on one host ------------------------------------------------------------------------------------ */

static void next_record(void *ctx)
{
	struct line *l = ctx;
	while (l->n && record_of(l)->how) l->n--;
	if (!l->n) {
		void (*done)(void *) = l->done;
		void *owner = l->owner;
		free(l->at);
		free(l);
		done(owner);
		return;
	}
	struct undo_record *r = record_of(l);
	const struct image_frame *f = frame_of(l);
	if (!r->acted) closed(l, "never", "induce had not begun");
	else if (r->because) closed(l, "none", r->because);
	else if (!l->s->host[r->host].open) {
		record_left(l->s, r, "the host can't be reached");
		passed(l);
	} else if (f) ask_superseded(l);
	else act(l);
}

void undo_line(struct session *s, struct undo_record *const *records, size_t n, void (*done)(void *owner), void *owner)
{
	struct line *l = calloc(1, sizeof *l);
	if (!l || !(l->at = malloc((n + 1) * sizeof *l->at))) abort();
	for (size_t i = 0; i < n; i++) l->at[i] = records[i];
	l->s = s;
	l->n = n;
	l->done = done;
	l->owner = owner;
	loop_after(s->o.loop, 0, next_record, l);
}

/* ---- all of them -------------------------------------------------------------------------------------------------------- */

struct all {
	struct session *s;
	size_t running;
	void (*done)(struct session *s);
};

static bool is_open(const struct undo_record *r)
{
	return !r->how && !r->left;
}

/* The step that began last among those that still have something to try. */
static const struct undo_record *last_open(const struct session *s)
{
	for (size_t i = s->records.n; i-- > 0;)
		if (is_open(s->records.at[i])) return s->records.at[i];
	return NULL;
}

static void next_step(struct all *a);

static void line_done(void *owner)
{
	struct all *a = owner;
	if (--a->running == 0) next_step(a);
}

static void start_host(struct all *a, uint32_t step, uint32_t host)
{
	struct session *s = a->s;
	size_t n = 0;
	struct undo_record **at = malloc((s->records.n + 1) * sizeof *at);
	if (!at) abort();
	for (size_t i = 0; i < s->records.n; i++)
		if (is_open(s->records.at[i]) && s->records.at[i]->step == step && s->records.at[i]->host == host) at[n++] = s->records.at[i];
	if (n) {
		a->running++;
		undo_line(s, at, n, line_done, a);
	}
	free(at);
}

static void next_step(struct all *a)
{
	struct session *s = a->s;
	const struct undo_record *last = last_open(s);
	if (!last) {
		a->done(s);
		free(a);
		return;
	}
	for (uint32_t host = 0; host < s->o.hosts->n; host++) start_host(a, last->step, host);
}

static void begin_all(void *ctx)
{
	next_step(ctx);
}

void undo_all(struct session *s, void (*done)(struct session *s))
{
	struct all *a = calloc(1, sizeof *a);
	if (!a) abort();
	*a = (struct all){ .s = s, .done = done };
	for (size_t i = 0; i < s->records.n; i++) s->records.at[i]->left = NULL;
	loop_after(s->o.loop, 0, begin_all, a);
}
