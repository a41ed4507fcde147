/* template: for tests, templates without a parser: `#{s}` in a text is a hole, and the letter says its type. */
#ifndef TESTS_TEMPLATE_H
#define TESTS_TEMPLATE_H

#include "irs/quote.h"

static inline struct type type_of(char c)
{
	switch (c) {
	case 's': case 'r': return TYPE(T_STRING);
	case 'i': return TYPE(T_INT);
	case 'f': return TYPE(T_FLOAT);
	case 'p': return TYPE(T_PROCESS);
	case 'h': return TYPE(T_HOST);
	case 'd': return TYPE(T_DURATION);
	case 'z': return TYPE(T_SIZE);
	case 'b': return TYPE(T_BOOL);
	case 'l': return TYPE_LIST(T_STRING);
	case 'H': return TYPE_LIST(T_HOST);
	case 'e': return TYPE_LIST(T_NONE);
	default: return TYPE(T_ERROR);
	}
}

static inline struct expr *hole(struct arena *a, char c, uint32_t at)
{
	struct expr *e = arena_new_of(a, struct expr);
	e->kind = E_NAME;
	e->span = (struct span){ 0, at + 2, at + 3 };
	e->type = type_of(c);
	return e;
}

static inline struct template *template_of(struct arena *a, const char *text)
{
	struct template *t = arena_new_of(a, struct template);
	uint32_t n = (uint32_t)strlen(text), from = 0;
	t->span = (struct span){ 0, 0, n + 1 }; /* the text from 0, one byte of a closing quote behind it */
	for (uint32_t i = 0; i <= n; i++) {
		bool opens = i + 3 < n && text[i] == '#' && text[i + 1] == '{' && text[i + 3] == '}';
		if (i < n && !opens) continue;
		if (i > from) vec_push(a, &t->parts, ((struct template_part){ .text = { text + from, i - from }, .span = { 0, from, i } }));
		if (!opens) break;
		vec_push(a, &t->parts, ((struct template_part){ .hole = hole(a, text[i + 2], i), .span = { 0, i, i + 4 }, .raw = text[i + 2] == 'r' }));
		i += 3;
		from = i + 1;
	}
	return t;
}

#endif
