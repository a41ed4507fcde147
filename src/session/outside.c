/*
 * What comes to a session from outside, at any time: people, signals, the end of the hold, a leash that has fired. Each stands in the journal before it
 * has an effect. It is taken at the end of a turn in which no timer is due: what was to happen by now has happened then, and a replay, which
 * knows the time of a line but not the turn, comes to the same place.
 */
#include "state.h"

enum { MOST_TURNS = 100 }; /* what never rests can't keep an abort away */

static json_t *fields(const struct session *s, const struct outside_word *w)
{
	json_t *why = journal_text(str_of(w->why), JOURNAL_MAX_TEXT);
	if (w->what == OUTSIDE_FIRED) return json_pack("{s:o,s:o}", "host", session_host_json(s, w->host), "why", why);
	json_t *f = json_pack("{s:s,s:o}", "do", w->what == OUTSIDE_END ? "end" : "abort", "why", why);
	if (w->what == OUTSIDE_ABORT) json_object_set_new(f, "exit", json_integer((json_int_t)w->exit));
	return f;
}

void outside_take(struct session *s, const struct outside_word *w)
{
	if (s->over) return;
	if (w->what == OUTSIDE_END && (s->stopping || s->recovering)) return; /* what is ended already is not interrupted by who says so once more */
	journal_add(s->o.journal, w->what == OUTSIDE_FIRED ? EV_fired : EV_told, fields(s, w));
	switch (w->what) {
	case OUTSIDE_END: session_halt(s, s->phase == PHASE_live ? IRS_OK : IRS_INTERRUPTED); break;
	case OUTSIDE_ABORT: session_halt(s, w->exit); break;
	case OUTSIDE_FIRED: session_stop(s, IRS_FAILED, "a failsafe has fired"); break;
	}
}

static void take_all(void *ctx)
{
	struct session *s = ctx;
	if (loop_is_due(s->o.loop) && ++s->outside_waits < MOST_TURNS) {
		loop_at_turn_end(s->o.loop, take_all, s);
		return;
	}
	s->outside_waits = 0;
	for (size_t i = 0; i < s->outside.n; i++) outside_take(s, &s->outside.at[i]);
	s->outside.n = 0;
}

static void say(struct session *s, struct outside_word w)
{
	if (s->over) return;
	w.why = arena_strdup(s->a, w.why);
	if (!s->outside.n) loop_at_turn_end(s->o.loop, take_all, s);
	vec_push(s->a, &s->outside, w);
}

void session_end(struct session *s, const char *why)
{
	say(s, (struct outside_word){ .what = OUTSIDE_END, .why = why });
}

void session_abort(struct session *s, enum irs_exit exit, const char *why)
{
	say(s, (struct outside_word){ .what = OUTSIDE_ABORT, .exit = exit, .why = why });
}

void session_fired(void *session, uint32_t host, const char *why)
{
	say(session, (struct outside_word){ .what = OUTSIDE_FIRED, .host = host, .why = why });
}
