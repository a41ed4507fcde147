/*
 * keyword: the language's words (tbl/keyword.def) and what may stand where.  Constant tables; no state.
 */
#ifndef IRS_LANG_KEYWORD_H
#define IRS_LANG_KEYWORD_H

#include "irs/str.h"

enum keyword_use { KEYWORD_RESERVED, KEYWORD_OPENS, KEYWORD_ITEM, KEYWORD_PREFIX, KEYWORD_PLAIN };

/* What braces (or the file) hold, as a set. */
enum container {
	IN_FILE = 1,
	IN_SCENARIO = 2,
	IN_STEP = 4,
	IN_FAULT = 8,
	IN_BLOCK = 16, /* statements */
};

struct keyword {
	const char *text;
	int token;
	enum keyword_use use;
	unsigned where;   /* set of enum container; 0: begins nothing */
	const char *form; /* how it is written; may hold a second one: "a` or `b". NULL: begins nothing */
};

/* All words, as the table has them. */
const struct keyword *keyword_table(size_t *n);

/* Finds words and tokens in constant time; filled by keyword_index_fill. */
struct keyword_index {
	unsigned char slot[256];  /* by hash */
	unsigned char token[256]; /* by token - 256 */
};
void keyword_index_fill(struct keyword_index *x);
/* The keyword that `word` is, or NULL. */
const struct keyword *keyword_find(const struct keyword_index *x, struct str word);
/* The same without an index, for where it doesn't matter how long it takes. */
const struct keyword *keyword_named(struct str word);
/* The keyword of a token, or NULL. */
const struct keyword *keyword_of(const struct keyword_index *x, int token);

/* What stands in the braces of an item that begins with this token. */
enum container container_of(int token);
/* "a scenario", "a step", …, for messages. */
const char *container_name(enum container c);

#endif
