/*
 * The engine in lock-step with a journal. Its lines are of two kinds: what came from outside (world_replay_knows, told, fired, synced) is
 * given to the engine at its place; all others must come out of it. Time is the journal's, too: before a line, all timers fire that were due
 * by then. So the engine is never behind the one of then; where it is ahead, what is under way on several hosts may come out in another
 * order, so lines are compared within *streams*: what belongs to one item on one host, to one undo record, to the phases.
 */
#include "irs/replay.h"

#include <stdlib.h>
#include <string.h>

#include "irs/buf.h"
#include "irs/map.h"
#include "irs/vec.h"
#include "state.h"

/* Only that a journal which nobody could have written ends: nothing came so much later than it was due. */
static const int64_t LATE = INT64_C(60) * 1000000000, EVER = INT64_MAX / 2;
enum { NONE = SIZE_MAX, SHOWN = 400 };

struct stream {
	size_t next; /* its next line that has not come out; NONE: all have */
	size_t last;
};

struct replaying {
	struct arena *a;
	VEC(struct recorded) read;
	struct recording recording; /* of them */
	size_t *following;  /* the next line of the same stream, for each */
	bool *came;
	struct map streams;
	int64_t damaged;    /* the line from which on nothing can be believed; 0: none */
	struct session_origin origin;
	struct loop *loop;
	struct world *world;
	struct session *session;
	size_t at;          /* all before it have come out */
	bool losing;        /* what comes out of it now stood nowhere */
	bool differs;
	const char *extra;  /* the first that came out and stands nowhere */
	struct replay *out;
};

/* ---- lines -------------------------------------------------------------------------------------------- */

/* What is of the process that wrote it, and comes out of no other. */
static bool is_of_its_process(enum event ev)
{
	return ev == EV_session || ev == EV_shell;
}

/* What a block says on its way: where it began a moment too early, and was then ended, that stood nowhere, and decides nothing. */
static bool is_in_passing(enum event ev)
{
	return ev == EV_draw || ev == EV_mark || ev == EV_log;
}

static const char *const envelope[] = { "seq", "t", "m", "ev", "prev" };
/* Of an answer only what was asked is compared: the rest was given, and stands there capped. */
static const char *const asked_fields[] = { "item", "host", "function", "pc", "command", "url" };

static bool among(const char *name, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(name, names[i])) return true;
	return false;
}

/* A copy with what is compared. */
static json_t *essence(enum event ev, const json_t *line)
{
	json_t *out = json_object(), *v;
	const char *name;
	bool is_answer = ev == EV_run || ev == EV_http;
	json_object_foreach((json_t *)line, name, v) {
		if (among(name, envelope, sizeof envelope / sizeof *envelope)) continue;
		if (is_answer && !among(name, asked_fields, sizeof asked_fields / sizeof *asked_fields)) continue;
		json_object_set(out, name, v);
	}
	return out;
}

static const char *text_of(const json_t *line, const char *field)
{
	return json_string_value(json_object_get(line, field));
}

static const char *stream_of(struct arena *a, enum event ev, const json_t *line)
{
	const char *item = text_of(line, "item"), *host = text_of(line, "host");
	json_t *record = json_object_get(line, "record");
	if (item) return arena_printf(a, "item %s on %s", item, host ? host : "");
	if (json_is_integer(record)) return arena_printf(a, "record %lld", (long long)json_integer_value(record));
	if (host) return arena_printf(a, "%s on %s", event_table[ev].name, host);
	return ev == EV_round || ev == EV_closed ? "phase" : event_table[ev].name;
}

static void put_in_stream(struct replaying *r, size_t i)
{
	const struct recorded *line = &r->recording.at[i];
	if (is_of_its_process(line->ev)) return;
	const char *key = stream_of(r->a, line->ev, line->line);
	struct stream *s = map_get(&r->streams, str_of(key));
	if (!s) {
		s = arena_new_of(r->a, struct stream);
		*s = (struct stream){ i, i };
		map_put(r->a, &r->streams, str_of(key), s);
	} else {
		r->following[s->last] = i;
		s->last = i;
	}
}

/* ---- what differs --------------------------------------------------------------------------------------- */

static bool names_it(const char *field)
{
	static const char *const names[] = { "item", "host", "record" };
	return among(field, names, sizeof names / sizeof *names);
}

/* The line, as far as `other` is not the same; NULL: all of it. */
static const char *shown(struct arena *a, enum event ev, json_t *line, const json_t *other)
{
	struct buf b = { 0 };
	json_t *v;
	const char *name;
	buf_puts(&b, event_table[ev].name);
	json_object_foreach(line, name, v) {
		if (other && !names_it(name) && json_equal(v, json_object_get(other, name))) continue;
		char *text = json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
		if (text && b.n < SHOWN) buf_printf(&b, " %s=%.*s%s", name, SHOWN / 2, text, strlen(text) > SHOWN / 2 ? "…" : "");
		free(text);
	}
	const char *s = arena_strndup(a, b.p, b.n);
	buf_free(&b);
	return s;
}

static const char *shown_line(struct replaying *r, enum event ev, const json_t *line)
{
	json_t *e = essence(ev, line);
	const char *s = shown(r->a, ev, e, NULL);
	json_decref(e);
	return s;
}

/* Where something came out that stands nowhere, it did so instead of the first line that did not come. */
static void differ(struct replaying *r, size_t i, const char *then, const char *now)
{
	if (r->differs) return;
	if (r->extra && r->at < i && r->at < r->recording.n) {
		const struct recorded *first = &r->recording.at[i = r->at];
		then = shown_line(r, first->ev, first->line);
		now = r->extra;
	}
	r->differs = true;
	r->out->verdict = REPLAY_DIFFERS;
	r->out->line = i == NONE ? 0 : i + 1;
	r->out->then = then;
	r->out->now = now;
	for (size_t k = 0; k < r->recording.n && r->out->verdict == REPLAY_DIFFERS; k++)
		if (r->recording.at[k].cut) {
			r->out->verdict = REPLAY_UNKNOWN;
			r->out->cut = k + 1;
		}
}

static void compare(struct replaying *r, size_t i, enum event ev, const json_t *line)
{
	const struct recorded *then = &r->recording.at[i];
	json_t *x = essence(then->ev, then->line), *y = essence(ev, line);
	bool same = then->ev == ev;
	if (!same || !json_equal(x, y)) differ(r, i, shown(r->a, then->ev, x, same ? y : NULL), shown(r->a, ev, y, same ? x : NULL));
	json_decref(x);
	json_decref(y);
}

static void came_out(void *ctx, enum event ev, const json_t *line)
{
	struct replaying *r = ctx;
	if (is_of_its_process(ev) || r->differs) return;
	struct stream *s = map_get(&r->streams, str_of(stream_of(r->a, ev, line)));
	if (!s || s->next == NONE) {
		if (!r->extra && !r->losing && !is_in_passing(ev)) r->extra = shown_line(r, ev, line);
		return;
	}
	size_t i = s->next;
	if (r->losing && r->recording.at[i].ev != ev) return;
	s->next = r->following[i];
	r->came[i] = true;
	compare(r, i, ev, line);
}

/* ---- reading ---------------------------------------------------------------------------------------------- */

static bool read_line(void *ctx, enum event ev, const json_t *line)
{
	struct replaying *r = ctx;
	if (ev == EV_damaged) r->damaged = json_integer_value(json_object_get(line, "line"));
	if (ev == EV_runner) r->out->end = REPLAY_OTHER_RUNNER;
	if (ev == EV_capped) r->out->end = REPLAY_CAPPED;
	if (r->damaged || r->out->end != REPLAY_BROKEN_OFF) return false;
	struct recorded one = { .ev = ev, .line = json_incref((json_t *)line) };
	vec_push(r->a, &r->read, one);
	if (ev == EV_closed) r->out->end = REPLAY_CLOSED;
	return ev != EV_closed;
}

static bool read_journal(struct replaying *r, const char *path, struct err *e)
{
	r->out->end = REPLAY_BROKEN_OFF;
	if (!journal_read(path, read_line, r, e)) return false;
	if (r->damaged) return err_set(e, IRS_USAGE, path, "the journal is damaged at line %lld: what stands there can't be replayed", (long long)r->damaged);
	r->recording = (struct recording){ r->read.at, r->read.n };
	size_t n = r->out->lines = r->recording.n;
	r->following = arena_array_of(r->a, size_t, n + 1);
	r->came = arena_array_of(r->a, bool, n + 1);
	for (size_t i = 0; i < n; i++) {
		r->following[i] = NONE;
		put_in_stream(r, i);
	}
	return true;
}

static const json_t *first_of(const struct replaying *r, enum event ev)
{
	for (size_t i = 0; i < r->recording.n; i++)
		if (r->recording.at[i].ev == ev) return r->recording.at[i].line;
	return NULL;
}

static bool read_given(struct replaying *r, const struct image *img, struct value *globals, const char *path, struct err *e)
{
	json_t *values = json_object_get(first_of(r, EV_given), "values");
	if (!values)
		return err_set(e, IRS_USAGE, path, r->recording.n > 2 ? "the journal doesn't say what the session was given: an older irs wrote it"
		                                                      : "the journal ends before anything began");
	for (size_t i = 0; i < img->nglobal; i++) {
		struct str name = image_str(img, img->global[i].name);
		json_t *v = json_object_getn(values, name.p, name.n);
		if (v && !value_from_json(&globals[i], v, r->a, &r->origin.hosts, e)) return err_within(e, path);
		if (v && !type_fits(value_type(globals[i]), img->global[i].type))
			return err_set(e, IRS_USAGE, path, "the journal says something of another type was given for %.*s", STR_ARG(name));
	}
	return true;
}

/* ---- the engine -------------------------------------------------------------------------------------------- */

/* Whether a machine could be claimed: if not, that is what was found next. */
static bool claim_again(void *ctx, const char *machine, bool restoring, struct claim *out, struct err *e)
{
	const struct replaying *r = ctx;
	const struct recorded *next = r->at + 1 < r->recording.n ? &r->recording.at[r->at + 1] : NULL;
	const char *kind = next && next->ev == EV_finding ? text_of(next->line, "kind") : NULL;
	(void)machine, (void)restoring, (void)out;
	if (!kind || strcmp(kind, "claim") != 0) return true;
	const char *what = text_of(next->line, "what"), *remedy = text_of(next->line, "remedy");
	err_set(e, IRS_REFUSED, NULL, "%s", what ? what : "?");
	return remedy && err_remedy(e, "%s", remedy);
}

static uint32_t host_named(const struct replaying *r, const char *name)
{
	uint32_t i = 0;
	while (i < r->origin.hosts.n && !(name && str_eq(r->origin.hosts.at[i].name, str_of(name)))) i++;
	return i < r->origin.hosts.n ? i : 0;
}

static void say_again(struct replaying *r, const struct recorded *line)
{
	const char *why = text_of(line->line, "why"), *what = text_of(line->line, "do");
	struct outside_word w = { .what = line->ev == EV_fired               ? OUTSIDE_FIRED
		                          : what && !strcmp(what, "end") ? OUTSIDE_END
		                                                         : OUTSIDE_ABORT,
		                  .exit = (enum irs_exit)json_integer_value(json_object_get(line->line, "exit")),
		                  .host = host_named(r, text_of(line->line, "host")),
		                  .why = why ? why : "" };
	outside_take(r->session, &w);
}

/* Gives what the line says to the engine; false if it doesn't want it. */
static bool give(struct replaying *r, size_t i)
{
	struct recorded *line = &r->recording.at[i];
	if (line->taken) return false;
	if (world_replay_knows(line->ev)) return world_replay_answer(r->world, i);
	if (line->ev != EV_told && line->ev != EV_fired && line->ev != EV_synced) return false;
	line->taken = true;
	if (line->ev == EV_synced) loop_end_turn(r->loop);
	else say_again(r, line);
	return true;
}

static bool lose(struct replaying *r)
{
	r->losing = true;
	bool lost = world_replay_lose(r->world);
	r->losing = false;
	return lost;
}

static void go_through(struct replaying *r)
{
	while (r->at < r->recording.n && !r->differs) {
		const struct recorded *line = &r->recording.at[r->at];
		int64_t m = json_integer_value(json_object_get(line->line, "m"));
		if (m > EVER) m = EVER;
		world_replay_begin(r->world, r->at);
		if (r->came[r->at] || is_of_its_process(line->ev)) {
			r->at++;
		} else if (!loop_fire_next(r->loop, m)) {
			loop_set_now(r->loop, m);
			if (!give(r, r->at) && !loop_fire_next(r->loop, m + LATE) && !lose(r))
				differ(r, r->at, shown_line(r, line->ev, line->line), r->extra);
		}
	}
	if (!r->differs && r->out->end == REPLAY_CLOSED && r->extra) differ(r, NONE, NULL, r->extra);
}

/* An engine can't be thrown away in the middle: as if every host were lost, it comes to its end. */
static void wind_up(struct replaying *r)
{
	r->differs = true;
	world_replay_end(r->world);
	session_stop(r->session, IRS_INTERRUPTED, "the recording has ended");
	while (!session_over(r->session))
		if (!loop_fire_next(r->loop, INT64_MAX) && !lose(r)) loop_end_turn(r->loop);
}

static void run(struct replaying *r, const struct image *img, const struct value *globals)
{
	struct session_options o = { .journal = journal_unwritten(),
		                     .image = img,
		                     .hosts = &r->origin.hosts,
		                     .globals = globals,
		                     .seed = r->origin.seed,
		                     .id = r->origin.id,
		                     .program = "replay",
		                     .claim = claim_again,
		                     .claim_ctx = r,
		                     .hold = -1, /* its end is told */
		                     .rehearse = first_of(r, EV_round) != NULL,
		                     .watch = came_out,
		                     .watch_ctx = r };
	o.loop = r->loop = loop_new_simulated();
	r->world = world_replay_new(r->a, &r->origin.hosts, &r->recording);
	r->session = session_new(r->a, &o);
	session_use(r->session, r->world);
	session_start(r->session);
	go_through(r);
	wind_up(r);
	session_free(r->session);
	world_replay_free(r->world);
	loop_free(r->loop);
	journal_close(o.journal);
}

bool session_replay(struct arena *a, const char *path, const struct session_origin *origin, const struct image *img, struct replay *out,
                    struct err *e)
{
	struct replaying r = { .a = a, .origin = *origin, .out = out };
	struct value *globals = arena_array_of(a, struct value, img->nglobal + 1);
	*out = (struct replay){ 0 };
	bool ok = read_journal(&r, path, e) && read_given(&r, img, globals, path, e);
	if (ok) run(&r, img, globals);
	for (size_t i = 0; i < r.read.n; i++) json_decref(r.read.at[i].line);
	return ok;
}
