/*
 * world: the one door to everything outside.  A world performs effects; which
 * world it is, the one who drives fibers never asks.  Real ones reach a host by
 * a persistent shell on this machine, over SSH, or by a command.  Others:
 * dry (a plan), render (a restore as one POSIX script), replay (a journal).
 */
#ifndef IRS_WORLD_H
#define IRS_WORLD_H

#include "irs/err.h"
#include "irs/journal.h"
#include "irs/plan.h"
#include "irs/vm.h"

struct world;

/* Lanes keep what may take long from holding up what may not wait: each is a shell of its own on the host. */
enum lane { LANE_STEP, LANE_PROBE, LANES };

/* One effect under way. The caller owns it and keeps it until `done` was called. */
struct request {
	const struct effect *effect; /* lives until done */
	uint32_t host;               /* where a `run` runs */
	enum lane lane;
	const char *item;            /* what it belongs to, as the journal calls it; may be NULL */
	void (*done)(struct request *r, const struct outcome *o); /* exactly once; may come before perform returns */
	void *owner;
	void *world_data; /* the world's */
};

/* A host's leash: the shell beside ours that undoes when we are gone. docs/failsafe. */
struct leash_terms {
	int64_t silent; /* ns without a sign of life after which it fires; -1: never by silence (it only ends what was under way) */
	int64_t latest; /* ns from now after which it fires in any case; -1: never */
};

enum process_kind { PROCESS_SHELL, PROCESS_LEASH };

struct process_ref { /* what the journal keeps of a process that we started on a host */
	enum process_kind kind;
	int64_t pid, pgid;
	uint64_t start; /* of the process `pgid`, the leader of its group: clock ticks after boot */
	char boot[37];
};

struct host_facts { /* asked once, on opening */
	char boot[37];
	char hostname[256];
	char machine_id[40];
	bool root;
};

/* 16 hex digits behind a letter: it can stand anywhere. */
enum { WORLD_TOKEN = 18 };

/* Where a `done` gets an error, its `what` is empty if all went well. It is called once, and may come before the call returns. */
struct world_ops {
	/* Begins to perform a RUN, HTTP or TCP; the other kinds are the driver's own. Calls r->done when it is known; the outcome's
	 * pointers live until that returns. Time-outs are the world's: it kills what it started, with its group, and proves it gone. An exit above
	 * 128 that names a signal is that signal. Where nobody knows what a command did (`lost`), standard error says why. */
	void (*perform)(struct world *w, struct request *r);
	/* Ends an effect under way as fast as can be: kills the command's group; `done` comes with what is known (lost, if nothing). */
	void (*cancel)(struct world *w, struct request *r);
	/* Opens a host (shells and leash) and learns its facts. `done` is called once, with e->what empty if all went well. */
	void (*open)(struct world *w, uint32_t host, void (*done)(void *owner, uint32_t host, const struct host_facts *f, const struct err *e), void *owner);
	/* Gives the leash of `host` a restore to run when it fires, before those it has; `done` when the leash has said so. */
	void (*leash_add)(struct world *w, uint32_t host, struct str script, const struct leash_terms *t, void (*done)(void *owner, uint32_t host, const struct err *e), void *owner);
	/* Tells the leash that nothing is left to undo; `done` when it has answered or is proven gone. */
	void (*leash_disarm)(struct world *w, uint32_t host, void (*done)(void *owner, uint32_t host, const struct err *e), void *owner);
	/* Proves that the host can still be reached, by a way that doesn't rest on what is open already. */
	void (*reach)(struct world *w, uint32_t host, void (*done)(void *owner, uint32_t host, const struct err *e), void *owner);
	/* For a session that died: ends all that its runner started on the host (what `started` reported, in any order), each checked by start
	 * time and boot: leashes disarmed, shells and their commands killed. Nothing of it acts any more when `done` is called without error. */
	void (*bury)(struct world *w, uint32_t host, const struct process_ref *refs, size_t n, void (*done)(void *owner, uint32_t host, const struct err *e), void *owner);
	/* A token that nothing else has, for `mark`. */
	void (*token)(struct world *w, const char *item, uint32_t host, char out[WORLD_TOKEN]);
	/* Whether `deadline`, by the loop's clock, has come for what `item` asks on `host`: all that is decided by time is decided by this. */
	bool (*over)(struct world *w, const char *item, uint32_t host, int64_t deadline);
	/* Closes all shells, in the loop's next turn. Leashes that are still armed fire by their terms. */
	void (*close)(struct world *w);
};

struct world {
	const struct world_ops *ops;
};

/* ---- world/real: hosts, over libuv ---------------------------------------------------------------------- */
struct inventory_host;
struct loop;
struct world_real_options {
	const struct vm_hosts *hosts;
	const struct inventory_host *const *reached; /* how each of them is; NULL, or where it is NULL: it is this machine */
	const char *private_dir;      /* a folder of the session (0700), for sockets; NULL if no host needs SSH */
	bool may_ask;                 /* there is a person at the terminal who can be asked for a key's passphrase */
	unsigned forks;               /* SSH handshakes at once; 0: 50 */
	struct vm_limits limits;
	const char *shell;            /* "/bin/sh" unless said */
	int64_t kill_grace;           /* ns between TERM and KILL; 0: 2 s */
	const char *consent;          /* of hosts of which the inventory says nothing: a path there: where it is gone the leash undoes; NULL: none */
	/* Called for each shell and leash before it gets anything to do, so that the journal has it: `bury` wants them all. May be NULL. */
	void (*started)(void *owner, uint32_t host, const struct process_ref *p);
	/* A leash has undone by itself (`why`: "silent", "latest", "consent", "told", "deaf"): what is undone so never counts as resolved. May be NULL. */
	void (*fired)(void *owner, uint32_t host, const char *why);
	void *owner;
};
struct world *world_real_new(struct loop *l, const struct world_real_options *o, struct err *e);
void world_real_free(struct world *w);

/* ---- world/dry: a plan; every effect answered at once, with an unknown --------------------------------- */
/*
 * Unknown branches go both ways, from copies of the fiber, up to where they meet again; a loop over an unknown list runs once; an expectation
 * of an unknown is assumed; a failure within an unknown branch ends that way only. Linear in the code, but for what a hostile image invents:
 * above a limit it ends, and says so.
 */
struct dry_run {
	struct plan_block block;   /* what it would have done */
	enum fiber_state end;      /* DONE, or how it certainly fails */
	struct value value;        /* result */
	const struct value *captures;
	size_t ncaptures;
};
/* Runs a function to its end in the dry world. Everything lives in `a`. */
struct dry_run *dry_run(struct arena *a, const struct vm *vm, uint32_t fn, const struct value *args, struct value here);

/* ---- world/render: a restore as one self-contained POSIX script ---------------------------------------- */
/* Renders `fn` (a restore) for its captured values. Fails (IRS_FAILED) where it is not renderable: says at which place and why. */
bool render_restore(struct buf *out, const struct vm *vm, uint32_t fn, const struct value *captures, uint32_t here, struct err *e);

/* ---- world/replay: what was answered once, answered again ------------------------------------------------ */
/*
 * A session decides by nothing but its image, what it was given, and what the world answered, all of which its journal holds: with the same
 * answers it makes the same decisions, in any process. This world performs nothing. It keeps who asks, and answers when whoever turns it says
 * that a line's time has come; an outcome is matched with its asker by item, host and place in the image, so that hosts side by side may come
 * in any order.
 */
struct recorded {
	enum event ev;
	json_t *line;
	bool taken; /* its answer was given */
	bool cut;   /* whoever took it may look at what the journal has only in part */
};
struct recording { /* a journal's lines, in their order */
	struct recorded *at;
	size_t n;
};
struct world *world_replay_new(struct arena *a, const struct vm_hosts *hosts, struct recording *r);
void world_replay_free(struct world *w);
/* Lines of this kind are answers for world_replay_answer; `mark` and `deadline` are answers that are given when they are asked for. */
bool world_replay_knows(enum event ev);
/* All lines before `i` have happened. */
void world_replay_begin(struct world *w, size_t i);
/* Gives the answer of line `i` to who asked for it; false if nobody has. */
bool world_replay_answer(struct world *w, size_t i);
/* Answers one that was cancelled and for which the recording has nothing, as lost; false if there is none. */
bool world_replay_lose(struct world *w);
/* No line comes any more: from here on world_replay_lose answers whatever is asked, and every time is over. */
void world_replay_end(struct world *w);

#endif
