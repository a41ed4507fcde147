#include "lexer.h"

#include <stdlib.h>

void lexer_too_deep(struct parser *p, struct span at)
{
	if (p->gave_up) return;
	p->gave_up = true;
	parser_unread_all(p);
	struct diag *d = diag_add(p->diags, D_nested_too_deeply, at,
		"brackets, blocks and holes are nested more than %d deep", PARSE_MAX_NESTING);
	diag_note(p->diags, d, "nothing behind this place has been read");
	diag_help(p->diags, d, "name inner parts with `let`, or move them to a `fn`");
}

static struct span here(const struct parser *p)
{
	return (struct span){ p->file, p->lexer->start, p->lexer->end };
}

bool lexer_tore(const struct parser *p, struct span at)
{
	const struct span *torn = &p->lexer->torn;
	return torn->end && at.start >= torn->start && at.start <= torn->end;
}

bool lexer_strange(const struct parser *p, struct span at)
{
	const struct span *strange = &p->lexer->strange;
	if (!strange->end || at.start < strange->start) return false;
	for (uint32_t i = strange->end; i < at.start; i++)
		if (p->text.p[i] != ' ' && p->text.p[i] != '\t') return false;
	return true;
}

/* ---- reading ahead ---- */

static void read_token(struct parser *p, struct token *t)
{
	t->kind = p->gave_up ? TOK_END : scanner_next(p, &t->value);
	t->span = here(p);
}

static void take(struct parser *p, struct token *t)
{
	struct lexer *l = p->lexer;
	if (!l->nahead) {
		read_token(p, t);
		return;
	}
	*t = l->ahead[0];
	l->nahead--;
	for (unsigned i = 0; i < l->nahead; i++) l->ahead[i] = l->ahead[i + 1];
}

const struct token *lexer_peek(struct parser *p, unsigned i)
{
	struct lexer *l = p->lexer;
	while (l->nahead <= i) read_token(p, &l->ahead[l->nahead++]);
	return &l->ahead[i];
}

/* ---- brackets ---- */

static struct bracket *innermost(struct lexer *l)
{
	return l->nopen ? &l->open[l->nopen - 1] : NULL;
}

static bool push(struct parser *p, const struct token *t)
{
	struct lexer *l = p->lexer;
	if (l->nopen == PARSE_MAX_NESTING) {
		lexer_too_deep(p, t->span);
		return false;
	}
	uint32_t at = t->kind == TOK_STRING_HEAD ? t->span.end - 2 : t->span.start;
	l->open[l->nopen++] = (struct bracket){ .kind = t->kind, .head = l->head, .at = at, .indent = l->indent };
	return true;
}

static void pop(struct lexer *l)
{
	struct bracket *b = &l->open[--l->nopen];
	if (b->kind == TOK_LBRACE) l->head = b->head;
}

static int closer_of(int opener)
{
	switch (opener) {
	case TOK_LPAREN: return TOK_RPAREN;
	case TOK_LBRACKET: return TOK_RBRACKET;
	case TOK_LBRACE: return TOK_RBRACE;
	default: return TOK_STRING_TAIL;
	}
}

static const char *spelling(int kind)
{
	switch (kind) {
	case TOK_LPAREN: return "(";
	case TOK_RPAREN: return ")";
	case TOK_LBRACKET: return "[";
	case TOK_RBRACKET: return "]";
	case TOK_LBRACE: return "{";
	case TOK_RBRACE: return "}";
	default: return "#{";
	}
}

/* Index of the bracket that `closer` closes, looking outwards no further than it may: `)` and `]` within their hole or block. -1: none. */
static int opener_for(const struct lexer *l, int closer)
{
	for (int i = (int)l->nopen - 1; i >= 0; i--) {
		int kind = l->open[i].kind;
		if (closer_of(kind) == closer) return i;
		if (closer != TOK_RBRACE && (kind == TOK_LBRACE || kind == TOK_STRING_HEAD)) return -1;
	}
	return -1;
}

/* The innermost block, and no bracket within it. */
static unsigned block_depth(const struct lexer *l)
{
	unsigned n = l->nopen;
	while (n && l->open[n - 1].kind != TOK_LBRACE) n--;
	return n;
}

int lexer_block_head(const struct lexer *l)
{
	unsigned depth = block_depth(l);
	return depth ? l->open[depth - 1].head : 0;
}

static struct span bracket_span(const struct parser *p, const struct bracket *b)
{
	return (struct span){ p->file, b->at, b->at + (b->kind == TOK_STRING_HEAD ? 2 : 1) };
}

/* The `{` to show is `b`, or one within it whose `}` stood further left than it should. */
static void report_unclosed_brace(struct parser *p, const struct bracket *b)
{
	struct lexer *l = p->lexer;
	struct span end = { p->file, l->previous_span.end, l->previous_span.end };
	struct diag *d = diag_add(p->diags, D_unclosed_brace, end, "a `}` is missing here");
	bool suspect = l->suspect.end && l->suspect.start > b->at;
	diag_label(p->diags, d, suspect ? l->suspect : bracket_span(p, b),
		suspect ? "this `{` seems not to be closed: the next `}` stands further left" : "this `{` is not closed");
	diag_fix(p->diags, d, end, "\n}");
	l->suspect = (struct span){ 0 };
	parser_unread_all(p);
}

/* Whether a bracket is open only because its line has a text that is not closed. */
static bool is_torn(const struct lexer *l, const struct bracket *b)
{
	return l->torn.end && b->at >= l->torn.start && b->at < l->torn.end;
}

static void report_unclosed_bracket(struct parser *p, const struct bracket *b)
{
	struct span end = { p->file, p->lexer->previous_span.end, p->lexer->previous_span.end };
	struct diag *d = diag_add(p->diags, D_unclosed_bracket, bracket_span(p, b), "this `%s` is never closed", spelling(b->kind));
	diag_label(p->diags, d, end, "`%s` is missing here", spelling(closer_of(b->kind)));
	diag_fix(p->diags, d, end, "%s", spelling(closer_of(b->kind)));
}

/* Reports what is open above `down_to`, the innermost of each kind, and closes it all before `then` is handed out. */
static void repair(struct parser *p, unsigned down_to, const struct token *then)
{
	struct lexer *l = p->lexer;
	const struct bracket *bracket = NULL, *brace = NULL;
	for (unsigned i = down_to; i < l->nopen; i++) {
		if (l->open[i].kind == TOK_LBRACE) brace = &l->open[i];
		else bracket = &l->open[i];
	}
	if (bracket && !is_torn(l, bracket)) report_unclosed_bracket(p, bracket);
	bool swallowed = then->kind == TOK_END && l->torn.end == p->text.n; /* by a text block that is not closed */
	if (brace && !swallowed) report_unclosed_brace(p, brace);
	l->repairing = l->reported = true;
	l->down_to = down_to;
	l->held = *then;
}

static void report_extra(struct parser *p, const struct token *t)
{
	struct diag *d = diag_add(p->diags, D_extra_bracket, t->span, "this `%s` closes nothing", spelling(t->kind));
	diag_help(p->diags, d, "leave it out, or open a bracket before it");
	if (t->kind == TOK_RBRACE) parser_unread_all(p);
}

/* A `}` at the beginning of a line that stands further left than the line of its `{`: one before it is missing, perhaps. */
static void note_suspect(struct parser *p, const struct bracket *b)
{
	struct lexer *l = p->lexer;
	if (!l->suspect.end && l->first_on_line && l->indent < b->indent) l->suspect = bracket_span(p, b);
}

/* ---- newlines ---- */

bool lexer_goes_on_behind(int before, int kind)
{
	if (before == TOK_DOT) return false; /* `x.in` is a field */
	switch (kind) {
	case TOK_COMMA: case TOK_ASSIGN: case TOK_DOT: case TOK_DOTDOT: case TOK_ARROW:
	case TOK_EQ: case TOK_NE: case TOK_LT: case TOK_LE: case TOK_GT: case TOK_GE:
	case TOK_PLUS: case TOK_MINUS: case TOK_STAR: case TOK_SLASH: case TOK_MODULO:
	case TOK_AND: case TOK_OR: case TOK_NOT: case TOK_IN:
		return true;
	default:
		return false;
	}
}

/* Words that go on an expression, but not in the bracket that is open. */
static bool ends_bracket(const struct lexer *l, int kind)
{
	const struct bracket *b = l->nopen ? &l->open[l->nopen - 1] : NULL;
	if (!b || b->kind == TOK_LBRACE) return false;
	bool list = b->kind == TOK_LBRACKET;
	switch (kind) {
	case TOK_IF: return !list || !b->has_for;
	case TOK_FOR: return !list || b->has_for;
	case TOK_EXPECT: return !b->has_http;
	default: return false;
	}
}

/* The word `kind`, if here it can only begin an item or statement; the token behind it is `next` tokens ahead. */
static const struct keyword *only_begins(struct parser *p, int kind, unsigned next)
{
	const struct keyword *k = keyword_of(&p->lexer->keywords, kind);
	if (!k || !k->where) return NULL;
	if (k->use == KEYWORD_OPENS || ends_bracket(p->lexer, kind)) return k;
	if (k->use != KEYWORD_ITEM && k->use != KEYWORD_PREFIX) return NULL;
	return context_begins_item(p, next) ? k : NULL;
}

/* Brace on the next line: says so, and goes on as if it stood where it belongs. */
static bool brace_follows(struct parser *p)
{
	const struct token *next = lexer_peek(p, 0);
	if (next->kind != TOK_LBRACE) return false;
	struct diag *d = diag_add(p->diags, D_brace_on_next_line, next->span, "the `{` belongs at the end of the line before");
	struct span gap = { p->file, p->lexer->previous_span.end, next->span.end };
	diag_fix(p->diags, d, gap, " {");
	return true;
}

/* Indentation of the line that begins behind a newline token. */
static uint32_t indent_behind(const struct parser *p, uint32_t end)
{
	uint32_t n = 0;
	while (n < end && p->text.p[end - n - 1] != '\n') n++;
	return n;
}

enum newline { NEWLINE_DROPPED, NEWLINE_ENDS, NEWLINE_ENDS_BRACKETS };

static enum newline weigh_newline(struct parser *p)
{
	struct lexer *l = p->lexer;
	struct bracket *b = innermost(l);
	if (b && b->kind != TOK_LBRACE && is_torn(l, b)) return NEWLINE_ENDS_BRACKETS;
	if (b && b->kind != TOK_LBRACE)
		return !l->nstrings && only_begins(p, lexer_peek(p, 0)->kind, 1) ? NEWLINE_ENDS_BRACKETS : NEWLINE_DROPPED;
	if (l->previous == TOK_NEWLINE || l->previous == TOK_LBRACE || !l->previous) return NEWLINE_DROPPED;
	if (lexer_goes_on_behind(l->before, l->previous)) return NEWLINE_DROPPED;
	int next = lexer_peek(p, 0)->kind;
	if (next == TOK_NEWLINE || next == TOK_DOT || next == TOK_ELSE || brace_follows(p)) return NEWLINE_DROPPED;
	return NEWLINE_ENDS;
}

/* ---- a `}` that is missing before an item that can't stand here ---- */

static enum container container_at(const struct lexer *l, unsigned depth)
{
	return container_of(depth ? l->open[depth - 1].head : 0);
}

/* Depth of the block in which the item that begins here can stand, when a `}` before it must be missing; else nopen. */
static unsigned belongs_at(struct parser *p, const struct token *t)
{
	struct lexer *l = p->lexer;
	if (!l->first_on_line || !l->nopen) return l->nopen;
	const struct keyword *k = only_begins(p, t->kind, 0);
	if (!k || (k->where & container_at(l, l->nopen))) return l->nopen;
	unsigned depth = l->nopen;
	while (depth && !(k->where & container_at(l, depth))) {
		depth--;
		if (l->open[depth].indent < l->indent) return l->nopen;
	}
	return (k->where & container_at(l, depth)) ? depth : l->nopen;
}

/* ---- handing out ---- */

bool lexer_begins_entry(const struct lexer *l)
{
	return l->previous == TOK_NEWLINE || l->previous == TOK_LBRACE || !l->previous;
}

static int hand_out(struct parser *p, const struct token *t, IRSTYPE *value, struct span *at, bool repaired)
{
	struct lexer *l = p->lexer;
	if (lexer_begins_entry(l) && t->kind != TOK_RBRACE) {
		l->head = t->kind;
		l->head_span = t->span;
		l->since_head = 0;
	} else {
		l->since_head++;
		bool prefixed = (l->head == TOK_SECRET || l->head == TOK_HIDDEN) && l->since_head == 1;
		if (prefixed && t->kind != TOK_WORD) l->head = t->kind;
	}
	l->before = l->previous;
	l->previous = t->kind;
	if (t->kind != TOK_NEWLINE) l->previous_span = t->span;
	l->repaired = repaired;
	*value = t->value;
	*at = t->span;
	return t->kind;
}

static int invent(struct parser *p, int kind, IRSTYPE *value, struct span *at)
{
	uint32_t end = p->lexer->previous_span.end;
	struct token t = { kind, { p->file, end, end }, { 0 } };
	if (kind == TOK_STRING_TAIL) t.value.TOK_STRING = (struct segment){ end, end, STRING_PLAIN };
	return hand_out(p, &t, value, at, p->lexer->repairing && p->lexer->reported);
}

/* Closes brackets one by one. True while there was something to hand out before the token that is held. */
static bool repair_on(struct parser *p, IRSTYPE *value, struct span *at, int *kind)
{
	struct lexer *l = p->lexer;
	if (l->nopen > l->down_to) {
		int opener = innermost(l)->kind;
		if (opener == TOK_LBRACE && !lexer_begins_entry(l)) {
			*kind = invent(p, TOK_NEWLINE, value, at);
			return true;
		}
		pop(l);
		*kind = invent(p, closer_of(opener), value, at);
		return true;
	}
	l->repairing = false;
	bool block_closed = l->previous == TOK_RBRACE && l->held.kind != TOK_RBRACE;
	if (!block_closed || l->held.kind == TOK_NEWLINE) return false;
	*kind = invent(p, TOK_NEWLINE, value, at);
	l->repairing = true; /* once more, for the token that is held */
	return true;
}

/* What a token does to the brackets. False: it was left out, or others come first. */
static bool balance(struct parser *p, const struct token *t)
{
	struct lexer *l = p->lexer;
	int opener;
	switch (t->kind) {
	case TOK_LBRACE: /* no expression has braces */
		if (block_depth(l) == l->nopen || l->nstrings) return push(p, t);
		repair(p, block_depth(l), t);
		return false;
	case TOK_LPAREN: case TOK_LBRACKET: case TOK_STRING_HEAD:
		return push(p, t);
	case TOK_STRING_MIDDLE: case TOK_STRING_TAIL:
		opener = opener_for(l, TOK_STRING_TAIL);
		break;
	case TOK_RPAREN: case TOK_RBRACKET: case TOK_RBRACE:
		opener = opener_for(l, t->kind);
		break;
	case TOK_END:
		opener = -1;
		if (!l->nopen || p->gave_up) return true;
		repair(p, 0, t);
		return false;
	case TOK_FOR:
		if (l->nopen) innermost(l)->has_for = true;
		return true;
	case TOK_HTTP:
		if (l->nopen) innermost(l)->has_http = true;
		return true;
	default:
		return true;
	}
	if (opener < 0) {
		report_extra(p, t);
		return false;
	}
	if ((unsigned)opener + 1 < l->nopen) {
		repair(p, (unsigned)opener + 1, t);
		return false;
	}
	if (t->kind == TOK_STRING_MIDDLE) return true;
	if (t->kind == TOK_RBRACE) note_suspect(p, innermost(l));
	pop(l);
	return true;
}

/* Whether a newline is handed out: else it is dropped, or something else comes first. */
static bool arrange_newline(struct parser *p, const struct token *t)
{
	struct lexer *l = p->lexer;
	enum newline n = weigh_newline(p);
	l->indent = indent_behind(p, t->span.end);
	l->first_on_line = true;
	if (n == NEWLINE_ENDS_BRACKETS) repair(p, block_depth(l), t);
	return n == NEWLINE_ENDS;
}

/* `{ a }` and the end of the file end the last statement, as a newline would. */
static bool lacks_newline(const struct lexer *l, const struct token *t)
{
	if (lexer_begins_entry(l)) return false;
	return t->kind == TOK_END ? !l->nopen : t->kind == TOK_RBRACE && l->nopen && l->open[l->nopen - 1].kind == TOK_LBRACE;
}

/* Keeps `t` for the next call. */
static void hold(struct lexer *l, const struct token *t)
{
	l->repairing = true;
	l->reported = false;
	l->down_to = l->nopen;
	l->held = *t;
}

int irlex(IRSTYPE *value, struct span *at, struct parser *p)
{
	struct lexer *l = p->lexer;
	struct token t;
	int kind;
	for (;;) {
		bool held = l->repairing;
		if (held && repair_on(p, value, at, &kind)) return kind;
		if (held) t = l->held;
		else take(p, &t);
		if (t.kind == TOK_NEWLINE) {
			if (held ? !lexer_begins_entry(l) : arrange_newline(p, &t)) break;
			continue;
		}
		if (!held && lexer_begins_entry(l)) {
			unsigned depth = belongs_at(p, &t);
			if (depth < l->nopen) {
				repair(p, depth, &t);
				continue;
			}
		}
		if (lacks_newline(l, &t)) {
			hold(l, &t);
			return invent(p, TOK_NEWLINE, value, at);
		}
		if (balance(p, &t)) break;
		if (p->gave_up) return TOK_END;
	}
	if (t.kind != TOK_NEWLINE) l->first_on_line = false;
	t.kind = context_kind(p, t.kind);
	return hand_out(p, &t, value, at, false);
}

/* ---- beginning and end ---- */

void lexer_begin(struct parser *p)
{
	size_t n = p->text.n;
	char *copy = arena_alloc(p->arena, n + 2); /* flex wants to write, and two NULs behind */
	memcpy(copy, p->text.p, n);
	p->lexer = arena_new_of(p->arena, struct lexer);
	keyword_index_fill(&p->lexer->keywords);
	p->lexer->first_on_line = true;
	if (!scanner_open(p, copy, n + 2)) abort();
}

void lexer_end(struct parser *p)
{
	scanner_close(p);
}
