#include "irs/lint_shell.h"

#include <jansson.h>
#include <stdlib.h>

#include "irs/filter.h"
#include "irs/quote.h"

enum { SECONDS = 60, OUTPUT = 16 << 20 };

/* One template in the script: from its opening parenthesis's line. */
struct sample {
	const struct template *t;
	struct buf text;
	unsigned line, lines; /* of its text in the whole script, from 1 */
};

struct script {
	struct program *p;
	VEC(struct sample) samples;
	struct buf text;
};

static bool has_error_within(const struct diags *ds, struct span s)
{
	for (size_t i = 0; i < ds->list.n; i++) {
		const struct diag *d = ds->list.at[i];
		if (d->severity == DIAG_ERROR && d->span.file == s.file && d->span.start >= s.start && d->span.end <= s.end) return true;
	}
	return false;
}

static bool is_raw(const struct template *t)
{
	for (size_t i = 0; i < t->parts.n; i++)
		if (t->parts.at[i].raw) return true;
	return false;
}

static unsigned lines_of(struct str s)
{
	unsigned n = 1;
	for (size_t i = 0; i < s.n; i++) n += s.p[i] == '\n';
	return n;
}

static void add_sample(struct script *s, const struct template *t, unsigned *line)
{
	struct sample x = { .t = t, .line = *line + 1 };
	quote_sample(&x.text, t);
	x.lines = lines_of(buf_view(&x.text));
	buf_puts(&s->text, "(\n");
	buf_str(&s->text, buf_view(&x.text));
	buf_puts(&s->text, "\n)\n");
	*line += x.lines + 2;
	vec_push(s->p->arena, &s->samples, x);
}

static void gather(struct script *s)
{
	unsigned line = 1;
	for (size_t i = 0; i < s->p->commands.n; i++) {
		const struct template *t = s->p->commands.at[i];
		if (!is_raw(t) && !has_error_within(s->p->diags, t->span)) add_sample(s, t, &line);
	}
}

/* ---- places --------------------------------------------------------------------------------------------------- */

struct point {
	unsigned line, column; /* within the sample, from 1; columns in code points */
};

/* What of the source lies between two points of the sample, the second one excluded, without white space at its end. A hole is one character of it. */
static struct span stretch(const struct template *t, struct point from, struct point to)
{
	struct point now = { 1, 1 };
	struct span found = { t->span.file, 0, 0 };
	for (size_t i = 0; i < t->parts.n; i++) {
		const struct template_part *p = &t->parts.at[i];
		for (size_t k = 0; k < (p->hole ? 1 : p->text.n); k++) {
			char c = p->hole ? 'x' : p->text.p[k];
			uint32_t at = p->hole ? p->span.start : p->origin ? p->origin[k] : p->span.start + (uint32_t)k;
			bool behind = now.line > to.line || (now.line == to.line && now.column >= to.column);
			bool inside = now.line > from.line || (now.line == from.line && now.column >= from.column);
			if (inside && !found.end) found = (struct span){ t->span.file, at, at + 1 };
			if (inside && !behind && !strchr(" \t\n", c)) found.end = p->hole ? p->span.end : at + 1;
			if (c == '\n') now = (struct point){ now.line + 1, 1 };
			else now.column += ((unsigned char)c & 0xc0) != 0x80;
		}
	}
	return found.end ? found : t->span;
}

static unsigned first_column(const struct sample *x, unsigned line)
{
	const char *p = x->text.p ? x->text.p : "";
	for (; line > 1 && (p = strchr(p, '\n')); line--) p++;
	return p ? (unsigned)strspn(p, " \t") + 1 : 1;
}

static const struct sample *sample_at(const struct script *s, unsigned line)
{
	for (size_t i = 0; i < s->samples.n; i++)
		if (line < s->samples.at[i].line + s->samples.at[i].lines + 1) return &s->samples.at[i];
	return s->samples.n ? &vec_last(&s->samples) : NULL;
}

/* ---- sh -n ------------------------------------------------------------------------------------------------------ */

/* "dash: 12: Syntax error: …", "sh: line 12: syntax error …": the number, and what is said. */
static unsigned complaint(struct str err, struct str *what)
{
	for (size_t i = 0; i + 2 < err.n; i++) {
		if (err.p[i] != ':' || err.p[i + 1] != ' ') continue;
		size_t at = i + 2;
		if (err.n - at > 5 && memcmp(err.p + at, "line ", 5) == 0) at += 5;
		char *end;
		unsigned long line = strtoul(err.p + at, &end, 10);
		if (end == err.p + at || *end != ':') continue;
		const char *newline = memchr(end, '\n', (size_t)(err.p + err.n - end));
		*what = str_trim((struct str){ end + 1, (size_t)((newline ? newline : err.p + err.n) - end - 1) });
		return (unsigned)line;
	}
	*what = str_trim(err);
	return 0;
}

/* 0: the shell can read it; else the line that it complains about (or 1). */
static bool read_by_shell(struct str script, unsigned *line, struct buf *what, struct err *e)
{
	const char *const argv[] = { filter_exists("dash") ? "dash" : "sh", "-n", NULL };
	struct filter_result r;
	struct str said;
	if (!filter_run(argv, script, SECONDS, OUTPUT, &r, e)) return false;
	*line = 0;
	if (r.status != 0) {
		*line = complaint(buf_view(&r.err), &said);
		if (!*line) *line = 1;
		buf_clear(what);
		buf_safe(what, said);
	}
	filter_free(&r);
	return true;
}

static void report(struct script *s, const struct sample *x, unsigned line, const struct buf *what)
{
	if (line > x->lines) line = x->lines;
	struct point from = { line ? line : 1, first_column(x, line) }, to = { from.line + 1, 1 };
	struct diag *d = diag_add(s->p->diags, D_shell_syntax, stretch(x->t, from, to), "the shell can't read this: %s", what->p ? what->p : "");
	diag_note(s->p->diags, d, "holes were read as the word `x`");
}

/* What the whole script's first error means: the first sample from `i` on, up to the one at `line`, that can't be read by itself. The index after it. */
static bool find_culprit(struct script *s, size_t *i, unsigned line, struct err *e)
{
	struct buf what = { 0 };
	const struct sample *last = sample_at(s, line);
	bool ok = true;
	while (ok && *i < s->samples.n) {
		const struct sample *x = &s->samples.at[(*i)++];
		unsigned own = 0;
		struct buf alone = { 0 };
		buf_printf(&alone, "(\n%s\n)\n", x->text.p ? x->text.p : "");
		ok = read_by_shell(buf_view(&alone), &own, &what, e);
		buf_free(&alone);
		if (ok && own) report(s, x, own - 1, &what);
		if (own || x == last) break;
	}
	buf_free(&what);
	return ok;
}

static size_t offset_of_line(struct str text, unsigned line)
{
	size_t at = 0;
	for (; line > 1; line--) {
		const char *newline = memchr(text.p + at, '\n', text.n - at);
		if (!newline) return text.n;
		at = (size_t)(newline - text.p) + 1;
	}
	return at;
}

/* One shell for all of them; after an error another one for those behind it. */
static bool ask_shell(struct script *s, struct err *e)
{
	struct buf what = { 0 };
	bool ok = true;
	for (size_t i = 0; ok && i < s->samples.n;) {
		unsigned first = s->samples.at[i].line - 1, line;
		size_t from = offset_of_line(buf_view(&s->text), first);
		ok = read_by_shell((struct str){ s->text.p + from, s->text.n - from }, &line, &what, e);
		if (!ok || !line) break;
		/* What stands before the sample with the error was read well; an unclosed one may be noticed only further on. */
		ok = find_culprit(s, &i, first + line - 1, e);
	}
	buf_free(&what);
	return ok;
}

/* ---- shellcheck ---------------------------------------------------------------------------------------------------- */

static struct point point_in(const struct sample *x, const json_t *comment, const char *line, const char *column)
{
	long long l = json_integer_value(json_object_get(comment, line)), c = json_integer_value(json_object_get(comment, column));
	return (struct point){ l >= x->line ? (unsigned)l - x->line + 1 : 1, c > 0 ? (unsigned)c : 1 };
}

static void take_comment(struct script *s, const json_t *comment)
{
	const char *message = json_string_value(json_object_get(comment, "message"));
	const struct sample *x = sample_at(s, (unsigned)json_integer_value(json_object_get(comment, "line")));
	if (!message || !x) return;
	struct span at = stretch(x->t, point_in(x, comment, "line", "column"), point_in(x, comment, "endLine", "endColumn"));
	struct buf text = { 0 };
	buf_safe(&text, str_of(message));
	diag_add(s->p->diags, D_shell_shellcheck, at, "%s (SC%lld)", text.p, json_integer_value(json_object_get(comment, "code")));
	buf_free(&text);
}

/* Left out: what our harmless words bring about (constant expressions, loops that run once), and variables that come from the surroundings. */
static const char excluded[] = "--exclude=SC2034,SC2043,SC2050,SC2078,SC2154,SC2157,SC2194,SC1091,SC2030,SC2031,SC2170";

static void ask_shellcheck(struct script *s)
{
	const char *const argv[] = { "shellcheck", "--norc", "--shell=sh", "--format=json1", "--severity=warning", excluded, "-", NULL };
	struct filter_result r;
	if (!filter_exists(argv[0]) || !filter_run(argv, buf_view(&s->text), SECONDS, OUTPUT, &r, NULL)) return;
	json_t *said = json_loadb(r.out.p, r.out.n, 0, NULL), *comment;
	size_t i;
	json_array_foreach(json_object_get(said, "comments"), i, comment) take_comment(s, comment);
	json_decref(said);
	filter_free(&r);
}

bool lint_shell(struct program *p, struct err *e)
{
	struct script s = { .p = p };
	gather(&s);
	size_t errors = p->diags->errors;
	bool ok = ask_shell(&s, e);
	if (ok && p->diags->errors == errors) ask_shellcheck(&s);
	for (size_t i = 0; i < s.samples.n; i++) buf_free(&s.samples.at[i].text);
	buf_free(&s.text);
	return ok;
}
