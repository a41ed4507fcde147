/*
 * irsc_compile: what the subcommands of irsc that read a scenario have in common: finding the standard library, checking
 * a file, and showing what is wrong with it.
 */
#ifndef IRS_CMD_IRSC_COMPILE_H
#define IRS_CMD_IRSC_COMPILE_H

#include "irs/check.h"
#include "irs/err.h"
#include "irs/render.h"

struct compilation {
	struct arena *a;
	struct sources sources;
	struct diags diags;
	struct program *program;
	uint32_t file;
};

/* Where `use net` looks: $IRS_STDLIB, beside the program (a checkout, an installation), else where it was configured. */
const char *stdlib_dir(struct arena *a);
/* Reads and checks `path` ("-" is standard input). False with `e` if it can't be read at all; what is wrong in it stands in `diags`. */
bool compilation_check(struct compilation *c, struct arena *a, const char *path, bool lints, struct err *e);
/* Shows what was found: for people on standard error, else on standard output. Returns IRS_OK, or IRS_FAILED if there are errors. */
int compilation_show(struct compilation *c, enum render_format format);
/* The format that a word of --format names; false if it names none. NULL: for people. */
bool render_format_named(const char *word, enum render_format *format);

#endif
