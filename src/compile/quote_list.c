#include "quote_scan.h"

/* ---- blocks ----------------------------------------------------------------------------------------- */

enum block_kind {
	BLOCK_IF,    /* awaits then */
	BLOCK_THEN,  /* awaits elif, else or fi */
	BLOCK_ELSE,  /* awaits fi */
	BLOCK_LOOP,  /* while, until, for: awaits do */
	BLOCK_DO,    /* awaits done */
	BLOCK_CASE,  /* within its patterns: awaits esac */
	BLOCK_ARM,   /* within an arm: awaits ;; or esac */
	BLOCK_BRACE,
	BLOCK_PAREN,
	BLOCKS
};

static const char *const awaited_word[BLOCKS] = { [BLOCK_IF] = "then", [BLOCK_THEN] = "fi", [BLOCK_ELSE] = "fi", [BLOCK_LOOP] = "do", [BLOCK_DO] = "done",
	[BLOCK_CASE] = "esac", [BLOCK_ARM] = "esac", [BLOCK_BRACE] = "}", [BLOCK_PAREN] = ")" };

struct open_block {
	enum block_kind kind;
	const char *opener;
	struct span opened;
	bool outer_open; /* `list.open` as it was around it */
};

/* What the next word is. */
enum awaited {
	AWAITS_COMMAND,  /* a reserved word, an assignment or a command's name */
	AWAITS_WORDS,    /* arguments */
	AWAITS_NOTHING,  /* behind `fi`, `}` …: a redirection, an operator, or another closer */
	AWAITS_VARIABLE, /* for */
	AWAITS_IN,       /* for x */
	AWAITS_SUBJECT,  /* case */
	AWAITS_CASE_IN,  /* case x */
	AWAITS_PATTERN
};

struct list {
	VEC(struct open_block) blocks;
	enum awaited awaited;
	struct roles roles;
	struct span first;     /* the command's first word */
	bool any;              /* something of a command was seen */
	const char *pending;   /* what a command must follow, as long as there is nothing of it: `|`, `then`, `{` …; or NULL */
	struct span pending_at;
	bool out, err;         /* whether its outputs are redirected */
	bool open;             /* a command of this and-or list, so far, keeps an output of ours */
	bool substitution, done;
	struct span opened;
};

static void push(struct scan *s, struct list *l, enum block_kind kind, const char *opener, struct span at)
{
	vec_push(s->ds->arena, &l->blocks, ((struct open_block){ kind, opener, at, l->open }));
	l->open = false;
}

static bool top_is(const struct list *l, enum block_kind kind) { return l->blocks.n && vec_last(&l->blocks).kind == kind; }

static void next_command(struct list *l)
{
	l->awaited = top_is(l, BLOCK_CASE) ? AWAITS_PATTERN : AWAITS_COMMAND;
	l->roles = (struct roles){ 0 };
	l->any = l->out = l->err = false;
	l->pending = NULL;
}

static void demand(struct list *l, const char *word, struct span at)
{
	l->pending = word;
	l->pending_at = at;
}

static void pop(struct list *l)
{
	l->open = vec_last(&l->blocks).outer_open;
	l->blocks.n--;
	next_command(l);
	l->awaited = AWAITS_NOTHING;
	l->any = true;
}

/* True, and reported, if what must be followed by a command is followed by `instead`, or by the end (NULL). */
static bool misses_command(struct scan *s, const struct list *l, const char *instead, struct span at)
{
	if (l->any || !l->pending) return false;
	struct diag *d = scan_give_up(s, D_shell_no_command, l->pending_at, "`%s` has no command behind it", l->pending);
	if (instead) diag_label(s->ds, d, at, "`%s` comes instead", instead);
	return true;
}

/* The same for an operator, which ends a command. */
static bool ends_nothing(struct scan *s, const struct list *l, const char *operator, struct span at)
{
	if (misses_command(s, l, operator, at)) return true;
	if (l->any || l->awaited != AWAITS_COMMAND) return false;
	scan_give_up(s, D_shell_no_command, at, "there is no command before this `%s`", operator);
	return true;
}

static void unclosed_block(struct scan *s, const struct list *l, struct span before, const char *closer)
{
	const struct open_block *b = &vec_last(&l->blocks);
	struct diag *d = closer ? scan_give_up(s, D_shell_unclosed_block, b->opened, "`%s` is not closed before `%s`", b->opener, closer)
		: scan_give_up(s, D_shell_unclosed_block, b->opened, "`%s` is never closed: there is no `%s`", b->opener, awaited_word[b->kind]);
	diag_caption(s->ds, d, "opened here");
	if (closer) diag_label(s->ds, d, before, "its `%s` should come before this", awaited_word[b->kind]);
	for (size_t i = l->blocks.n - 1; !closer && i-- > 0;) diag_label(s->ds, d, l->blocks.at[i].opened, "and this is open around it");
}

/* A closer where the innermost block is none of the `kinds` (a bit each) that it closes, or not as far yet. */
static void unexpected(struct scan *s, const struct list *l, struct span at, const char *closer, const char *opener, unsigned kinds)
{
	bool around = false;
	for (size_t i = 0; i < l->blocks.n; i++) around = around || (kinds >> l->blocks.at[i].kind & 1);
	if (l->blocks.n && kinds >> vec_last(&l->blocks).kind & 1) {
		const struct open_block *b = &vec_last(&l->blocks);
		struct diag *d = scan_give_up(s, D_shell_unexpected, at, "`%s` comes before the `%s` of its `%s`", closer, awaited_word[b->kind], b->opener);
		diag_label(s->ds, d, b->opened, "this still awaits its `%s`", awaited_word[b->kind]);
	} else if (around) {
		unclosed_block(s, l, at, closer);
	} else {
		scan_give_up(s, D_shell_unexpected, at, "`%s` without its `%s`", closer, opener);
	}
}

enum { IN_IF = 1U << BLOCK_IF | 1U << BLOCK_THEN | 1U << BLOCK_ELSE, IN_LOOP = 1U << BLOCK_LOOP | 1U << BLOCK_DO, IN_CASE = 1U << BLOCK_CASE | 1U << BLOCK_ARM };

/* ---- reserved words --------------------------------------------------------------------------------- */

enum reserved { R_IF, R_THEN, R_ELIF, R_ELSE, R_FI, R_WHILE, R_UNTIL, R_FOR, R_DO, R_DONE, R_CASE, R_ESAC, R_OPEN, R_CLOSE, R_NOT, R_TEST, RESERVED };

static const char *const reserved_words[RESERVED] = { "if", "then", "elif", "else", "fi", "while", "until", "for", "do", "done", "case", "esac",
	"{", "}", "!", "[[" };

static enum reserved reserved_of(const struct word *w)
{
	enum reserved r = 0;
	while (r < RESERVED && !word_is(w, reserved_words[r])) r++;
	return r;
}

static bool reserved_closes(enum reserved r)
{
	switch (r) {
	case R_THEN: case R_ELIF: case R_ELSE: case R_FI: case R_DO: case R_DONE: case R_ESAC: case R_CLOSE: return true;
	default: return false;
	}
}

static void become(struct list *l, enum block_kind kind)
{
	vec_last(&l->blocks).kind = kind;
	next_command(l);
}

/* By a word that a command must follow. */
static void become_by(struct list *l, enum block_kind kind, const char *word, struct span at)
{
	become(l, kind);
	demand(l, word, at);
}

static void enter_block(struct scan *s, struct list *l, enum block_kind kind, const char *opener, struct span at, enum awaited awaited)
{
	push(s, l, kind, opener, at);
	next_command(l);
	l->awaited = awaited;
	if (awaited == AWAITS_COMMAND) demand(l, opener, at);
}

/* From `at` up to behind `more` further units. */
static void ambiguous(struct scan *s, struct span at, unsigned more, const char *what, const char *help)
{
	for (unsigned i = 0; i < more; i++) scan_skip(s);
	if (more) at = scan_since(s, at);
	struct diag *d = scan_give_up(s, D_shell_ambiguous, at, "%s", what);
	diag_help(s->ds, d, "%s", help);
}

/* `then`, `fi` …: they change or close the innermost block. */
static void closing_word(struct scan *s, struct list *l, enum reserved r, struct span at)
{
	bool in_if = top_is(l, BLOCK_THEN), in_else = top_is(l, BLOCK_ELSE);
	const char *word = reserved_words[r];
	if (misses_command(s, l, word, at)) return;
	if (r == R_THEN && top_is(l, BLOCK_IF)) become_by(l, BLOCK_THEN, word, at);
	else if (r == R_ELIF && in_if) become_by(l, BLOCK_IF, word, at);
	else if (r == R_ELSE && in_if) become_by(l, BLOCK_ELSE, word, at);
	else if (r == R_DO && top_is(l, BLOCK_LOOP)) become_by(l, BLOCK_DO, word, at);
	else if ((r == R_FI && (in_if || in_else)) || (r == R_DONE && top_is(l, BLOCK_DO)) || (r == R_CLOSE && top_is(l, BLOCK_BRACE)) ||
		 (r == R_ESAC && (top_is(l, BLOCK_CASE) || top_is(l, BLOCK_ARM)))) pop(l);
	else {
		static const struct {
			const char *opener;
			unsigned kinds;
		} closes[RESERVED] = { [R_THEN] = { "if", IN_IF }, [R_ELIF] = { "if", IN_IF }, [R_ELSE] = { "if", IN_IF }, [R_FI] = { "if", IN_IF },
			[R_DO] = { "while` or `for", IN_LOOP }, [R_DONE] = { "do", IN_LOOP }, [R_ESAC] = { "case", IN_CASE }, [R_CLOSE] = { "{", 1U << BLOCK_BRACE } };
		unexpected(s, l, at, word, closes[r].opener, closes[r].kinds);
	}
}

/* True if the word was a reserved one, and is dealt with. */
static bool reserved_word(struct scan *s, struct list *l, const struct word *w)
{
	enum reserved r = reserved_of(w);
	switch (r) {
	case R_IF: enter_block(s, l, BLOCK_IF, reserved_words[r], w->span, AWAITS_COMMAND); return true;
	case R_WHILE: case R_UNTIL: enter_block(s, l, BLOCK_LOOP, reserved_words[r], w->span, AWAITS_COMMAND); return true;
	case R_FOR: enter_block(s, l, BLOCK_LOOP, reserved_words[r], w->span, AWAITS_VARIABLE); return true;
	case R_OPEN: enter_block(s, l, BLOCK_BRACE, reserved_words[r], w->span, AWAITS_COMMAND); return true;
	case R_NOT: demand(l, reserved_words[r], w->span); return true;
	case R_CASE:
		if (s->substitutions) ambiguous(s, w->span, 0, "old shells can't read `case` within `$(…)`", "let a command before it work the value out, or use `if`");
		else enter_block(s, l, BLOCK_CASE, reserved_words[r], w->span, AWAITS_SUBJECT);
		return true;
	case R_TEST: ambiguous(s, w->span, 0, "`[[` is no sh", "write `[ … ]`"); return true;
	case RESERVED: return false;
	default: closing_word(s, l, r, w->span); return true;
	}
}

/* ---- redirections ------------------------------------------------------------------------------------ */

/* The word before an operator, if it is a number that belongs to it: `2>`. */
static int descriptor(const struct word *w)
{
	if (!w || !w->fixed || w->quoted || w->n != 1 || w->literal[0] < '0' || w->literal[0] > '9') return -1;
	return w->literal[0] - '0';
}

static void redirected(struct list *l, int fd, bool duplicate, const struct word *target)
{
	bool where = true;
	if (duplicate && target->n == 1 && (target->literal[0] == '1' || target->literal[0] == '2')) where = target->literal[0] == '1' ? l->out : l->err;
	if (fd == 1) l->out = where;
	if (fd == 2) l->err = where;
}

static void blanks(struct scan *s)
{
	for (;;) {
		int c = s->next;
		if (c == '\\' && scan_peek(s) == '\n') scan_skip(s);
		else if (c != ' ' && c != '\t') return;
		scan_skip(s);
	}
}

static void here_document(struct scan *s, struct span opened)
{
	struct heredoc h = { .opened = opened };
	h.strip_tabs = s->next == '-';
	if (h.strip_tabs) scan_skip(s);
	struct span operator = scan_since(s, opened);
	blanks(s);
	if (!at_word(s)) scan_give_up(s, D_shell_no_command, operator, "this here-document has no word that ends it");
	struct word w = { .place = PLACE_DELIMITER };
	scan_shell_word(s, &w);
	s->over = s->over || w.holes.n; /* nobody can say where it ends */
	if (s->over) return;
	if (s->substitutions) {
		ambiguous(s, opened, 0, "old shells can't read a here-document within `$(…)`", "use `printf '%s\\n' …` in a pipe instead");
		return;
	}
	h.n = w.n;
	memcpy(h.delimiter, w.literal, w.n);
	vec_push(s->ds->arena, &s->heredocs, h);
}

/* At `<` or `>`; `before` is the word directly before it, or NULL. */
static void redirection(struct scan *s, struct list *l, const struct word *before)
{
	struct span at = scan_place(s);
	int op = s->next, fd = descriptor(before);
	scan_skip(s);
	int c = s->next;
	bool duplicate = c == '&';
	if (fd < 0) fd = op == '>';
	l->any = true;
	if (c == '(') {
		ambiguous(s, at, 1, "`<(…)` and `>(…)` are no sh", "use a pipe, or a file");
		return;
	}
	if (c == '&' || c == op || c == '>' || (op == '>' && c == '|')) scan_skip(s);
	if (op == '<' && c == '<') {
		if (s->next == '<') ambiguous(s, at, 1, "`<<<` is no sh", "use `printf '%s\\n' … |`, or `input:`");
		else here_document(s, at);
		return;
	}
	struct span operator = scan_since(s, at);
	blanks(s);
	struct word target = { .place = duplicate ? PLACE_DUPLICATE : PLACE_TARGET };
	if (!at_word(s)) scan_give_up(s, D_shell_no_command, operator, "this redirection doesn't say where to");
	scan_shell_word(s, &target);
	redirected(l, fd, duplicate, &target);
}

/* ---- here-documents' bodies ----------------------------------------------------------------------------- */

/* One line, up to behind its newline. True if it is the delimiter. */
static bool body_line(struct scan *s, const struct heredoc *h)
{
	size_t n = 0;
	bool same = true, leading = h->strip_tabs;
	for (int c; (c = s->next) != UNIT_END && c != '\n'; scan_skip(s)) {
		if (leading && c == '\t') continue;
		leading = false;
		same = same && n < h->n && c == (unsigned char)h->delimiter[n];
		n++;
		if (c != UNIT_HOLE) continue;
		struct template_part *p = &s->t->parts.at[s->part];
		struct diag *d = scan_report(s, D_shell_hole_in_heredoc, p->span, "a hole can't stand in a here-document");
		diag_label(s->ds, d, h->opened, "the here-document begins here");
		diag_help(s->ds, d, "give the text to the command by `input:`, or print it with `printf '%%s\\n' #{…}`");
		p->context = HOLE_BARE;
	}
	if (s->next == '\n') scan_skip(s);
	return same && n == h->n;
}

static void unclosed_heredoc(struct scan *s, const struct heredoc *h)
{
	struct diag *d = scan_give_up(s, D_shell_unclosed_heredoc, h->opened, "the here-document is never closed");
	diag_help(s->ds, d, "a line with nothing but `%.*s` ends it", (int)h->n, h->delimiter);
}

/* Behind a newline: the bodies of the here-documents that were announced on the line. */
static void bodies(struct scan *s)
{
	for (size_t i = 0; i < s->heredocs.n && !s->over; i++) {
		const struct heredoc *h = &s->heredocs.at[i];
		while (!body_line(s, h))
			if (s->next == UNIT_END) {
				unclosed_heredoc(s, h);
				return;
			}
	}
	s->heredocs.n = 0;
}

/* ---- commands ------------------------------------------------------------------------------------------- */

/* A command is over; `pipe`: its output goes on to the next one. */
static void end_command(struct list *l, bool pipe)
{
	if (l->any && !((l->out || pipe) && l->err)) l->open = true;
	next_command(l);
}

static void background(struct scan *s, struct list *l, struct span at)
{
	end_command(l, false);
	if (l->open) {
		struct diag *d = scan_report(s, D_shell_background_output, at, "what runs in the background keeps the command's output open");
		diag_help(s->ds, d, "redirect it: `>/dev/null 2>&1 &`; what is to stay belongs into `spawn`");
	}
	l->open = false;
}

static void open_paren(struct scan *s, struct list *l, struct span at)
{
	if (l->awaited == AWAITS_PATTERN) {
		scan_skip(s);
	} else if (l->awaited != AWAITS_COMMAND || l->any) {
		scan_give_up(s, D_shell_unexpected, at, "`(` can't stand here");
	} else if (scan_peek(s) == '(') {
		ambiguous(s, at, 2, "`((` is arithmetic in some shells and two subshells in others", "write `( (`, or `$((…))`");
	} else {
		scan_skip(s);
		enter_block(s, l, BLOCK_PAREN, "(", at, AWAITS_COMMAND);
	}
}

static void close_paren(struct scan *s, struct list *l, struct span at)
{
	scan_skip(s);
	if (l->awaited == AWAITS_PATTERN && top_is(l, BLOCK_CASE)) {
		become(l, BLOCK_ARM);
	} else if (misses_command(s, l, ")", at)) {
		return;
	} else if (top_is(l, BLOCK_PAREN)) {
		end_command(l, false);
		pop(l);
	} else if (l->substitution && !l->blocks.n) {
		l->done = true;
	} else if (l->substitution) {
		unclosed_block(s, l, at, ")");
	} else {
		unexpected(s, l, at, ")", "(", 1U << BLOCK_PAREN);
	}
}

static void semicolon(struct scan *s, struct list *l, struct span at)
{
	bool twice = scan_peek(s) == ';';
	scan_skip(s);
	if (twice) scan_skip(s);
	at = scan_since(s, at);
	if (l->awaited > AWAITS_NOTHING && l->awaited != AWAITS_IN) {
		scan_give_up(s, D_shell_unexpected, at, "`%s` can't stand here", twice ? ";;" : ";");
	} else if (!twice) {
		if (ends_nothing(s, l, ";", at)) return;
		end_command(l, false);
		l->open = false;
	} else if (!misses_command(s, l, ";;", at)) {
		if (top_is(l, BLOCK_ARM)) become(l, BLOCK_CASE);
		else unexpected(s, l, at, ";;", "case", IN_CASE);
	}
}

static void newline(struct scan *s, struct list *l)
{
	scan_skip(s);
	bodies(s);
	if (l->awaited >= AWAITS_VARIABLE) return; /* within the head of a for or case */
	if (l->pending && !l->any) return;
	end_command(l, false);
	l->open = false;
}

static void comment(struct scan *s)
{
	for (int c; (c = s->next) != UNIT_END && c != '\n'; scan_skip(s)) {
		if (c != UNIT_HOLE) continue;
		struct template_part *p = &s->t->parts.at[s->part];
		p->context = HOLE_BARE;
		struct diag *d = scan_report(s, D_shell_hole_in_comment, p->span, "a hole can't stand in a comment of the shell");
		diag_help(s->ds, d, "put the comment outside of the command; or quote the `#` if it is none");
	}
}

/* `|`, `||`, `&&`, `&`. */
static void control(struct scan *s, struct list *l, int c, struct span at)
{
	bool twice = scan_peek(s) == c;
	const char *operator = c == '&' ? twice ? "&&" : "&" : twice ? "||" : "|";
	scan_skip(s);
	if (twice) scan_skip(s);
	at = scan_since(s, at);
	if (l->awaited == AWAITS_PATTERN && c == '|' && !twice) return;
	if (l->awaited > AWAITS_NOTHING) {
		scan_give_up(s, D_shell_unexpected, at, "`%s` can't stand here", operator);
	} else if (c == '&' && !twice && s->next == '>') {
		ambiguous(s, at, 1, "`&>` redirects in bash, and runs in the background in sh", "write `>file 2>&1`");
	} else if (ends_nothing(s, l, operator, at)) {
		return;
	} else if (c == '&' && !twice) {
		background(s, l, at);
	} else {
		end_command(l, c == '|' && !twice);
		demand(l, operator, at);
	}
}

/* ---- words of commands ----------------------------------------------------------------------------------- */

static enum word_place place_of(const struct list *l)
{
	switch (l->awaited) {
	case AWAITS_COMMAND: return PLACE_COMMAND;
	case AWAITS_VARIABLE: return PLACE_VARIABLE;
	case AWAITS_SUBJECT: case AWAITS_PATTERN: return PLACE_PATTERN;
	default: return PLACE_ARGUMENT;
	}
}

static void expect_in(struct scan *s, struct list *l, const struct word *w)
{
	bool loop = l->awaited == AWAITS_IN;
	if (loop && word_is(w, "do")) become_by(l, BLOCK_DO, "do", w->span);
	else if (!word_is(w, "in")) scan_give_up(s, D_shell_unexpected, w->span, "`in` is missing before this word");
	else l->awaited = loop ? AWAITS_WORDS : AWAITS_PATTERN;
}

/* `name() …`, behind the name. */
static bool function_definition(struct scan *s, struct list *l, const struct word *w)
{
	blanks(s);
	if (s->next != '(') return false;
	if (w->holes.n) {
		struct diag *d = scan_report(s, D_shell_hole_before_paren, w->holes.at[w->holes.n - 1].part->span, "a hole can't stand before `(`");
		diag_help(s->ds, d, "a function's name is a fixed word");
		s->over = true;
		return true;
	}
	struct span at = scan_place(s);
	scan_skip(s);
	blanks(s);
	if (s->next != ')') {
		scan_give_up(s, D_shell_unexpected, at, "`(` can't stand here");
		return true;
	}
	scan_skip(s);
	next_command(l);
	demand(l, "()", scan_since(s, at));
	return true;
}

static void command_word(struct scan *s, struct list *l, const struct word *w)
{
	l->any = true;
	if (l->awaited == AWAITS_COMMAND && w->assignment) {
		if (s->next == '(') scan_give_up(s, D_shell_unexpected, scan_place(s), "`(` can't stand here: lists in variables are no sh");
		return;
	}
	if (l->awaited == AWAITS_COMMAND && function_definition(s, l, w)) return;
	l->awaited = AWAITS_WORDS;
	roles_word(s, &l->roles, w);
}

/* Behind a block come redirections, operators and other closers; a `raw` hole may hold any of them, and is taken as words. */
static bool behind_block(struct scan *s, struct list *l, const struct word *w)
{
	if (w->holes.n && w->holes.at[0].part->raw) return true;
	enum reserved r = reserved_of(w);
	if (r < RESERVED && reserved_closes(r)) closing_word(s, l, r, w->span);
	else scan_give_up(s, D_shell_unexpected, w->span, "this word can't stand directly behind a block");
	return false;
}

static void list_word(struct scan *s, struct list *l)
{
	struct word w = { .place = place_of(l), .dashes = l->roles.dashes };
	scan_shell_word(s, &w);
	if (s->over) return;
	int c = s->next;
	if ((c == '<' || c == '>') && descriptor(&w) >= 0) {
		redirection(s, l, &w);
		return;
	}
	switch (l->awaited) {
	case AWAITS_VARIABLE: l->awaited = AWAITS_IN; return;
	case AWAITS_SUBJECT: l->awaited = AWAITS_CASE_IN; return;
	case AWAITS_IN: case AWAITS_CASE_IN: expect_in(s, l, &w); return;
	case AWAITS_PATTERN:
		if (word_is(&w, "esac")) pop(l);
		return;
	case AWAITS_COMMAND:
		if (!l->any && reserved_word(s, l, &w)) return;
		break;
	case AWAITS_NOTHING:
		if (!behind_block(s, l, &w)) return;
		break;
	case AWAITS_WORDS: break;
	}
	command_word(s, l, &w);
}

static void step(struct scan *s, struct list *l)
{
	int c = s->next;
	struct span at = scan_place(s);
	switch (c) {
	case ' ': case '\t': scan_skip(s); return;
	case '\n': newline(s, l); return;
	case ';': semicolon(s, l, at); return;
	case '&': case '|': control(s, l, c, at); return;
	case '(': open_paren(s, l, at); return;
	case ')': close_paren(s, l, at); return;
	case '<': case '>': redirection(s, l, NULL); return;
	case '#': comment(s); return;
	case '\\':
		if (scan_peek(s) == '\n') {
			blanks(s);
			return;
		}
	}
	list_word(s, l);
}

void scan_list(struct scan *s, bool substitution, struct span opened)
{
	struct list l = { .substitution = substitution, .opened = opened };
	while (!s->over && !l.done && s->next != UNIT_END) step(s, &l);
	if (s->over || l.done) return;
	if (l.blocks.n) {
		unclosed_block(s, &l, opened, NULL);
	} else if (substitution) {
		struct diag *d = scan_give_up(s, D_shell_unclosed_substitution, opened, "`$(` is never closed");
		diag_caption(s->ds, d, "opened here");
		diag_help(s->ds, d, "the command ends without its `)`");
	} else if (misses_command(s, &l, NULL, opened)) {
		return;
	} else if (s->heredocs.n) {
		unclosed_heredoc(s, &s->heredocs.at[0]);
	}
}
