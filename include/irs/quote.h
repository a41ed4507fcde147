/*
 * quote: reads shell templates.  One scanner walks a command's text with the
 * POSIX shell's quoting rules, gives every hole the context in which its value
 * is quoted, and reports what can't be quoted safely and what is left open.
 * Rules and reasons: docs/language.md, "Commands".
 */
#ifndef IRS_QUOTE_H
#define IRS_QUOTE_H

#include "irs/ast.h"
#include "irs/diag.h"

/* Sets `context` of each hole of `t`, by the holes' types (checked before) and their place. Reports to `ds`. */
void quote_template(struct diags *ds, struct template *t);

/* The template with every hole replaced by a harmless word of its context: what `sh -n` and shellcheck may read. */
void quote_sample(struct buf *out, const struct template *t);

#endif
