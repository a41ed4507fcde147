/* What the files of a host share: host.c (opening, shells), host_run.c (commands), host_end.c (ending groups), host_leash.c. */
#ifndef WORLD_HOST_IMPL_H
#define WORLD_HOST_IMPL_H

#include "host.h"
#include "lane.h"
#include "leash.h"

enum { SPARE = LANES, SHELLS };

struct run_job;
struct ending;
struct reaching;

/* A restore that the leash has, or shall have. */
struct fragment {
	struct fragment *next;
	struct buf script;
	int64_t silent, latest_at; /* -1: never */
	host_done *done;           /* until the leash has said that it has it */
	void *owner;
};

struct leash_side {
	struct leash *leash; /* the one in use, armed or about to be */
	bool armed;
	bool fired;          /* it undoes, and the runner's steps wait */
	bool forced;         /* its group is being ended, as it didn't answer when it was disarmed */
	unsigned attempts;   /* to replace a lost one, in a row */
	struct fragment *first, *last;
	host_done *disarmed; /* somebody waits for it */
	void *owner;
	struct loop_timer *patience;
	struct process_ref process;
	struct lost_leash *lost;
	struct err left; /* why a lost one could not be ended; told to who disarms */
};

struct host {
	struct loop *loop;
	struct transport *transport;
	uint32_t index;
	const struct host_options *o;
	const char *consent;
	struct shell_lane lane[SHELLS];
	struct leash_side leash;
	struct host_facts facts;
	bool known; /* facts */
	host_opened *opening;
	void *opening_owner;
	struct run_job *jobs;
	struct ending *endings;
	struct reaching *reaching;
	bool closing;
};

/* ---- host.c */
/* Whether all that `open` waits for is there; called when any of it came. */
void host_open_step(struct host *h);
void host_open_failed(struct host *h, const struct err *e);
/* Tells the leash which groups it is to end; none that come once it undoes, as nothing that acts runs in them. */
void host_tell_works(struct host *h);
void host_started(struct host *h, const struct process_ref *p);
/* Calls `done`, if it isn't NULL; `e` NULL: all went well. */
void host_tell(struct host *h, host_done *done, void *owner, const struct err *e);

/* ---- host_run.c */
void host_drop_jobs(struct host *h);

/* ---- host_end.c */
/* Sends TERM to a shell's group, whose shell survives it. */
void host_term(struct host *h, const struct process_ref *shell);
/* Ends the groups of all these: shells by TERM and, `grace` ns later, KILL (0: at once), leashes by USR2 and KILL. `done` gets no error once
 * nothing of them lives. */
void host_end(struct host *h, const struct process_ref *refs, size_t n, int64_t grace, host_done *done, void *owner);
void host_drop_endings(struct host *h);

/* ---- host_leash.c */
/* Starts one, if there is none. */
void host_leash_start(struct host *h);
void host_leash_drop(struct host *h);

#endif
