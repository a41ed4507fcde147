/*
 * lint_shell: what shells themselves say about a program's commands.  All
 * templates go to one `sh -n` at once, which reads them and runs nothing, and
 * to shellcheck where it is installed; holes are filled with a harmless word.
 * What they report is put to its place in the source.
 */
#ifndef IRS_LINT_SHELL_H
#define IRS_LINT_SHELL_H

#include "irs/check.h"
#include "irs/err.h"

/* Reports to p->diags. Templates in which the scanner found errors are left out, and so are raw ones. False (IRS_USAGE) where no shell could be run. */
bool lint_shell(struct program *p, struct err *e);

#endif
