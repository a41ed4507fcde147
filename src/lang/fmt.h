/*
 * fmt: the formatter's parts.  It works on tokens, not on the tree: what it prints is every token and comment of the
 * file in its order, so that none is lost or changed; it only decides about the white space between them. Lines stay
 * as the author broke them, except that what is longer than FMT_COLUMNS is wrapped after its commas. Private to
 * lang/.
 */
#ifndef IRS_LANG_FMT_H
#define IRS_LANG_FMT_H

#include "irs/buf.h"

#include "lexer.h"

enum { FMT_COLUMNS = 120, FMT_INDENT = 4, FMT_COMMENT = -1 };

struct fmt_token {
	int kind;         /* FMT_COMMENT, or a token; a text with its holes is one STRING */
	struct span span;
	unsigned newlines; /* between it and what stands before it, two for any more */
	bool spaced;       /* white space stands before it on its line */
	bool in_type;      /* the `<` or `>` of list<T> */
	unsigned gap;      /* blanks before it */
	unsigned column;   /* in the source, from 0 */
};

struct fmt_line {
	size_t first, n; /* tokens */
	unsigned indent;
	bool blank_before;
	unsigned depth;  /* brackets that are open where it begins */
};

struct fmt {
	struct parser *parser;
	VEC(struct fmt_token) tokens;
	VEC(struct fmt_line) lines;
};

/* Blanks between tokens that stand on one line (fmt_space.c). */
void fmt_spaces(struct fmt *f);
/* What stands on one another in neighbouring lines (fmt_align.c). */
void fmt_align(struct fmt *f);
/* Columns of a token's last line; `multiline` says whether it has several. */
size_t fmt_width(const struct fmt *f, const struct fmt_token *t, bool *multiline);

#endif
