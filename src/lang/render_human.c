/*
 * Diagnostics for people:
 *
 *     error[IRS0110]: expected an expression, found `)`
 *       --> dinner.irs:3:16
 *        |
 *      3 |     let x = max(1, )
 *        |                    ^ here
 *        |
 *        = help: …
 *
 * A line of the source is laid out in cells (tabs expanded, what a terminal could act on replaced), so that carets
 * stand under what they mean whatever the width of its characters; a line that is too long is cut to a window around
 * them.
 */
#include "render.h"

#include <stdio.h>
#include <stdlib.h>

enum { TAB = 4, MARKS = 24, LEAST_WIDTH = 40 };

struct style {
	const char *severity[4], *strong, *frame, *help, *off;
};

static const struct style plain = { { "", "", "", "" }, "", "", "", "" };
static const struct style colored = { { "\033[1;31m", "\033[1;33m", "\033[1;36m", "\033[1;36m" }, "\033[1m", "\033[34m", "\033[32m",
	"\033[0m" };

/* A stretch of one line to underline. */
struct mark {
	uint32_t file, line;
	uint32_t from, to; /* offsets in the file */
	bool primary, elsewhere; /* elsewhere: in another file than the diagnostic */
	const char *text;        /* or NULL */
};

struct view {
	struct buf *out;
	struct sources *ss;
	const struct style *style;
	enum diag_severity severity;
	unsigned columns, gutter;
	struct mark mark[MARKS];
	size_t nmarks;
};

/* ---- cells ---- */

static bool acts_on_terminal(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0x061c || cp == 0x200e || cp == 0x200f || (cp >= 0x202a && cp <= 0x202e) ||
		(cp >= 0x2066 && cp <= 0x2069) || cp == 0x2028 || cp == 0x2029;
}

/* The character at `i`: its length in bytes, its width at `column`, and whether it must be replaced. */
static size_t cell(struct str line, size_t i, size_t column, size_t *width, bool *replaced)
{
	uint32_t cp;
	size_t n = utf8_decode(line.p + i, line.n - i, &cp);
	*replaced = !n || (cp != '\t' && acts_on_terminal(cp));
	if (*replaced) *width = 1;
	else if (cp == '\t') *width = TAB - column % TAB;
	else *width = (size_t)utf8_width(cp);
	return n ? n : 1;
}

/* Columns before byte `offset` of the line. */
static size_t column_of(struct str line, size_t offset)
{
	size_t column = 0, width;
	bool replaced;
	for (size_t i = 0; i < line.n && i < offset;) {
		i += cell(line, i, column, &width, &replaced);
		column += width;
	}
	return column + (offset > line.n ? offset - line.n : 0);
}

/* The columns [from, to) of a line. */
static void put_cells(struct buf *out, struct str line, size_t from, size_t to)
{
	size_t column = 0, width;
	bool replaced;
	for (size_t i = 0, n; i < line.n && column < to; i += n, column += width) {
		n = cell(line, i, column, &width, &replaced);
		if (column < from) {
			if (column + width > from) buf_pad(out, ' ', column + width - from); /* half a wide character */
		} else if (column + width > to) {
			buf_pad(out, ' ', to - column);
		} else if (replaced) {
			buf_puts(out, "\xef\xbf\xbd");
		} else if (line.p[i] == '\t') {
			buf_pad(out, ' ', width);
		} else {
			buf_add(out, line.p + i, n);
		}
	}
}

/* ---- one line of source, and what is under it ---- */

struct window { /* the columns of a line that are shown */
	size_t from, to;
};

static struct window window_around(const struct view *v, size_t line_columns, size_t first, size_t last)
{
	size_t room = v->columns > v->gutter + 4 + LEAST_WIDTH ? v->columns - v->gutter - 4 : LEAST_WIDTH;
	if (line_columns <= room) return (struct window){ 0, line_columns };
	size_t wanted = last - first < room ? (last + first) / 2 : first + room / 2;
	size_t from = wanted > room / 2 ? wanted - room / 2 : 0;
	if (from + room > line_columns) from = line_columns - room;
	return (struct window){ from, from + room };
}

static void put_gutter(struct view *v, uint32_t line)
{
	char number[16] = "";
	if (line) snprintf(number, sizeof number, "%u", line);
	buf_printf(v->out, "%s%*s |%s", v->style->frame, (int)v->gutter, number, v->style->off);
}

static void end_line(struct view *v)
{
	while (v->out->n && v->out->p[v->out->n - 1] == ' ') v->out->n--;
	buf_putc(v->out, '\n');
}

static const char *mark_color(const struct view *v, const struct mark *m)
{
	return m->primary ? v->style->severity[v->severity] : v->style->frame;
}

struct placed { /* a mark, in columns of the window */
	const struct mark *mark;
	size_t from, to;
};

static int by_column(const void *a, const void *b)
{
	const struct placed *x = a, *y = b;
	if (x->from != y->from) return x->from < y->from ? -1 : 1;
	return (int)x->mark->primary - (int)y->mark->primary;
}

/* Marks under each other: `^^^ ---` and behind the last its text. */
static void put_underlines(struct view *v, const struct placed *at, size_t n)
{
	put_gutter(v, 0);
	buf_putc(v->out, ' ');
	size_t column = 0;
	for (size_t i = 0; i < n; i++) {
		if (at[i].to <= column) continue;
		size_t from = at[i].from > column ? at[i].from : column;
		size_t to = i + 1 < n && at[i + 1].from > from && at[i + 1].from < at[i].to ? at[i + 1].from : at[i].to;
		buf_pad(v->out, ' ', from - column);
		buf_puts(v->out, mark_color(v, at[i].mark));
		buf_pad(v->out, at[i].mark->primary ? '^' : '-', to - from);
		buf_puts(v->out, v->style->off);
		column = to;
	}
	const struct mark *last = at[n - 1].mark;
	if (last->text) {
		buf_printf(v->out, " %s", mark_color(v, last));
		buf_safe(v->out, str_of(last->text));
		buf_puts(v->out, v->style->off);
	}
	end_line(v);
}

/* The texts of the other marks, each on a line of its own, from right to left. */
static void put_texts_below(struct view *v, const struct placed *at, size_t n)
{
	for (size_t i = n - 1; i-- > 0;) {
		if (!at[i].mark->text) continue;
		put_gutter(v, 0);
		buf_putc(v->out, ' ');
		size_t column = 0;
		for (size_t k = 0; k < i; k++) {
			if (!at[k].mark->text || at[k].from < column) continue;
			buf_pad(v->out, ' ', at[k].from - column);
			buf_printf(v->out, "%s|%s", mark_color(v, at[k].mark), v->style->off);
			column = at[k].from + 1;
		}
		buf_pad(v->out, ' ', at[i].from > column ? at[i].from - column : 0);
		buf_puts(v->out, mark_color(v, at[i].mark));
		buf_safe(v->out, str_of(at[i].mark->text));
		buf_puts(v->out, v->style->off);
		end_line(v);
	}
}

/* The line's columns that are shown; dots where it goes on. */
static void put_source(struct view *v, uint32_t number, struct str line, struct window w)
{
	bool before = w.from > 0, behind = w.to < column_of(line, line.n);
	put_gutter(v, number);
	buf_puts(v->out, before ? " …" : " ");
	put_cells(v->out, line, w.from + before, w.to - behind);
	if (behind) buf_puts(v->out, "…");
	end_line(v);
}

static void put_line(struct view *v, const struct mark *mark, size_t n)
{
	struct str line = source_line(v->ss, mark->file, mark->line);
	uint32_t start = (uint32_t)(line.p - v->ss->file.at[mark->file]->text.p);
	if (!line.n) start = mark->from; /* an empty line may be a string of its own */
	struct placed at[MARKS];
	size_t first = SIZE_MAX, last = 0;
	for (size_t i = 0; i < n; i++) {
		size_t from = column_of(line, mark[i].from - start), to = column_of(line, mark[i].to - start);
		at[i] = (struct placed){ &mark[i], from, to > from ? to : from + 1 };
		if (from < first) first = from;
		if (at[i].to > last) last = at[i].to;
	}
	struct window w = window_around(v, column_of(line, line.n), first, last);
	for (size_t i = 0; i < n; i++) {
		size_t room = w.to > last ? w.to : last;
		at[i].from = at[i].from > w.from ? at[i].from - w.from : 0;
		at[i].to = (at[i].to < room ? at[i].to : room) - w.from;
		if (at[i].to > w.to - w.from + 1) at[i].to = w.to - w.from + 1;
		if (at[i].to <= at[i].from) at[i].to = at[i].from + 1;
	}
	qsort(at, n, sizeof *at, by_column);
	put_source(v, mark->line, line, w);
	put_underlines(v, at, n);
	put_texts_below(v, at, n);
}

/* ---- marks of a diagnostic ---- */

static uint32_t line_start(struct view *v, uint32_t file, uint32_t offset)
{
	struct str text = v->ss->file.at[file]->text;
	while (offset && text.p[offset - 1] != '\n') offset--;
	return offset;
}

static void add_mark(struct view *v, struct mark m)
{
	if (v->nmarks == MARKS) return;
	m.elsewhere = v->nmarks && m.file != v->mark[0].file;
	v->mark[v->nmarks++] = m;
}

/* A span of several lines is marked on its first and its last one. */
static void add_span(struct view *v, struct span span, bool primary, const char *text)
{
	struct str all = v->ss->file.at[span.file]->text;
	if (span.start > all.n) span.start = (uint32_t)all.n;
	if (span.end > all.n) span.end = (uint32_t)all.n;
	uint32_t first = source_place(v->ss, span.file, span.start).line;
	uint32_t end = span.end > span.start ? span.end - 1 : span.start;
	uint32_t last = source_place(v->ss, span.file, end).line;
	if (first == last) {
		add_mark(v, (struct mark){ span.file, first, span.start, span.end, primary, false, text });
		return;
	}
	struct str line = source_line(v->ss, span.file, first);
	uint32_t line_end = (uint32_t)(line.p + line.n - all.p), begin = line_start(v, span.file, end);
	while (begin < end && (all.p[begin] == ' ' || all.p[begin] == '\t')) begin++;
	add_mark(v, (struct mark){ span.file, first, span.start, line.n ? line_end : span.start, primary, false, NULL });
	add_mark(v, (struct mark){ span.file, last, begin, span.end, primary, false, text });
}

static int by_place(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;
	if (x->elsewhere != y->elsewhere) return x->elsewhere ? 1 : -1;
	if (x->file != y->file) return x->file < y->file ? -1 : 1;
	if (x->line != y->line) return x->line < y->line ? -1 : 1;
	return x->from < y->from ? -1 : x->from > y->from;
}

/* ---- the whole ---- */

static void put_place(struct view *v, const char *arrow, uint32_t file, uint32_t offset)
{
	struct place at = source_place(v->ss, file, offset);
	buf_printf(v->out, "%s%*s%s%s ", v->style->frame, (int)v->gutter, "", arrow, v->style->off);
	buf_safe(v->out, str_of(v->ss->file.at[file]->path));
	buf_printf(v->out, ":%u:%u\n", at.line, at.column);
}

static void put_marks(struct view *v)
{
	uint32_t file = v->mark[0].file, before = 0;
	for (size_t i = 0, n; i < v->nmarks; i += n) {
		const struct mark *m = &v->mark[i];
		for (n = 1; i + n < v->nmarks && v->mark[i + n].file == m->file && v->mark[i + n].line == m->line; n++) {}
		if (m->file != file) {
			put_place(v, " ::>", m->file, m->from);
			file = m->file;
			before = 0;
		}
		if (before && m->line == before + 2) {
			struct str between = source_line(v->ss, file, before + 1);
			size_t columns = column_of(between, between.n);
			struct window w = window_around(v, columns, 0, 0);
			put_source(v, before + 1, between, w);
		} else if (before && m->line > before + 1) {
			buf_printf(v->out, "%s%*s%s\n", v->style->frame, (int)v->gutter + 2, "...", v->style->off);
		}
		put_line(v, m, n);
		before = m->line;
	}
}

/* A note or help; further lines of it stand under the first. */
static void put_remark(struct view *v, const char *what, const char *color, const char *text)
{
	buf_printf(v->out, "%s%*s =%s %s%s:%s ", v->style->frame, (int)v->gutter, "", v->style->off, color, what, v->style->off);
	for (const char *nl; (nl = strchr(text, '\n')); text = nl + 1) {
		buf_safe(v->out, (struct str){ text, (size_t)(nl - text) });
		buf_putc(v->out, '\n');
		buf_pad(v->out, ' ', v->gutter + 5 + strlen(what));
	}
	buf_safe(v->out, str_of(text));
	buf_putc(v->out, '\n');
}

static bool one_line(const char *text)
{
	return !strchr(text, '\n');
}

/* The fix in words, where no help has said it. */
static void put_fix(struct view *v, const struct diag *d)
{
	if (!d->fix.set || d->help || !one_line(d->fix.text)) return;
	char words[200];
	const char *verb = d->fix.span.start == d->fix.span.end ? "insert" : "write";
	if (!*d->fix.text) snprintf(words, sizeof words, "leave it out");
	else snprintf(words, sizeof words, "%s `%.*s`", verb, STR_ARG(str_trim(str_of(d->fix.text))));
	put_remark(v, "help", v->style->help, words);
}

static unsigned digits(uint32_t n)
{
	unsigned d = 1;
	while (n /= 10) d++;
	return d;
}

static void put_diag(struct view *v, const struct diag *d)
{
	v->severity = d->severity;
	v->nmarks = 0;
	add_span(v, d->span, true, d->caption);
	for (size_t i = 0; i < d->labels.n; i++) add_span(v, d->labels.at[i].span, false, d->labels.at[i].text);
	qsort(v->mark, v->nmarks, sizeof *v->mark, by_place);
	v->gutter = 0;
	for (size_t i = 0; i < v->nmarks; i++)
		if (digits(v->mark[i].line) > v->gutter) v->gutter = digits(v->mark[i].line);
	buf_printf(v->out, "%s%s[%s]%s%s: ", v->style->severity[d->severity], render_severity(d->severity), diag_table[d->code].code,
		v->style->off, v->style->strong);
	buf_safe(v->out, str_of(d->message));
	buf_printf(v->out, "%s\n", v->style->off);
	put_place(v, "-->", d->span.file, d->span.start);
	put_gutter(v, 0);
	end_line(v);
	put_marks(v);
	if (d->notes.n || d->help || (d->fix.set && one_line(d->fix.text))) {
		put_gutter(v, 0);
		end_line(v);
	}
	for (size_t i = 0; i < d->notes.n; i++) put_remark(v, "note", v->style->strong, d->notes.at[i]);
	if (d->help) put_remark(v, "help", v->style->help, d->help);
	put_fix(v, d);
	buf_putc(v->out, '\n');
}

static void put_count(struct buf *out, size_t n, const char *what)
{
	if (n) buf_printf(out, "%zu %s%s", n, what, n == 1 ? "" : "s");
}

void render_human(struct buf *out, const struct diags *ds, struct sources *ss, const struct render_options *o)
{
	if (!ds->list.n) return;
	struct view v = { .out = out, .ss = ss, .style = o->color ? &colored : &plain, .columns = o->columns ? o->columns : 80 };
	struct diag **order = render_order(ds);
	for (size_t i = 0; i < ds->list.n; i++) put_diag(&v, order[i]);
	put_count(out, ds->errors, "error");
	if (ds->errors && ds->warnings) buf_puts(out, ", ");
	put_count(out, ds->warnings, "warning");
	size_t hidden = ds->errors + ds->warnings - ds->list.n;
	if (hidden) buf_printf(out, "; %zu of them not shown", hidden);
	buf_putc(out, '\n');
}
