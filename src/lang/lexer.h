/*
 * lexer: from bytes to the tokens that the grammar reads.  flex (grammar/irs.l) finds them; this module arranges them:
 *
 *  - newlines end items and statements; the ones that don't are dropped here, and one is added before `}` and at the end;
 *  - brackets balance: what is missing is reported once, at the place that explains it, and put in; what is too much is reported and left out;
 *  - comments are put aside for the formatter and the documentation.
 *
 * The scanner's functions below are called by grammar/irs.l only; they report what is wrong with a token.
 */
#ifndef IRS_LANG_LEXER_H
#define IRS_LANG_LEXER_H

#include "parser.h"

#include "irs.tab.h"

struct open_string { /* a text that is being read, or whose hole is */
	enum string_form form;
	uint32_t start; /* of its quote */
	unsigned holes; /* opened so far */
};

struct token {
	int kind;
	struct span span;
	IRSTYPE value;
};

struct bracket {
	int kind;        /* LPAREN LBRACKET LBRACE STRING_HEAD */
	int head;        /* LBRACE: first token of its item or statement */
	bool has_for, has_http; /* within it, so far */
	uint32_t at;
	uint32_t indent; /* of the line it stands on */
};

enum { LEXER_AHEAD = 10 }; /* tokens that may be looked at beforehand */

struct lexer {
	struct keyword_index keywords;
	/* The scanner. */
	void *flex;
	uint32_t start, end; /* of the token that was matched */
	uint32_t text;       /* where the current stretch of text begins */
	struct open_string strings[PARSE_MAX_NESTING];
	unsigned nstrings;
	int owed;            /* a brace that a torn text has left behind: the next token */
	uint32_t owed_at;
	/* What was read ahead. */
	struct token ahead[LEXER_AHEAD];
	unsigned nahead;
	/* The arrangement. */
	struct bracket open[PARSE_MAX_NESTING];
	unsigned nopen;
	int previous;          /* the token handed out last, and the one before it */
	struct span previous_span; /* of the last one that is no newline */
	int before;
	int head;              /* first token of the item or statement being read */
	struct span head_span;
	unsigned since_head;   /* tokens handed out since */
	uint32_t indent;       /* of the current line */
	bool first_on_line;    /* the token in hand is the first of its line */
	bool repairing;        /* closing brackets down to `down_to`, then `held` */
	bool reported;         /* … and a diagnostic has said so */
	unsigned down_to;
	struct token held;
	bool repaired;         /* the token handed out last was put in, and a diagnostic says why */
	struct span torn;      /* a line with a text or hole that is not closed: brackets that are open on it are its fault */
	struct span strange;   /* the last character that means nothing: what follows it needn't be complained about */
	struct span suspect;   /* a `{` whose `}` stands further left than its line */
};

/* Begins with the parser's text; lexer_end frees what the scanner took. */
void lexer_begin(struct parser *p);
void lexer_end(struct parser *p);

/* Whether `at` begins on a line with a text or hole that is not closed: what it says can't be told. */
bool lexer_tore(const struct parser *p, struct span at);
/* Whether a character that means nothing stands at or just before `at`. */
bool lexer_strange(const struct parser *p, struct span at);
/* Whether a line goes on that ends in the token `kind`, before which `before` stands. */
bool lexer_goes_on_behind(int before, int kind);
/* The token that comes `i` tokens later, as the scanner has it. */
const struct token *lexer_peek(struct parser *p, unsigned i);
/* Whether the next token is the first of an item or statement. */
bool lexer_begins_entry(const struct lexer *l);
/* First token of the item or statement whose block is open; 0 outside of all. */
int lexer_block_head(const struct lexer *l);
/* Brackets or texts are nested too deeply: says so, and reads no further. */
void lexer_too_deep(struct parser *p, struct span at);

/* ---- words that are not reserved (context.c) ---- */

/* What the token `kind`, the next to be handed out, is where it stands: a contextual word may be no more than a name, TOK_WORD. */
int context_kind(struct parser *p, int kind);
/* Whether the token `next` tokens later, with an item's word before it, makes an item of it. */
bool context_begins_item(struct parser *p, unsigned next);

/* ---- between flex and this module (scan.c) ---- */

bool scanner_open(struct parser *p, char *buffer, size_t size);
void scanner_close(struct parser *p);
/* The next token as it stands in the file; 0 at its end. Fills value, and start and end of p->lexer. */
int scanner_next(struct parser *p, IRSTYPE *value);

int lex_word(struct parser *p, struct str word);
int scan_number(struct parser *p, IRSTYPE *value, struct str word);
void scan_comment(struct parser *p);
/* One character that begins no token. */
void scan_strange(struct parser *p, struct str bytes);
/* A stretch of letters, some not of ASCII: how many bytes of it are taken, and as which token (0: none). */
size_t scan_strange_word(struct parser *p, IRSTYPE *value, struct str word, int *kind);
/* A text in typographic quotes. */
void scan_curly(struct parser *p);
void scan_unclosed(struct parser *p, uint32_t from, const char *quote);
/* Where a text that its line has ended ends: before a brace at the end of the line, which is then owed. */
uint32_t scan_torn_end(struct parser *p, struct span text);
void scan_unclosed_hole(struct parser *p);
/* Something that other languages write: says what to write instead. */
void scan_foreign(struct parser *p, const char *ours);
void scan_semicolon(struct parser *p);
/* Opens a text; false (and reported) when texts and holes are nested too deeply. */
bool scan_open_string(struct parser *p, enum string_form form, uint32_t quotes);

#endif
