/*
 * check: from trees to a program that means something.  Loads the modules a
 * file uses, resolves names, infers types, reads the shell templates and
 * refuses what design forbids (a step without undo, recursion, a value of
 * induce in restore, …).  It reports everything that is wrong and no echoes.
 * What it found out stands in the tree's "checked:" fields and in the symbols.
 *
 * The emitter (compile/emit) runs only over a program without errors.
 */
#ifndef IRS_CHECK_H
#define IRS_CHECK_H

#include "irs/ast.h"
#include "irs/map.h"
#include "irs/source.h"

enum symbol_kind {
	SYM_MODULE,    /* .module */
	SYM_FN,        /* .item, .module */
	SYM_FAULT,     /* .item, .module */
	SYM_BUILTIN,   /* .builtin: index into tbl/builtin.def */
	SYM_PARAM,     /* of a fn or fault: a local or a capture */
	SYM_LOCAL,     /* let in a block, loop variable */
	SYM_CAPTURE,   /* let of a step or fault */
	SYM_GLOBAL,    /* let of the scenario, param, target */
	SYM_PROBE,
	SYM_STEP,
	SYM_RESPONSE_FIELD /* status, body, elapsed behind `http … expect` */
};

struct symbol {
	enum symbol_kind kind;
	struct str name;
	struct span span;      /* where it is declared */
	struct type type;      /* of its value; a fn's result */
	enum level level;      /* of what it says */
	struct item *item;     /* the declaring item, or NULL */
	struct module *module; /* SYM_MODULE: which; else: where it stands */
	int builtin;           /* SYM_BUILTIN: its row in tbl/builtin.def; SYM_RESPONSE_FIELD: its row in tbl/field.def */
	struct expr *value;    /* of a let: what it is; else NULL */
	unsigned index;        /* for the emitter: slot of a local, capture or global; free for its use */
	unsigned uses;
	/* What the checker found out about a fn's effects, over all that it calls. */
	bool observes;         /* it runs commands or asks the network */
	bool on_other_hosts;   /* some of them elsewhere than `here` */
	bool needs_here;       /* it uses `here`, or runs something without saying on which host */
	struct fn_facts *facts; /* the checker's own */
};

struct module {
	struct str name;     /* "net", "shard", or "" for the file itself */
	uint32_t file;
	struct ast *ast;
	bool from_stdlib;
	struct map names;    /* of its top level: struct symbol */
	struct map unread;   /* words of what could not be read; the checker's own */
};

/* Longest times in ns; DURATION_UNBOUNDED where nothing bounds them. */
#define DURATION_UNBOUNDED INT64_MAX

struct program {
	struct arena *arena;
	struct sources *sources;
	struct diags *diags;
	VEC(struct module *) modules; /* [0] is the file itself; [1] the prelude */
	struct item *scenario;        /* or NULL: a module was checked by itself */
	VEC(struct template *) commands; /* the shell templates of all modules but the stdlib's, as checked */
	VEC(struct symbol *) values;  /* all that the file itself and its own modules declare, in the order of checking */
	int64_t hosts;                /* so many at most, over all targets */
};

struct check_options {
	const char *stdlib_dir; /* where `use net` looks */
	bool lints;             /* also what is only doubtful */
};

/* Parses `file` (already among the sources) and the modules it uses, and checks all. Diagnostics in `ds`; never NULL. */
struct program *check_program(struct arena *a, struct sources *ss, uint32_t file, const struct check_options *o, struct diags *ds);

/* The value of an expression that needs neither a host nor a session: a literal (with its unit) or arithmetic with such, as `after`, `every`,
 * `latest`, limits and ranges want it. ns, bytes, millionths of a percent, or the int itself. False where it is none. */
bool constant_of(const struct expr *e, int64_t *out);

/* The longest time that a block may take, from the tree alone (language reference, "Longest time"). `call` is the `do` that brings the
 * arguments of a fault's block, which may bound its loops; NULL elsewhere. */
int64_t longest_time(const struct program *p, const struct block *b, const struct expr *call);

/* Whether a restore can be rendered to one script beforehand, for a failsafe: every branch, loop and hole depends only on captures, parameters
 * and `here`, and it only runs on `here` and waits. Else `at` and `why` (a clause: "it asks the host") say what is in the way; both may be NULL. */
bool restore_renderable(const struct program *p, const struct block *b, struct span *at, const char **why);

/* Each function of the file with what it does, and each value with its type, by line:column: `irsc check --dump types`. */
void types_dump(struct buf *out, const struct program *p);

#endif
