/*
 * emit_private: what the emitter's files share.  One struct emitter goes through them all; while a function's code is written it stands in
 * `r`, and what its statements mean (a bare `run` in an observation, `status` behind an `expect`) in the fields beside it.
 *
 *   emit.c       the program, and what a scenario says besides its steps
 *   emit_step.c  steps, frames, faults, captures
 *   emit_fn.c    functions: their names, files and queue
 *   emit_stmt.c  statements
 *   emit_expr.c  expressions, templates, commands
 */
#ifndef IRS_COMPILE_EMIT_PRIVATE_H
#define IRS_COMPILE_EMIT_PRIVATE_H

#include "irs/assemble.h"
#include "irs/emit.h"
#include "irs/literal.h"

struct blocks { /* of a step or a fault, as functions */
	uint32_t induce, restore; /* restore: or IMAGE_NONE */
	VEC(uint32_t) verify, superseded;
	const struct block *induce_block, *restore_block; /* for their longest times */
	VEC(const struct block *) verify_blocks;
	uint32_t because;         /* a string, or IMAGE_NONE */
	bool renderable;
	VEC(struct image_need) needs;
};

struct emitter {
	const struct program *p;
	struct assembly *as;
	struct arena *a;
	struct map names;           /* of functions, so that each has its own */
	VEC(struct symbol *) fns;   /* whose code is still to be written */
	VEC(struct blocks *) faults;
	int64_t lasts_high;         /* 0: not said */
	/* The function that is being written: */
	struct routine *r;
	uint32_t file;              /* its lines come from there */
	uint32_t level;             /* 0 public, 1 secret */
	bool observes;
	uint32_t response;          /* the local that holds it, behind an http's `expect` */
	/* The last place that was looked up: a line may be long and hold many. */
	struct {
		uint32_t file, offset;
		struct place place;
	} last;
};

/* ---- emit_fn ------------------------------------------------------------------------------------------ */

/* Begins a function that comes from `file`; `name` gets a number behind it where it is taken. Returns its index. */
uint32_t fn_begin(struct emitter *m, struct str name, enum fn_role role, enum level level, uint32_t file);
/* A name made as printf does, in the emitter's arena. */
struct str fn_name(struct emitter *m, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Ends a function without result whose end can be reached. */
void fn_end(struct emitter *m);
/* The function of a fn, whose code is written later. */
uint32_t fn_of_symbol(struct emitter *m, struct symbol *s);
/* Writes the code of all that was called and not written yet. */
void fn_flush(struct emitter *m);
/* A function that computes one expression and returns it. */
uint32_t fn_of_expr(struct emitter *m, struct str name, enum fn_role role, enum level level, const struct expr *e);
/* A function without parameters that runs a block. */
uint32_t fn_of_block(struct emitter *m, struct str name, enum fn_role role, const struct block *b);
void mark_place(struct emitter *m, struct span s);

/* ---- emit_expr ---------------------------------------------------------------------------------------- */

void emit_expr(struct emitter *m, const struct expr *e);
void emit_expr_or(struct emitter *m, const struct expr *e, enum type_base base, int64_t otherwise); /* a quantity where `e` is NULL */
void emit_command(struct emitter *m, const struct expr *command);
void emit_number(struct emitter *m, enum type_base base, int64_t bits);
void emit_text_constant(struct emitter *m, struct str s);
uint32_t text_constant(struct emitter *m, struct str s);
/* What a condition says in the source, white space made one: for messages. */
struct str source_text(struct emitter *m, struct span s);

/* ---- emit_stmt ---------------------------------------------------------------------------------------- */

void emit_block(struct emitter *m, const struct block *b);
/* Names the value on the stack and keeps it in a new local. */
void emit_let(struct emitter *m, struct symbol *s, struct type t);

/* ---- emit_step ---------------------------------------------------------------------------------------- */

void emit_step(struct emitter *m, const struct item *step, unsigned number);
struct image_fanout_record {
	uint32_t fanout;
	int64_t limit;
};
struct image_fanout_record fanout_of(const struct fanout *f);
/* How many batches a fan-out makes of the hosts of `on` (NULL: the runner). */
int64_t batches_of(const struct emitter *m, const struct expr *on, const struct fanout *f);
int64_t time_add(int64_t a, int64_t b);
int64_t time_times(int64_t t, int64_t n);

/* A text without holes as an image's string; IMAGE_NONE for NULL. */
uint32_t fixed_text(struct emitter *m, const struct template *t);
int64_t constant_or(const struct expr *e, int64_t otherwise);
static inline uint32_t level_number(enum level l) { return l == LEVEL_PUBLIC ? 0 : 1; }

#endif
