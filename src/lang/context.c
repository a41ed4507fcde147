/*
 * Contextual words.  A word of the table that is not reserved means something in some places and is a name in all others. Which of the two is decided
 * here, by what stands around it, so that the grammar has one kind of name:
 *
 *  - at the beginning of an item or statement: what follows decides;
 *  - behind a word that has such words of its own (`secret`, `restore`, `at`, …) the word before decides;
 *  - else a word means something only where an expression has just ended, because no two names stand beside each other.
 */
#include "lexer.h"

enum { FURTHEST = 6 }; /* how many words `step on on on …` are looked through before the first one is called its name */

static const struct keyword *contextual(const struct lexer *l, int kind)
{
	const struct keyword *k = keyword_of(&l->keywords, kind);
	return k && k->use != KEYWORD_RESERVED && k->use != KEYWORD_OPENS ? k : NULL;
}

static bool begins_text(int kind)
{
	return kind == TOK_STRING || kind == TOK_STRING_HEAD;
}

static bool is_literal(int kind)
{
	switch (kind) {
	case TOK_INT: case TOK_FLOAT: case TOK_DURATION: case TOK_SIZE: case TOK_PERCENT: case TOK_BAD_LITERAL:
		return true;
	default:
		return false;
	}
}

/* Whether an expression (or a name, or a text) may end in the token `kind`, before which `before` stands. */
static bool ends_operand(int before, int kind)
{
	switch (kind) {
	case TOK_WORD: case TOK_RPAREN: case TOK_RBRACKET: case TOK_STRING: case TOK_STRING_TAIL:
	case TOK_TRUE: case TOK_FALSE: case TOK_HERE: case TOK_RUNNER:
		return before != TOK_HTTP; /* behind a method comes its URL */
	default:
		return is_literal(kind) || before == TOK_DOT;
	}
}

static bool begins_operand(const struct lexer *l, int kind)
{
	switch (kind) {
	case TOK_WORD: case TOK_LPAREN: case TOK_LBRACKET: case TOK_MINUS: case TOK_NOT: case TOK_TRY: case TOK_RUN: case TOK_HTTP:
	case TOK_TRUE: case TOK_FALSE: case TOK_HERE: case TOK_RUNNER:
		return true;
	default:
		return is_literal(kind) || begins_text(kind) || contextual(l, kind);
	}
}

/* ---- at the beginning ---- */

/* `probe healthy` and `probe fails 3 of 5` are conditions over a probe of that name, unless they go on as an item does: `probe healthy "title" …`. */
static bool is_condition(struct parser *p, unsigned next)
{
	int kind = lexer_peek(p, next)->kind, behind = lexer_peek(p, next + 1)->kind;
	if (kind == TOK_FAILS) return behind == TOK_INT;
	if (kind != TOK_HEALTHY) return false;
	switch (behind) {
	case TOK_LBRACE: case TOK_LPAREN: case TOK_COLON: case TOK_DOT:
		return false;
	default:
		return !begins_text(behind) && !contextual(p->lexer, behind);
	}
}

bool context_begins_item(struct parser *p, unsigned next)
{
	int kind = lexer_peek(p, next)->kind;
	if (kind == TOK_AND || kind == TOK_OR || kind == TOK_IN || kind == TOK_FOR || kind == TOK_IF) return false;
	if (is_condition(p, next)) return false;
	return kind == TOK_WORD || kind == TOK_LBRACE || is_literal(kind) || begins_text(kind) || keyword_of(&p->lexer->keywords, kind);
}

static bool begins(struct parser *p, const struct keyword *k)
{
	if (k->token == TOK_TCP) return lexer_peek(p, 0)->kind == TOK_CONNECT;
	if (k->use == KEYWORD_PLAIN || lexer_block_head(p->lexer) == TOK_RESOLUTION) return false;
	/* Only a block of statements holds expressions: elsewhere even `lasts = 1h` was meant to be the item. */
	if (container_of(lexer_block_head(p->lexer)) != IN_BLOCK) return true;
	return context_begins_item(p, 0) || (k->token == TOK_SPAWN && lexer_peek(p, 0)->kind == TOK_LBRACKET);
}

/* ---- behind `step`, where a name may stand and need not ---- */

/* Whether the word `kind` begins a clause; the tokens behind it begin at `next`. */
static bool begins_clause(struct parser *p, int kind, unsigned next)
{
	if (next > FURTHEST) return false;
	switch (kind) {
	case TOK_ONE:
		return lexer_peek(p, next)->kind == TOK_AT && lexer_peek(p, next + 1)->kind != TOK_MOST;
	case TOK_AT:
		return lexer_peek(p, next)->kind == TOK_MOST;
	case TOK_ON: case TOK_AFTER: case TOK_WHEN: case TOK_UNLESS: case TOK_EVERY: case TOK_TIMEOUT: case TOK_FROM: case TOK_LATEST:
		break;
	default:
		return false;
	}
	int operand = lexer_peek(p, next)->kind;
	return !begins_text(operand) && begins_operand(p->lexer, operand) && !begins_clause(p, operand, next + 1);
}

/* ---- everywhere else ---- */

/* Words that only those have which stand right before them. */
static bool is_partner(int before, int previous, int kind)
{
	switch (previous) {
	case TOK_SECRET: return kind == TOK_PARAM;
	case TOK_HIDDEN: return kind == TOK_RESOLUTION;
	case TOK_RESTORE: return kind == TOK_NONE;
	case TOK_NONE: return kind == TOK_BECAUSE;
	case TOK_FAILSAFE: return kind == TOK_SILENT || kind == TOK_LATEST;
	case TOK_TCP: return kind == TOK_CONNECT;
	case TOK_ONE: return kind == TOK_AT;
	case TOK_AT: return kind == TOK_MOST && before != TOK_ONE;
	default: return false;
	}
}

/* `failsafe silent 10m, latest 4h`, `run "…" on: h, timeout: 3s`; not `use net, process`. */
static bool lists_clauses(const struct lexer *l)
{
	bool in_bracket = l->nopen && l->open[l->nopen - 1].kind != TOK_LBRACE;
	return l->previous == TOK_COMMA && !in_bracket && l->head != TOK_USE && l->head != TOK_READING;
}

static bool means_something(struct parser *p, const struct keyword *k)
{
	struct lexer *l = p->lexer;
	if (l->previous == TOK_DOT) return false;
	if (lexer_begins_entry(l)) return begins(p, k);
	if (l->previous == TOK_STEP && l->since_head == 0) return begins_clause(p, k->token, 0);
	if (ends_operand(l->before, l->previous) || lists_clauses(l) || is_partner(l->before, l->previous, k->token)) return true;
	return k->token == TOK_TCP && lexer_peek(p, 0)->kind == TOK_CONNECT;
}

int context_kind(struct parser *p, int kind)
{
	const struct keyword *k = contextual(p->lexer, kind);
	return k && !means_something(p, k) ? TOK_WORD : kind;
}
