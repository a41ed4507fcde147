/*
 * ast_build: what the grammar's actions call. Each builds one node from what stands on its right-hand side, in the
 * parser's arena, and reports what is wrong with it beyond syntax (a word that is none of those that may stand there,
 * a clause said twice, an item in the wrong place). None returns NULL: what makes no sense becomes an error node.
 *
 * `at` is the span of the whole, `keyword` of the first word.
 */
#ifndef IRS_LANG_AST_BUILD_H
#define IRS_LANG_AST_BUILD_H

#include "parser.h"

/* A node is as large as its kind needs, up to its `member`: with room for the largest kind in each, a tree would take twice the memory. */
#define NODE_SIZE(T, member) (offsetof(T, member) + sizeof ((T *)NULL)->member)

/* A struct in the arena, from its initialisers. */
#define KEEP(p, T, ...) ((T *)arena_memdup((p)->arena, &(T){ __VA_ARGS__ }, sizeof(T)))

#define NO_NAME ((struct name){ .text = { NULL, 0 } })

/* ---- lists (ast_build.c) ---- */

void chain_add(struct parser *p, struct chain *c, const void *element, size_t size);
/* All elements as an array of their own; the chain is used up. */
void *chain_array(struct parser *p, const struct chain *c, size_t size, uint32_t *n);
/* The chain is used up: its links may be others' now. */
void chain_done(struct parser *p, const struct chain *c, size_t size);
/* Fills a VEC from a chain of its elements. */
#define CHAIN_TO_VEC(p, vec, chain)                                      \
	do {                                                                 \
		(vec)->at = chain_array((p), (chain), sizeof *(vec)->at, &(vec)->n); \
		(vec)->cap = (vec)->n;                                          \
	} while (0)
/* Walks one; `T *e` is each element in turn. */
#define CHAIN_EACH(T, e, chain) \
	for (struct link *e##_link = chain_first(chain); e##_link; e##_link = chain_next(chain, e##_link)) \
		for (T *e = (T *)(void *)e##_link->element; e; e = NULL)

struct link {
	struct link *next;
	uint64_t element[];
};
static inline struct link *chain_first(const struct chain *c) { return c->last ? c->last->next : NULL; }
static inline struct link *chain_next(const struct chain *c, const struct link *l) { return l == c->last ? NULL : l->next; }
uint32_t chain_length(const struct chain *c);

struct chain ast_names(struct parser *p, struct chain c, struct name n);
struct chain ast_strings(struct parser *p, struct chain c, struct template *t);
struct chain ast_pointers(struct parser *p, struct chain c, struct pointer x);
struct chain ast_clauses(struct parser *p, struct chain c, struct clause x);
struct chain ast_params(struct parser *p, struct chain c, struct param x);
struct chain ast_exprs(struct parser *p, struct chain c, struct expr *e);
struct chain ast_args(struct parser *p, struct chain c, struct arg a);
struct chain ast_fact(struct parser *p, struct chain c, struct name key, struct template *text);

/* Whether `n` is one of `words`; else says so, and which may be meant. `what`: "level". */
bool one_of(struct parser *p, struct name n, const char *what, const char *const *words, size_t nwords);
#define ONE_OF(p, n, what, words) one_of((p), (n), (what), (words), sizeof(words) / sizeof *(words))

/* ---- blocks (ast_build.c) ---- */

struct chain ast_entry_item(struct parser *p, struct chain c, struct item *i);
struct chain ast_entry_stmt(struct parser *p, struct chain c, struct stmt *s);
struct chain ast_entry_error(struct parser *p, struct chain c, struct span at);
void ast_file(struct parser *p, const struct chain *entries);
struct block *ast_block(struct parser *p, struct span at, const struct chain *entries);
/* The entries of a scenario, step or fault (or file) as items. */
void ast_items(struct parser *p, items_t *out, enum container in, const struct chain *entries);

struct clause *ast_clause(struct parser *p, enum clause_kind kind, struct span at, struct expr *value);
struct clause *ast_one_at_a_time(struct parser *p, struct span at, struct name a, struct name time);
struct clause *ast_unless(struct parser *p, struct span at, struct name word);
/* Spreads clauses by their kind; reports those said twice and those that `what` ("a probe") doesn't have. */
struct clauses {
	struct clause *of[CLAUSE_KINDS];
};
void clauses_spread(struct parser *p, struct clauses *out, const char *what, unsigned known, const struct chain *c);
static inline struct expr *clause_value(const struct clauses *c, enum clause_kind kind) { return c->of[kind] ? c->of[kind]->value : NULL; }

/* ---- items (ast_item.c) ---- */

struct item *ast_use(struct parser *p, struct span at, struct span keyword, const struct chain *names);
struct item *ast_use_file(struct parser *p, struct span at, struct span keyword, struct template *path, struct name alias);
struct item *ast_scenario(struct parser *p, struct span at, struct span keyword, struct template *title, const struct chain *entries);
struct item *ast_fn(struct parser *p, struct span at, struct span keyword, struct name name, const struct chain *params,
	struct type_at result, struct block *body);
struct item *ast_fault(struct parser *p, struct span at, struct span keyword, struct name name, const struct chain *params,
	const struct chain *entries);
struct item *ast_brief(struct parser *p, struct span at, struct span keyword, struct template *text);
struct item *ast_level(struct parser *p, struct span at, struct span keyword, struct name word);
struct item *ast_lasts(struct parser *p, struct span at, struct span keyword, struct range range);
struct item *ast_texts(struct parser *p, enum item_kind kind, struct span at, struct span keyword, const struct chain *texts);
struct item *ast_reading(struct parser *p, struct span at, struct span keyword, const struct chain *pointers);
struct item *ast_target(struct parser *p, struct span at, struct span keyword, struct name name, struct count_range count);
struct item *ast_param_item(struct parser *p, struct span at, struct span keyword, struct name name, struct type_at type,
	struct expr *default_value, struct range bounds);
struct item *ast_secret(struct parser *p, struct span at, struct item *param);
struct item *ast_probe(struct parser *p, struct span at, struct span keyword, struct name name, struct template *title,
	const struct chain *clauses, struct block *body);
struct item *ast_alarm(struct parser *p, struct span at, struct span keyword, struct template *title, struct name severity,
	const struct chain *clauses);
struct item *ast_precondition(struct parser *p, struct span at, struct span keyword, struct template *title, const struct chain *clauses,
	struct block *body);
struct item *ast_step(struct parser *p, struct span at, struct span keyword, struct name name, struct template *title,
	const struct chain *clauses, const struct chain *entries);
struct item *ast_message(struct parser *p, struct span at, struct span keyword, struct template *sender, const struct chain *clauses,
	struct template *text);
struct item *ast_hint(struct parser *p, struct span at, struct span keyword, struct pointer pointer);
struct item *ast_resolution(struct parser *p, struct span at, struct span keyword, const struct chain *facts);
struct item *ast_needs(struct parser *p, struct span at, struct span keyword, struct name first, struct name second, struct template *text);
struct item *ast_body(struct parser *p, enum item_kind kind, struct span at, struct span keyword, struct block *body);
struct item *ast_restore(struct parser *p, struct span at, struct span keyword, struct block *body, struct template *because);
struct item *ast_failsafe(struct parser *p, struct span at, struct span keyword, const struct chain *parts);
/* A let, do or retry that stands where items do. */
struct item *ast_item_of_stmt(struct parser *p, struct stmt *s);
struct item *ast_item_error(struct parser *p, struct span at);

struct pointer *ast_pointer(struct parser *p, struct span at, struct name kind, struct template *text);
struct range *ast_range(struct parser *p, struct span at, struct expr *low, struct expr *high);
struct count_range *ast_count(struct parser *p, struct span at, int64_t low, int64_t high, struct name hosts);
struct param *ast_param(struct parser *p, struct name name, struct type_at type, struct expr *default_value);
struct type_at *ast_type(struct parser *p, struct name name);
/* Where a type may be and is not. */
struct type_at *ast_type_none(struct parser *p, struct span at);
struct type_at *ast_type_list(struct parser *p, struct span at, struct name list, struct type_at element);

/* ---- statements (ast_stmt.c) ---- */

struct stmt *ast_let(struct parser *p, struct span at, struct name name, struct expr *value);
struct stmt *ast_expect(struct parser *p, struct span at, struct expr *condition, struct expr *within, struct expr *hold);
struct stmt *ast_if(struct parser *p, struct span at, struct expr *condition, struct block *then, struct block *otherwise);
struct block *ast_else_if(struct parser *p, struct span at, struct stmt *s);
struct stmt *ast_for(struct parser *p, struct span at, struct name variable, struct expr *list, struct expr *at_most, struct block *body);
struct stmt *ast_retry(struct parser *p, struct span at, struct expr *times, struct expr *every, struct block *body);
/* A statement that is a word and an expression, or an expression alone. */
struct stmt *ast_simple(struct parser *p, enum stmt_kind kind, struct span at, struct expr *e);
struct stmt *ast_spawn(struct parser *p, struct span at, struct expr *command, struct expr *mark);
struct stmt *ast_do(struct parser *p, struct span at, struct expr *call);
struct stmt *ast_assignment(struct parser *p, struct span at, struct span equals, struct expr *to);
struct stmt *ast_stmt_error(struct parser *p, struct span at);

/* ---- expressions (ast_expr.c) ---- */

struct expr *ast_error(struct parser *p, struct span at);
struct expr *ast_bool(struct parser *p, struct span at, bool v);
struct expr *ast_quantity(struct parser *p, struct span at, enum expr_kind kind, int64_t v);
struct expr *ast_float(struct parser *p, struct span at, double v);
struct expr *ast_string(struct parser *p, struct span at, struct template *t);
struct expr *ast_list(struct parser *p, struct span at, const struct chain *elements);
struct expr *ast_name_expr(struct parser *p, struct name name);
struct expr *ast_place(struct parser *p, struct span at, enum expr_kind kind);
struct expr *ast_parenthesised(struct span at, struct expr *e);
struct expr *ast_field(struct parser *p, struct span at, struct expr *object, struct name field);
struct expr *ast_call(struct parser *p, struct span at, struct expr *callee, const struct chain *args);
struct expr *ast_unary(struct parser *p, struct span at, enum unary_op op, struct expr *operand);
struct expr *ast_binary(struct parser *p, struct span at, enum binary_op op, struct span op_at, struct expr *left, struct expr *right);
struct expr *ast_chained(struct parser *p, struct span at, struct span second_op, struct expr *middle);
struct expr *ast_equals_meant(struct parser *p, struct span at, struct span equals, struct expr *left, struct expr *right);
struct arg *ast_arg(struct parser *p, struct name label, struct expr *value);
struct arg *ast_label_meant(struct parser *p, struct span equals, struct expr *label, struct expr *value);
struct expr *ast_comprehension(struct parser *p, struct span at, struct expr *element, struct name variable, struct expr *list,
	struct expr *condition);
struct expr *ast_run(struct parser *p, struct span at, struct expr *command, const struct chain *options);
struct expr *ast_run_call(struct parser *p, struct span at, const struct chain *args, bool attempt);
struct expr *ast_http(struct parser *p, struct span at, struct name method, struct expr *url, const struct chain *options,
	struct expr *expect);
struct expr *ast_tcp(struct parser *p, struct span at, struct expr *address, struct expr *timeout);
struct expr *ast_healthy(struct parser *p, struct span at, struct name probe, struct expr *hold);
struct expr *ast_fails(struct parser *p, struct span at, struct name probe, int64_t fails, int64_t of);

/* ---- texts (template.c) ---- */

struct template *ast_text(struct parser *p, struct span at, struct segment s);
/* Text and holes in turn, as they are read. */
struct chain ast_stretch(struct parser *p, struct chain parts, struct segment text);
struct chain ast_hole(struct parser *p, struct chain parts, struct expr *e, bool raw);
struct chain ast_hole_error(struct parser *p, struct chain parts, struct span at);
struct template *ast_template(struct parser *p, struct span at, struct chain parts, struct segment tail);

/* ---- what is doubtful in texts (doubt.c) ---- */

/* A value of that name is declared somewhere in the file. */
void doubt_declare(struct parser *p, struct name name);
/* Remembers a text that may need a lint. */
void doubt_text(struct parser *p, struct template *t);
/* When all names are known. */
void doubt_report(struct parser *p);

#endif
