/*
 * quote_scan: what the parts of the shell scanner share.  A template is read
 * once from left to right; a hole is one unit of it, like a byte.  Words are
 * scanned by quote_word.c (which sets the holes' contexts), commands, blocks
 * and here-documents by quote_list.c, and what a command does with its words
 * (program text, names of variables) is judged by quote_roles.c.
 *
 * After the first thing that makes the rest of a template unreadable (an
 * unclosed quote) the scan is `over`: nothing further is reported.
 */
#ifndef IRS_COMPILE_QUOTE_SCAN_H
#define IRS_COMPILE_QUOTE_SCAN_H

#include "irs/quote.h"

enum {
	UNIT_HOLE = 256, /* a hole, among bytes */
	UNIT_END = -1,
	SCAN_MAX_DEPTH = 64 /* of substitutions within each other */
};

struct heredoc {
	char delimiter[128];
	size_t n;
	bool strip_tabs;
	struct span opened;
};

struct scan {
	struct diags *ds;
	struct template *t;
	size_t part, at;          /* the next unit: at byte `at` of that part's text, or its hole */
	int next;                 /* and what it is: a byte, UNIT_HOLE or UNIT_END */
	unsigned depth;           /* of recursion */
	unsigned substitutions;   /* `$(…)` around here */
	bool forbidden;           /* holes are refused here, as `why_forbidden` */
	enum diag_code why_forbidden;
	bool over;
	VEC(struct heredoc) heredocs; /* whose bodies begin at the next newline */
};

/* ---- reading (quote_word.c) ---- */
void scan_begin(struct scan *s);
int scan_peek(const struct scan *s);          /* the unit behind the next one */
void scan_skip(struct scan *s);               /* one unit */
struct span scan_place(const struct scan *s); /* of the next unit; at the end: of the closing quote's place */
struct diag *scan_report(struct scan *s, enum diag_code code, struct span at, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* The same for what makes the rest unreadable: ends the scan. */
struct diag *scan_give_up(struct scan *s, enum diag_code code, struct span at, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
struct span scan_since(const struct scan *s, struct span from); /* from there up to the next unit */

/* ---- words (quote_word.c) ---- */
enum word_place {
	PLACE_ARGUMENT,
	PLACE_COMMAND,  /* may still be an assignment or the command's name */
	PLACE_TARGET,   /* of a redirection */
	PLACE_DUPLICATE, /* the word of `>&` and `<&` */
	PLACE_DELIMITER, /* of a here-document */
	PLACE_PATTERN,  /* `case`'s word and patterns */
	PLACE_VARIABLE  /* the name behind `for` */
};

struct word_hole {
	struct template_part *part;
	bool behind_equals; /* `name=` stands before it in its word */
};

struct word {
	enum word_place place;
	struct span span;
	char literal[128]; /* what the shell will see, with \1 for holes and expansions; cut at the end */
	size_t n;
	bool cut;
	bool fixed;   /* no hole, no expansion: `literal` is all there is, unless cut */
	bool quoted;  /* so it is no reserved word */
	bool content; /* something before here that is certainly not empty */
	bool dashes;  /* a `--` stands before the word */
	bool tilde;   /* within a tilde prefix */
	bool assigns; /* an unquoted `=` was seen */
	bool assignment; /* it begins with `name=` */
	VEC(struct word_hole) holes;
};

/* Whether one begins here: a `#` begins a comment. */
bool at_word(const struct scan *s);
/* Scans the word that begins here. */
void scan_shell_word(struct scan *s, struct word *w);
/* Unquoted, and this text (not empty). */
static inline bool word_is(const struct word *w, const char *text)
{
	return w->fixed && !w->quoted && !w->cut && *w->literal == *text && str_eq((struct str){ w->literal, w->n }, str_of(text));
}

/* ---- lists of commands (quote_list.c) ---- */
/* Scans commands up to the end, or within `$(…)`, whose opening was at `opened`, behind its `)`. */
void scan_list(struct scan *s, bool substitution, struct span opened);

/* ---- what commands do with their words (quote_roles.c) ---- */
struct program;
struct roles {
	const struct program *program; /* what the command is as far as it matters here, or NULL */
	bool wrapped;                  /* behind `sudo`, `env`, …: a later word may be the program */
	bool dashes;                   /* a `--` was seen */
	bool has_text, no_text;        /* an option that makes an operand program text, or that makes none so */
	char pending;                  /* the option whose argument comes next, or 0 */
	unsigned words, operands;
	bool options_over;
};
/* Takes a command's next word (assignments and redirections are none) and judges its holes. */
void roles_word(struct scan *s, struct roles *r, const struct word *w);

/* ---- types (quote.c) ---- */
/* Whether the hole's type can stand in a command; reports. `arithmetic`: within $((…)). */
bool hole_type_fits(struct scan *s, const struct template_part *p, bool arithmetic);
static inline bool hole_is_list(const struct template_part *p) { return p->hole->type.lists > 0; }

#endif
