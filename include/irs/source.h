/*
 * source: the files of one compilation, and where a byte stands in them.
 * Reads untrusted files: bounded, regular, checked for UTF-8.
 */
#ifndef IRS_SOURCE_H
#define IRS_SOURCE_H

#include "irs/arena.h"
#include "irs/diag.h"
#include "irs/err.h"
#include "irs/str.h"

enum { SOURCE_MAX_BYTES = 64 << 20 };

struct source {
	const char *path; /* as people know it: relative to where the command ran, or "<stdin>" */
	struct str text;  /* NUL-terminated behind; a byte-order mark is skipped, CRLF is left */
	bool marked;      /* a byte-order mark stands before the text */
	uint32_t *line;   /* offset of each line's first byte; filled when first asked */
	size_t nlines;
};

struct sources {
	struct arena *arena;
	VEC(struct source *) file;
};

struct place { /* from 1; columns in characters (code points) */
	uint32_t line, column;
};

/* Reads a regular file of at most SOURCE_MAX_BYTES; false with `e` otherwise (missing, directory, device, too big). */
bool source_read(struct sources *ss, const char *path, uint32_t *file, struct err *e);
/* Takes text that is in memory (copied); returns its index. */
uint32_t source_add(struct sources *ss, const char *path, struct str text);
struct place source_place(struct sources *ss, uint32_t file, uint32_t offset);
struct str source_line(struct sources *ss, uint32_t file, uint32_t line); /* without its newline */

#endif
