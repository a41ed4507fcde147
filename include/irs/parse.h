/*
 * parse: text to tree.  `parse_file` reads one source with the grammar in
 * grammar/irs.l and grammar/irs.y; it reports every syntax error of the file
 * and always returns a tree (`broken` when there were errors).
 */
#ifndef IRS_PARSE_H
#define IRS_PARSE_H

#include "irs/ast.h"
#include "irs/source.h"

enum {
	PARSE_MAX_NESTING = 256, /* brackets, blocks and interpolations within each other; deeper is an error, not a crash */
	PARSE_MAX_DEPTH = 1000,  /* operators and calls within each other in one expression */
};

struct ast *parse_file(struct arena *a, struct sources *ss, uint32_t file, struct diags *ds);

/* The tree as indented text, for goldens and `irsc check --dump ast`. Spans as line:column. */
void ast_dump(struct buf *out, const struct ast *ast, struct sources *ss);

/* The file in canonical layout: comments survive, tokens are unchanged, formatting twice changes nothing. Only for
 * trees that are not broken. */
void fmt_put(struct buf *out, const struct ast *ast, struct sources *ss);

#endif
