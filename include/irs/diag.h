/*
 * diag: what the user wrote and what is wrong with it.  A diagnostic has a
 * code (tbl/diag.def holds them all), a message that stands on its own, the
 * place, perhaps further places with what they explain, a help and a fix.
 * They are queued here and rendered once (lang/render): human, JSON, SARIF.
 *
 * Echoes: a diagnostic whose span lies within one that was reported as an
 * error before is dropped where `diag_poison` marked it; the checker marks
 * what it could not type.
 */
#ifndef IRS_DIAG_H
#define IRS_DIAG_H

#include <stdbool.h>
#include <stddef.h>

#include "irs/arena.h"
#include "irs/span.h"
#include "irs/vec.h"

enum diag_severity { DIAG_ERROR, DIAG_WARNING, DIAG_LINT, DIAG_NOTE };

enum diag_code {
#define DIAG(code, name, severity, title, help) D_##name,
#include "irs/tbl/diag.def"
#undef DIAG
	DIAG_CODES
};

struct diag_info {
	const char *code;  /* "IRS0101" */
	const char *name;  /* "unclosed_string": for goldens */
	enum diag_severity severity;
	const char *title; /* one line: what is wrong, in general */
	const char *help;  /* for `irsc explain`: why, and what to write instead; several paragraphs with an example */
};
extern const struct diag_info diag_table[DIAG_CODES];

struct diag_label { /* a further place */
	struct span span;
	const char *text;
};

struct diag_fix { /* replace `span` by `text` (an empty span inserts) */
	struct span span;
	const char *text;
	bool set;
};

struct diag {
	enum diag_code code;
	enum diag_severity severity;
	struct span span;
	const char *message;
	const char *caption; /* beside the carets, or NULL */
	VEC(struct diag_label) labels;
	VEC(const char *) notes;
	const char *help; /* what to write here, or NULL */
	struct diag_fix fix;
};

/* All of one compilation. Zero-initialise, set `arena`. */
struct diags {
	struct arena *arena;
	VEC(struct diag *) list; /* as reported; the renderer sorts by file and place */
	size_t errors, warnings; /* lints count among warnings */
	size_t limit;            /* errors above this are counted, not kept; 0: 1,000 */
};

/* Queues one; message and the rest are copied into the arena. Never NULL, so calls chain. */
struct diag *diag_add(struct diags *ds, enum diag_code code, struct span at, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
void diag_caption(struct diags *ds, struct diag *d, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void diag_label(struct diags *ds, struct diag *d, struct span at, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void diag_note(struct diags *ds, struct diag *d, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void diag_help(struct diags *ds, struct diag *d, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void diag_fix(struct diags *ds, struct diag *d, struct span at, const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
