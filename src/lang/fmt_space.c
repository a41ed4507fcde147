#include "fmt.h"

static bool is_name(const struct fmt *f, const struct fmt_token *t)
{
	const struct keyword *k = keyword_of(&f->parser->lexer->keywords, t->kind);
	return t->kind == TOK_WORD || (k && k->use != KEYWORD_RESERVED && k->use != KEYWORD_OPENS);
}

/* Marks the `<` and `>` of list<T>: `list`, `<`, a type, and then `>` or another `<`. */
static void find_types(struct fmt *f)
{
	unsigned depth = 0;
	for (size_t i = 1; i + 2 < f->tokens.n; i++) {
		struct fmt_token *t = &f->tokens.at[i];
		bool list = t->kind == TOK_LT && str_eq(text_at(f->parser, t[-1].span), STR("list")) && is_name(f, &t[1]);
		if (list && (t[2].kind == TOK_GT || t[2].kind == TOK_LT)) {
			t->in_type = true;
			depth++;
		}
		if (depth && t->kind == TOK_GT) {
			t->in_type = true;
			depth--;
		}
	}
	for (size_t i = f->tokens.n < 2 ? 0 : f->tokens.n - 2; depth && i < f->tokens.n; i++)
		if (f->tokens.at[i].kind == TOK_GT) f->tokens.at[i].in_type = true, depth--;
}

/* A `-` behind something that is no operand has its operand behind it. */
static bool is_sign(const struct fmt *f, size_t i)
{
	if (f->tokens.at[i].kind != TOK_MINUS) return false;
	if (!i) return true;
	const struct fmt_token *before = &f->tokens.at[i - 1];
	switch (before->kind) {
	case TOK_RPAREN: case TOK_RBRACKET: case TOK_STRING: case TOK_INT: case TOK_FLOAT: case TOK_DURATION: case TOK_SIZE: case TOK_PERCENT:
	case TOK_WORD: case TOK_TRUE: case TOK_FALSE: case TOK_HERE: case TOK_RUNNER:
		return false;
	default:
		/* `after -x` and `after - x`: the words of clauses may be names, too; the author knew. */
		return !is_name(f, before) || (f->tokens.at[i].spaced && i + 1 < f->tokens.n && !f->tokens.at[i + 1].spaced);
	}
}

/* Whether `(` calls what stands before it. */
static bool is_call(const struct fmt *f, size_t paren)
{
	const struct fmt_token *before = &f->tokens.at[paren - 1];
	if (before->kind == TOK_RPAREN || before->kind == TOK_RUN) return true;
	bool behind_http = paren > 1 && f->tokens.at[paren - 2].kind == TOK_HTTP;
	if (before->kind == TOK_WORD) return !behind_http;
	bool field = paren > 1 && f->tokens.at[paren - 2].kind == TOK_DOT;
	return field || (is_name(f, before) && !f->tokens.at[paren].spaced);
}

static unsigned gap_before(const struct fmt *f, size_t i)
{
	const struct fmt_token *t = &f->tokens.at[i], *before = t - 1;
	if (t->kind == FMT_COMMENT) return 2;
	if (t->in_type || (before->in_type && before->kind == TOK_LT)) return 0;
	switch (before->kind) {
	case TOK_LPAREN: case TOK_LBRACKET: case TOK_DOT: case TOK_DOTDOT:
		return 0;
	case TOK_MINUS:
		if (is_sign(f, i - 1)) return 0;
		break;
	}
	switch (t->kind) {
	case TOK_RPAREN: case TOK_RBRACKET: case TOK_COMMA: case TOK_COLON: case TOK_DOT: case TOK_DOTDOT:
		return 0;
	case TOK_LPAREN:
		return !is_call(f, i);
	default:
		return 1;
	}
}

void fmt_spaces(struct fmt *f)
{
	find_types(f);
	for (size_t i = 1; i < f->tokens.n; i++) f->tokens.at[i].gap = gap_before(f, i);
}
