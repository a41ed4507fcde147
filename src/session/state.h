/*
 * state: a session from the inside, shared by the files of this directory.
 * Who may change what: session.c the phase; check.c hosts and where steps run;
 * place.c and step.c a step's own state; undo.c whether a record is open.
 */
#ifndef IRS_SESSION_STATE_H
#define IRS_SESSION_STATE_H

#include "driver.h"
#include "irs/session.h"
#include "phase.h"
#include "irs/store.h"

/* How to undo one frame of one step on one host: all that it takes, by value. */
struct undo_record {
	uint64_t number;
	uint32_t step, frame, host;
	const char *boot;
	const struct value *step_captures, *captures;
	size_t nstep_captures, ncaptures;
	const char *script;   /* the rendered restore; NULL: none */
	const char *because;  /* it has no restore, for this reason; NULL: it has one */
	const char *unrendered; /* why not, though the image says that it can be */
	struct leash_terms terms;
	bool acted;           /* induce has begun, or may have */
	const char *how;      /* closed so; NULL: open */
	const char *left;     /* why the last attempt could not close it */
};

struct host_state {
	bool open;
	bool unburied;           /* what a dead runner started there may still act */
	bool armed;              /* its leash has something to undo */
	struct host_facts facts;
	bool claimed;            /* its machine was asked for, here */
	bool claimed_there;      /* its own claim file is ours */
	struct claim claim;
	VEC(struct process_ref) started; /* by a runner that died */
};

enum step_progress { STEP_PENDING, STEP_INDUCING, STEP_INDUCED, STEP_FAILED, STEP_DROPPED };

struct step_state {
	const char *label;       /* its name, or "step 2" */
	const char *title;
	uint32_t *hosts;
	size_t nhosts;
	enum step_progress progress;
	struct loop_timer *timer; /* of an `after` */
};

struct session {
	struct arena *a;
	struct session_options o;
	struct driver d;
	struct value *globals;
	struct host_state *host;      /* one for each of o.hosts */
	struct step_state *step;      /* one for each of the image's */
	uint32_t **precondition_hosts;
	size_t *nprecondition_hosts;

	enum phase phase;
	unsigned round;               /* of a rehearsal: 1, 2; 0: no rehearsal */
	size_t findings;
	size_t running;               /* steps under way */
	size_t next_step;             /* of those that begin at the start */
	bool recovering;              /* a dead runner left it */
	struct {
		uint32_t step;
		const char *host;
	} look;                       /* what session_look was asked */
	const char *damaged;          /* its journal: how, or NULL */
	bool refused;                 /* and another session is on this machine */
	bool stopping;                /* whatever induces is to come to rest; then restore */
	enum irs_exit exit;           /* with which it ends if nothing is left */
	bool over, resting;
	bool leashes_left;
	size_t disarming;
	struct loop_timer *hold;
	int64_t live_at;

	uint64_t nrecord;             /* numbers given */
	VEC(struct undo_record *) records;
	bool preconditions_left, claims_left;

	struct sync_waiter *waiters;  /* for the next sync */
	bool sync_due, flush_due, told_broken;

	VEC(struct outside_word) outside; /* said, and not taken yet */
	unsigned outside_waits;           /* turns */
};

/* ---- sync.c */
/* Calls fn(ctx, ok) when all that was added to the journal up to now is on disk; all who ask within a turn share one sync. */
void sync_then(struct session *s, void (*fn)(void *ctx, bool ok), void *ctx);

/* ---- record.c */
/* What is known of a frame on a host, numbered and journalled; rendered if it can be. */
struct undo_record *record_new(struct session *s, uint32_t step, uint32_t frame, uint32_t host, const struct value *step_captures, size_t nstep,
                               const struct value *captures, size_t ncaptures);
struct undo_record *record_from_json(struct session *s, const json_t *line, struct err *e);
void record_close(struct session *s, struct undo_record *r, const char *how, const char *why);
void record_left(struct session *s, struct undo_record *r, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* ---- place.c: a step on one host */
void place_start(struct session *s, uint32_t step, uint32_t host, void (*done)(void *owner, bool ok), void *owner);

/* ---- step.c: a step on its hosts */
void step_start(struct session *s, uint32_t step, void (*done)(struct session *s, uint32_t step, bool ok));

/* ---- undo.c */
/* Undoes records of one host one after the other, the last one first; goes on whatever fails. `done` when all were tried. */
void undo_line(struct session *s, struct undo_record *const *records, size_t n, void (*done)(void *owner), void *owner);
/* Undoes all open records: steps in reverse, the hosts of one step side by side. */
void undo_all(struct session *s, void (*done)(struct session *s));

/* ---- globals.c */
void globals_start(struct session *s, void (*done)(struct session *s, bool ok));
/* Those that are known, by name. */
void globals_write(struct session *s, enum event ev);
bool globals_from_json(struct session *s, const json_t *line, struct err *e);

/* ---- check.c */
void check_open(struct session *s, void (*done)(struct session *s));
void check_where(struct session *s, void (*done)(struct session *s));
void check_needs(struct session *s, void (*done)(struct session *s));
/* Preconditions, before (each that is not true is a finding) or after all is undone (it is left). */
void check_preconditions(struct session *s, bool after, void (*done)(struct session *s));
void finding(struct session *s, const char *kind, const char *host, const char *remedy, const char *fmt, ...) __attribute__((format(printf, 5, 6)));

/* ---- gate.c */
/* Asks every open host for consent, and claims it; what speaks against it is a finding. */
void gate_enter(struct session *s, void (*done)(struct session *s));
/* Gives the claims back. */
void gate_leave(struct session *s, void (*done)(struct session *s));

/* ---- recover.c */
void recover_bury(struct session *s, void (*done)(struct session *s));
/* Asks the verify of what is open for a step on a host. */
void recover_look(struct session *s, uint32_t step, const char *host, void (*done)(struct session *s));

/* ---- outside.c */
enum outside { OUTSIDE_END, OUTSIDE_ABORT, OUTSIDE_FIRED };
struct outside_word {
	enum outside what;
	enum irs_exit exit; /* of ABORT */
	uint32_t host;      /* of FIRED */
	const char *why;
};
/* Journals it, and does what it says. */
void outside_take(struct session *s, const struct outside_word *w);

/* ---- session.c */
size_t session_open_records(const struct session *s);
/* Undoes everything, looks at the preconditions, disarms and closes. */
void session_restore(struct session *s);
/* As session_abort and session_end, by the session itself: exit IRS_OK restores, anything else aborts. */
void session_stop(struct session *s, enum irs_exit exit, const char *why);
/* The same, where the journal has the reason already. */
void session_halt(struct session *s, enum irs_exit exit);
/* A host could not do what it was asked; what comes of that is another event. */
void session_unable(struct session *s, uint32_t host, const char *to, const struct err *e);
void session_move(struct session *s, enum phase to, const char *why);
json_t *session_host_json(const struct session *s, uint32_t host);
/* "user@machine" of the runner: for people who find its claim on a host. */
const char *session_who(struct session *s);
const char *session_host_name(const struct session *s, uint32_t host);

#endif
