/*
 * Texts: escapes resolved, the common indentation of text blocks removed, and for each byte where it came from, so
 * that the shell scanner can point into the source.
 */
#include "ast_build.h"

#include "irs/buf.h"

static struct template_part text_part(struct parser *p, struct segment text)
{
	struct span at = { p->file, text.start, text.end };
	return (struct template_part){ .text = text_at(p, at), .span = at };
}

struct chain ast_stretch(struct parser *p, struct chain parts, struct segment text)
{
	struct template_part part = text_part(p, text);
	chain_add(p, &parts, &part, sizeof part);
	return parts;
}

struct chain ast_hole(struct parser *p, struct chain parts, struct expr *e, bool raw)
{
	struct template_part part = { .hole = e, .raw = raw }; /* its span is known when the next stretch has come */
	chain_add(p, &parts, &part, sizeof part);
	return parts;
}

struct chain ast_hole_error(struct parser *p, struct chain parts, struct span at)
{
	return ast_hole(p, parts, ast_error(p, at), false);
}

/* ---- escapes ---- */

/* Text while it is resolved, and where each byte stands in the source. */
struct resolving {
	struct parser *parser;
	char *text;
	uint32_t *origin;
	size_t n;
};

static void put(struct resolving *r, char c, uint32_t from)
{
	r->text[r->n] = c;
	r->origin[r->n++] = from;
}

static size_t utf8_encode(uint32_t cp, char *to)
{
	if (cp < 0x80) return to[0] = (char)cp, 1;
	size_t n = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
	static const unsigned char mark[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
	for (size_t i = n; i-- > 1; cp >>= 6) to[i] = (char)(0x80 | (cp & 0x3f));
	to[0] = (char)(mark[n] | cp);
	return n;
}

static void bad_escape(struct resolving *r, uint32_t at, size_t n, const char *what)
{
	struct parser *p = r->parser;
	struct span span = { p->file, at, at + (uint32_t)n };
	struct str word = text_at(p, span);
	struct diag *d = diag_add(p->diags, D_bad_escape, span, "`%.*s` is no %s", STR_ARG(word), what);
	if (n == 2) {
		diag_help(p->diags, d, "a backslash is `\\\\`; escapes are \\n \\t \\r \\\" \\# \\u{1F525}; '…' has none");
		diag_fix(p->diags, d, (struct span){ p->file, at, at }, "\\");
	} else {
		diag_help(p->diags, d,
			"a character by its number is `\\u{1F525}`: one to six hexadecimal digits, at most 10FFFF, not 0 and no surrogate");
	}
}

/* \u{…} at `s`, which stands at `at`; returns its length. */
static size_t unicode_escape(struct resolving *r, struct str s, uint32_t at)
{
	uint32_t cp = 0;
	size_t i = 3, digits = 0;
	for (; i < s.n && digits < 7; i++, digits++) {
		char c = s.p[i] | 32;
		if (c >= '0' && c <= '9' && s.p[i] < 'A') cp = cp << 4 | (uint32_t)(c - '0');
		else if (c >= 'a' && c <= 'f') cp = cp << 4 | (uint32_t)(c - 'a' + 10);
		else break;
	}
	bool closed = s.n > 3 && s.p[2] == '{' && i < s.n && s.p[i] == '}';
	size_t n = closed ? i + 1 : 2;
	if (!closed || !digits || digits > 6 || !cp || cp > 0x10ffff || (cp >= 0xd800 && cp < 0xe000)) {
		bad_escape(r, at, closed ? n : s.n > 2 && s.p[2] == '{' ? 3 : 2, "character");
		return n;
	}
	char bytes[4];
	size_t len = utf8_encode(cp, bytes);
	for (size_t k = 0; k < len; k++) put(r, bytes[k], at);
	return n;
}

/* The escape that `s` begins with; returns its length. */
static size_t escape(struct resolving *r, struct str s, uint32_t at)
{
	char c = s.n > 1 ? s.p[1] : 0;
	switch (c) {
	case 'n': put(r, '\n', at); return 2;
	case 't': put(r, '\t', at); return 2;
	case 'r': put(r, '\r', at); return 2;
	case '\\': case '"': case '#': case '\'': put(r, c, at); return 2;
	case 'u': return unicode_escape(r, s, at);
	}
	uint32_t cp;
	size_t n = s.n > 1 && c != '\n' && c != '\r' ? utf8_decode(s.p + 1, s.n - 1, &cp) : 0;
	bad_escape(r, at, n ? 1 + n : s.n > 1 ? 2 : 1, "escape");
	put(r, '\\', at);
	return 1;
}

/* ---- indentation ---- */

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* The white space at the beginning of a line, and whether the line has anything else: text, or the hole behind this part. */
static struct str margin(struct str line, bool hole_behind, bool *has_text)
{
	size_t n = 0;
	while (n < line.n && is_blank(line.p[n])) n++;
	*has_text = n < line.n ? line.p[n] != '\n' : hole_behind;
	return (struct str){ line.p, n };
}

static size_t common(struct str a, struct str b)
{
	size_t n = 0;
	while (n < a.n && n < b.n && a.p[n] == b.p[n]) n++;
	return n;
}

/* How much white space all lines of the block have in common, without the one that the opening quotes stand on. */
static struct str common_margin(const struct template_part *part, size_t nparts)
{
	struct str least = { 0 };
	bool any = false;
	for (size_t i = 0; i < nparts; i++) {
		if (part[i].hole) continue;
		struct str s = part[i].text;
		for (const char *nl; (nl = memchr(s.p, '\n', s.n)); ) {
			s = (struct str){ nl + 1, s.n - (size_t)(nl + 1 - s.p) };
			bool has_text;
			struct str m = margin(s, i + 1 < nparts, &has_text);
			if (!has_text) continue;
			least = any ? (struct str){ least.p, common(least, m) } : m;
			any = true;
		}
	}
	return least;
}

/* Without the line of the opening quotes, if it is blank, and without the line of the closing ones. */
static void trim_block(struct template_part *first, struct template_part *last)
{
	size_t n = 0;
	while (n < first->text.n && is_blank(first->text.p[n])) n++;
	if (n < first->text.n && first->text.p[n] == '\n') n++;
	else n = 0;
	first->text.p += n;
	first->text.n -= n;
	size_t end = last->text.n;
	while (end && is_blank(last->text.p[end - 1])) end--;
	if (!end || last->text.p[end - 1] != '\n') return;
	end--;
	if (end && last->text.p[end - 1] == '\r') end--;
	last->text.n = end;
}

/* One part of a block, or of a text with escapes. `at_line` says whether it begins where a line begins. */
static void resolve_part(struct parser *p, struct template_part *part, struct str indent, bool at_line, bool hole_behind, bool escapes)
{
	struct resolving r = { p, arena_alloc(p->arena, part->text.n + 1), arena_array_of(p->arena, uint32_t, part->text.n + 1), 0 };
	struct str s = part->text;
	uint32_t base = (uint32_t)(s.p - p->text.p);
	for (size_t i = 0; i < s.n;) {
		if (at_line) {
			size_t n = 0;
			while (n < indent.n && i + n < s.n && s.p[i + n] == indent.p[n]) n++;
			bool text;
			struct str rest = { s.p + i, s.n - i }, blank = margin(rest, hole_behind, &text);
			i += text ? n : blank.n; /* blank lines keep nothing */
			at_line = false;
			continue;
		}
		char c = s.p[i];
		if (c == '\\' && escapes) {
			i += escape(&r, (struct str){ s.p + i, s.n - i }, base + (uint32_t)i);
			continue;
		}
		if (!(c == '\r' && i + 1 < s.n && s.p[i + 1] == '\n')) put(&r, c, base + (uint32_t)i);
		at_line = c == '\n' && indent.p;
		i++;
	}
	part->text = (struct str){ r.text, r.n };
	part->origin = r.origin;
}

static void resolve_block(struct parser *p, struct template_part *part, size_t n, bool escapes)
{
	struct str indent = common_margin(part, n);
	bool many = memchr(part[0].text.p, '\n', part[0].text.n) != NULL;
	const char *began = part[0].text.p;
	trim_block(&part[0], &part[n - 1]);
	bool dropped_first = part[0].text.p != began;
	if (!indent.p) indent.p = "";
	for (size_t i = 0; i < n; i++)
		if (!part[i].hole) resolve_part(p, &part[i], indent, i == 0 && many && dropped_first, i + 1 < n, escapes);
}

/* ---- the whole ---- */

static struct template *template_of(struct parser *p, struct span at, enum string_form form, struct template_part *part, size_t n)
{
	if (form == STRING_BLOCK || form == STRING_RAW_BLOCK) {
		resolve_block(p, part, n, form == STRING_BLOCK);
	} else if (form == STRING_PLAIN) {
		for (size_t i = 0; i < n; i++)
			if (!part[i].hole && memchr(part[i].text.p, '\\', part[i].text.n))
				resolve_part(p, &part[i], (struct str){ 0 }, false, false, true);
	}
	struct template *t = arena_new_of(p->arena, struct template);
	t->form = form;
	t->span = at;
	t->parts.at = part;
	t->parts.cap = n;
	for (size_t i = 0; i < n; i++)
		if (part[i].hole || part[i].text.n) part[t->parts.n++] = part[i];
	doubt_text(p, t);
	return t;
}

struct template *ast_text(struct parser *p, struct span at, struct segment s)
{
	struct template_part part = text_part(p, s);
	return template_of(p, at, s.form, arena_memdup(p->arena, &part, sizeof part), 1);
}

struct template *ast_template(struct parser *p, struct span at, struct chain parts, struct segment tail)
{
	parts = ast_stretch(p, parts, tail);
	uint32_t n;
	struct template_part *part = chain_array(p, &parts, sizeof *part, &n);
	for (size_t i = 0; i + 1 < n; i++) {
		if (!part[i].hole) continue;
		part[i].span = (struct span){ p->file, part[i - 1].span.end, part[i + 1].span.start };
	}
	return template_of(p, at, tail.form, part, n);
}
