/*
 * value: what the machine computes with.  16 bytes; what doesn't fit stands in
 * the fiber's heap and dies with it.  A value remembers how sure it is: a dry
 * run computes with *unknowns*, and whatever is made from one is one.
 */
#ifndef IRS_VALUE_H
#define IRS_VALUE_H

#include <jansson.h>

#include "irs/arena.h"
#include "irs/buf.h"
#include "irs/err.h"
#include "irs/type.h"

/* How sure a value is; ordered, and combining takes the highest. */
enum certainty {
	CERTAIN,
	PLACED, /* depends on which hosts the inventory names */
	DRAWN,  /* depends on the session's seed */
	HOSTLY  /* depends on what a host answers */
};

/* As a plan says it: "exact", "depends on a host" … */
const char *certainty_text(uint8_t certainty);

enum bool3 { FALSE3, TRUE3, UNKNOWN3 };

enum value_tag {
	V_NONE,
	V_UNKNOWN,   /* .text: how a plan shows it, what isn't known in ‹›: "‹pm›", "kill ‹pm›"; `of` says of which type. In the
	              * real world only bools are: .text is the reason, or NULL */
	V_BOOL,      /* .i: enum bool3 */
	V_INT, V_DURATION, V_SIZE, V_PERCENT, /* .i */
	V_FLOAT,     /* .f */
	V_STRING,    /* .text */
	V_LIST,      /* .list */
	V_HOST,      /* .i: index among the machine's hosts */
	V_PROCESS,   /* .process */
	V_RESULT,    /* .result */
	V_RESPONSE,  /* .response */
	V_JSON,      /* .json */
	V_INTERNAL   /* iterators, gatherers, deadlines, retries, failures: never leave the machine */
};

struct process_id {
	int64_t pid;
	uint64_t start;  /* clock ticks after boot, field 22 of /proc/PID/stat */
	char boot[37];   /* /proc/sys/kernel/random/boot_id */
};

struct guard { /* a process that a command names: the command is skipped where it is gone */
	const struct process_id *process;
	struct guard *next;
};

struct text {
	size_t n;
	struct guard *guards; /* of the holes that went into it */
	bool secretive;       /* reserved for sealing: came from a secret constant */
	char p[];             /* NUL-terminated behind; may hold NULs if it came from a host */
};

struct value {
	uint8_t tag;       /* enum value_tag */
	uint8_t certainty; /* enum certainty */
	struct type of;    /* of V_UNKNOWN and V_LIST: its type */
	union {
		int64_t i;
		double f;
		struct text *text;
		struct value_list *list;
		struct process_id *process;
		struct run_result *result;
		struct http_response *response;
		struct text *json;  /* canonical JSON text; parsed when asked */
		void *internal;
	};
};

struct value_list {
	size_t n;
	struct value at[];
};

struct run_result {
	int exit;      /* 0 to 255; -1: none (signal, time-out, gone, lost) */
	int signal;    /* 0: none */
	bool timed_out;
	bool gone;     /* a process that the command named is gone: nothing was run */
	bool lost;     /* the host or the shell went away under it: nobody knows what it did */
	int64_t elapsed;
	struct text *stdout_text, *stderr_text;
	bool truncated; /* one of them was longer than the limit */
};

struct http_response {
	bool ok;
	int status;
	int64_t elapsed;
	struct text *body;
	char why[128]; /* why not ok: "refused", "timed out", … */
};

struct vm_hosts;
struct type value_type(struct value v);
/* As people read it: strings bare, lists as [a, b], unknowns as ‹name›, hosts by name (`hosts` NULL: by number). */
void value_put(struct buf *b, struct value v, const struct vm_hosts *hosts);
/* For the journal: an object {"t": type, "v": …} that value_from_json reads back, in any process: hosts by name, strings with their guards, bytes that
 * are no UTF-8 as base64. Owned by the caller. Not for V_RESPONSE and V_INTERNAL. */
json_t *value_to_json(struct value v, const struct vm_hosts *hosts);
/* Untrusted input. IRS_FAILED where it is no such object, or names a host that isn't among `hosts`. */
bool value_from_json(struct value *out, json_t *j, struct arena *a, const struct vm_hosts *hosts, struct err *e);
/* A copy of `v` that lives in `a`. */
struct value value_copy(struct arena *a, struct value v);
struct value value_string(struct arena *a, struct str s);
struct value value_host(uint32_t index);
/* A list of `n` values of type `element`, copied. */
struct value value_list(struct arena *a, struct type element, const struct value *at, size_t n);
/* Unknown, of this type; a plan shows it as ‹name›. */
struct value value_unknown(struct arena *a, struct type t, enum certainty c, const char *name);
/* Whether `v` or a part of it is unknown. */
bool value_has_unknown(struct value v);
/* Whether both are the same; unknown if a part of either is. */
enum bool3 value_equal(struct value a, struct value b);

#endif
