/*
 * ast: a source file as the author wrote it.  Built by the parser (grammar/irs.y
 * calls one ast_*() a rule), read by the formatter, and annotated by the
 * checker in the fields marked "checked:".  Plain data in the compilation's
 * arena; children in source order; nothing points upwards.  An expr, stmt or
 * item is only as large as its kind needs: it is never copied or assigned as a whole.
 *
 * After a syntax error the tree holds *_ERROR nodes where the text made no
 * sense; everything that reads the tree passes over them in silence, because
 * the parser has spoken.
 */
#ifndef IRS_AST_H
#define IRS_AST_H

#include "irs/arena.h"
#include "irs/shell_quote.h"
#include "irs/span.h"
#include "irs/str.h"
#include "irs/type.h"
#include "irs/vec.h"

struct symbol; /* check.h */
struct expr;
struct stmt;
struct item;

struct name {
	struct str text; /* of no length where a name may be and is not */
	struct span span;
};

/* ---- templates: "…#{expr}…" ------------------------------------------------------------------------- */

struct template_part {
	struct expr *hole;         /* NULL: text */
	struct str text;           /* escapes resolved, indentation removed */
	struct span span;          /* of the text in the source, or of the whole #{…} */
	bool raw;                  /* #{raw …} */
	enum hole_context context : 8; /* checked: by compile/quote for a command, else HOLE_TEXT */
	/* Where each byte of `text` stands in the source, so that the shell scanner can point there: text[i] comes from
	 * byte origin[i]. NULL: text[i] stands at span.start + i. */
	const uint32_t *origin;
};

enum string_form { STRING_PLAIN, STRING_BLOCK, STRING_RAW, STRING_RAW_BLOCK };

struct template {
	VEC(struct template_part) parts; /* no holes: at most one part */
	enum string_form form;
	struct span span; /* with the quotes */
};

/* ---- expressions ---------------------------------------------------------------------------------- */

enum expr_kind {
	E_ERROR,
	E_BOOL,       /* .boolean */
	E_INT,        /* .integer */
	E_FLOAT,      /* .real */
	E_DURATION,   /* .integer, ns */
	E_SIZE,       /* .integer, bytes */
	E_PERCENT,    /* .integer, millionths of a percent */
	E_STRING,     /* .string */
	E_LIST,       /* .list */
	E_NAME,       /* .name */
	E_HERE,
	E_RUNNER,
	E_FIELD,      /* .field: x.f, also a module's member */
	E_CALL,       /* .call: f(…), x.f(…) */
	E_UNARY,      /* .unary: not, - */
	E_BINARY,     /* .binary */
	E_COMPREHENSION, /* .comprehension */
	E_RUN,        /* .run: run "…" as a statement, run(…) as an expression, with or without try */
	E_HTTP,       /* .http */
	E_TCP,        /* .tcp */
	E_PROBE,      /* .probe: `read healthy for 2m`, `read fails 3 of 5` */
	E_KINDS
};

enum binary_op { BIN_OR, BIN_AND, BIN_EQ, BIN_NE, BIN_LT, BIN_LE, BIN_GT, BIN_GE, BIN_IN, BIN_ADD, BIN_SUB, BIN_MUL, BIN_DIV, BIN_MOD };
enum unary_op { UN_NOT, UN_NEG };

struct arg {
	struct name label; /* of no length: positional */
	struct expr *value;
};
typedef VEC(struct arg) args_t;
typedef VEC(struct expr *) exprs_t;

struct expr {
	enum expr_kind kind;
	struct span span;
	struct type type; /* checked: */
	uint16_t depth;   /* of what stands below it; at most PARSE_MAX_DEPTH */
	union {
		bool boolean;
		int64_t integer;
		double real;
		struct template *string;
		struct {
			exprs_t elements;
		} list;
		struct {
			struct name name;
			struct symbol *symbol; /* checked: what it names, or NULL */
		} name;
		struct {
			struct expr *object;
			struct name field;
			struct symbol *symbol; /* checked: a module's member, or a property that a function computes; NULL: a plain field */
			int field_id;          /* checked: index into tbl/field.def, or -1 */
		} field;
		struct {
			struct expr *callee; /* E_NAME, or E_FIELD whose object is a module or the first argument */
			args_t args;
			struct symbol *symbol; /* checked: fn, fault or builtin */
			exprs_t resolved;      /* checked: one for each parameter, in their order */
		} call;
		struct {
			enum unary_op op;
			struct expr *operand;
		} unary;
		struct {
			enum binary_op op;
			struct span op_span;
			struct expr *left, *right;
		} binary;
		struct {
			struct expr *element;
			struct name variable;
			struct symbol *symbol; /* checked: */
			struct expr *list;
			struct expr *condition; /* or NULL */
		} comprehension;
		struct {
			struct expr *command;         /* a string or a list */
			struct expr *on, *timeout, *input; /* or NULL: here, 30s, nothing */
			bool attempt;                 /* try */
			bool exit_compared;           /* checked: `.exit` is looked at, so no exit fails it */
		} run;
		struct {
			struct name method;            /* get head post put delete */
			struct expr *url, *timeout, *body; /* the last two or NULL; 5s unless said */
			struct expr *expect;           /* over status, body, elapsed; NULL: status < 400 */
		} http;
		struct {
			struct expr *address, *timeout; /* "host:port"; 5s unless said */
		} tcp;
		struct {
			struct name probe;
			struct symbol *symbol;  /* checked: */
			bool healthy;           /* else: fails `fails` of `of` */
			struct expr *hold;      /* healthy for D, or NULL */
			int64_t fails, of;
		} probe;
	};
};

/* ---- statements ------------------------------------------------------------------------------------- */

enum stmt_kind {
	S_ERROR,
	S_LET,    /* .let */
	S_EXPR,   /* .expr: run, http, a call; a bool in an observation is an expectation */
	S_EXPECT, /* .expect */
	S_IF,     /* .branch */
	S_FOR,    /* .loop */
	S_RETRY,  /* .retry */
	S_WAIT,   /* .expr */
	S_LOG,    /* .expr */
	S_FAIL,   /* .expr */
	S_RETURN, /* .expr, or NULL */
	S_SPAWN,  /* .spawn */
	S_DO,     /* .call: a fault, only in a step or in a retry of a step */
	S_KINDS
};

struct block {
	VEC(struct stmt *) stmts;
	struct span span; /* with the braces */
};

struct stmt {
	enum stmt_kind kind;
	struct span span;
	union {
		struct {
			struct name name;
			struct expr *value;
			struct symbol *symbol; /* checked: */
		} let;
		struct expr *expr;
		struct {
			struct expr *condition;
			struct expr *within, *hold; /* at most one: within D, for D */
		} expect;
		struct {
			struct expr *condition;
			struct block *then;
			struct block *otherwise; /* or NULL; `else if` is a block with one S_IF */
		} branch;
		struct {
			struct name variable;
			struct symbol *symbol; /* checked: */
			struct expr *list;
			struct expr *at_most; /* or NULL */
			struct block *body;
		} loop;
		struct {
			struct expr *times, *every; /* every: or NULL, 1s */
			struct block *body;
		} retry;
		struct {
			struct expr *command, *mark;
		} spawn;
		struct expr *call; /* E_CALL of a fault */
	};
};

/* ---- items ------------------------------------------------------------------------------------------ */

/* What an item says to whom; fixed by its keyword. Ordered: the higher the fewer may know. */
enum level { LEVEL_PUBLIC, LEVEL_SECRET, LEVEL_HIDDEN };

enum item_kind {
	I_ERROR,
	I_USE,          /* .use */
	I_FN,           /* .fn */
	I_FAULT,        /* .fault */
	I_SCENARIO,     /* .scenario */
	/* in a scenario: */
	I_BRIEF,        /* .text */
	I_LEVEL,        /* .word: beginner intermediate advanced */
	I_LASTS,        /* .range of durations */
	I_COMPONENTS,   /* .texts */
	I_REQUIRES,     /* .texts */
	I_READING,      /* .pointers */
	I_TARGET,       /* .target */
	I_PARAM,        /* .param */
	I_LET,          /* .let; also in step and fault */
	I_PROBE,        /* .probe */
	I_ALARM,        /* .alarm */
	I_PRECONDITION, /* .precondition */
	I_STEP,         /* .step */
	I_MESSAGE,      /* .message */
	I_HINT,         /* .hint */
	I_RESOLVED,     /* .body */
	I_RESOLUTION,   /* .resolution: `hidden resolution { … }` */
	/* in a step or a fault: */
	I_NEEDS,        /* .needs */
	I_INDUCE,       /* .body */
	I_VERIFY,       /* .body */
	I_RESTORE,      /* .restore */
	I_SUPERSEDED,   /* .body */
	I_DO,           /* .stmt: S_DO or an S_RETRY of them; only in a step */
	I_FAILSAFE,     /* .failsafe; only in a step (a fault that can cut a host off says `failsafe required`) */
	I_KINDS
};

struct range { /* low..high, both included */
	struct expr *low, *high;
	struct span span;
};

struct param { /* of a fn or fault */
	struct name name;
	struct type type;
	struct span type_span;
	struct expr *default_value; /* or NULL */
	struct symbol *symbol;      /* checked: */
};
typedef VEC(struct param) params_t;

enum pointer_kind { POINTER_MAN, POINTER_URL, POINTER_FILE, POINTER_SOURCE, POINTER_ASK };
struct pointer { /* `man "ps(1)"`; ask only in a hint */
	enum pointer_kind kind;
	struct template *text;
	struct span span;
};

enum fanout_kind { FANOUT_ALL, FANOUT_ONE, FANOUT_COUNT, FANOUT_SHARE };
struct fanout {
	enum fanout_kind kind;
	struct expr *limit; /* int for COUNT, percent for SHARE */
	struct span span;
};

enum need_kind { NEED_ROOT, NEED_TOOL, NEED_KERNEL_MODULE };

typedef VEC(struct item *) items_t;

struct item {
	enum item_kind kind;
	struct span span;         /* of the whole item */
	struct span keyword;      /* of its first word */
	enum level level;
	struct str doc;           /* `##` comments above it, joined by newlines, markers removed */
	struct name name;         /* step freeze; of no length where there is none */
	struct template *title;   /* or NULL */
	struct symbol *symbol;    /* checked: */
	union {
		struct {
			VEC(struct name) modules; /* use net, process */
			struct template *path;    /* use "./x.irs" as alias; then no modules */
			struct name alias;
		} use;
		struct {
			params_t params;
			bool has_result;
			struct type result;
			struct span result_span;
			struct block *body;
		} fn;
		struct {
			params_t params;
			items_t items; /* needs let induce verify restore superseded failsafe */
		} fault;
		struct {
			items_t items;
		} scenario;
		struct template *text;
		struct name word;
		struct range range;
		VEC(struct template *) texts;
		VEC(struct pointer) pointers;
		struct {
			int64_t low, high; /* hosts; `2 hosts` is 2..2 */
			struct span span;
		} target;
		struct {
			struct type type;
			struct span type_span;
			struct expr *default_value;
			struct range range;         /* low NULL: none */
		} param;
		struct {
			struct expr *value;
		} let;
		struct {
			struct expr *every, *timeout; /* 1s and 5s unless said */
			struct expr *from;            /* a host, or NULL: the runner */
			struct block *body;
		} probe;
		struct {
			struct name severity;   /* critical error warning info */
			struct expr *condition; /* or NULL: when the first step is live */
			struct expr *latest;    /* or NULL */
		} alarm;
		struct {
			struct expr *on; /* or NULL: the runner */
			struct fanout fanout;
			struct block *body;
		} precondition;
		struct {
			struct expr *on; /* or NULL: the runner */
			struct fanout fanout;
			struct expr *after;    /* or NULL: when inducing */
			bool when_mitigated;
			bool unless_resolved;
			items_t items;
		} step;
		struct {
			struct expr *after; /* or NULL: at live */
			struct template *text;
		} message; /* .title is the sender */
		struct {
			struct pointer pointer;
		} hint;
		struct {
			struct block *body;
		} body;
		struct {
			struct block *body;         /* or NULL: `restore none because "…"` */
			struct template *because;
		} restore;
		struct {
			VEC(struct name) keys; /* cause path fix, in source order */
			VEC(struct template *) texts;
		} resolution;
		struct {
			enum need_kind kind;
			struct template *text; /* tool or module; NULL for root */
		} needs;
		struct stmt *stmt;
		struct {
			bool none;     /* failsafe none */
			bool required; /* in a fault: whoever uses it must say one */
			struct expr *silent, *latest; /* or NULL */
		} failsafe;
	};
};

struct comment { /* for the formatter; tokens in between never hold one */
	struct span span;
	bool own_line; /* nothing but white space before it on its line */
};

struct ast {
	uint32_t file;
	items_t items;
	VEC(struct comment) comments; /* in source order */
	bool broken;                  /* there were syntax errors */
	VEC(struct span) unread;      /* stretches that could not be read: nobody knows what they declare, return or undo */
};

#endif
