/*
 * plan: what a session would do, as plain data: every command after
 * interpolation, and how sure each line of it is.  session/dryplan makes it by
 * running the image in the dry world; report/plan_* write it for people and
 * for programs.  All texts live in the arena that the plan was made in, and
 * may hold foreign bytes: who prints them makes them safe.
 */
#ifndef IRS_PLAN_H
#define IRS_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "irs/arena.h"
#include "irs/buf.h"
#include "irs/str.h"
#include "irs/vec.h"

enum plan_line_kind {
	LINE_RUN, LINE_SPAWN, LINE_HTTP, LINE_TCP, LINE_WAIT, LINE_LOG, LINE_PROBE, LINE_DRAW, LINE_EXPECT,
	LINE_IF,       /* what follows deeper happens if the unknown `text` is true */
	LINE_UNLESS,   /* … is false */
	LINE_ELSE,     /* otherwise */
	LINE_EACH,     /* for each of an unknown list */
	LINE_RETRY,    /* up to `times` times, `limit` apart */
	LINE_MAY_FAIL, /* this way ends here, for that reason */
	LINE_KINDS
};

struct plan_line {
	enum plan_line_kind kind;
	const char *text;      /* command, URL, condition, reason …; what isn't known in ‹› */
	const char *on;        /* the host, where it is another than the block's; or NULL */
	const char *certainty; /* "exact", "depends on a host" … */
	unsigned depth;        /* of conditions and loops around it */
	unsigned calls;        /* how many functions deep: 0 in the block itself */
	int64_t limit;         /* ns: time-out, `within`, `for`, pause; -1: none, or unknown */
	int64_t times;         /* RETRY */
	bool hold;             /* EXPECT: `for limit` instead of `within limit` */
	bool attempt;          /* RUN: try */
	const char *function;  /* the function that it stands in, where `calls` > 0; else NULL */
	const char *file;      /* where it stands in the source; NULL: unknown */
	uint32_t line, column;
};

struct plan_block { /* a function's way through the dry world */
	VEC(struct plan_line) lines;
	const char *fails;     /* it certainly ends with this failure; or NULL */
};

struct plan_let {
	const char *name, *type, *value, *certainty;
	const char *usual;     /* a param's default, where the command line says something else; or NULL */
	bool secret;
	struct plan_block how; /* what is asked to know it */
};

struct plan_target {
	const char *name;
	uint32_t low, high;
	const char *hosts;     /* "db1, db2"; NULL: no inventory was given */
};

struct plan_place { /* where something runs */
	const char *hosts;     /* "db1, db2", "‹victim›", "the runner" */
	const char *certainty;
	const char *fanout;    /* "one at a time"; NULL: side by side, or there is but one */
	struct plan_block how; /* what is asked to know it */
};

struct plan_frame {
	const char *fault;     /* NULL: the step's own blocks */
	struct plan_block captures;
	VEC(struct plan_block) verify, superseded;
	struct plan_block induce, restore;
	const char *because;   /* `restore none because`; or NULL */
	bool renderable;       /* the host can undo it by itself */
	unsigned retry_group;  /* frames of one group are tried together, up to `retry_times` times; 0: none */
	unsigned retry_times;
	int64_t retry_every;
};

struct plan_variant { /* hosts on which a step does the same, word for word */
	const char *hosts;
	struct plan_block captures;
	VEC(struct plan_block) superseded;
	VEC(struct plan_frame) frames;
};

struct plan_step {
	const char *name, *title;
	const char *when;      /* "at the start", "15m after live, unless resolved" */
	struct plan_place place;
	VEC(const char *) needs;
	VEC(struct plan_variant) variants;
	int64_t longest_induce, longest_verify, longest_restore; /* ns, for all of its hosts; -1: unbounded */
	bool armed;            /* a failsafe */
	const char *unarmed;   /* why there is none */
	bool said;             /* by the author, not by default */
	int64_t silent, latest;
};

struct plan_check { /* a precondition, a probe, an alarm's condition, `resolved` */
	const char *name, *title; /* either may be NULL */
	struct plan_place place;
	VEC(struct plan_variant) variants; /* only `captures` is set: its lines */
	int64_t longest;          /* -1: not said, or unbounded */
	int64_t every, timeout;   /* of a probe */
	const char *severity;     /* of an alarm */
	int64_t latest;           /* of an alarm; -1: none */
};

struct plan_message {
	const char *sender, *text, *certainty;
	int64_t after;
};

struct plan {
	const char *title;
	int64_t lasts_low, lasts_high; /* 0: not said */
	bool inventory;                /* one was given */
	VEC(struct plan_target) targets;
	VEC(struct plan_let) params, lets;
	VEC(struct plan_check) preconditions, probes, alarms;
	VEC(struct plan_step) steps;
	VEC(struct plan_message) messages;
	struct plan_check *resolved;   /* or NULL */
	VEC(const char *) visible;     /* what will stay to be seen on the hosts */
	VEC(const char *) doubts;      /* what a reader should know before trusting the plan */
};

struct plan_style {
	bool color;
	unsigned columns; /* 0: 80 */
	bool all;         /* also what helper functions ask in observations */
};

/* As people read it. */
void plan_put_text(struct buf *out, const struct plan *p, const struct plan_style *style);
/* One JSON object; docs/plan.md. */
void plan_put_json(struct buf *out, const struct plan *p);

#endif
