#include "fmt.h"

#include "irs/parse.h"

size_t fmt_width(const struct fmt *f, const struct fmt_token *t, bool *multiline)
{
	struct str s = text_at(f->parser, t->span);
	const char *nl = s.n ? memrchr(s.p, '\n', s.n) : NULL;
	*multiline = nl != NULL;
	return str_columns(nl ? (struct str){ nl + 1, (size_t)(s.p + s.n - nl - 1) } : s);
}

/* ---- tokens ---- */

static unsigned count_newlines(const struct parser *p, uint32_t from, uint32_t to)
{
	unsigned n = 0;
	for (uint32_t i = from; i < to && n < 2; i++) n += p->text.p[i] == '\n';
	return n;
}

static void add_token(struct fmt *f, int kind, struct span span)
{
	struct parser *p = f->parser;
	uint32_t end = f->tokens.n ? vec_last(&f->tokens).span.end : 0;
	struct fmt_token t = { .kind = kind, .span = span, .newlines = count_newlines(p, end, span.start), .spaced = span.start > end };
	uint32_t line = span.start;
	while (line && p->text.p[line - 1] != '\n') line--;
	t.column = (unsigned)str_columns((struct str){ p->text.p + line, span.start - line });
	if (!f->tokens.n) t.newlines = 0;
	vec_push(p->arena, &f->tokens, t);
}

/* Reads a text to its end: its holes are printed as they stand. */
static struct span whole_text(struct parser *p, struct span head)
{
	IRSTYPE value;
	unsigned depth = 1;
	while (depth) {
		int kind = scanner_next(p, &value);
		if (kind == TOK_STRING_HEAD) depth++;
		else if (kind == TOK_STRING_TAIL) depth--;
		else if (kind == TOK_END) break;
	}
	return (struct span){ p->file, head.start, p->lexer->end };
}

static void read_tokens(struct fmt *f)
{
	struct parser *p = f->parser;
	IRSTYPE value;
	size_t comments = 0;
	int kind;
	do {
		kind = scanner_next(p, &value);
		struct span span = { p->file, p->lexer->start, p->lexer->end };
		for (; comments < p->ast->comments.n; comments++) add_token(f, FMT_COMMENT, p->ast->comments.at[comments].span);
		if (kind == TOK_STRING_HEAD) span = whole_text(p, span), kind = TOK_STRING;
		comments = p->ast->comments.n; /* those within a hole are part of it */
		if (kind != TOK_END && kind != TOK_NEWLINE) add_token(f, kind, span);
	} while (kind != TOK_END);
}

/* ---- lines ---- */

struct open {
	unsigned inside, outside; /* indentation of what it holds, and of the line that closes it */
	bool brace;
};

struct layout {
	struct fmt *fmt;
	VEC(struct open) open;
	unsigned statement; /* indentation of the line where the current one began */
};

static bool is_opener(int kind)
{
	return kind == TOK_LPAREN || kind == TOK_LBRACKET || kind == TOK_LBRACE;
}

static bool is_closer(int kind)
{
	return kind == TOK_RPAREN || kind == TOK_RBRACKET || kind == TOK_RBRACE;
}

static bool goes_on(const struct fmt *f, size_t first)
{
	if (f->tokens.at[first].kind == TOK_DOT) return true;
	while (first && f->tokens.at[first - 1].kind == FMT_COMMENT) first--;
	if (!first) return false;
	return lexer_goes_on_behind(first > 1 ? f->tokens.at[first - 2].kind : 0, f->tokens.at[first - 1].kind);
}

static unsigned indent_of(struct layout *l, size_t first)
{
	const struct fmt_token *t = &l->fmt->tokens.at[first];
	if (is_closer(t->kind) && l->open.n) return vec_last(&l->open).outside;
	unsigned inside = l->open.n ? vec_last(&l->open).inside : 0;
	bool in_block = !l->open.n || vec_last(&l->open).brace;
	if (t->kind == FMT_COMMENT) return inside;
	if (in_block && goes_on(l->fmt, first)) return inside + FMT_INDENT;
	if (in_block) l->statement = inside;
	return inside;
}

static void pass(struct layout *l, const struct fmt_token *t, unsigned indent)
{
	if (is_opener(t->kind)) {
		bool brace = t->kind == TOK_LBRACE;
		unsigned outside = brace ? l->statement : indent;
		vec_push(l->fmt->parser->arena, &l->open, ((struct open){ outside + FMT_INDENT, outside, brace }));
	} else if (is_closer(t->kind) && l->open.n) {
		l->open.n--;
	}
}

/* How many of the line's `n` tokens may stand before a break: all, or up to a comma that still fits, the outermost there is. */
static size_t fitting(struct fmt *f, size_t first, size_t n, unsigned indent)
{
	size_t column = indent, least = SIZE_MAX, depth = 0, width_all = indent, at = 0;
	bool multiline;
	for (size_t i = first; i < first + n; i++) {
		const struct fmt_token *t = &f->tokens.at[i];
		if (t->kind == FMT_COMMENT) break;
		width_all += (i > first ? t->gap : 0) + fmt_width(f, t, &multiline);
		if (multiline) return n;
		if (is_closer(t->kind) && depth) depth--;
		if (is_opener(t->kind)) depth++;
		bool breaks = t->kind == TOK_COMMA && i + 1 < first + n && f->tokens.at[i + 1].kind != FMT_COMMENT;
		if (breaks && depth < least) least = depth;
	}
	if (width_all <= FMT_COLUMNS || least == SIZE_MAX) return n;
	depth = 0;
	for (size_t i = first; i < first + n; i++) {
		const struct fmt_token *t = &f->tokens.at[i];
		column += (i > first ? t->gap : 0) + fmt_width(f, t, &multiline);
		if (is_closer(t->kind) && depth) depth--;
		if (is_opener(t->kind)) depth++;
		if (t->kind != TOK_COMMA || depth != least || i + 1 == first + n) continue;
		if (column > FMT_COLUMNS && at) break;
		at = i + 1 - first;
	}
	return at ? at : n;
}

static void add_line(struct layout *l, size_t first, size_t n, bool blank)
{
	struct fmt *f = l->fmt;
	while (n) {
		unsigned indent = indent_of(l, first);
		size_t taken = fitting(f, first, n, indent);
		vec_push(f->parser->arena, &f->lines, ((struct fmt_line){ first, taken, indent, blank, (unsigned)l->open.n }));
		for (size_t i = first; i < first + taken; i++) pass(l, &f->tokens.at[i], indent);
		first += taken;
		n -= taken;
		blank = false;
	}
}

static void lay_out(struct fmt *f)
{
	struct layout l = { .fmt = f };
	for (size_t first = 0, n; first < f->tokens.n; first += n) {
		const struct fmt_token *t = &f->tokens.at[first];
		for (n = 1; first + n < f->tokens.n && !f->tokens.at[first + n].newlines; n++) {}
		add_line(&l, first, n, t->newlines > 1 && t->kind != TOK_RBRACE);
	}
}

/* ---- printing ---- */

/* A text block, its lines moved so that they stand one step deeper than the line it begins on. Only where the text begins on the line behind
 * the quotes and no hole goes over several lines: then moving all lines alike changes nothing that the program sees. */
static bool put_moved(struct buf *out, struct str s, unsigned indent)
{
	const char *nl = memchr(s.p, '\n', s.n);
	if (!nl || s.n < 6 || (memcmp(s.p, "\"\"\"", 3) != 0 && memcmp(s.p, "'''", 3) != 0)) return false;
	if (str_trim((struct str){ s.p + 3, (size_t)(nl - s.p - 3) }).n) return false;
	struct str margin = { 0 };
	bool any = false;
	for (const char *line = nl + 1, *end = s.p + s.n; line < end;) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		if (!next) next = end;
		size_t n = 0;
		while (line + n < next && (line[n] == ' ' || line[n] == '\t')) n++;
		bool blank = !str_trim((struct str){ line, (size_t)(next - line) }).n;
		bool closing = next == end && line + n == end - 3;
		if (!blank && !closing) {
			size_t same = 0;
			while (any && same < n && same < margin.n && line[same] == margin.p[same]) same++;
			margin = any ? (struct str){ margin.p, same } : (struct str){ line, n };
			any = true;
		}
		line = next + (next < end);
	}
	buf_add(out, s.p, 3);
	for (const char *line = nl + 1, *end = s.p + s.n; line < end;) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		if (!next) next = end;
		struct str text = { line, (size_t)(next - line) };
		if (text.n && text.p[text.n - 1] == '\r') text.n--;
		struct str bare = str_trim(text);
		bool closing = next == end && bare.n == 3;
		buf_putc(out, '\n');
		if (bare.n) buf_pad(out, ' ', indent + FMT_INDENT);
		if (closing) buf_str(out, bare);
		else if (bare.n) buf_add(out, text.p + margin.n, text.n - margin.n);
		line = next + (next < end);
	}
	return true;
}

/* Whether a hole of the text goes over several lines: between `#{` and its `}` there is a newline. */
static bool has_long_hole(struct str s)
{
	for (size_t i = 0; i + 1 < s.n; i++) {
		if (s.p[i] == '\\') {
			i++;
		} else if (s.p[i] == '#' && s.p[i + 1] == '{') {
			for (i += 2; i < s.n && s.p[i] != '}'; i++)
				if (s.p[i] == '\n' || s.p[i] == '"') return true;
		}
	}
	return false;
}

static void put_token(struct buf *out, const struct fmt *f, const struct fmt_token *t, unsigned indent)
{
	struct str s = text_at(f->parser, t->span);
	if (t->kind == FMT_COMMENT) s.n = str_trim((struct str){ s.p, s.n }).n;
	bool movable = t->kind == TOK_STRING && (s.p[0] == '\'' || !has_long_hole(s));
	if (movable && put_moved(out, s, indent)) return;
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] == '\r' && i + 1 < s.n && s.p[i + 1] == '\n')) buf_putc(out, s.p[i]);
}

static void put_line(struct buf *out, const struct fmt *f, const struct fmt_line *l)
{
	if (l->blank_before) buf_putc(out, '\n');
	buf_pad(out, ' ', l->indent);
	for (size_t i = l->first; i < l->first + l->n; i++) {
		const struct fmt_token *t = &f->tokens.at[i];
		if (i > l->first) buf_pad(out, ' ', t->gap);
		put_token(out, f, t, l->indent);
	}
	buf_putc(out, '\n');
}

void fmt_put(struct buf *out, const struct ast *ast, struct sources *ss)
{
	struct arena *a = arena_new(0);
	struct ast scratch = { .file = ast->file };
	struct diags silent = { .arena = a };
	struct parser p = { .arena = a, .sources = ss, .diags = &silent, .file = ast->file, .ast = &scratch };
	p.text = ss->file.at[ast->file]->text;
	struct fmt f = { .parser = &p };
	lexer_begin(&p);
	read_tokens(&f);
	fmt_spaces(&f);
	lay_out(&f);
	fmt_align(&f);
	for (size_t i = 0; i < f.lines.n; i++) put_line(out, &f, &f.lines.at[i]);
	lexer_end(&p);
	arena_free(a);
}
