/* parsed: a text in memory, parsed, for the unit tests of the front end. */
#ifndef TESTS_PARSED_H
#define TESTS_PARSED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>

#include "irs/parse.h"
#include "irs/render.h"

struct parsed {
	struct arena *a;
	struct sources sources;
	struct diags diags;
	struct ast *ast;
};

static inline void parse_bytes(struct parsed *p, struct str text)
{
	*p = (struct parsed){ .a = arena_new(0) };
	p->sources.arena = p->diags.arena = p->a;
	uint32_t file = source_add(&p->sources, "test.irs", text);
	p->ast = parse_file(p->a, &p->sources, file, &p->diags);
}

static inline void parse_text(struct parsed *p, const char *text)
{
	parse_bytes(p, str_of(text));
}

static inline void parse_done(struct parsed *p)
{
	arena_free(p->a);
}

/* The names of the diagnostics, in the order of reporting. */
static inline const char *codes_of(const struct parsed *p)
{
	struct buf b = { 0 };
	for (size_t i = 0; i < p->diags.list.n; i++) buf_printf(&b, "%s%s", i ? " " : "", diag_table[p->diags.list.at[i]->code].name);
	const char *text = arena_strndup(p->a, b.p ? b.p : "", b.n);
	buf_free(&b);
	return text;
}

/* The tree without its places: what is the same for two layouts of one text. */
static inline char *tree_of(struct parsed *p)
{
	struct buf b = { 0 };
	ast_dump(&b, p->ast, &p->sources);
	char *tree = arena_alloc(p->a, b.n + 1), *to = tree;
	for (size_t i = 0; i < b.n; i++) {
		if (b.p[i] == '@' && i && b.p[i - 1] == ' ' && i + 1 < b.n && b.p[i + 1] >= '0' && b.p[i + 1] <= '9')
			while (i < b.n && b.p[i] != '\n') i++;
		if (i < b.n) *to++ = b.p[i];
	}
	buf_free(&b);
	return tree;
}

/* `head`, `body` so many times, `tail`, in a buffer that the caller frees. */
static inline struct buf repeated(const char *head, const char *body, size_t times, const char *tail)
{
	struct buf b = { 0 };
	buf_puts(&b, head);
	for (size_t i = 0; i < times; i++) buf_puts(&b, body);
	buf_puts(&b, tail);
	return b;
}

#endif
