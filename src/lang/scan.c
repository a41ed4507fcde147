/* What the scanner asks for: the value of a token, and what is wrong with it. */
#include "lexer.h"

#include "irs/buf.h"
#include "irs/literal.h"

static struct span here(const struct parser *p)
{
	return (struct span){ p->file, p->lexer->start, p->lexer->end };
}

int lex_word(struct parser *p, struct str word)
{
	const struct keyword *k = keyword_find(&p->lexer->keywords, word);
	return k ? k->token : TOK_WORD;
}

/* What people write for our units. */
static const char *unit_meant(struct str unit)
{
	static const char *const meant[][2] = {
		{ "sec", "s" },	   { "secs", "s" },    { "second", "s" }, { "seconds", "s" }, { "S", "s" },	  { "min", "m" },
		{ "mins", "m" },   { "minute", "m" },  { "minutes", "m" }, { "hour", "h" },   { "hours", "h" },	  { "hr", "h" },
		{ "hrs", "h" },	   { "H", "h" },       { "day", "d" },	  { "days", "d" },    { "msec", "ms" },	  { "millis", "ms" },
		{ "usec", "us" },  { "b", "B" },       { "bytes", "B" },  { "k", "KiB" },     { "K", "KiB" },	  { "kb", "kB" },
		{ "KB", "kB" },	   { "kib", "KiB" },   { "kiB", "KiB" },  { "mb", "MB" },     { "mib", "MiB" },	  { "Mb", "MB" },
		{ "M", "MiB" },	   { "gb", "GB" },     { "gib", "GiB" },  { "G", "GiB" },     { "Gb", "GB" },	  { "tb", "TB" },
		{ "T", "TiB" },	   { "tib", "TiB" },   { "w", "d" },	  { "percent", "%" }, { "pct", "%" },
	};
	for (size_t i = 0; i < sizeof meant / sizeof *meant; i++)
		if (str_eq(unit, str_of(meant[i][0]))) return meant[i][1];
	return NULL;
}

static void bad_unit(struct parser *p, struct str word)
{
	size_t digits = 0;
	while (digits < word.n && ((word.p[digits] >= '0' && word.p[digits] <= '9') || strchr("._", word.p[digits]))) digits++;
	struct str unit = { word.p + digits, word.n - digits };
	const char *meant = unit_meant(unit);
	bool fraction = memchr(word.p, '.', digits) != NULL, exponent = unit.n && (unit.p[0] | 32) == 'e';
	struct diag *d = diag_add(p->diags, D_bad_number, here(p), "`%.*s` is no number and no quantity", STR_ARG(word));
	if (meant && !str_eq(unit, STR("w"))) {
		diag_help(p->diags, d, "did you mean `%.*s%s`?", (int)digits, word.p, meant);
		diag_fix(p->diags, d, here(p), "%.*s%s", (int)digits, word.p, meant);
		return;
	}
	if (exponent && !fraction) diag_help(p->diags, d, "a number with an exponent has digits on both sides of a dot: `1.0e6`");
	else if (fraction && unit.n && unit.p[0] != '%') diag_help(p->diags, d, "what has a unit has no fraction: `1500ms` or `1s500ms`, `1536MiB`; only percentages do: `12.5%%`");
	else diag_help(p->diags, d,
		"durations are written `300ms`, `1h30m`, `2d` (ns us ms s m h d); sizes `512B`, `64KiB`, `10MB`; percentages `12.5%%`");
}

static int bad_number(struct parser *p, struct str word, enum literal_fault fault)
{
	if (fault == LIT_OVERFLOW) {
		struct diag *d = diag_add(p->diags, D_number_too_large, here(p), "`%.*s` is too large", STR_ARG(word));
		diag_help(p->diags, d, "numbers, nanoseconds and bytes have 64 bits: at most 9223372036854775807");
	} else {
		bad_unit(p, word);
	}
	return TOK_BAD_LITERAL;
}

static bool has_letter(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((s.p[i] | 32) >= 'a' && (s.p[i] | 32) <= 'z') return true;
	return false;
}

int scan_number(struct parser *p, IRSTYPE *value, struct str word)
{
	enum literal_fault fault;
	if (word.p[word.n - 1] == '%') {
		fault = literal_percent(word, &value->TOK_PERCENT);
		return fault == LIT_OK ? TOK_PERCENT : bad_number(p, word, fault);
	}
	fault = literal_int(word, &value->TOK_INT);
	if (fault == LIT_OK) return TOK_INT;
	if (!has_letter(word) && !memchr(word.p, '.', word.n)) return bad_number(p, word, fault);
	if (memchr(word.p, '.', word.n)) {
		enum literal_fault f = literal_float(word, &value->TOK_FLOAT);
		return f == LIT_OK ? TOK_FLOAT : bad_number(p, word, f);
	}
	if (str_starts(word, STR("0x"))) return bad_number(p, word, fault);
	enum literal_fault duration = literal_duration(word, &value->TOK_DURATION);
	if (duration == LIT_OK) return TOK_DURATION;
	enum literal_fault size = literal_size(word, &value->TOK_SIZE);
	if (size == LIT_OK) return TOK_SIZE;
	return bad_number(p, word, duration == LIT_OVERFLOW || size == LIT_OVERFLOW ? LIT_OVERFLOW : LIT_UNIT);
}

/* Whether nothing but white space stands before `at` on its line. */
static bool begins_line(const struct parser *p, uint32_t at)
{
	while (at && (p->text.p[at - 1] == ' ' || p->text.p[at - 1] == '\t')) at--;
	return !at || p->text.p[at - 1] == '\n';
}

void scan_comment(struct parser *p)
{
	struct span at = here(p);
	while (at.end > at.start && p->text.p[at.end - 1] == '\r') at.end--;
	bool own_line = begins_line(p, at.start);
	vec_push(p->arena, &p->ast->comments, ((struct comment){ at, own_line }));
	if (own_line && str_starts(text_at(p, at), STR("##"))) vec_push(p->arena, &p->docs, at);
}

struct lookalike {
	uint32_t cp;
	int token; /* what it is read as; 0: nothing */
	const char *name, *ours;
};

static const struct lookalike *lookalike_of(uint32_t cp)
{
	static const struct lookalike table[] = {
		{ 0x201c, 0, "a typographic quote", "\"" }, { 0x201d, 0, "a typographic quote", "\"" }, { 0x201e, 0, "a typographic quote", "\"" },
		{ 0x2018, 0, "a typographic quote", "'" },  { 0x2019, 0, "a typographic quote", "'" },	{ 0x00a0, 0, "a no-break space", " " },
		{ 0x2013, TOK_MINUS, "a dash", "-" },	    { 0x2014, TOK_MINUS, "a dash", "-" },	{ 0x2212, TOK_MINUS, "a minus sign", "-" },
		{ 0x2026, TOK_DOTDOT, "an ellipsis", ".." }, { 0x2264, TOK_LE, "a sign", "<=" },	{ 0x2265, TOK_GE, "a sign", ">=" },
		{ 0x202f, 0, "a no-break space", " " },	    { 0x3000, 0, "a wide space", " " },
		{ 0xfeff, 0, "a byte-order mark", "" },	    { 0x200b, 0, "a space without width", "" }, { 0x00ad, 0, "a soft hyphen", "" },
		{ 0x2260, TOK_NE, "a sign", "!=" },	    { 0x2192, TOK_ARROW, "an arrow", "->" },	{ 0x00d7, TOK_STAR, "a sign", "*" },
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (table[i].cp == cp) return &table[i];
	return NULL;
}

static void report_lookalike(struct parser *p, struct span at, const struct lookalike *l)
{
	struct str shown = text_at(p, at);
	p->lexer->strange = at;
	struct diag *d = diag_add(p->diags, D_strange_character, at, "%s, `%.*s` (U+%04X), means nothing here", l->name, STR_ARG(shown),
		(unsigned)l->cp);
	if (l->ours[0]) diag_help(p->diags, d, "write `%s`", l->ours);
	else diag_help(p->diags, d, "leave it out: it can't be seen");
	diag_fix(p->diags, d, at, "%s", l->ours);
}

void scan_strange(struct parser *p, struct str bytes)
{
	unsigned char c = (unsigned char)bytes.p[0];
	p->lexer->strange = here(p);
	if (c >= 0x80) return; /* not UTF-8: reported before anything was read */
	struct buf shown = { 0 };
	buf_safe(&shown, bytes);
	struct diag *d = diag_add(p->diags, D_strange_character, here(p), "`%.*s` means nothing here", STR_ARG(buf_view(&shown)));
	if (c == '$') diag_help(p->diags, d, "a variable is written by its name alone: `x`; in a text, `#{x}`");
	else if (c == '@' || c == '`') diag_help(p->diags, d, "a text is written in quotes: \"…\" or '…'");
	else if (c == '|' || c == '&')
		diag_help(p->diags, d, "conditions are joined by `and` and `or`; the shell's `|` and `&` stand in a command: run \"…\"");
	buf_free(&shown);
}

size_t scan_strange_word(struct parser *p, IRSTYPE *value, struct str word, int *kind)
{
	uint32_t start = p->lexer->start;
	const struct lookalike *l = NULL;
	size_t i = 0, n = 0;
	bool foreign = false;
	for (; i < word.n; i += n) {
		uint32_t cp;
		n = utf8_decode(word.p + i, word.n - i, &cp);
		if (!n) n = 1, cp = 0xfffd;
		else if (cp >= 0x80 && (l = lookalike_of(cp))) break;
		foreign |= cp >= 0x80 && cp != 0xfffd;
	}
	*kind = 0;
	if (l && i == 0) {
		report_lookalike(p, (struct span){ p->file, start, start + (uint32_t)n }, l);
		*kind = l->token;
		return n;
	}
	struct str taken = { word.p, i };
	p->lexer->end = start + (uint32_t)i;
	bool ascii = utf8_valid(taken.p, taken.n) == taken.n && !foreign;
	bool number = taken.p[0] >= '0' && taken.p[0] <= '9';
	if (ascii) {
		*kind = number ? scan_number(p, value, taken) : lex_word(p, taken);
		return i;
	}
	if (foreign) {
		struct diag *d = diag_add(p->diags, D_strange_character, here(p), "`%.*s` can't be a name", STR_ARG(text_at(p, here(p))));
		diag_help(p->diags, d, "names are letters from a to z, digits and `_`; texts in quotes may hold any character");
	}
	*kind = TOK_WORD;
	return i;
}

void scan_curly(struct parser *p)
{
	struct span at = here(p), open = { p->file, at.start, at.start + 3 }, close = { p->file, at.end - 3, at.end };
	struct diag *d = diag_add(p->diags, D_strange_character, open, "this text stands in typographic quotes");
	diag_label(p->diags, d, close, "to here");
	diag_help(p->diags, d, "write \"…\"");
	struct str inner = { text_at(p, at).p + 3, at.end - at.start - 6 };
	diag_fix(p->diags, d, at, "\"%.*s\"", STR_ARG(inner));
}

/* The rest of this line can't be told any more: one mistake, one diagnostic. */
static void tear_line(struct parser *p, uint32_t at)
{
	uint32_t from = at, to = at;
	while (from && p->text.p[from - 1] != '\n') from--;
	while (to < p->text.n && p->text.p[to] != '\n') to++;
	p->lexer->torn = (struct span){ p->file, from, to };
	parser_unread(p, p->lexer->torn);
}

/* A hole that is open on this line, and whose text ends with the line; NULL: none. */
static const struct open_string *line_hole(const struct lexer *l)
{
	for (unsigned i = 0; i + 1 < l->nstrings; i++)
		if (l->strings[i].form == STRING_PLAIN) return &l->strings[i];
	return NULL;
}

void scan_unclosed(struct parser *p, uint32_t from, const char *quote)
{
	struct span at = { p->file, from, from + (uint32_t)strlen(quote) };
	bool block = quote[1] != 0;
	if (!block && line_hole(p->lexer)) { /* its quote was meant to close the text around the hole */
		scan_unclosed_hole(p);
		return;
	}
	if (!block) tear_line(p, from);
	else parser_unread(p, p->lexer->torn = (struct span){ p->file, from, (uint32_t)p->text.n });
	struct diag *d = diag_add(p->diags, D_unclosed_text, at, "this text is never closed");
	diag_caption(p->diags, d, block ? "the end of the file came before its `%s`" : "the line ends before its `%s`", quote);
	if (!block) diag_help(p->diags, d, "close it with `%s`; for several lines, put the text between two `%s%s%s`", quote,
			quote, quote, quote);
	else diag_help(p->diags, d, "close it with `%s`", quote);
}

uint32_t scan_torn_end(struct parser *p, struct span text)
{
	struct lexer *l = p->lexer;
	uint32_t end = text.end;
	while (end > text.start && (p->text.p[end - 1] == ' ' || p->text.p[end - 1] == '\t' || p->text.p[end - 1] == '\r')) end--;
	char last = end > text.start + 1 && p->text.p[end - 2] == ' ' ? p->text.p[end - 1] : 0;
	bool closes = last == '}' && l->nopen && l->open[l->nopen - 1].kind == TOK_LBRACE && l->open[l->nopen - 1].at >= l->torn.start;
	if (last != '{' && !closes) return text.end;
	l->owed = closes ? TOK_RBRACE : TOK_LBRACE;
	l->owed_at = end - 1;
	return end - 2;
}

void scan_unclosed_hole(struct parser *p)
{
	struct lexer *l = p->lexer;
	struct span at = { p->file, l->start, l->start };
	if (l->torn.start <= l->start && l->start <= l->torn.end && l->torn.end) return;
	tear_line(p, l->start);
	for (unsigned i = l->nopen; i-- > 0;) {
		if (l->open[i].kind != TOK_STRING_HEAD) continue;
		at = (struct span){ p->file, l->open[i].at, l->open[i].at + 2 };
		break;
	}
	struct diag *d = diag_add(p->diags, D_unclosed_hole, at, "this hole is never closed");
	diag_help(p->diags, d, "a hole is `#{expression}`; a `#{` that is only text is written `\\#{`");
}

void scan_foreign(struct parser *p, const char *ours)
{
	struct str word = text_at(p, here(p));
	if (word.n > 2 && word.p[0] == '/') word.n = 2;
	struct span at = { p->file, p->lexer->start, p->lexer->start + (uint32_t)word.n };
	struct str shown = str_trim(str_of(ours));
	struct diag *d = diag_add(p->diags, D_foreign_operator, at, "`%.*s` is written `%.*s` here", STR_ARG(word), STR_ARG(shown));
	diag_fix(p->diags, d, at, "%s", ours);
}

void scan_semicolon(struct parser *p)
{
	struct diag *d = diag_add(p->diags, D_semicolon, here(p), "statements end with their line, not with `;`");
	diag_help(p->diags, d, "leave it out; what follows stands on a line of its own");
	diag_fix(p->diags, d, here(p), "%s", "");
}

bool scan_open_string(struct parser *p, enum string_form form, uint32_t quotes)
{
	struct lexer *l = p->lexer;
	if (l->nstrings == PARSE_MAX_NESTING) {
		lexer_too_deep(p, here(p));
		return false;
	}
	l->strings[l->nstrings++] = (struct open_string){ form, l->start, 0 };
	l->text = l->start + quotes;
	return true;
}
