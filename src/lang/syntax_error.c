#include "syntax_error.h"

#include "irs/buf.h"

#include "lexer.h"

/* ---- what was expected, in categories ---- */

static bool among(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(words[i], word) == 0) return true;
	return false;
}
#define AMONG(word, words) among((word), (words), sizeof(words) / sizeof *(words))

static bool is_name_word(const char *word)
{
	return strcmp(word, "a name") == 0;
}

static bool begins_expression(const char *word)
{
	static const char *const words[] = { "a name", "a number", "a duration", "a size", "a percentage", "a number with a fraction", "a text",
		"a text with a hole", "BAD_LITERAL", "(", "[", "-", "not", "true", "false", "here", "runner", "run", "try", "http", "tcp" };
	return AMONG(word, words);
}

static bool is_operator(const char *word)
{
	static const char *const words[] = { "+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", ">=", "in", "and", "or", ".", "(", "=",
		"healthy", "fails" };
	return AMONG(word, words);
}

/* Takes out of `words` what `drop` knows; returns how many are left. */
static size_t without(const char **words, size_t n, bool (*drop)(const char *))
{
	size_t left = 0;
	for (size_t i = 0; i < n; i++)
		if (!drop(words[i])) words[left++] = words[i];
	return left;
}

static bool is_internal(const char *word)
{
	static const char *const words[] = { "BAD_LITERAL", "STRING_MIDDLE", "a text with a hole", "error" };
	return AMONG(word, words);
}

static bool is_any_word(const char *word)
{
	return is_name_word(word) || keyword_named(str_of(word));
}

static bool begins_argument(const char *word)
{
	return begins_expression(word) || is_any_word(word);
}

/* "a new line" of all that may follow an operand; "an expression" of all that may begin one. */
static size_t fold(const char **words, size_t n)
{
	const char *category = NULL;
	if (among("a number", words, n) && among("(", words, n)) {
		category = "an expression";
		n = without(words, n, among("let", words, n) ? begins_argument : begins_expression);
	} else if (among("a name", words, n)) {
		category = "a name";
		n = without(words, n, among("let", words, n) ? is_any_word : is_name_word);
	}
	bool behind_operand = !category && among("+", words, n);
	if (behind_operand) n = without(words, n, is_operator);
	n = without(words, n, is_internal);
	if (behind_operand && !n) category = "an operator";
	if (category) words[n++] = category;
	return n;
}

static bool is_description(const char *word)
{
	return strncmp(word, "a ", 2) == 0 || strncmp(word, "an ", 3) == 0 || strncmp(word, "the ", 4) == 0;
}

static void put_expected(struct buf *b, const char **words, size_t n)
{
	enum { MOST = 6 };
	size_t shown = n > MOST ? MOST : n;
	for (size_t i = 0; i < shown; i++) {
		const char *quote = is_description(words[i]) ? "" : "`";
		buf_printf(b, "%s%s%s%s", !i ? "" : i + 1 == n ? " or " : ", ", quote, words[i], quote);
	}
	if (n > MOST) buf_puts(b, ", …");
}

static void put_found(struct buf *b, struct parser *p, const char *found, struct span at)
{
	struct str text = text_at(p, at);
	if (strcmp(found, "a new line") == 0) {
		buf_puts(b, "the end of the line");
	} else if (is_description(found) && strncmp(found, "the end", 7) == 0) {
		buf_puts(b, found);
	} else if (strncmp(found, "a text", 6) == 0) {
		buf_puts(b, "a text");
	} else if (strcmp(found, "STRING_MIDDLE") == 0) {
		buf_puts(b, "the end of the hole");
	} else {
		buf_putc(b, '`');
		buf_safe(b, text.n > 40 ? (struct str){ text.p, 40 } : text);
		buf_putc(b, '`');
	}
}

/* ---- mistakes that have words of their own ---- */

struct habit { /* a word of other languages at the beginning of a statement */
	const char *word, *ours, *help;
};

static const struct habit *habit_of(struct str word)
{
	static const struct habit habits[] = {
		{ "elif", "else if", NULL },	{ "elsif", "else if", NULL }, { "elseif", "else if", NULL },   { "var", "let", NULL },
		{ "const", "let", NULL },	{ "set", "let", NULL },	      { "local", "let", NULL },	       { "def", "fn", NULL },
		{ "function", "fn", NULL },	{ "func", "fn", NULL },	      { "import", "use", NULL },       { "include", "use", NULL },
		{ "require", "use", NULL },	{ "print", "log", NULL },     { "echo", "log", NULL },	       { "sleep", "wait", NULL },
		{ "assert", "expect", NULL },	{ "check", "expect", NULL },  { "exec", "run", NULL },	       { "sh", "run", NULL },
		{ "shell", "run", NULL },	{ "cmd", "run", NULL },	      { "foreach", "for", NULL },      { "call", "do", NULL },
		{ "undo", "restore", NULL },	{ "rollback", "restore", NULL }, { "cleanup", "restore", NULL }, { "inject", "induce", NULL },
		{ "while", NULL, "every loop is bounded: `retry 10 every 2s { … }` or `expect … within 30s`" },
		{ "until", NULL, "every loop is bounded: `retry 10 every 2s { … }` or `expect … within 30s`" },
		{ "raise", "fail", NULL },	{ "throw", "fail", NULL },
	};
	for (size_t i = 0; i < sizeof habits / sizeof *habits; i++)
		if (str_eq(word, str_of(habits[i].word))) return &habits[i];
	return NULL;
}

static const char *near_beginning(struct str word)
{
	const char *words[128];
	size_t total, n = 0;
	const struct keyword *k = keyword_table(&total);
	for (size_t i = 0; i < total && n < 128; i++)
		if (k[i].where) words[n++] = k[i].text;
	return str_nearest(word, words, n);
}

/* The item or statement began with a word that begins none: `stpe freeze "…"`. */
static bool unknown_beginning(struct parser *p)
{
	struct lexer *l = p->lexer;
	if (l->head != TOK_WORD || l->since_head != 1) return false;
	struct str word = text_at(p, l->head_span);
	const struct habit *h = habit_of(word);
	const char *meant = h ? h->ours : near_beginning(word);
	if (!meant && !h) return false;
	struct diag *d = diag_add(p->diags, D_unknown_item, l->head_span, "no item and no statement begins with `%.*s`", STR_ARG(word));
	if (meant) {
		diag_help(p->diags, d, "did you mean `%s`?", meant);
		diag_fix(p->diags, d, l->head_span, "%s", meant);
	} else {
		diag_help(p->diags, d, "%s", h->help);
	}
	return true;
}

static bool else_without_if(struct parser *p, const char *found, struct span at)
{
	if (strcmp(found, "else") != 0) return false;
	struct diag *d = diag_add(p->diags, D_else_without_if, at, "this `else` belongs to no `if`");
	diag_help(p->diags, d, "`else` follows the `}` of its `if`");
	return true;
}

static bool try_without_run(struct parser *p, struct span at)
{
	if (p->lexer->before != TOK_TRY) return false;
	struct diag *d = diag_add(p->diags, D_try_without_run, at, "`try` stands only before `run(…)`");
	diag_help(p->diags, d, "`try run(\"…\")` takes any exit from 0 to 125 as a value");
	return true;
}

static bool run_without_parentheses(struct parser *p, const char *found, struct span at)
{
	struct lexer *l = p->lexer;
	if (l->before != TOK_RUN || (strncmp(found, "a text", 6) != 0 && strcmp(found, "[") != 0)) return false;
	struct diag *d = diag_add(p->diags, D_run_arguments, at, "as an expression, `run` has parentheses");
	diag_help(p->diags, d, "`run(\"…\")`, `run([\"…\"])`; the form without them is a statement");
	return true;
}

static bool reserved_name(struct parser *p, const char *found, struct span at, const char **expected, size_t n)
{
	const struct keyword *k = keyword_named(str_of(found));
	if (!k || (k->use != KEYWORD_RESERVED && k->use != KEYWORD_OPENS)) return false;
	if (!among("a name", expected, n) || among("(", expected, n)) return false;
	struct diag *d = diag_add(p->diags, D_reserved_word, at, "`%s` is a reserved word and can't be a name", found);
	diag_help(p->diags, d, "any other name will do; `%s_` for instance", found);
	diag_fix(p->diags, d, at, "%s_", found);
	return true;
}

/* `.5`: a dot where an expression should begin, and digits right behind it. */
static bool half_a_float(struct parser *p, const char *found, struct span at)
{
	if (strcmp(found, ".") != 0 || at.end >= p->text.n || p->text.p[at.end] < '0' || p->text.p[at.end] > '9') return false;
	if (at.start && !strchr(" \t\n([,=+-*/<>", p->text.p[at.start - 1])) return false;
	struct diag *d = diag_add(p->diags, D_bad_number, at, "a number has digits on both sides of its dot");
	diag_help(p->diags, d, "write `0` before the dot");
	diag_fix(p->diags, d, (struct span){ at.file, at.start, at.start }, "0");
	return true;
}

/* ---- all others ---- */

static const char *misspelt(struct str word, const char **expected, size_t n)
{
	const char *words[160];
	size_t nwords = 0;
	for (size_t i = 0; i < n && nwords < 160; i++)
		if (keyword_named(str_of(expected[i]))) words[nwords++] = expected[i];
	return word.n ? str_nearest(word, words, nwords) : NULL;
}

/* How the item or statement that is being read is written. */
static void help_with_form(struct parser *p, struct diag *d)
{
	struct lexer *l = p->lexer;
	if (l->nopen && l->open[l->nopen - 1].kind != TOK_LBRACE) return; /* what is wrong is wrong within brackets */
	const struct keyword *k = keyword_named(text_at(p, l->head_span));
	if (k && k->form) diag_help(p->diags, d, "`%s` is written `%s`", k->text, k->form);
}

static void unexpected(struct parser *p, const char *found, struct span at, const char **expected, size_t n)
{
	struct str text = strcmp(found, "a name") == 0 ? text_at(p, at) : (struct str){ 0 };
	const char *meant = misspelt(text, expected, n);
	struct buf b = { 0 };
	n = fold(expected, n);
	if (n) {
		buf_puts(&b, "expected ");
		put_expected(&b, expected, n);
		buf_puts(&b, ", found ");
		put_found(&b, p, found, at);
	} else {
		put_found(&b, p, found, at);
		buf_puts(&b, " can't stand here");
	}
	struct diag *d = diag_add(p->diags, D_unexpected, at, "%s", b.p);
	if (meant) {
		diag_help(p->diags, d, "did you mean `%s`?", meant);
		diag_fix(p->diags, d, at, "%s", meant);
	} else if (n == 1 && strcmp(expected[0], "a new line") == 0) {
		diag_help(p->diags, d, "each item and statement stands on a line of its own");
	} else {
		help_with_form(p, d);
	}
	buf_free(&b);
}

void syntax_error(struct parser *p, const char *found, struct span at, const char **expected, size_t n)
{
	struct lexer *l = p->lexer;
	p->ast->broken = true;
	if (p->gave_up || l->repaired || lexer_tore(p, at) || lexer_strange(p, at)) return; /* the lexer has said what is wrong here */
	if (strcmp(found, "a new line") == 0) at.end = at.start;
	if (reserved_name(p, found, at, expected, n) || else_without_if(p, found, at)) return;
	if (half_a_float(p, found, at)) return;
	if (try_without_run(p, at) || run_without_parentheses(p, found, at) || unknown_beginning(p)) return;
	unexpected(p, found, at, expected, n);
}

void syntax_too_deep(struct parser *p, struct span at)
{
	p->ast->broken = true;
	if (p->gave_up) return;
	p->gave_up = true;
	parser_unread_all(p);
	struct diag *d = diag_add(p->diags, D_nested_too_deeply, at, "this is nested too deeply to be read");
	diag_note(p->diags, d, "nothing behind this place has been read");
	diag_help(p->diags, d, "move inner parts to a `fn`, or name them with `let`");
}
