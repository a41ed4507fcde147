/*
 * shell_quote: a value as text that a POSIX shell reads back as exactly that
 * value, at the place in a command where a hole `#{…}` stands.  Which place
 * that is was decided by the compiler (compile/quote); this is the half that
 * runs when the value is known.  It never guesses: what can't be carried there
 * is an error.  One level of shell parsing is what it promises for, no more.
 */
#ifndef IRS_SHELL_QUOTE_H
#define IRS_SHELL_QUOTE_H

#include <stdbool.h>

#include "irs/buf.h"
#include "irs/str.h"

/* Where a hole stands in a shell command, and so how its value is quoted there. docs/language.md has the rules. */
enum hole_context {
	HOLE_TEXT,         /* no shell: plain interpolation */
	HOLE_BARE,         /* unquoted: 'v' */
	HOLE_BARE_START,   /* unquoted, first in its word and no `--` before it: a leading `-` is refused at run time */
	HOLE_SINGLE,       /* within '…' */
	HOLE_DOUBLE,       /* within "…": closes, quotes, reopens */
	HOLE_DOUBLE_START, /* the same, first in its word and no `--` before it */
	HOLE_SINGLE_START,
	HOLE_ARITHMETIC,   /* within $((…)): an int, written (n) */
	HOLE_WORDS,        /* a list as a whole bare word: each element a word */
	HOLE_WORDS_START,  /* the same, no `--` before it */
	HOLE_RAW,          /* #{raw x} */
	HOLE_CONTEXTS
};

/* Adds `value` (as text: an int in decimal, a process as its pid), quoted for `context`. For a list (HOLE_WORDS…) call it for each
 * element; the caller puts spaces between. False, with nothing added and `*why` (a constant, "it …"), where the value can't stand there. */
bool shell_quote(struct buf *out, enum hole_context context, struct str value, const char **why);

#endif
