/*
 * syntax_error: what to say when the grammar meets a token that can't stand there.  Frequent mistakes have words of
 * their own; all others say what was expected, in categories that people think in ("an expression"), and propose the
 * word that was misspelt.
 */
#ifndef IRS_LANG_SYNTAX_ERROR_H
#define IRS_LANG_SYNTAX_ERROR_H

#include "parser.h"

/* `found` and `expected` are tokens as the grammar names them. */
void syntax_error(struct parser *p, const char *found, struct span at, const char **expected, size_t n);
/* The grammar's stack is full. */
void syntax_too_deep(struct parser *p, struct span at);

#endif
