/*
 * shell: a persistent shell on a host, fed one command at a time on its standard input.  Where a command's output begins and ends is told by
 * nonces of 128 bits that the command can't know.  What a command does to its shell (exit, exec, set -e, a syntax error) ends only the subshell
 * it runs in.  Time-outs are not its own: who drives it ends the command's process group (host.h).
 */
#ifndef WORLD_SHELL_H
#define WORLD_SHELL_H

#include "capture.h"
#include "irs/loop.h"
#include "irs/world.h"
#include "shell_text.h"
#include "wire.h"

struct shell;

/* How a command ended. */
struct shell_end {
	enum { SHELL_EXITED, SHELL_GONE /* a guard's process: nothing was run */, SHELL_LOST } how;
	int status;      /* exited: 0–255 */
	bool begun;      /* the shell has said that it begins */
	bool spent;      /* the shell can't be used any more: free it (now, if wished) */
	const char *why; /* lost or spent */
	const struct capture *out, *err; /* live until the call returns */
};

struct shell_events {
	/* Once, when it has answered: it can be used. Or never, and `ended` instead. */
	void (*ready)(void *owner);
	/* Once, with no command under way: it can't be used any more; free it (now, if wished). */
	void (*ended)(void *owner, const struct err *e);
};

/* Opens one. NULL with `e` where the transport can't. `output` bounds each stream's capture. */
struct shell *shell_new(struct loop *l, struct transport *t, uint32_t host, size_t output, const struct shell_events *events, void *owner, struct err *e);
/* Ends its input; `cut` also ends a shell that doesn't answer. Nothing is called any more. */
void shell_free(struct shell *s, bool cut);
/* Known once it is ready. */
const struct host_facts *shell_facts(const struct shell *s);
const struct process_ref *shell_process(const struct shell *s);
/* Runs one; it must be ready, with nothing under way. */
void shell_run(struct shell *s, const struct shell_command *c, void (*done)(void *owner, const struct shell_end *end), void *owner);

/* Whether the command under way has begun: a shell that doesn't say so is stopped, or hangs. */
bool shell_has_begun(const struct shell *s);
/* Gives it up now, as if it had ended. */
void shell_abandon(struct shell *s, const char *why);

/* A nonce of NONCE_CHARS hexadecimal digits and a NUL. */
void nonce_make(char out[NONCE_CHARS + 1]);

#endif
