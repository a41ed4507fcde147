/* chain: how one line of a journal follows the one before it. */
#ifndef IRS_RECORD_CHAIN_H
#define IRS_RECORD_CHAIN_H

#include <jansson.h>
#include <stdint.h>

#include "irs/str.h"

struct chain {
	uint64_t seq;  /* of the last line; 0: none yet */
	char prev[65]; /* its SHA-256, hex, newline included */
};

void chain_begin(struct chain *c);
/* `line` (with its newline) is the next one. */
void chain_extend(struct chain *c, struct str line);
/* Whether a line says that it follows: its seq and prev. */
bool chain_follows(const struct chain *c, const json_t *line);

struct err;
/* Where reading a journal has ended. */
struct journal_end {
	struct chain chain;
	int64_t offset;  /* behind the last whole line */
	bool torn;       /* something stands behind it that a crash can have left */
	bool unended;    /* the last whole line is damage that lacks its newline */
	bool stopped;    /* the visitor had enough */
};
typedef bool chain_visit(void *ctx, const json_t *line);
/* Walks the lines of `fd`. In the place of lines that can't be believed one comes that says so ("ev": "damaged"). False where it can't be read. */
bool chain_read(int fd, const char *path, chain_visit *visit, void *ctx, struct journal_end *end, struct err *e);

#endif
