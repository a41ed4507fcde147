/*
 * Alignment of neighbouring lines: the value behind an item's word, the `=` of lets, comments at the ends of lines.
 * Where the author has aligned a group already, wider than need be, it stays so.
 */
#include "fmt.h"

enum { WIDEST_KEY_GAP = 12 };

/* Columns of a line from its indentation to the beginning of its token `n`, as it would be without alignment. */
static size_t width_before(const struct fmt *f, const struct fmt_line *l, size_t n)
{
	size_t width = 0;
	bool multiline;
	for (size_t i = l->first; i < l->first + n; i++) {
		size_t w = fmt_width(f, &f->tokens.at[i], &multiline);
		width = multiline ? w : width + (i > l->first ? f->tokens.at[i].gap : 0) + w;
	}
	return width;
}

static int nesting(int kind)
{
	switch (kind) {
	case TOK_LBRACE: case TOK_LPAREN: case TOK_LBRACKET: return 1;
	case TOK_RBRACE: case TOK_RPAREN: case TOK_RBRACKET: return -1;
	default: return 0;
	}
}

static bool is_one_line(const struct fmt *f, const struct fmt_line *l)
{
	bool multiline = false;
	int open = 0;
	for (size_t i = l->first; i < l->first + l->n && !multiline; i++) {
		fmt_width(f, &f->tokens.at[i], &multiline);
		open += nesting(f->tokens.at[i].kind);
	}
	return !multiline && !open;
}

enum column { COLUMN_NONE, COLUMN_VALUE, COLUMN_EQUALS };

/* Which token of the line is aligned with its neighbours': 1 behind an item's word, 2 the `=` of a let. */
static enum column column_of(const struct fmt *f, const struct fmt_line *l)
{
	if (l->n < 2 || !is_one_line(f, l)) return COLUMN_NONE;
	const struct fmt_token *t = &f->tokens.at[l->first];
	if (t->kind == TOK_LET) return l->n > 3 && t[2].kind == TOK_ASSIGN ? COLUMN_EQUALS : COLUMN_NONE;
	bool plain_text = t[1].kind == TOK_STRING && t->kind == TOK_WORD; /* cause "…" */
	switch (t->kind) {
	case TOK_BRIEF: case TOK_LEVEL: case TOK_LASTS: case TOK_COMPONENTS: case TOK_REQUIRES: case TOK_READING:
	case TOK_MESSAGE: case TOK_HINT: case TOK_INDUCE: case TOK_VERIFY: case TOK_RESTORE: case TOK_SUPERSEDED: case TOK_RESOLVED:
		return t[1].kind == TOK_LPAREN || t[1].kind == TOK_DOT ? COLUMN_NONE : COLUMN_VALUE;
	default:
		return plain_text ? COLUMN_VALUE : COLUMN_NONE;
	}
}

/* Gives token `n` of each line a gap so that they stand in one column. */
static void align(struct fmt *f, const struct fmt_line *lines, size_t nlines, size_t n)
{
	size_t widest = 0;
	bool aligned = nlines > 1;
	unsigned column = f->tokens.at[lines[0].first + n].column - f->tokens.at[lines[0].first].column;
	for (size_t i = 0; i < nlines; i++) {
		const struct fmt_token *first = &f->tokens.at[lines[i].first];
		size_t width = width_before(f, &lines[i], n);
		if (width > widest) widest = width;
		aligned = aligned && first[n].column - first->column == column;
	}
	size_t to = aligned && column > widest && column <= widest + WIDEST_KEY_GAP ? column : widest + 1;
	for (size_t i = 0; i < nlines; i++)
		f->tokens.at[lines[i].first + n].gap = (unsigned)(to - width_before(f, &lines[i], n));
}

/* The comment at the end of a line; NULL: none, or nothing but a comment. */
static struct fmt_token *end_comment(struct fmt *f, const struct fmt_line *l)
{
	struct fmt_token *t = &f->tokens.at[l->first + l->n - 1];
	return l->n > 1 && t->kind == FMT_COMMENT ? t : NULL;
}

static size_t end_of_text(const struct fmt *f, const struct fmt_line *l)
{
	size_t width = l->indent;
	bool multiline;
	for (size_t i = l->first; i + 1 < l->first + l->n; i++) {
		size_t w = fmt_width(f, &f->tokens.at[i], &multiline);
		width = multiline ? w : width + (i > l->first ? f->tokens.at[i].gap : 0) + w;
	}
	return width;
}

static void align_comments(struct fmt *f, const struct fmt_line *lines, size_t nlines)
{
	size_t widest = 0;
	bool aligned = true;
	unsigned column = end_comment(f, &lines[0])->column;
	for (size_t i = 0; i < nlines; i++) {
		size_t width = end_of_text(f, &lines[i]);
		if (width > widest) widest = width;
		aligned = aligned && end_comment(f, &lines[i])->column == column;
	}
	size_t to = aligned && column >= widest + 2 ? column : widest + 2;
	for (size_t i = 0; i < nlines; i++) end_comment(f, &lines[i])->gap = (unsigned)(to - end_of_text(f, &lines[i]));
}

void fmt_align(struct fmt *f)
{
	for (size_t i = 0, n; i < f->lines.n; i += n) {
		const struct fmt_line *l = &f->lines.at[i];
		enum column column = column_of(f, l);
		for (n = 1; column != COLUMN_NONE && i + n < f->lines.n; n++)
			if (l[n].blank_before || l[n].indent != l->indent || column_of(f, &l[n]) != column) break;
		if (column != COLUMN_NONE) align(f, l, n, column);
	}
	for (size_t i = 0, n; i < f->lines.n; i += n) {
		const struct fmt_line *l = &f->lines.at[i];
		bool comment = end_comment(f, l);
		for (n = 1; comment && i + n < f->lines.n && !l[n].blank_before && end_comment(f, &l[n]); n++) {}
		if (comment) align_comments(f, l, n);
	}
}
