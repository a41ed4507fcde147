/*
 * session: one practice, from its checks to the last undo.  It knows phases,
 * steps, frames and undo records, and does everything through a struct world
 * that whoever makes it gives to it; all that it does and means to do goes
 * through the journal first, so that another process can finish what this one
 * could not.
 *
 * It promises: nothing destructive happens before its undo record is on disk
 * and the host's leash has it; whatever may have begun is undone, in reverse,
 * whatever else fails; what could not be undone is named, and makes the exit
 * status 3.
 */
#ifndef IRS_SESSION_H
#define IRS_SESSION_H

#include "irs/buf.h"
#include "irs/journal.h"
#include "irs/loop.h"
#include "irs/store.h"
#include "irs/world.h"

struct session;

struct session_options {
	struct loop *loop;
	struct journal *journal;
	const struct image *image;       /* NULL only when recovering one whose image can't be read: then the rendered scripts undo */
	const struct vm_hosts *hosts;    /* [0] is the runner */
	const struct inventory_host *const *reached; /* how each of them is; NULL, or where it is NULL: it is this machine */
	const struct value *globals;     /* one for each of the image's; V_NONE: to be computed */
	uint64_t seed;
	const char *id, *program;        /* "irs 1.2" */
	/* How a machine is claimed for this session: claim_take. NULL: none is. */
	bool (*claim)(void *ctx, const char *machine, bool restoring, struct claim *out, struct err *e);
	void *claim_ctx;
	int64_t hold;                    /* ns from live until it ends by itself; -1: until it is ended */
	bool rehearse;
	int64_t patience;                /* ns for which preconditions are asked again after restoring; 0: 30 s */
	journal_watch *watch;            /* is told of every event: the timeline; NULL: nobody */
	void *watch_ctx;
	void (*over)(void *ctx);         /* once, when nothing is under way any more */
	void *ctx;
};

/* A seed for a session that was given none. */
uint64_t session_seed(void);
/* Everything that `o` points to must outlive it. */
struct session *session_new(struct arena *a, const struct session_options *o);
void session_free(struct session *s);
/* Before session_start. The world's `started` and `fired` are to call the next two. */
void session_use(struct session *s, struct world *w);
void session_started(void *session, uint32_t host, const struct process_ref *p);
void session_fired(void *session, uint32_t host, const char *why);

/* Checks, induces, goes live. What follows comes through the loop. */
void session_start(struct session *s);

/* What has to be known of a dead session before one can be made for it. */
struct session_origin {
	const char *id, *scenario, *image_sha256;
	uint64_t seed;
	struct vm_hosts hosts;
	bool alive; /* the runner that made it lives on this machine */
	const bool *here; /* of each: it is this machine */
};
/* From the journal at `path`; where damage has taken its beginning, "?" stands for what nobody knows (no image is that one's: the scripts
 * have to do), and the hosts are those of `inventory`, the file as the session used it, and those that other lines name. IRS_USAGE where the
 * journal ends before anything began. Untrusted input. */
bool session_origin_read(struct arena *a, const char *path, const char *inventory, struct session_origin *out, struct err *e);
/* Instead of session_start, before the journal is appended to: reads what the journal at `path` says is open. False where that
 * can't be read; then nothing is under way. */
bool session_recover_read(struct session *s, const char *path, struct err *e);
/* Buries what the dead runner left, then restores. */
void session_recover(struct session *s);
/* Instead: only looks whether what is open for a step on a host is still so; nothing is undone, nothing buried. */
void session_look(struct session *s, uint32_t step, const char *host);

/* Restores, as soon as this turn is over. `exit` is the status it ends with if nothing is left; `why` goes into the journal. */
void session_end(struct session *s, const char *why);
void session_abort(struct session *s, enum irs_exit exit, const char *why);
/* What would be left if everything stopped now: a line for each open undo record, with host and how to undo it. */
void session_put_left(const struct session *s, struct buf *out);

/* Whether it is over, and with which status. */
bool session_over(const struct session *s);
enum irs_exit session_exit(const struct session *s);
/* Answers a line that came through the socket: {"do": "end" | "abort" | "status", "why": …} → {"ok": true, …}. */
void session_command(struct session *s, const char *line, struct buf *answer);

#endif
