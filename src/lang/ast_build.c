#include "ast_build.h"

#include "irs/buf.h"

#include "lexer.h"

/* ---- lists ---- */

/* Links are used again when their list is complete: of a large file they would be a fifth of all memory. */
static struct link **spare_links(struct parser *p, size_t size)
{
	size_t class = size / CHAIN_CLASS;
	return class < CHAIN_CLASSES ? &p->spare[class] : NULL;
}

static struct link *link_new(struct parser *p, size_t size)
{
	struct link **spare = spare_links(p, size), *l = spare ? *spare : NULL;
	if (!l) return arena_alloc(p->arena, sizeof *l + (size + CHAIN_CLASS - 1) / CHAIN_CLASS * CHAIN_CLASS);
	*spare = l->next;
	return l;
}

void chain_add(struct parser *p, struct chain *c, const void *element, size_t size)
{
	struct link *l = link_new(p, size);
	memcpy(l->element, element, size);
	l->next = c->last ? c->last->next : l;
	if (c->last) c->last->next = l;
	c->last = l;
}

uint32_t chain_length(const struct chain *c)
{
	uint32_t n = 0;
	for (const struct link *l = chain_first(c); l; l = chain_next(c, l)) n++;
	return n;
}

void chain_done(struct parser *p, const struct chain *c, size_t size)
{
	struct link **spare = spare_links(p, size);
	if (!spare || !c->last) return;
	struct link *first = c->last->next;
	c->last->next = *spare;
	*spare = first;
}

void *chain_array(struct parser *p, const struct chain *c, size_t size, uint32_t *n)
{
	*n = chain_length(c);
	if (!*n) return NULL;
	char *array = arena_alloc(p->arena, *n * size), *to = array;
	for (const struct link *l = chain_first(c); l; l = chain_next(c, l), to += size) memcpy(to, l->element, size);
	chain_done(p, c, size);
	return array;
}

#define CHAIN_OF(function, T)                                                  \
	struct chain function(struct parser *p, struct chain c, T element)         \
	{                                                                          \
		chain_add(p, &c, &element, sizeof element);                            \
		return c;                                                              \
	}
CHAIN_OF(ast_names, struct name)
CHAIN_OF(ast_strings, struct template *)
CHAIN_OF(ast_pointers, struct pointer)
CHAIN_OF(ast_clauses, struct clause)
CHAIN_OF(ast_exprs, struct expr *)
CHAIN_OF(ast_args, struct arg)
CHAIN_OF(ast_params, struct param)
static CHAIN_OF(add_entry, struct entry)

bool one_of(struct parser *p, struct name n, const char *what, const char *const *words, size_t nwords)
{
	for (size_t i = 0; i < nwords; i++)
		if (str_eq(n.text, str_of(words[i]))) return true;
	struct buf list = { 0 };
	for (size_t i = 0; i < nwords; i++)
		buf_printf(&list, "%s`%s`", !i ? "" : i + 1 == nwords ? " or " : ", ", words[i]);
	struct diag *d = diag_add(p->diags, D_no_such_word, n.span, "there is no %s `%.*s`", what, STR_ARG(n.text));
	const char *near = str_nearest(n.text, words, nwords);
	if (near) {
		diag_help(p->diags, d, "did you mean `%s`?", near);
		diag_fix(p->diags, d, n.span, "%s", near);
	} else {
		diag_help(p->diags, d, "it is %.*s", STR_ARG(buf_view(&list)));
	}
	buf_free(&list);
	return false;
}

/* ---- what stands where ---- */

struct chain ast_entry_item(struct parser *p, struct chain c, struct item *i)
{
	return add_entry(p, c, (struct entry){ .item = i, .span = i->span });
}

struct chain ast_entry_stmt(struct parser *p, struct chain c, struct stmt *s)
{
	return add_entry(p, c, (struct entry){ .stmt = s, .span = s->span });
}

struct chain ast_entry_error(struct parser *p, struct chain c, struct span at)
{
	parser_unread(p, at);
	return add_entry(p, c, (struct entry){ .span = at });
}

/* "in a scenario or a step" */
static void put_places(struct buf *b, unsigned where)
{
	bool first = true;
	for (unsigned c = IN_FILE; c <= IN_BLOCK; c <<= 1) {
		if (!(where & c)) continue;
		buf_printf(b, "%s%s%s", first ? "" : " or ", c == IN_FILE ? "at " : "in ", container_name((enum container)c));
		first = false;
	}
}

/* The word that an entry begins with, as the table has it; an expression counts as a statement. */
static unsigned places_of(struct parser *p, const struct entry *e, struct str *word)
{
	uint32_t at = e->span.start, end = at;
	while (end < e->span.end && ((p->text.p[end] | 32) >= 'a' && (p->text.p[end] | 32) <= 'z')) end++;
	*word = (struct str){ p->text.p + at, end - at };
	bool by_word = e->item || e->stmt->kind != S_EXPR;
	const struct keyword *k = by_word && word->n ? keyword_find(&p->lexer->keywords, *word) : NULL;
	if (!k) *word = (struct str){ 0 };
	return k ? k->where : (unsigned)IN_BLOCK;
}

/* Says that an entry can't stand in a container; false. */
static bool misplaced(struct parser *p, const struct entry *e, enum container in)
{
	struct str word;
	unsigned where = places_of(p, e, &word);
	struct span at = e->item ? e->item->keyword : e->span;
	if (word.n) at.end = at.start + (uint32_t)word.n;
	struct buf places = { 0 };
	put_places(&places, where);
	const char *prefix = in == IN_FILE ? "at " : "in ";
	struct diag *d;
	if (word.n) d = diag_add(p->diags, D_misplaced, at, "`%.*s` can't stand %s%s", STR_ARG(word), prefix, container_name(in));
	else d = diag_add(p->diags, D_misplaced, at, "a statement can't stand %s%s", prefix, container_name(in));
	diag_help(p->diags, d, "it stands %.*s", STR_ARG(buf_view(&places)));
	if (where == IN_BLOCK && (in == IN_STEP || in == IN_FAULT))
		diag_note(p->diags, d, "commands stand in `induce { … }`, `verify { … }` or `restore { … }`");
	parser_unread(p, e->span);
	buf_free(&places);
	return false;
}

/* What can't be a name, alone on its line, has been called that. */
static bool is_foreign_word(const struct entry *e)
{
	if (!e->stmt || e->stmt->kind != S_EXPR || e->stmt->expr->kind != E_NAME) return false;
	struct str word = e->stmt->expr->name.name.text;
	for (size_t i = 0; i < word.n; i++)
		if ((unsigned char)word.p[i] >= 0x80) return true;
	return false;
}

static bool may_stand(struct parser *p, const struct entry *e, enum container in)
{
	struct str word;
	if (!e->item && !e->stmt) return true;
	if (e->item ? e->item->kind == I_ERROR : e->stmt->kind == S_ERROR) return true;
	if (in == IN_BLOCK && e->stmt) return true;
	return (places_of(p, e, &word) & in) || (!is_foreign_word(e) && misplaced(p, e, in));
}

void ast_items(struct parser *p, items_t *out, enum container in, const struct chain *entries)
{
	uint32_t n = chain_length(entries);
	*out = (items_t){ .at = arena_array_of(p->arena, struct item *, n), .cap = n };
	CHAIN_EACH(struct entry, e, entries) {
		struct item *i = !may_stand(p, e, in) ? ast_item_error(p, e->span)
			: e->item	      ? e->item
			: e->stmt	      ? ast_item_of_stmt(p, e->stmt)
					      : ast_item_error(p, e->span);
		out->at[out->n++] = i;
	}
	chain_done(p, entries, sizeof(struct entry));
}

struct block *ast_block(struct parser *p, struct span at, const struct chain *entries)
{
	struct block *b = arena_new_of(p->arena, struct block);
	b->span = at;
	b->stmts.cap = chain_length(entries);
	if (b->stmts.cap) b->stmts.at = arena_array_of(p->arena, struct stmt *, b->stmts.cap);
	CHAIN_EACH(struct entry, e, entries)
		b->stmts.at[b->stmts.n++] = may_stand(p, e, IN_BLOCK) && e->stmt ? e->stmt : ast_stmt_error(p, e->span);
	chain_done(p, entries, sizeof(struct entry));
	return b;
}

void ast_file(struct parser *p, const struct chain *entries)
{
	ast_items(p, (items_t *)&p->ast->items, IN_FILE, entries);
}

/* ---- clauses ---- */

struct clause *ast_clause(struct parser *p, enum clause_kind kind, struct span at, struct expr *value)
{
	return KEEP(p, struct clause, .kind = kind, .span = at, .value = value);
}

struct clause *ast_one_at_a_time(struct parser *p, struct span at, struct name a, struct name time)
{
	if (!str_eq(a.text, STR("a")) || !str_eq(time.text, STR("time"))) {
		struct diag *d = diag_add(p->diags, D_no_such_word, span_join(a.span, time.span), "`one at` goes on `a time`");
		diag_fix(p->diags, d, span_join(a.span, time.span), "a time");
	}
	return ast_clause(p, CLAUSE_FANOUT, at, NULL);
}

struct clause *ast_unless(struct parser *p, struct span at, struct name word)
{
	static const char *const words[] = { "resolved" };
	ONE_OF(p, word, "condition behind `unless`", words);
	return ast_clause(p, CLAUSE_UNLESS, at, NULL);
}

static const char *clause_word(enum clause_kind kind)
{
	static const char *const words[CLAUSE_KINDS] = { "on", "at most", "after", "when", "unless", "every", "timeout", "from",
		"latest", "silent", "input", "body", "none" };
	return words[kind];
}

void clauses_spread(struct parser *p, struct clauses *out, const char *what, unsigned known, const struct chain *c)
{
	*out = (struct clauses){ 0 };
	CHAIN_EACH(struct clause, x, c) {
		if (!(known & 1u << x->kind)) {
			struct diag *d = diag_add(p->diags, D_no_such_clause, x->span, "%s has no `%s`", what, clause_word(x->kind));
			struct buf b = { 0 };
			for (unsigned k = 0; k < CLAUSE_KINDS; k++)
				if (known & 1u << k) buf_printf(&b, "%s`%s`", b.n ? ", " : "", clause_word(k));
			diag_help(p->diags, d, "it may have %.*s", STR_ARG(buf_view(&b)));
			buf_free(&b);
		} else if (out->of[x->kind]) {
			struct diag *d = diag_add(p->diags, D_clause_twice, x->span, "`%s` is said twice", clause_word(x->kind));
			diag_label(p->diags, d, out->of[x->kind]->span, "first here");
		} else {
			out->of[x->kind] = x;
		}
	}
}
