/*
 * parser: what lexer, grammar and tree builder share while they read one file.  Private to lang/; the door is parse.h.
 */
#ifndef IRS_LANG_PARSER_H
#define IRS_LANG_PARSER_H

#include "irs/map.h"
#include "irs/parse.h"

#include "keyword.h"

/* A list while the grammar still reads it: a ring of links in the arena, so that a list that error recovery drops leaves nothing behind. */
struct chain {
	struct link *last; /* its next is the first; NULL: empty */
};

/* What stands in braces. Neither item nor stmt: it made no sense. */
struct entry {
	struct item *item;
	struct stmt *stmt;
	struct span span;
};

/* A stretch of text between quotes or holes, without them. */
struct segment {
	uint32_t start, end : 30;
	enum string_form form : 2;
};
_Static_assert(SOURCE_MAX_BYTES < 1 << 30, "the end of a segment fits");

enum clause_kind {
	CLAUSE_ON,
	CLAUSE_FANOUT, /* `one at a time` without value, `at most N` */
	CLAUSE_AFTER,
	CLAUSE_WHEN,
	CLAUSE_UNLESS,
	CLAUSE_EVERY,
	CLAUSE_TIMEOUT,
	CLAUSE_FROM,
	CLAUSE_LATEST,
	CLAUSE_SILENT,
	CLAUSE_INPUT,
	CLAUSE_BODY,
	CLAUSE_WORD, /* failsafe none */
	CLAUSE_KINDS
};

struct clause { /* `on db`, `after 15m`, … in a header or behind a command */
	enum clause_kind kind;
	struct span span;
	struct expr *value;
};

struct type_at {
	struct type type;
	struct span span;
	bool said;
};

struct count_range {
	int64_t low, high;
	struct span span;
};

struct lexer;

enum { CHAIN_CLASS = 8, CHAIN_CLASSES = 16 }; /* links by the size of what they hold, in steps of eight bytes */

struct parser {
	struct arena *arena;
	struct sources *sources;
	struct diags *diags;
	uint32_t file;
	struct str text;
	struct ast *ast;
	struct lexer *lexer;
	struct link *spare[CHAIN_CLASSES];
	struct map declared;               /* names of values, for what is doubtful */
	VEC(struct template *) doubtful;
	VEC(struct span) docs; /* `##` comments on lines of their own */
	bool gave_up;          /* nested too deeply: what follows is not read and not complained about */
};

/* Notes that what stands at `at` could not be read; what depends on it isn't complained about. */
void parser_unread(struct parser *p, struct span at);
/* The same for the whole file: its blocks don't balance. */
void parser_unread_all(struct parser *p);

static inline struct str text_at(const struct parser *p, struct span at)
{
	return (struct str){ p->text.p + at.start, at.end - at.start };
}

#endif
