/*
 * vm: the machine that runs images, and that does nothing.  A *fiber* computes
 * until it needs the world, then stops with an *effect* that says what it
 * wants; whoever drives it performs the effect and resumes it with the outcome.
 * No I/O, no clock, no randomness in here, so one program runs unchanged in
 * the real world, in the dry one, as a rendered script and from a journal.
 *
 * A fiber is plain memory: it can be copied, thrown away, and held by the
 * thousand.  It never runs away: fuel, call depth, heap and output are bounded.
 */
#ifndef IRS_VM_H
#define IRS_VM_H

#include "irs/image.h"
#include "irs/value.h"

struct vm_hosts { /* the session's hosts, in the inventory's order; [0] is the runner */
	size_t n;
	const struct vm_host {
		struct str name, address;
	} *at;
};

struct vm_limits {
	uint64_t fuel;   /* instructions a fiber may run between two effects; 0: 10,000,000 */
	unsigned depth;  /* calls within each other; 0: 64 */
	size_t heap;     /* bytes of one fiber; 0: 16 MiB */
	size_t output;   /* bytes of a command's stdout or stderr, or a body, that are kept; 0: 1 MiB. For the worlds to honour. */
};

/* What all fibers of a session share. Read only while fibers run. */
struct vm {
	const struct image *image;
	const struct vm_hosts *hosts;
	const struct value *globals; /* one for each of the image's; V_UNKNOWN in the dry world where not known */
	struct vm_limits limits;
	bool dry;                    /* unknown branches stop as VM_FORK instead of failing; expectations of unknowns hold */
};

enum effect_kind { EFFECT_NONE, EFFECT_RUN, EFFECT_HTTP, EFFECT_TCP, EFFECT_SLEEP, EFFECT_POLL, EFFECT_CLOCK, EFFECT_LOG, EFFECT_RANDOM, EFFECT_MARK,
	           EFFECT_PROBE, EFFECT_NOTE /* dry only: nothing is wanted, but a plan will want to say it */ };

enum note_kind {
	NOTE_EXPECT, /* an expectation: text, truth, and for how long it is polled */
	NOTE_EACH,   /* a loop over an unknown list begins; text: the list */
	NOTE_RETRY   /* a retry begins: times, every */
};

/* What a stopped fiber wants. Pointers live as long as the fiber stays stopped. */
struct effect {
	enum effect_kind kind;
	uint32_t function, pc;  /* where in the image */
	unsigned calls;         /* how many calls deep: 0 in the block itself */
	uint8_t certainty;      /* of what it asks for */
	union {
		struct {
			uint32_t host;            /* index among vm_hosts; IMAGE_NONE if unknown (dry): then host_value says which */
			struct value host_value;
			struct value command;     /* V_STRING: shell text; V_LIST of strings: argument vector; V_UNKNOWN only in dry */
			struct value input;       /* V_NONE or V_STRING */
			int64_t timeout;          /* ns */
			const struct guard *guards;
			uint8_t flags;            /* enum run_flags */
			bool read;                /* the block goes on to look at the result */
			bool spawn;
			struct value mark;        /* for spawn */
		} run;
		struct {
			struct value url, body;
			int method;
			int64_t timeout;
		} http;
		struct {
			struct value address;
			int64_t timeout;
		} tcp;
		int64_t sleep;          /* ns; -1: unknown (dry) */
		struct {
			bool hold;            /* `for`: until the deadline while true; else `within` */
			int64_t limit;        /* ns, as said; -1 unknown (dry) */
			int64_t began;        /* the clock's answer at POLL_BEGIN */
			enum bool3 last;      /* what the condition just said */
		} poll;
		struct value log;       /* V_STRING */
		struct {
			uint64_t bound;       /* a number below it is wanted; 0 in the dry world: of an unknown list */
			const char *of;       /* dry: what it draws from, for people */
		} random;
		struct {
			uint32_t probe;
			bool healthy;
			int64_t hold;
			unsigned fails, of;
		} probe;
		struct {
			enum note_kind kind;
			const char *text;
			enum bool3 truth;     /* EXPECT: false ends the function, unknown is assumed */
			bool hold;            /* EXPECT: `for limit`, else `within limit` */
			int64_t limit;        /* EXPECT: -1 where it isn't polled, or unknown; RETRY: ns between */
			int64_t times;        /* RETRY */
		} note;
	};
};

/* How the world answers. Only what the effect's kind asks for is read; pointers are copied into the fiber's heap. */
struct outcome {
	struct run_result run;
	struct http_response http;
	enum bool3 yes;     /* TCP, PROBE */
	bool again;         /* POLL: evaluate again (the driver has waited); false: the deadline has come (or hold: is over) */
	int64_t clock;      /* CLOCK: monotonic ns */
	uint64_t number;    /* RANDOM */
	struct str mark;    /* MARK */
	/* Dry world: the outcome is unknown and gets this name and certainty. NULL: known. */
	const char *unknown;
	enum certainty certainty;
};

enum fiber_state {
	FIBER_READY,   /* not resumed yet */
	FIBER_EFFECT,  /* fiber_effect says what it wants */
	FIBER_FORK,    /* dry only: an unknown branch; fiber_copy, fiber_take_branch, then resume with NULL */
	FIBER_DONE,    /* fiber_value or fiber_captures */
	FIBER_FALSE,   /* a condition did not hold, or (acting) something failed; fiber_failure says what */
	FIBER_UNKNOWN, /* could not be asked, or a limit or run-time error */
};

struct failure {
	const char *what;       /* one line: "expected pm.state == "T"", "the command failed with exit 1: no such file" (the last line it said) … */
	uint32_t function, pc;  /* where */
	uint32_t host;          /* of a run that failed, else IMAGE_NONE */
	const char *command;    /* of a run, else NULL */
	const struct run_result *result; /* of a run, else NULL */
};

struct fiber;

/* A fiber that will call `fn` with `args` (as many as it has params; copied). `here`: index among the hosts. Owned by the caller. */
struct fiber *fiber_new(const struct vm *vm, uint32_t fn, const struct value *args, uint32_t here);
/* The same for a function that runs at a host that isn't known yet (dry): `here` is an unknown of this name. */
struct fiber *fiber_new_somewhere(const struct vm *vm, uint32_t fn, const struct value *args, struct value here);
void fiber_free(struct fiber *f);
/* An independent copy, stopped at the same place. */
struct fiber *fiber_copy(const struct fiber *f);
/* Runs until it stops. `o` answers the effect it stopped with; NULL at first and after a fork. */
enum fiber_state fiber_resume(struct fiber *f, const struct outcome *o);
enum fiber_state fiber_state(const struct fiber *f);
const struct effect *fiber_effect(const struct fiber *f);
const struct failure *fiber_failure(const struct fiber *f);
/* The result (V_NONE without one), and the captures of a capture function. They live in the fiber. */
struct value fiber_value(const struct fiber *f);
const struct value *fiber_captures(const struct fiber *f, size_t *n);
uint32_t fiber_here(const struct fiber *f);

/* Dry: forks. The unknown condition, as a plan shows it; where both ways meet; and the way to take. */
const char *fiber_condition(const struct fiber *f);
uint8_t fiber_condition_certainty(const struct fiber *f);
struct join {
	unsigned depth; /* calls under way; 1: only the block itself */
	uint32_t pc;    /* IMAGE_NONE: nowhere within that call */
};
struct join fiber_join(const struct fiber *f);
void fiber_take_branch(struct fiber *f, bool truth);
/* Resume that also stops (FIBER_READY) on reaching `j`, or (FIBER_READY, or FIBER_DONE of the block itself) on leaving the call in which it is. */
enum fiber_state fiber_resume_to(struct fiber *f, const struct outcome *o, struct join j);
unsigned fiber_depth(const struct fiber *f);
/* `f` and `other` have left the same call, or ended: what they return becomes unknown in `f` wherever it differs, and as sure as `doubt`,
 * the condition's certainty. */
void fiber_merge(struct fiber *f, const struct fiber *other, uint8_t doubt);
/* How many loops over unknown lists, and retries, are around the place where it is. */
unsigned fiber_loops(const struct fiber *f);

/* Bytes that a fiber holds, for benchmarks and limits. */
size_t fiber_memory(const struct fiber *f);

#endif
