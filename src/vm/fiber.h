/*
 * The machine's inside: what a fiber is made of, for the files of this
 * directory.  Everything a fiber computes stands in its own arena; what a loop,
 * a poll or a retry goes over again is given back at its head, because nothing
 * that was made in one round can be named in the next (a local has one SET).
 */
#ifndef VM_FIBER_H
#define VM_FIBER_H

#include "irs/shell_quote.h"
#include "irs/vm.h"

enum internal_kind { INTERNAL_ITERATOR, INTERNAL_GATHERER, INTERNAL_POLL, INTERNAL_RETRY, INTERNAL_FAILURE, INTERNAL_DRAW };

/* What stands behind a V_INTERNAL value. */
struct internal {
	enum internal_kind kind;
	struct arena_mark mark; /* iterator, poll, retry: what came after is void when the next round begins */
	union {
		struct {
			struct value list;
			size_t next;
		} iterator;
		struct {
			struct value_list *kept;
			size_t room;
			struct type element;
			bool unsure;             /* an unknown condition, or an unknown list */
			uint8_t certainty;
			const char *of;          /* of the unknown list, for its name; or NULL */
		} gatherer;
		struct {
			int64_t limit, began;
			bool hold;
			enum bool3 last;
			const char *why;         /* the last answer was unknown, because; or NULL */
			uint8_t certainty;
		} poll;
		struct {
			int64_t left, every;
		} retry;
		struct {
			struct failure failure;
			bool unknown;
		} failed;
		struct {
			size_t wanted, drawn;
			struct value_list *from; /* the first `drawn` have been drawn */
		} draw;
	};
};

struct call {
	uint32_t function, pc; /* pc: of the CALL, while another call runs above */
	uint32_t base;         /* its first local on the stack */
};

struct catcher {
	uint32_t depth, height, target;
	enum catch_kind kind;
};

struct fiber {
	const struct vm *vm;
	struct arena *heap;
	struct value *stack;
	struct call *calls;
	struct catcher *catches;
	const uint8_t *code; /* of the function under way */
	uint64_t fuel;
	uint32_t pc;         /* of the instruction under way */
	uint32_t height, stack_cap, depth, call_cap, ncatches, catch_cap;
	enum fiber_state state;
	bool stopping, note_taken;
	struct join stop;
	struct value here;
	struct value result;
	struct value_list *captures;
	struct effect effect;
	struct failure failure;
};

/* ---- values on the stack ---- */
static inline struct value *top(struct fiber *f, unsigned down) { return &f->stack[f->height - 1 - down]; }
static inline struct value pop(struct fiber *f) { return f->stack[--f->height]; }
static inline void push(struct fiber *f, struct value v) { f->stack[f->height++] = v; } /* room was made at the call */
static inline void drop(struct fiber *f, unsigned n) { f->height -= n; }
static inline const struct image_function *function_of(const struct fiber *f) { return &f->vm->image->function[f->calls[f->depth - 1].function]; }

static inline uint8_t operand8(const uint8_t *p) { return p[0]; }
static inline uint16_t operand16(const uint8_t *p) { return (uint16_t)(p[0] | p[1] << 8); }
static inline uint32_t operand32(const uint8_t *p) { return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24; }

static inline uint8_t surer(uint8_t a, uint8_t b) { return a > b ? a : b; }
static inline enum bool3 truth(struct value v) { return v.tag == V_BOOL ? (enum bool3)v.i : UNKNOWN3; }
static inline struct value of_bool(enum bool3 t, uint8_t certainty) { return (struct value){ .tag = V_BOOL, .certainty = certainty, .i = t }; }
static inline struct value of_tag(enum value_tag tag, int64_t i, uint8_t certainty) { return (struct value){ .tag = (uint8_t)tag, .certainty = certainty, .i = i }; }

/* ---- failing ---- */
/* Ends the function as false (or unknown), or goes to the nearest CATCH that takes it. Always false. */
bool raise_false(struct fiber *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool raise_unknown(struct fiber *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool raise_heap(struct fiber *f);
/* The same with a failure that is at hand; `what` etc. live in the fiber's heap. */
bool raise_failure(struct fiber *f, const struct failure *failure, bool unknown);

/* ---- memory ---- */
size_t fiber_heap_limit(const struct vm *vm);
/* NULL above the heap's limit; then the caller raises. */
static inline void *heap_alloc(struct fiber *f, size_t n) { return arena_try(f->heap, n); }
char *heap_printf(struct fiber *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct internal *internal_new(struct fiber *f, enum internal_kind kind);
/* Room for one more call with `slots` values. False: too deep, and raised. */
bool enter(struct fiber *f, uint32_t function, uint32_t base);
/* Goes back to the head of a loop: what was made since `mark` is void, also in locals, which a copy of the fiber would look at. */
void next_round(struct fiber *f, struct internal *i);

/* ---- texts (text.c) ---- */
struct text *text_new(struct fiber *f, size_t n);
struct text *text_of(struct fiber *f, struct str s);
static inline struct str text_str(const struct text *t) { return (struct str){ t->p, t->n }; }
/* Joins two chains of guards; each process once. False above the heap's limit. */
bool guards_join(struct fiber *f, struct guard **chain, const struct guard *more);
/* A value as people read it, with a guard if it is a process. Pushes nothing; false: raised. */
bool text_from(struct fiber *f, struct value v, struct value *out);
bool text_quote(struct fiber *f, struct value v, enum hole_context context, struct value *out);
bool text_concat(struct fiber *f, const struct value *parts, size_t n, struct value *out);
/* A string that was computed from `from`: with its guards and certainty. False: raised. */
bool text_derived(struct fiber *f, struct str s, const struct value *from, size_t nfrom, struct value *out);

/* ---- unknowns (unknown.c) ---- */
/* What an operation on unknowns yields: named after it in the dry world; elsewhere only a bool can be unknown, and the rest is raised. */
bool unknown(struct fiber *f, struct type t, uint8_t certainty, struct value *out, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
/* How a name shows a value: unknowns without ‹›, strings in quotes, all of it cut short. In the heap; never NULL. */
const char *name_of(struct fiber *f, struct value v);
/* Gives an unknown another name, unless parts of it are known. */
bool rename_unknown(struct fiber *f, struct value *v, struct str name);

/* ---- operations ---- */
bool arithmetic(struct fiber *f, enum opcode op, struct value a, struct value b, struct value *out);
bool negate(struct fiber *f, struct value a, struct value *out);
bool compare(struct fiber *f, enum opcode op, struct value a, struct value b, struct value *out);
bool kleene_and(struct fiber *f, struct value a, struct value b, struct value *out);
bool kleene_or(struct fiber *f, struct value a, struct value b, struct value *out);
bool kleene_not(struct fiber *f, struct value a, struct value *out);
bool field(struct fiber *f, unsigned id, struct value v, struct value *out);

/* ---- the loop (run.c) ---- */
/* From a state of FIBER_READY until something stops it. */
void fiber_run(struct fiber *f);

/* ---- effects (effect.c) ---- */
/* Stops for the effect of the instruction under way; its operands stay on the stack until it is answered. */
void want(struct fiber *f, enum effect_kind kind);
/* Fills f->effect from the stack. */
void describe_effect(struct fiber *f);
/* The answer: pops the operands, pushes the result, and goes on behind the instruction (or at a loop's head). */
void answer_effect(struct fiber *f, const struct outcome *o);

#endif
