/* check_support: checking a text that is in memory, for the unit tests of the checker. */
#ifndef TESTS_CHECK_SUPPORT_H
#define TESTS_CHECK_SUPPORT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "irs/check.h"
#include "irs/literal.h"

struct checked {
	struct arena *a;
	struct sources sources;
	struct diags diags;
	struct program *p;
};

/* Checks `text`; arena_free(k->a) when done. */
static inline void check_text(struct checked *k, const char *text, bool lints)
{
	*k = (struct checked){ .a = arena_new(0) };
	k->sources.arena = k->diags.arena = k->a;
	struct check_options o = { .stdlib_dir = "stdlib", .lints = lints };
	uint32_t file = source_add(&k->sources, "test.irs", str_of(text));
	k->p = check_program(k->a, &k->sources, file, &o, &k->diags);
}

/* The names of the diagnostics' codes, in the order of reporting: "unknown_name unit_missing". In `a`. */
static inline const char *codes_of(const struct diags *ds)
{
	struct buf b = { 0 };
	for (size_t i = 0; i < ds->list.n; i++) buf_printf(&b, "%s%s", i ? " " : "", diag_table[ds->list.at[i]->code].name);
	const char *text = arena_strndup(ds->arena, b.p ? b.p : "", b.n);
	buf_free(&b);
	return text;
}

#endif
