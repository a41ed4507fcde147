/*
 * A plan as people read it: in the order in which things happen, one thing a line, and at the right how sure it is.  What helper functions ask
 * is summed up, unless all of it is wanted.
 */
#include <string.h>

#include "irs/literal.h"
#include "irs/plan.h"

enum { INDENT = 2, LABEL = 12 };

struct writer {
	struct buf *out;
	const struct plan_style *style;
	unsigned columns;
	const char *label; /* of the next line; printed once */
};

/* ---- lines ---- */

static void color(struct writer *w, const char *code)
{
	if (w->style->color) buf_printf(w->out, "\033[%sm", code);
}

static void heading(struct writer *w, const char *text)
{
	struct buf safe = { 0 };
	buf_safe(&safe, str_of(text));
	if (w->out->n) buf_putc(w->out, '\n');
	for (struct str rest = buf_view(&safe); rest.n;) {
		color(w, "1");
		buf_str(w->out, str_row(&rest, w->columns));
		color(w, "0");
		buf_putc(w->out, '\n');
	}
	buf_free(&safe);
}

static size_t label_width(const char *label)
{
	size_t n = label ? str_columns(str_of(label)) : 0;
	return n < LABEL ? LABEL : n + 1;
}

static void put_margin(struct writer *w, unsigned indent)
{
	buf_pad(w->out, ' ', INDENT);
	if (w->label) {
		color(w, "2");
		buf_safe(w->out, str_of(w->label));
		color(w, "0");
		buf_pad(w->out, ' ', label_width(w->label) - str_columns(str_of(w->label)));
	} else {
		buf_pad(w->out, ' ', LABEL);
	}
	w->label = NULL;
	buf_pad(w->out, ' ', indent);
}

/* The last part of a wrapped text, with the mark at the right end of the line, or of the next. */
static void put_mark(struct writer *w, size_t used, const char *mark)
{
	size_t width = mark ? str_columns(str_of(mark)) : 0;
	if (mark) {
		if (used + 2 + width > w->columns) {
			buf_putc(w->out, '\n');
			used = 0;
		}
		if (used + width < w->columns) buf_pad(w->out, ' ', w->columns - used - width);
		color(w, !strcmp(mark, "exact") ? "2" : "33");
		buf_puts(w->out, mark);
		color(w, "0");
	}
	buf_putc(w->out, '\n');
}

static void put_one_line(struct writer *w, unsigned indent, struct str s, const char *mark)
{
	size_t more = 0;
	do {
		size_t left = INDENT + label_width(w->label) + indent;
		size_t room = w->columns > left + more + 20 ? w->columns - left - more : 20;
		struct str part = str_row(&s, room);
		put_margin(w, indent + (unsigned)more);
		buf_str(w->out, part);
		if (!s.n) put_mark(w, left + more + str_columns(part), mark);
		else buf_putc(w->out, '\n');
		more = 4;
	} while (s.n);
}

/* Text of several lines, wrapped; the mark stands behind the last. */
static void put_lines(struct writer *w, unsigned indent, const char *text, const char *mark)
{
	struct buf safe = { 0 };
	buf_safe(&safe, str_of(text));
	struct str rest = buf_view(&safe);
	while (rest.n && rest.p[rest.n - 1] == '\n') rest.n--;
	for (;;) {
		const char *newline = rest.n ? memchr(rest.p, '\n', rest.n) : NULL;
		struct str line = { rest.p, newline ? (size_t)(newline - rest.p) : rest.n };
		put_one_line(w, indent, line, newline ? NULL : mark);
		if (!newline) break;
		rest = (struct str){ newline + 1, rest.n - line.n - 1 };
	}
	buf_free(&safe);
}

static void put_text(struct writer *w, const char *label, const char *text, const char *mark)
{
	w->label = label;
	put_lines(w, 0, text, mark);
}

__attribute__((format(printf, 4, 5))) static void put_format(struct writer *w, const char *label, const char *mark, const char *fmt, ...)
{
	struct buf text = { 0 };
	va_list ap;
	va_start(ap, fmt);
	buf_vprintf(&text, fmt, ap);
	va_end(ap);
	put_text(w, label, text.p, mark);
	buf_free(&text);
}

static void put_duration(struct buf *b, int64_t ns)
{
	if (ns < 0) buf_puts(b, "any time");
	else literal_put_duration_rounded(b, ns);
}

/* ---- what a block does ---- */

static void line_text(struct buf *b, const struct plan_line *l)
{
	switch (l->kind) {
	case LINE_RUN: buf_puts(b, l->text); break;
	case LINE_SPAWN: buf_printf(b, "start: %s", l->text); break;
	case LINE_HTTP: buf_printf(b, "http %s", l->text); break;
	case LINE_TCP: buf_printf(b, "connect to %s", l->text); break;
	case LINE_WAIT: buf_puts(b, "wait "), put_duration(b, l->limit); break;
	case LINE_LOG: buf_printf(b, "log: %s", l->text); break;
	case LINE_PROBE: buf_printf(b, "the probe's samples: %s", l->text); break;
	case LINE_DRAW: buf_printf(b, "draw %s", l->text); break;
	case LINE_EXPECT:
		buf_printf(b, "expect %s", l->text);
		if (l->limit >= 0) buf_puts(b, l->hold ? " for " : " within "), put_duration(b, l->limit);
		break;
	case LINE_IF: buf_printf(b, "if %s:", l->text); break;
	case LINE_UNLESS: buf_printf(b, "unless %s:", l->text); break;
	case LINE_ELSE: buf_puts(b, "otherwise:"); break;
	case LINE_EACH: buf_printf(b, "for each of %s:", l->text); break;
	case LINE_RETRY:
		buf_printf(b, "up to %lld times, ", (long long)l->times);
		put_duration(b, l->limit);
		buf_puts(b, " apart, until it succeeds:");
		break;
	case LINE_MAY_FAIL: buf_printf(b, "may fail: %s", l->text); break;
	case LINE_KINDS: break;
	}
	if (l->on) buf_printf(b, "   (on %s)", l->on);
	if (l->attempt) buf_puts(b, "   (any exit)");
}

static bool is_heading(const struct plan_line *l)
{
	return l->kind == LINE_IF || l->kind == LINE_UNLESS || l->kind == LINE_ELSE || l->kind == LINE_EACH || l->kind == LINE_RETRY;
}

static void put_line(struct writer *w, const struct plan_line *l)
{
	struct buf text = { 0 };
	line_text(&text, l);
	put_lines(w, 2 * l->depth, text.p, is_heading(l) || l->kind == LINE_MAY_FAIL ? NULL : l->certainty);
	buf_free(&text);
}

static bool asks(const struct plan_line *l) { return l->kind == LINE_RUN || l->kind == LINE_HTTP || l->kind == LINE_TCP; }

static bool same_function(const struct plan_line *a, const struct plan_line *b)
{
	return a->calls && b->calls && a->function && b->function && !strcmp(a->function, b->function);
}

/* The hosts that line `i` and those behind it of the same function ask, each once. */
static void put_asked_hosts(struct buf *text, const struct plan_block *b, size_t i)
{
	size_t n = 0;
	for (size_t k = i; k < b->lines.n; k++) {
		const struct plan_line *l = &b->lines.at[k];
		bool told = !l->on || !asks(l) || !same_function(&b->lines.at[i], l);
		for (size_t j = i; j < k && !told; j++)
			told = same_function(&b->lines.at[i], &b->lines.at[j]) && b->lines.at[j].on && !strcmp(b->lines.at[j].on, l->on);
		if (told) continue;
		buf_puts(text, n++ ? ", " : "   (on ");
		buf_puts(text, l->on);
	}
	if (n) buf_putc(text, ')');
}

static bool was_told(const struct plan_block *b, size_t i)
{
	for (size_t k = 0; k < i; k++)
		if (asks(&b->lines.at[k]) && same_function(&b->lines.at[k], &b->lines.at[i])) return true;
	return false;
}

/* What a helper function does in an observation is its own affair: its name is enough, once. */
static void put_helper(struct writer *w, const struct plan_block *b, size_t i)
{
	const struct plan_line *l = &b->lines.at[i];
	struct buf text = { 0 };
	if (was_told(b, i)) return;
	buf_printf(&text, "ask %s", l->function ? l->function : "a function");
	put_asked_hosts(&text, b, i);
	put_lines(w, 0, text.p, l->certainty);
	buf_free(&text);
}

static void put_may_fail(struct writer *w, const struct plan_line *l)
{
	struct buf text = { 0 };
	buf_printf(&text, "may fail: %s", l->text);
	put_lines(w, 2, text.p, NULL);
	buf_free(&text);
}

/* A question that the next line's expectation says in the author's own words. */
static bool is_said_next(const struct plan_block *b, size_t i)
{
	return b->lines.at[i].kind == LINE_PROBE && i + 1 < b->lines.n && b->lines.at[i + 1].kind == LINE_EXPECT;
}

/* `observes`: helper functions are summed up. */
static void put_block(struct writer *w, const char *label, const struct plan_block *b, bool observes)
{
	w->label = label;
	for (size_t i = 0; i < b->lines.n; i++) {
		const struct plan_line *l = &b->lines.at[i];
		if (is_said_next(b, i)) continue;
		if (!observes || w->style->all || !l->calls) {
			put_line(w, l);
		} else if (asks(l)) {
			put_helper(w, b, i);
		} else if (l->kind == LINE_MAY_FAIL) {
			put_may_fail(w, l);
		}
	}
	if (b->fails) {
		struct buf text = { 0 };
		buf_printf(&text, "FAILS: %s", b->fails);
		put_lines(w, 0, text.p, "exact");
		buf_free(&text);
	}
	w->label = NULL;
}

/* ---- sections ---- */

static void put_hosts_needed(struct buf *b, const struct plan_target *t)
{
	if (t->low == t->high) buf_printf(b, "%u host%s", t->low, t->low == 1 ? "" : "s");
	else buf_printf(b, "%u to %u hosts", t->low, t->high);
}

static void put_targets(struct writer *w, const struct plan *p)
{
	if (!p->targets.n) return;
	heading(w, "Targets");
	for (size_t i = 0; i < p->targets.n; i++) {
		const struct plan_target *t = &p->targets.at[i];
		struct buf text = { 0 };
		if (t->hosts) buf_puts(&text, t->hosts);
		else put_hosts_needed(&text, t);
		put_text(w, t->name, text.p, t->hosts ? "exact" : "depends on the inventory");
		buf_free(&text);
	}
}

static void put_params(struct writer *w, const struct plan *p)
{
	if (!p->params.n) return;
	heading(w, "Parameters");
	for (size_t i = 0; i < p->params.n; i++) {
		const struct plan_let *l = &p->params.at[i];
		struct buf text = { 0 };
		buf_puts(&text, l->value);
		if (l->usual) buf_printf(&text, "   (instead of %s)", l->usual);
		put_text(w, l->name, text.p, l->certainty);
		buf_free(&text);
		put_block(w, NULL, &l->how, true);
	}
}

static void put_lets(struct writer *w, const struct plan *p)
{
	if (!p->lets.n) return;
	heading(w, "Before anything else, on the runner");
	for (size_t i = 0; i < p->lets.n; i++) {
		const struct plan_let *l = &p->lets.at[i];
		put_block(w, l->name, &l->how, true);
		if (!l->how.lines.n && !l->how.fails) put_text(w, l->name, l->value, l->certainty);
	}
}

static const char *title_of(const char *title, const char *name) { return title ? title : name ? name : "without a title"; }

static void put_place(struct buf *b, const struct plan_place *place)
{
	buf_printf(b, "on %s", place->hosts);
	if (place->fanout) buf_printf(b, ", %s", place->fanout);
}

static void put_check_variants(struct writer *w, const struct plan_check *c)
{
	for (size_t i = 0; i < c->variants.n; i++) {
		if (c->variants.n > 1) put_format(w, "", NULL, "on %s:", c->variants.at[i].hosts);
		put_block(w, NULL, &c->variants.at[i].captures, true);
	}
}

static void put_preconditions(struct writer *w, const struct plan *p)
{
	if (!p->preconditions.n) return;
	heading(w, "Before anything is touched, and again after everything is undone");
	for (size_t i = 0; i < p->preconditions.n; i++) {
		const struct plan_check *c = &p->preconditions.at[i];
		struct buf text = { 0 };
		if (c->title) buf_printf(&text, "%s, ", c->title);
		put_place(&text, &c->place);
		if (c->longest > 0) buf_puts(&text, ", at most "), put_duration(&text, c->longest);
		put_text(w, "check", text.p, c->place.certainty);
		buf_free(&text);
		put_check_variants(w, c);
	}
}

/* ---- steps ---- */

static void put_frame(struct writer *w, const struct plan_frame *f)
{
	if (f->fault) put_format(w, "fault", NULL, "%s", f->fault);
	if (f->retry_group) {
		struct buf text = { 0 };
		buf_printf(&text, "tried up to %u times, ", f->retry_times);
		put_duration(&text, f->retry_every);
		buf_puts(&text, " apart; a failed attempt is undone first");
		put_text(w, "retry", text.p, NULL);
		buf_free(&text);
	}
	put_block(w, "look up", &f->captures, true);
	put_block(w, "induce", &f->induce, false);
	for (size_t i = 0; i < f->verify.n; i++) put_block(w, i ? "and" : "verify", &f->verify.at[i], true);
	if (f->because) put_format(w, "undo", "exact", "nothing is undone, because %s", f->because);
	else put_block(w, "undo", &f->restore, false);
	for (size_t i = 0; i < f->superseded.n; i++) put_block(w, "unless", &f->superseded.at[i], true);
}

static void put_variant(struct writer *w, const struct plan_step *s, const struct plan_variant *v)
{
	if (s->variants.n > 1) put_format(w, "on", NULL, "%s", v->hosts);
	put_block(w, "look up", &v->captures, true);
	for (size_t i = 0; i < v->frames.n; i++) put_frame(w, &v->frames.at[i]);
	for (size_t i = 0; i < v->superseded.n; i++) put_block(w, "unless", &v->superseded.at[i], true);
}

static void put_failsafe(struct writer *w, const struct plan_step *s)
{
	struct buf text = { 0 };
	if (!s->armed) {
		put_format(w, "failsafe", NULL, "none: %s", s->unarmed);
		return;
	}
	buf_puts(&text, "the host undoes it by itself");
	if (s->silent >= 0) buf_puts(&text, " after "), put_duration(&text, s->silent), buf_puts(&text, " without the runner");
	if (s->silent >= 0 && s->latest >= 0) buf_puts(&text, ", and");
	if (s->latest >= 0) buf_puts(&text, " after "), put_duration(&text, s->latest), buf_puts(&text, " in any case");
	if (!s->said) buf_puts(&text, " (the step says nothing else)");
	put_text(w, "failsafe", text.p, NULL);
	buf_free(&text);
}

static void put_longest(struct writer *w, const struct plan_step *s)
{
	struct buf text = { 0 };
	put_duration(&text, s->longest_induce);
	buf_puts(&text, " to induce, ");
	put_duration(&text, s->longest_verify);
	buf_puts(&text, " to verify, ");
	put_duration(&text, s->longest_restore);
	buf_puts(&text, " to undo");
	put_text(w, "at most", text.p, NULL);
	buf_free(&text);
}

static bool stays(const struct plan_step *s)
{
	for (size_t i = 0; s->variants.n && i < s->variants.at[0].frames.n; i++)
		if (!s->variants.at[0].frames.at[i].because) return false;
	return true;
}

static bool may_be_superseded(const struct plan_step *s)
{
	if (!s->variants.n) return false;
	const struct plan_variant *v = &s->variants.at[0];
	bool may = v->superseded.n > 0;
	for (size_t i = 0; i < v->frames.n; i++) may = may || v->frames.at[i].superseded.n > 0;
	return may;
}

/* What an abort would do after step `last`: all that has begun, in reverse. */
/* After a restore each verify is asked until it is false: for as long as it says itself, or for ten seconds. */
static int64_t asked_again(const struct plan_step *s)
{
	size_t most = 0;
	for (size_t k = 0; k < s->variants.n; k++) {
		size_t n = 0;
		for (size_t i = 0; i < s->variants.at[k].frames.n; i++) n += s->variants.at[k].frames.at[i].verify.n;
		if (n > most) most = n;
	}
	return (int64_t)most * 10 * NS_PER_S;
}

static void put_abort(struct writer *w, const struct plan *p, size_t last)
{
	int64_t longest = 0;
	bool bounded = true, asks = false;
	for (size_t i = 0; i <= last; i++) {
		const struct plan_step *s = &p->steps.at[i];
		bounded = bounded && s->longest_restore >= 0 && s->longest_verify >= 0;
		longest += s->longest_restore + s->longest_verify + asked_again(s);
		asks |= may_be_superseded(s);
	}
	struct buf text = { 0 };
	buf_puts(&text, "what has begun is undone, within ");
	put_duration(&text, bounded ? longest : -1);
	if (asks) buf_puts(&text, " (and what asking whether it is superseded takes)");
	buf_puts(&text, ", in this order:");
	put_text(w, "on abort", text.p, NULL);
	for (size_t i = last + 1; i-- > 0;) {
		const struct plan_step *s = &p->steps.at[i];
		buf_clear(&text);
		buf_printf(&text, "%zu. %s, on %s", last + 1 - i, title_of(s->title, s->name), s->place.hosts);
		if (stays(s)) buf_puts(&text, ": nothing to undo");
		else if (may_be_superseded(s)) buf_puts(&text, ", unless superseded");
		put_lines(w, 2, text.p, NULL);
	}
	buf_free(&text);
}

static void put_step(struct writer *w, const struct plan *p, size_t i)
{
	const struct plan_step *s = &p->steps.at[i];
	struct buf text = { 0 };
	buf_printf(&text, "Step %zu: %s", i + 1, title_of(s->title, s->name));
	heading(w, text.p);
	buf_clear(&text);
	put_place(&text, &s->place);
	put_text(w, "where", text.p, s->place.certainty);
	put_text(w, "when", s->when, NULL);
	buf_clear(&text);
	for (size_t k = 0; k < s->needs.n; k++) buf_printf(&text, "%s%s", k ? ", " : "", s->needs.at[k]);
	if (s->needs.n) put_text(w, "needs", text.p, NULL);
	buf_free(&text);
	for (size_t k = 0; k < s->variants.n; k++) put_variant(w, s, &s->variants.at[k]);
	put_failsafe(w, s);
	put_longest(w, s);
	put_abort(w, p, i);
}

/* ---- while it is live ---- */

static void put_probes(struct writer *w, const struct plan *p)
{
	if (!p->probes.n) return;
	heading(w, "Measured while it is live");
	for (size_t i = 0; i < p->probes.n; i++) {
		const struct plan_check *c = &p->probes.at[i];
		struct buf text = { 0 };
		if (c->title) buf_printf(&text, "%s, ", c->title);
		buf_puts(&text, "every "), put_duration(&text, c->every);
		buf_printf(&text, ", from %s", c->place.hosts);
		put_text(w, c->name, text.p, c->place.certainty);
		buf_free(&text);
		put_check_variants(w, c);
	}
}

static void put_alarms(struct writer *w, const struct plan *p)
{
	if (!p->alarms.n && !p->messages.n) return;
	heading(w, "Told to the responders");
	for (size_t i = 0; i < p->alarms.n; i++) {
		const struct plan_check *c = &p->alarms.at[i];
		struct buf text = { 0 };
		buf_printf(&text, "%s (%s)", title_of(c->title, c->name), c->severity);
		if (c->latest >= 0) buf_puts(&text, ", at the latest after "), put_duration(&text, c->latest);
		put_text(w, "alarm", text.p, NULL);
		buf_free(&text);
		put_check_variants(w, c);
	}
	for (size_t i = 0; i < p->messages.n; i++) {
		const struct plan_message *m = &p->messages.at[i];
		struct buf text = { 0 };
		buf_puts(&text, "after "), put_duration(&text, m->after);
		buf_printf(&text, ", from %s: %s", m->sender, m->text);
		put_text(w, "message", text.p, m->certainty);
		buf_free(&text);
	}
}

static void put_list(struct writer *w, const char *title, const char *const *at, size_t n)
{
	if (n) heading(w, title);
	for (size_t i = 0; i < n; i++) put_text(w, NULL, at[i], NULL);
}

void plan_put_text(struct buf *out, const struct plan *p, const struct plan_style *style)
{
	struct writer w = { .out = out, .style = style, .columns = style->columns ? style->columns : 80 };
	if (w.columns > 120) w.columns = 120;
	heading(&w, p->title);
	if (p->lasts_high > 0) {
		struct buf text = { 0 };
		literal_put_duration(&text, p->lasts_low), buf_puts(&text, " to "), literal_put_duration(&text, p->lasts_high);
		put_text(&w, "lasts", text.p, NULL);
		buf_free(&text);
	}
	put_targets(&w, p);
	put_params(&w, p);
	put_lets(&w, p);
	put_preconditions(&w, p);
	for (size_t i = 0; i < p->steps.n; i++) put_step(&w, p, i);
	put_probes(&w, p);
	put_alarms(&w, p);
	if (p->resolved) heading(&w, "Resolved, once every step is undone or superseded, and"), put_check_variants(&w, p->resolved);
	put_list(&w, "To be seen on the hosts while it lasts", p->visible.at, p->visible.n);
	put_list(&w, "Know before you trust this plan", p->doubts.at, p->doubts.n);
}
