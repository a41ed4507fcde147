#include "irs/timeline.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "irs/literal.h"
#include "irs/map.h"

enum tone { PLAIN, DIM, STRONG, GOOD, BAD, TONES };
static const char *const tones[TONES] = { "", "\033[2m", "\033[1m", "\033[32m", "\033[31m" };

enum { INDENT = 10 }; /* "09:12:01  " */

struct timeline {
	struct arena *a;
	struct timeline_options o;
	struct map steps;   /* number → label */
	struct map records; /* number → "label on host" */
	unsigned preconditions;
};

struct timeline *timeline_new(struct arena *a, const struct timeline_options *o)
{
	struct timeline *t = arena_new_of(a, struct timeline);
	t->a = a;
	t->o = *o;
	if (!t->o.columns) t->o.columns = 80;
	return t;
}

/* ---- one line, folded ------------------------------------------------------------------------------------ */

static void put_time(const struct timeline *t, struct buf *out, const json_t *line)
{
	struct tm tm = { 0 };
	char text[16] = "--:--:--";
	const char *when = json_string_value(json_object_get(line, "t"));
	if (when && sscanf(when, "%4d-%2d-%2dT%2d:%2d:%2d", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec) == 6) {
		tm.tm_year -= 1900;
		tm.tm_mon--;
		time_t s = timegm(&tm);
		if (t->o.utc) gmtime_r(&s, &tm);
		else localtime_r(&s, &tm);
		strftime(text, sizeof text, "%H:%M:%S", &tm);
	}
	if (t->o.color) buf_puts(out, tones[DIM]);
	buf_puts(out, text);
	if (t->o.color) buf_puts(out, "\033[0m");
	buf_puts(out, "  ");
}

static void put_folded(const struct timeline *t, struct buf *out, enum tone tone, struct str text)
{
	size_t width = t->o.columns > 2 * INDENT ? t->o.columns - INDENT : INDENT;
	for (bool first = true; text.n || first; first = false) {
		if (!first) buf_pad(out, ' ', INDENT);
		if (t->o.color) buf_puts(out, tones[tone]);
		buf_str(out, str_row(&text, width));
		if (t->o.color && tone) buf_puts(out, "\033[0m");
		buf_putc(out, '\n');
	}
}

static void say(struct timeline *t, struct buf *out, const json_t *line, enum tone tone, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));
static void say(struct timeline *t, struct buf *out, const json_t *line, enum tone tone, const char *fmt, ...)
{
	struct buf raw = { 0 }, safe = { 0 };
	va_list ap;
	va_start(ap, fmt);
	buf_vprintf(&raw, fmt, ap);
	va_end(ap);
	buf_safe(&safe, buf_view(&raw));
	put_time(t, out, line);
	struct str rest = buf_view(&safe);
	for (bool first = true; first || rest.n; first = false) {
		const char *nl = rest.n ? memchr(rest.p, '\n', rest.n) : NULL;
		struct str row = { rest.p, nl ? (size_t)(nl - rest.p) : rest.n };
		if (!first) buf_pad(out, ' ', INDENT);
		put_folded(t, out, tone, row);
		rest = nl ? (struct str){ nl + 1, rest.n - row.n - 1 } : (struct str){ "", 0 };
	}
	buf_free(&raw);
	buf_free(&safe);
}

/* ---- fields ------------------------------------------------------------------------------------------------ */

static const char *text(const json_t *line, const char *name)
{
	const char *s = json_string_value(json_object_get(line, name));
	return s ? s : "";
}

static int64_t number(const json_t *line, const char *name)
{
	return json_integer_value(json_object_get(line, name));
}

static const char *key_of(struct timeline *t, const json_t *line, const char *name)
{
	return arena_printf(t->a, "%" PRId64, number(line, name));
}

static const char *label_of(struct timeline *t, const json_t *line)
{
	const char *label = map_get(&t->steps, str_of(key_of(t, line, "step")));
	return label ? label : arena_printf(t->a, "step %" PRId64, number(line, "step") + 1);
}

static const char *record_of(struct timeline *t, const json_t *line)
{
	const char *r = map_get(&t->records, str_of(key_of(t, line, "record")));
	return r ? r : arena_printf(t->a, "record %" PRId64, number(line, "record"));
}

static const char *duration(struct timeline *t, int64_t ns)
{
	struct buf b = { 0 };
	literal_put_duration_rounded(&b, ns);
	const char *s = arena_strndup(t->a, b.p ? b.p : "", b.n);
	buf_free(&b);
	return s;
}

static const char *hosts_of(struct timeline *t, const json_t *line)
{
	json_t *list = json_object_get(line, "hosts"), *h;
	size_t i;
	struct buf b = { 0 };
	json_array_foreach(list, i, h) {
		if (i == 6) {
			buf_printf(&b, " and %zu more", json_array_size(list) - i);
			break;
		}
		buf_printf(&b, "%s%s", i ? ", " : "", json_is_string(h) ? json_string_value(h) : "?");
	}
	const char *s = arena_strndup(t->a, b.p ? b.p : "", b.n);
	buf_free(&b);
	return s;
}

/* ---- events ---------------------------------------------------------------------------------------------------- */

static void step(struct timeline *t, struct buf *out, const json_t *line)
{
	const char *label = arena_strdup(t->a, text(line, "label")), *when = text(line, "when"), *title = text(line, "title");
	const char *later = "";
	map_put(t->a, &t->steps, str_of(key_of(t, line, "step")), (void *)label);
	if (!strcmp(when, "after")) later = arena_printf(t->a, ", %s after it is live", duration(t, number(line, "after")));
	if (!strcmp(when, "mitigated")) later = ", when mitigated: this version never begins it";
	say(t, out, line, PLAIN, "step %s%s%s on %s%s", label, *title ? ": " : "", title, hosts_of(t, line), later);
}

static void undo(struct timeline *t, const json_t *line)
{
	const char *fault = text(line, "fault");
	const char *what =
	    arena_printf(t->a, "%s%s%s%s on %s", label_of(t, line), *fault ? " (" : "", fault, *fault ? ")" : "", text(line, "host"));
	map_put(t->a, &t->records, str_of(key_of(t, line, "record")), (void *)what);
}

static void phase(struct timeline *t, struct buf *out, const json_t *line)
{
	const char *why = text(line, "why");
	const struct {
		const char *phase, *says;
		enum tone tone;
	} known[] = {
		{ "checked", "checked: hosts, needs and preconditions are as they must be", STRONG },
		{ "live", "live", STRONG },
		{ "restoring", "restoring", STRONG },
		{ "aborting", "aborting: everything that was begun is undone now", STRONG },
		{ "restored", *why ? "restored" : "restored: everything is undone, and the preconditions hold again", GOOD },
		{ "dirty", "not everything could be undone", BAD },
		{ "cancelled", "cancelled: nothing was touched", BAD },
		{ "interrupted", "the session's runner is dead: undoing what it left", STRONG },
		{ "settled", "settled by hand", STRONG },
	};
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcmp(text(line, "phase"), known[i].phase))
			say(t, out, line, known[i].tone, "%s%s%s", known[i].says, *why && strcmp(known[i].phase, "interrupted") != 0 ? ": " : "",
			    strcmp(known[i].phase, "interrupted") != 0 ? why : "");
}

static void finding(struct timeline *t, struct buf *out, const json_t *line)
{
	const char *host = text(line, "host"), *remedy = text(line, "remedy");
	say(t, out, line, BAD, "%s%s%s%s%s", host, *host ? ": " : "", text(line, "what"), *remedy ? "\n" : "", remedy);
}

/* Why it is as wanted is no news. */
static void check(struct timeline *t, struct buf *out, const json_t *line)
{
	const char *verdict = text(line, "verdict");
	bool news = strcmp(verdict, text(line, "wanted")) != 0;
	const char *why = news ? text(line, "why") : "";
	say(t, out, line, DIM, "%s on %s: %s%s%s", text(line, "item"), text(line, "host"), verdict, *why ? ", " : "", why);
}

static void failed(struct timeline *t, struct buf *out, const json_t *line)
{
	const char *command = text(line, "command"), *host = text(line, "host");
	say(t, out, line, BAD, "%s%s%s: %s%s%s", text(line, "item"), *host ? " on " : "", host, text(line, "what"),
	    *command ? "\n" : "", command);
}

static void undone(struct timeline *t, struct buf *out, const json_t *line)
{
	const char *how = text(line, "how"), *why = text(line, "why"), *words = how;
	const char *const says[][2] = {
		{ "restored", "restored" },
		{ "script", *why ? "restored by the failsafe's script" : "restored by the failsafe's script, and once more" },
		{ "superseded", "superseded: responders have replaced it, so it is not restored" },
		{ "never", "had not begun" },
		{ "none", "has no restore" },
		{ "settled", "settled by hand" },
	};
	for (size_t i = 0; i < sizeof says / sizeof *says; i++)
		if (!strcmp(how, says[i][0])) words = says[i][1];
	bool reason = *why && (!strcmp(how, "none") || !strcmp(how, "settled") || !strcmp(how, "script"));
	say(t, out, line, GOOD, "%s: %s%s%s", record_of(t, line), words, reason ? ": " : "", reason ? why : "");
}

static void left(struct timeline *t, struct buf *out, const json_t *line)
{
	const char *what = json_object_get(line, "record") ? record_of(t, line) : text(line, "host");
	const char *command = text(line, "command");
	say(t, out, line, BAD, "LEFT: %s: %s%s%s", what, text(line, "why"), *command ? "\nby hand: " : "", command);
}

static void armed(struct timeline *t, struct buf *out, const json_t *line)
{
	int64_t silent = number(line, "silent"), latest = number(line, "latest");
	const char *after = silent >= 0 ? arena_printf(t->a, " after %s of silence", duration(t, silent)) : "";
	const char *at = latest >= 0 ? arena_printf(t->a, "%s in %s at the latest", silent >= 0 ? "," : "", duration(t, latest)) : "";
	say(t, out, line, DIM, "failsafe on %s: undoes by itself%s%s", text(line, "host"), after, at);
}

static void opened(struct timeline *t, struct buf *out, const json_t *line)
{
	if (json_is_true(json_object_get(line, "rebooted")))
		say(t, out, line, STRONG, "%s was rebooted since: what ended with that is as good as undone, all else is undone now", text(line, "host"));
}

void timeline_put(struct timeline *t, struct buf *out, enum event ev, const json_t *line)
{
	switch (ev) {
	case EV_session: say(t, out, line, STRONG, "session %s: %s", text(line, "id"), text(line, "scenario")); break;
	case EV_opened: opened(t, out, line); break;
	case EV_step: step(t, out, line); break;
	case EV_undo: undo(t, line); break;
	case EV_phase: phase(t, out, line); break;
	case EV_finding: finding(t, out, line); break;
	case EV_check: check(t, out, line); break;
	case EV_begin: say(t, out, line, PLAIN, "%s: inducing", record_of(t, line)); break;
	case EV_induced: say(t, out, line, GOOD, "%s: induced", record_of(t, line)); break;
	case EV_restoring: say(t, out, line, PLAIN, "%s: restoring", record_of(t, line)); break;
	case EV_undone: undone(t, out, line); break;
	case EV_failed: failed(t, out, line); break;
	case EV_left: left(t, out, line); break;
	case EV_armed: armed(t, out, line); break;
	case EV_damaged:
		say(t, out, line, BAD, "the journal is damaged at line %" PRId64 ": nobody knows what stood there", number(line, "line"));
		break;
	case EV_fired: say(t, out, line, BAD, "the failsafe on %s has undone by itself: %s", text(line, "host"), text(line, "why")); break;
	case EV_log: say(t, out, line, PLAIN, "%s: %s", text(line, "host"), text(line, "text")); break;
	case EV_told: say(t, out, line, PLAIN, "%s", text(line, "why")); break;
	case EV_note: say(t, out, line, PLAIN, "%s", text(line, "text")); break;
	case EV_round: say(t, out, line, STRONG, "round %" PRId64 ": %s", number(line, "round"), text(line, "how")); break;
	default: break;
	}
}
