#include "quote_scan.h"

#include <stdio.h>

/* ---- reading -------------------------------------------------------------------------------------- */

static const struct template_part *part_of(const struct scan *s, size_t i) { return i < s->t->parts.n ? &s->t->parts.at[i] : NULL; }

/* Steps over parts that are used up, so that `part` and `at` name a unit. */
static void settle(struct scan *s)
{
	const struct template_part *p;
	while ((p = part_of(s, s->part)) && s->at >= (p->hole ? 1 : p->text.n)) {
		s->part++;
		s->at = 0;
	}
	s->next = !p ? UNIT_END : p->hole ? UNIT_HOLE : (unsigned char)p->text.p[s->at];
}

int scan_peek(const struct scan *s)
{
	struct scan ahead = *s;
	if (ahead.next != UNIT_END) scan_skip(&ahead);
	return ahead.next;
}

void scan_begin(struct scan *s) { settle(s); }

void scan_skip(struct scan *s)
{
	s->at++;
	settle(s);
}

static uint32_t origin_of(const struct template_part *p, size_t i) { return p->origin ? p->origin[i] : p->span.start + (uint32_t)i; }

struct span scan_place(const struct scan *s)
{
	const struct template_part *p = part_of(s, s->part);
	if (!p) {
		uint32_t quotes = s->t->form == STRING_BLOCK || s->t->form == STRING_RAW_BLOCK ? 3 : 1, end = s->t->span.end;
		return (struct span){ s->t->span.file, end > quotes ? end - quotes : 0, end };
	}
	if (p->hole) return p->span;
	uint32_t from = origin_of(p, s->at);
	uint32_t to = s->at + 1 < p->text.n ? origin_of(p, s->at + 1) : p->origin ? p->span.end : from + 1;
	return (struct span){ s->t->span.file, from, to > from ? to : from + 1 };
}

struct span scan_since(const struct scan *s, struct span from)
{
	uint32_t end = scan_place(s).start;
	return (struct span){ from.file, from.start, end > from.end ? end : from.end };
}

#define REPORTED(d)                                                     \
	char text[512];                                                     \
	va_list ap;                                                         \
	va_start(ap, fmt);                                                  \
	vsnprintf(text, sizeof text, fmt, ap);                              \
	va_end(ap);                                                         \
	struct diag *d = diag_add(s->ds, code, at, "%s", text)

struct diag *scan_report(struct scan *s, enum diag_code code, struct span at, const char *fmt, ...)
{
	REPORTED(d);
	return d;
}

struct diag *scan_give_up(struct scan *s, enum diag_code code, struct span at, const char *fmt, ...)
{
	REPORTED(d);
	s->over = true;
	s->part = s->t->parts.n;
	s->at = 0;
	s->next = UNIT_END;
	return d;
}

/* ---- holes ---------------------------------------------------------------------------------------- */

enum quoting { BARE, SINGLE, DOUBLE };

static const struct {
	enum diag_code code;
	const char *what, *help;
} forbidding[] = {
	{ D_shell_hole_in_parameter, "a hole can't be quoted within `${…}`", "give it to a variable first: `x=#{…}`, then `${x…}`" },
	{ D_shell_hole_in_backquotes, "a hole can't be quoted within backquotes", "write `$(…)` instead, where holes are quoted as anywhere" },
	{ D_shell_hole_in_delimiter, "a hole can't stand in the delimiter of a here-document", "a delimiter is a fixed word" },
};

static void refuse_here(struct scan *s, const struct template_part *p, enum diag_code code)
{
	size_t i = 0;
	while (forbidding[i].code != code) i++;
	struct diag *d = scan_report(s, code, p->span, "%s", forbidding[i].what);
	diag_help(s->ds, d, "%s", forbidding[i].help);
}

/* Takes the hole that comes next; contexts of what is refused don't matter any more. */
static struct template_part *next_hole(struct scan *s)
{
	struct template_part *p = &s->t->parts.at[s->part];
	scan_skip(s);
	p->context = p->raw ? HOLE_RAW : HOLE_BARE;
	return p;
}

static void refuse_hole(struct scan *s, enum diag_code code)
{
	refuse_here(s, next_hole(s), code);
}

static enum hole_context context_of(enum quoting q, bool start)
{
	switch (q) {
	case SINGLE: return start ? HOLE_SINGLE_START : HOLE_SINGLE;
	case DOUBLE: return start ? HOLE_DOUBLE_START : HOLE_DOUBLE;
	case BARE: break;
	}
	return start ? HOLE_BARE_START : HOLE_BARE;
}

static bool never_empty(struct type t) { return type_is(t, T_INT) || type_is(t, T_FLOAT) || type_is(t, T_PROCESS); }

static void add_literal(struct word *w, int c)
{
	if (w->n < sizeof w->literal - 1) w->literal[w->n++] = (char)c;
	else w->cut = true;
}

static bool refused_by_place(struct scan *s, const struct word *w, const struct template_part *p)
{
	struct diag *d;
	if (w->tilde) {
		d = scan_report(s, D_shell_hole_after_tilde, p->span, "a hole behind `~` would keep the shell from finding a home directory");
		diag_help(s->ds, d, "write `~/#{…}`, or the whole path");
	} else if (w->place == PLACE_DUPLICATE) {
		d = scan_report(s, D_shell_hole_in_duplication, p->span, "a hole can't say which descriptor `>&` or `<&` means");
		diag_help(s->ds, d, "to redirect into a file, write `>`; a descriptor is a fixed number");
	} else if (w->place == PLACE_DELIMITER) {
		refuse_here(s, p, D_shell_hole_in_delimiter);
	} else if (w->place == PLACE_VARIABLE) {
		d = scan_report(s, D_shell_hole_as_variable, p->span, "a hole can't name a shell variable");
		diag_help(s->ds, d, "choose a fixed name");
	} else {
		return false;
	}
	return true;
}

/* A hole within a word. Lists are looked at again when the word has ended. */
static void take_hole(struct scan *s, struct word *w, enum quoting q)
{
	bool start = !w->content && !w->dashes && (w->place == PLACE_ARGUMENT || w->place == PLACE_COMMAND);
	struct template_part *p = next_hole(s);
	vec_push(s->ds->arena, &w->holes, ((struct word_hole){ p, w->assigns }));
	w->fixed = false;
	add_literal(w, 1);
	if (s->forbidden) {
		refuse_here(s, p, s->why_forbidden);
		return;
	}
	if (p->raw) {
		w->content = true;
		return;
	}
	if (refused_by_place(s, w, p) || !hole_type_fits(s, p, false)) return;
	if (hole_is_list(p)) p->context = start ? HOLE_WORDS_START : HOLE_WORDS;
	else p->context = context_of(q, start);
	if (never_empty(p->hole->type)) w->content = true;
}

static void refuse_behind(struct scan *s, enum diag_code code, const char *what, const char *help)
{
	struct template_part *p = next_hole(s);
	diag_help(s->ds, scan_report(s, code, p->span, "%s", what), "%s", help);
}

/* ---- what begins with a dollar, and backquotes ---------------------------------------------------- */

static bool deeper(struct scan *s, struct span at)
{
	if (s->depth < SCAN_MAX_DEPTH) {
		s->depth++;
		return true;
	}
	scan_give_up(s, D_shell_too_deep, at, "substitutions are nested more than %d deep", SCAN_MAX_DEPTH);
	return false;
}

static void unclosed(struct scan *s, enum diag_code code, struct span opened, const char *what, const char *closer)
{
	struct diag *d = scan_give_up(s, code, opened, "%s is never closed", what);
	diag_caption(s->ds, d, "opened here");
	diag_help(s->ds, d, "the command ends without its `%s`", closer);
}

static void scan_double(struct scan *s, struct word *w);
static void scan_dollar(struct scan *s, struct word *w, enum quoting q);

static void scan_backquotes(struct scan *s)
{
	struct span opened = scan_place(s);
	scan_skip(s);
	for (int c; (c = s->next) != '`';) {
		if (c == UNIT_END) {
			unclosed(s, D_shell_unclosed_substitution, opened, "the backquote", "`");
			return;
		}
		if (c == UNIT_HOLE) {
			refuse_hole(s, D_shell_hole_in_backquotes);
			continue;
		}
		scan_skip(s);
		if (c == '\\' && s->next >= 0 && s->next != UNIT_HOLE) scan_skip(s);
	}
	scan_skip(s);
}

static void skip_single(struct scan *s)
{
	struct word nowhere = { .place = PLACE_TARGET };
	struct span opened = scan_place(s);
	scan_skip(s);
	for (int c; (c = s->next) != '\'';) {
		if (c == UNIT_END) {
			unclosed(s, D_shell_unclosed_quote, opened, "the single quote", "'");
			return;
		}
		if (c == UNIT_HOLE) take_hole(s, &nowhere, SINGLE);
		else scan_skip(s);
	}
	scan_skip(s);
}

/* `${…}`, at its brace. No hole may stand in it, nor in what it holds. */
static void scan_parameter(struct scan *s, struct span opened, bool within_double)
{
	struct word nowhere = { .place = PLACE_TARGET };
	bool forbidden = s->forbidden;
	enum diag_code why = s->why_forbidden;
	s->forbidden = true;
	s->why_forbidden = D_shell_hole_in_parameter;
	scan_skip(s);
	for (int c; !s->over && (c = s->next) != '}';) {
		if (c == UNIT_END) unclosed(s, D_shell_unclosed_substitution, opened, "`${`", "}");
		else if (c == UNIT_HOLE) refuse_hole(s, D_shell_hole_in_parameter);
		else if (c == '$') scan_dollar(s, &nowhere, within_double ? DOUBLE : BARE);
		else if (c == '`') scan_backquotes(s);
		else if (c == '"') scan_double(s, &nowhere);
		else if (c == '\'' && !within_double) skip_single(s);
		else {
			scan_skip(s);
			if (c == '\\' && s->next != UNIT_END && s->next != UNIT_HOLE) scan_skip(s);
		}
	}
	if (!s->over) scan_skip(s);
	s->forbidden = forbidden;
	s->why_forbidden = why;
}

static void arithmetic_hole(struct scan *s)
{
	struct template_part *p = next_hole(s);
	if (s->forbidden) refuse_here(s, p, s->why_forbidden);
	else if (!p->raw && hole_type_fits(s, p, true)) p->context = HOLE_ARITHMETIC;
}

/* `$((…))`, at its first parenthesis. */
static void scan_arithmetic(struct scan *s, struct span opened)
{
	struct word nowhere = { .place = PLACE_TARGET };
	unsigned open = 0;
	scan_skip(s);
	scan_skip(s);
	while (!s->over) {
		int c = s->next;
		if (c == UNIT_END) unclosed(s, D_shell_unclosed_substitution, opened, "`$((`", "))");
		else if (c == UNIT_HOLE) arithmetic_hole(s);
		else if (c == '$') scan_dollar(s, &nowhere, DOUBLE);
		else if (c == '`') scan_backquotes(s);
		else if (c == ')' && !open) {
			scan_skip(s);
			if (s->next == ')') break;
			struct diag *d = scan_give_up(s, D_shell_unclosed_substitution, scan_since(s, opened), "`$((` is not closed by `))`");
			diag_help(s->ds, d, "for a subshell within `$(…)` write a blank: `$( (`");
		} else {
			open += c == '(';
			open -= c == ')';
			scan_skip(s);
		}
	}
	if (!s->over) scan_skip(s);
}

static bool is_name_byte(int c) { return c == '_' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

static void refuse_dollar(struct scan *s, struct span at, const char *what, const char *help)
{
	scan_skip(s);
	struct diag *d = scan_give_up(s, D_shell_ambiguous, scan_since(s, at), "%s", what);
	diag_help(s->ds, d, "%s", help);
}

static void scan_substitution(struct scan *s, struct span at)
{
	scan_skip(s);
	s->substitutions++;
	scan_list(s, true, at);
	s->substitutions--;
}

/* At a `$`, unquoted or within "…". */
static void scan_dollar(struct scan *s, struct word *w, enum quoting q)
{
	struct span at = scan_place(s);
	scan_skip(s);
	int c = s->next;
	if (c == UNIT_HOLE) {
		refuse_behind(s, D_shell_hole_after_dollar, "a hole behind `$` would become part of an expansion",
			"for a dollar sign itself write `\\\\$` in a string, or `\\$` in a raw one");
	} else if (c == '\\' && scan_peek(s) == '\n') {
		refuse_dollar(s, at, "shells disagree about `$` before a continued line", "put the `$` on the next line");
	} else if (q == BARE && (c == '\'' || c == '"')) {
		refuse_dollar(s, at, c == '"' ? "`$\"` means something else in bash than in sh" : "`$'` means something else in bash than in sh",
			"quote the dollar sign, or use `printf` for special characters");
	} else if (c == '[') {
		refuse_dollar(s, at, "`$[` is arithmetic in bash and text in sh", "write `$((…))`");
	} else if (c == '(' || c == '{') {
		if (!deeper(s, at)) return;
		if (c == '{') scan_parameter(s, at, q == DOUBLE);
		else if (scan_peek(s) != '(') scan_substitution(s, at);
		else scan_arithmetic(s, at), w->content = true;
		s->depth--;
	} else if (is_name_byte(c)) {
		while (is_name_byte(s->next)) scan_skip(s);
	} else if (c > 0 && c < UNIT_HOLE && strchr("@*#?-$!", c)) {
		scan_skip(s);
	} else {
		w->content = true;
		add_literal(w, '$');
		return;
	}
	w->fixed = false;
	add_literal(w, 1);
}

/* ---- quotes and words ------------------------------------------------------------------------------ */

static void take_byte(struct scan *s, struct word *w)
{
	add_literal(w, s->next);
	w->content = true;
	scan_skip(s);
}

/* At a backslash, unquoted or within "…". */
static void scan_backslash(struct scan *s, struct word *w, enum quoting q)
{
	struct span at = scan_place(s);
	scan_skip(s);
	int c = s->next;
	if (c == UNIT_END) {
		scan_give_up(s, D_shell_trailing_backslash, at, "the command ends in a backslash, with nothing to escape");
	} else if (c == UNIT_HOLE) {
		refuse_behind(s, D_shell_hole_after_backslash, "a hole behind a backslash would lose its first quote",
			"take the backslash away: holes are quoted already");
		w->fixed = false;
		w->content = true;
	} else if (c == '\n') {
		scan_skip(s);
	} else {
		if (q == DOUBLE && !strchr("$`\"\\", c)) add_literal(w, '\\');
		take_byte(s, w);
	}
	if (q == BARE && c != '\n') w->quoted = true;
}

static void scan_single(struct scan *s, struct word *w)
{
	struct span opened = scan_place(s);
	scan_skip(s);
	for (int c; (c = s->next) != '\'';) {
		if (c == UNIT_END) {
			unclosed(s, D_shell_unclosed_quote, opened, "the single quote", "'");
			return;
		}
		if (c == UNIT_HOLE) take_hole(s, w, SINGLE);
		else take_byte(s, w);
	}
	scan_skip(s);
}

static void scan_double(struct scan *s, struct word *w)
{
	struct span opened = scan_place(s);
	scan_skip(s);
	for (int c; !s->over && (c = s->next) != '"';) {
		if (c == UNIT_END) unclosed(s, D_shell_unclosed_quote, opened, "the double quote", "\"");
		else if (c == UNIT_HOLE) take_hole(s, w, DOUBLE);
		else if (c == '\\') scan_backslash(s, w, DOUBLE);
		else if (c == '$') scan_dollar(s, w, DOUBLE);
		else if (c == '`') {
			scan_backquotes(s);
			w->fixed = false;
			add_literal(w, 1);
		} else take_byte(s, w);
	}
	if (!s->over) scan_skip(s);
}

/* At the first unquoted `=` of a word. bash computes the subscript of `a[…]=`, and what it holds. */
static void assignment(struct scan *s, struct word *w)
{
	bool begins = w->n && !w->quoted && !w->cut && (w->literal[0] < '0' || w->literal[0] > '9');
	size_t i = 0;
	while (begins && i < w->n && (is_name_byte((unsigned char)w->literal[i]) || w->literal[i] == 1)) i++;
	bool name = begins && i == w->n, element = begins && i && i < w->n && w->literal[i] == '[';
	w->assigns = true;
	w->assignment = name && w->fixed;
	if ((!name && !element) || !w->holes.n || w->place != PLACE_COMMAND) return;
	struct diag *d = scan_report(s, D_shell_hole_in_assignment, w->holes.at[0].part->span, "a hole can't stand in the name of an assignment");
	diag_label(s->ds, d, scan_place(s), "this `=` would assign");
	diag_help(s->ds, d, "choose a fixed name; `env #{…}=#{…} command` sets any variable of a command");
}

/* An unquoted byte that is part of the word. */
static void take_bare(struct scan *s, struct word *w)
{
	int c = s->next;
	if (c == '~' && (w->n == 0 || w->literal[w->n - 1] == '=' || w->literal[w->n - 1] == ':')) w->tilde = true;
	if (c == '/' || (c == ':' && w->assigns)) w->tilde = false;
	if (c == '=' && !w->assigns) assignment(s, w);
	take_byte(s, w);
}

static bool ends_word(int c)
{
	switch (c) {
	case UNIT_END: case ' ': case '\t': case '\n': case ';': case '&': case '|': case '<': case '>': case '(': case ')': return true;
	default: return false;
	}
}

bool at_word(const struct scan *s) { return s->next != '#' && !ends_word(s->next); }

/* A list must be its word, alone. */
static void judge_lists(struct scan *s, const struct word *w)
{
	for (size_t i = 0; i < w->holes.n; i++) {
		struct template_part *p = w->holes.at[i].part;
		if (!p->hole || p->raw || s->forbidden || (p->context != HOLE_WORDS && p->context != HOLE_WORDS_START)) continue;
		bool place = w->place == PLACE_ARGUMENT || w->place == PLACE_COMMAND;
		if (place && w->n == 1 && !w->quoted && w->holes.n == 1) continue;
		struct diag *d = scan_report(s, D_shell_list_place, p->span, place ? "a list must be a word of its own, unquoted"
			: "a list can't stand in a redirection or pattern");
		diag_caption(s->ds, d, "each element becomes a word");
		diag_help(s->ds, d, "put blanks around it, or make one string of it: `#{….join(\",\")}`");
	}
}

void scan_shell_word(struct scan *s, struct word *w)
{
	struct span began = scan_place(s);
	w->fixed = true;
	for (int c; !s->over && !ends_word(c = s->next);) {
		if (c == UNIT_HOLE) take_hole(s, w, BARE);
		else if (c == '\\') scan_backslash(s, w, BARE);
		else if (c == '$') scan_dollar(s, w, BARE);
		else if (c == '\'' || c == '"') {
			w->quoted = true;
			if (c == '"') scan_double(s, w);
			else scan_single(s, w);
		} else if (c == '`') {
			scan_backquotes(s);
			w->fixed = false;
			add_literal(w, 1);
		} else take_bare(s, w);
	}
	w->span = scan_since(s, began);
	if (!s->over) judge_lists(s, w);
}
