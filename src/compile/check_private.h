/*
 * check_private: what the checker's files share.  One struct checker goes through them all; each file has one subject
 * and declares here what the others call.  Order of a check: modules are loaded, names declared, signatures and bodies
 * typed, then the facts about functions are worked out, and last come the rules and lints that rest on those.
 */
#ifndef IRS_COMPILE_CHECK_PRIVATE_H
#define IRS_COMPILE_CHECK_PRIVATE_H

#include "check_scope.h"
#include "irs/check.h"

/* What surrounds an expression or a statement, and so what it may do. */
enum site {
	PLACE_FIXED,        /* a number or text that stands in the image as it is */
	PLACE_FN,
	PLACE_LET,          /* of the scenario, also a param's default */
	PLACE_ON,
	PLACE_ALARM,
	PLACE_TEXT,         /* a message's */
	PLACE_CAPTURE,      /* let of a step or fault, arguments of a `do` */
	PLACE_INDUCE,
	PLACE_VERIFY,
	PLACE_RESTORE,
	PLACE_SUPERSEDED,
	PLACE_PRECONDITION,
	PLACE_PROBE,
	PLACE_RESOLVED,
	PLACES
};

struct place_info {
	const char *what; /* "a verify block", with its article */
	bool here;        /* it runs on a host */
	bool observes;    /* a statement that is a bool is an expectation */
	bool effects;     /* commands, http and tcp are allowed */
	bool draws;       /* pick() and mark() are */
	bool probes;      /* `read healthy` is */
};
extern const struct place_info place_table[PLACES];

struct fn_call { /* one function's call of another */
	struct symbol *callee;
	struct span at;
};

struct fn_facts { /* of a SYM_FN */
	VEC(struct fn_call) calls;
	enum { FACTS_NONE, FACTS_OPEN, FACTS_DONE } state;
	bool draws;
	bool timing;          /* its longest time is being worked out */
	bool timed;           /* `longest` holds for every call */
	int64_t longest;      /* ns, of the body */
	struct span here_at;  /* the first place that needs `here` */
	const char *here_why; /* what stands there */
};

struct call_check { /* a call that can only be judged when the facts about its function are known */
	struct symbol *fn;
	struct span at;
	enum site place;
	bool statement; /* its value goes unused */
};

struct checker {
	struct arena *a;
	struct program *p;
	const struct check_options *o;
	struct diags *ds;
	struct module *m;          /* whose tree is being read */
	struct scope scope;
	struct map probes, steps;  /* of the scenario: names that are no values */
	enum site place;
	struct symbol *fn;         /* in whose body we are, or NULL */
	struct item *owner;        /* the step or fault in whose blocks we are, or NULL */
	struct block *body;        /* the whole block that is being read, or NULL */
	bool in_let;               /* a let of the scenario is being read: later ones have no value yet */
	bool responding;           /* behind the `expect` of an http: status, body and elapsed have a meaning */
	VEC(struct call_check) calls;
	bool unsure;               /* something was seen whose time may have no end: a loop, a call, a duration that isn't written out */
	VEC(struct item *) later;  /* items that the rules must look at when the facts are known */
	struct map builtins;       /* name → first row + 1 in tbl/builtin.def */
	struct symbol **builtin;   /* by row; made when first named */
	struct map by_path;        /* modules, by their real path */
	VEC(struct module *) loading; /* the chain of modules being loaded */
	struct symbol *response[3]; /* status, body, elapsed */
	struct map missing[2];      /* names that were reported: of values, of functions and faults; each with its struct diag */
	size_t looks;              /* that are left for explaining errors: did you mean, where it is declared */
};

/* ---- check_module: files ---- */
void module_load_all(struct checker *c, uint32_t file);

/* ---- check_names: what names stand for ---- */
/* Explaining an error takes looking around, so many names or statements far. A file full of errors must not take longer
 * for it than one without: false when there were enough looks. */
bool may_look(struct checker *c, size_t looks);
void declare_module(struct checker *c, struct module *m);
/* Whether a module is the file itself or one of its author's, which it uses: not one of the standard library. */
bool is_own_module(const struct checker *c, const struct module *m);
/* Whether a name may be declared in what of a module could not be read. */
bool may_be_unread(struct checker *c, struct module *m, struct str name);
/* Whether something within `at` could not be read. */
bool is_unread_within(struct checker *c, struct span at);
/* Whether `use NAME` would find something. */
bool stdlib_has(struct checker *c, struct str name);
struct symbol *symbol_new(struct checker *c, enum symbol_kind kind, struct name name, struct type type);
/* Makes a value visible; reports a name that already stands for something. */
void declare_value(struct checker *c, struct symbol *s);
/* A value by its name, or NULL after it has reported why there is none. Counts the use. */
struct symbol *find_value(struct checker *c, const struct name *name);
/* The module that `e` names, if it is a plain name of one and of no value. */
struct symbol *module_of(struct checker *c, const struct expr *e);
/* A fn by its name: of this file, else the prelude's, else the first builtin of that name. NULL and nothing said if there is none. */
struct symbol *find_function(struct checker *c, struct str name);
struct symbol *find_member(struct checker *c, struct module *m, struct str name);
void report_unknown_function(struct checker *c, const struct name *name, bool want_fault);
void report_unknown_member(struct checker *c, const struct symbol *module, const struct name *name);
/* The first row of that name in tbl/builtin.def, or -1. */
int builtin_row(struct checker *c, struct str name);
struct symbol *builtin_symbol(struct checker *c, int row);

/* ---- check_type: types in words, and what must fit where ---- */
const char *type_text(struct checker *c, struct type t); /* "list<host>" */
const char *type_phrase(struct checker *c, struct type t); /* "a list<host>", "an int" */
static inline bool is_error(struct type t) { return t.base == T_ERROR; }
/* Whether `e` may stand where a `want` is needed; gives empty lists their type; reports otherwise: "`within` takes a duration, this is an int". */
bool require(struct checker *c, struct expr *e, struct type want, const char *what);
/* The same without reporting. */
bool adopt(struct expr *e, struct type want);
/* Adds to `d` how to write a bare number with the unit of `want`. */
void propose_units(struct checker *c, struct diag *d, const struct expr *number, struct type want, const char *unit);
/* The unit a quantity literal was written with ("ms"), or NULL. */
const char *unit_of(struct checker *c, const struct expr *e);
bool is_quantity(struct type t); /* duration, size, percent */
bool is_ordered(struct type t);  /* < and > have a meaning */

/* ---- check_expr, check_operator, check_call, check_effect ---- */
struct type check_expr(struct checker *c, struct expr *e);
void check_expr_as(struct checker *c, struct expr *e, struct type want, const char *what); /* check_expr and require; e may be NULL */
/* The same for a duration that something takes. */
void check_time(struct checker *c, struct expr *e, const char *what);
void check_template(struct checker *c, struct template *t, bool command);
struct type check_unary(struct checker *c, struct expr *e);
struct type check_binary(struct checker *c, struct expr *e);
struct type check_call(struct checker *c, struct expr *e);
void check_do(struct checker *c, struct expr *call);
/* The builtin among those named as row `first` that takes these arguments; its result in `result`. Reports where none does. */
int resolve_builtin(struct checker *c, int first, struct expr *call, exprs_t *args, struct type *result);
struct type check_field(struct checker *c, struct expr *e);
struct type check_run(struct checker *c, struct expr *e);
struct type check_http(struct checker *c, struct expr *e);
struct type check_tcp(struct checker *c, struct expr *e);
struct type check_probe_read(struct checker *c, struct expr *e);
void check_command(struct checker *c, struct expr *command);
void note_here(struct checker *c, struct span at, const char *what);
void note_call(struct checker *c, struct symbol *fn, struct span at, bool statement);

/* ---- check_literal: texts that are written in place and that something reads ---- */
void check_url(struct checker *c, const struct expr *e);
void check_endpoint(struct checker *c, const struct expr *e);
void check_pattern(struct checker *c, const struct expr *e);

/* ---- check_stmt ---- */
void check_block(struct checker *c, struct block *b, enum site place);
/* The type of a let's value; reports a value that is none, or a list of nobody knows what. */
struct type check_let_value(struct checker *c, struct expr *e);
void check_fn_body(struct checker *c, struct item *fn);
/* Whether every way through ends with return or fail. */
bool block_ends(const struct block *b);
bool stmt_ends(const struct stmt *s);

/* ---- check_item, check_step ---- */
void check_signatures(struct checker *c, struct module *m);
void check_module_bodies(struct checker *c, struct module *m);
void check_scenario(struct checker *c, struct item *scenario);
void check_step(struct checker *c, struct item *step);
void check_fault(struct checker *c, struct item *fault);
void check_fixed(struct checker *c, struct template *t, const char *what); /* a text without holes */
void check_on(struct checker *c, struct expr *on);
void check_fanout(struct checker *c, struct fanout *f);

/* ---- check_constant ---- */
/* A constant of a type, at least `low` (in its unit); reports what isn't. NULL is fine. */
/* Says so where the operands are fixed and the result does not fit into 64 bits. */
void check_overflow(struct checker *c, const struct expr *e);
void check_constant(struct checker *c, struct expr *e, struct type want, const char *what, int64_t low);
/* A literal, or made of literals only: a param's default. */
void check_default(struct checker *c, struct expr *e, struct type want, const char *what);
/* Both bounds, low first; false if reported. */
bool check_range(struct checker *c, struct range *r, struct type want, const char *what);
void check_within(struct checker *c, const struct expr *e, const struct range *r, struct type want);

/* ---- check_facts: what functions do, and rules that rest on it ---- */
void work_out_facts(struct checker *c);
void check_calls(struct checker *c);

/* ---- check_rules: failsafes that can be written down, times that have an end ---- */
void check_later(struct checker *c, struct item *item); /* if its time is unsure; then nothing is */
void check_rules(struct checker *c);
/* Calls `f` for each `do` of a step, those within a retry, too. */
typedef void each_do(struct checker *c, const struct item *step, const struct expr *call, void *with);
void for_each_do(struct checker *c, const struct item *step, each_do *f, void *with);
/* The first item of a kind, or NULL. */
struct item *first_item(const items_t *items, enum item_kind kind);

/* ---- check_lint ---- */
void lint_module(struct checker *c, struct module *m);
void lint_program(struct checker *c);
void lint_blocks(struct checker *c);
void lint_leaks(struct checker *c);

#endif
