#include "keyword.h"

#include "parser.h"

#include "irs.tab.h"

static const struct keyword table[] = {
#define KEYWORD(token, text, use, where, form) { text, TOK_##token, KEYWORD_##use, where, form },
#include "irs/tbl/keyword.def"
#undef KEYWORD
};

enum { KEYWORDS = sizeof table / sizeof *table };
_Static_assert(KEYWORDS < 128, "the index is at most half full");

const struct keyword *keyword_table(size_t *n)
{
	*n = KEYWORDS;
	return table;
}

static unsigned hash(struct str s)
{
	unsigned h = (unsigned)s.n * 29;
	h += (unsigned char)s.p[0] * 7u + (unsigned char)s.p[s.n - 1] * 43u + (unsigned char)s.p[s.n / 2] * 11u;
	return h & 255;
}

void keyword_index_fill(struct keyword_index *x)
{
	memset(x, 0, sizeof *x);
	for (unsigned i = 0; i < KEYWORDS; i++) {
		unsigned h = hash(str_of(table[i].text));
		while (x->slot[h]) h = (h + 1) & 255;
		x->slot[h] = (unsigned char)(i + 1);
		x->token[table[i].token - 256] = (unsigned char)(i + 1);
	}
}

const struct keyword *keyword_find(const struct keyword_index *x, struct str word)
{
	for (unsigned h = hash(word); x->slot[h]; h = (h + 1) & 255) {
		const struct keyword *k = &table[x->slot[h] - 1];
		if (strncmp(k->text, word.p, word.n) == 0 && !k->text[word.n]) return k;
	}
	return NULL;
}

const struct keyword *keyword_named(struct str word)
{
	for (size_t i = 0; i < KEYWORDS; i++)
		if (str_eq(str_of(table[i].text), word)) return &table[i];
	return NULL;
}

const struct keyword *keyword_of(const struct keyword_index *x, int token)
{
	unsigned char i = token >= 256 && token < 512 ? x->token[token - 256] : 0;
	return i ? &table[i - 1] : NULL;
}

enum container container_of(int token)
{
	switch (token) {
	case 0: return IN_FILE;
	case TOK_SCENARIO: return IN_SCENARIO;
	case TOK_STEP: return IN_STEP;
	case TOK_FAULT: return IN_FAULT;
	default: return IN_BLOCK;
	}
}

const char *container_name(enum container c)
{
	switch (c) {
	case IN_FILE: return "the top of a file";
	case IN_SCENARIO: return "a scenario";
	case IN_STEP: return "a step";
	case IN_FAULT: return "a fault";
	case IN_BLOCK: return "a block of statements";
	}
	return "";
}
