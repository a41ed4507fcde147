/*
 * str: a slice of bytes that somebody else owns, and UTF-8 as people see it
 * (columns on a terminal, one code point at a time).
 */
#ifndef IRS_STR_H
#define IRS_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p; /* not NUL-terminated */
	size_t n;
};

#define STR(lit) ((struct str){ "" lit, sizeof(lit) - 1 })
/* For printf's "%.*s". */
#define STR_ARG(s) (int)(s).n, (s).p

static inline struct str str_of(const char *z) { return (struct str){ z, z ? strlen(z) : 0 }; }
static inline bool str_eq(struct str a, struct str b) { return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0); }
bool str_starts(struct str s, struct str prefix);
/* Without white space at both ends (space, tab, CR, LF). */
struct str str_trim(struct str s);

/* Decodes one code point at `p` (at most `n` bytes). Returns its length, 0 where the bytes are not UTF-8
 * (overlong, surrogate, above U+10FFFF, cut). Source: RFC 3629. */
size_t utf8_decode(const char *p, size_t n, uint32_t *cp);
/* Offset of the first byte that is not UTF-8, or n. */
size_t utf8_valid(const char *p, size_t n);
/* Columns that a code point takes on a terminal: 0 (combining, control), 1 or 2 (East Asian wide, emoji). */
int utf8_width(uint32_t cp);
/* Columns of a whole string; bytes that are not UTF-8 count as one each. */
size_t str_columns(struct str s);
/* Takes the first row of `rest` that fits into `columns`: up to its last blank, if it has one behind a word; at least one
 * character. What is left of `rest` begins with the next word. */
struct str str_row(struct str *rest, size_t columns);
/* Number of code points; bytes that are not UTF-8 count as one each. */
size_t str_chars(struct str s);

/* The candidate nearest to `word` by edit distance (Damerau–Levenshtein, at most a third of its length, never
 * more than 3), or NULL: for "did you mean". */
const char *str_nearest(struct str word, const char *const *candidates, size_t n);

#endif
