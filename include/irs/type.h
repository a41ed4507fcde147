/*
 * type: the language's types, as the checker infers them, the image writes
 * them and the verifier follows them.  A type is plain data: a base and how
 * many times `list<…>` stands around it.
 */
#ifndef IRS_TYPE_H
#define IRS_TYPE_H

#include <stdbool.h>
#include <stdint.h>

#include "irs/buf.h"

enum type_base {
	T_NONE,     /* no value: a statement, a fn without result */
	T_ERROR,    /* the checker could not tell, and has said so: silences echoes; never in an image */
	T_BOOL,     /* true, false or unknown (Kleene) */
	T_INT,      /* 64 bit, overflow is a run-time error */
	T_FLOAT,
	T_STRING,   /* UTF-8 unless it came from a host: then bytes */
	T_DURATION, /* nanoseconds */
	T_SIZE,     /* bytes */
	T_PERCENT,  /* millionths of a percent */
	T_HOST,
	T_PROCESS,  /* pid, start time, boot id */
	T_RESULT,   /* what `run` yields */
	T_JSON,
	T_RESPONSE, /* what `http` yields; has no name in the language: only `expect` behind it sees its fields */
	T_BASES
};

enum { TYPE_MAX_LISTS = 8 };

struct type {
	uint8_t base;  /* enum type_base */
	uint8_t lists; /* list<list<host>> is { T_HOST, 2 }; an empty list literal is { T_NONE, 1 } and fits every list */
};

#define TYPE(b) ((struct type){ (b), 0 })
#define TYPE_LIST(b) ((struct type){ (b), 1 })

static inline bool type_eq(struct type a, struct type b) { return a.base == b.base && a.lists == b.lists; }
static inline bool type_is(struct type t, enum type_base b) { return t.base == b && t.lists == 0; }
static inline struct type type_list_of(struct type t) { return (struct type){ t.base, (uint8_t)(t.lists + 1) }; }
static inline struct type type_element(struct type t) { return (struct type){ t.base, (uint8_t)(t.lists - 1) }; }
/* A value of type `from` may stand where `to` is wanted: the same, or an empty list where a list is. */
bool type_fits(struct type from, struct type to);
/* "list<host>". */
void type_put(struct buf *b, struct type t);
/* The base that a word names in source ("host"), or T_NONE. */
enum type_base type_named(struct str word);

#endif
