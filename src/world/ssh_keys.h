/*
 * ssh_keys: key files, held by an agent of this run alone.  OpenSSH's own ssh-add reads them, so every format and cipher that it knows works,
 * passphrases are asked for once, and no key material is in this process.  The agent ends with us, also by kill -9: a shell beside it waits for
 * the end of a pipe that only we hold.
 */
#ifndef WORLD_SSH_KEYS_H
#define WORLD_SSH_KEYS_H

#include "irs/err.h"
#include "irs/loop.h"
#include "irs/str.h"
#include "ssh_agent.h"

struct ssh_keys_options {
	const char *dir;          /* a directory of ours, 0700, for the agent's socket */
	const char *const *files; /* private keys */
	size_t n;
	bool may_ask;             /* for passphrases: on our terminal, or by SSH_ASKPASS */
	int64_t timeout;          /* ns for one file; 0: 10 s, or 3 min where somebody may be asked */
};

struct ssh_keys;

/* What became of a file. */
struct ssh_key_file {
	const char *path;
	struct str blob;  /* its public key; empty if it wasn't loaded, or was already */
	struct err error; /* why it was not loaded; what is "" where it was */
};

/* Starts the agent and loads the files, one after the other. `done` comes once, never from within this call: with `e` there is no agent; without,
 * the files say what became of each. NULL with `e` where it can't begin. What is in `o` is copied. */
struct ssh_keys *ssh_keys_start(struct loop *l, const struct ssh_keys_options *o, void (*done)(void *owner, const struct err *e), void *owner, struct err *e);
/* Asks the private agent; lives as long as `k`. */
struct ssh_agent *ssh_keys_agent(struct ssh_keys *k);
const struct ssh_key_file *ssh_keys_files(const struct ssh_keys *k, size_t *n);
/* Ends the agent; its socket goes with it. Signings must be freed before. NULL is fine. */
void ssh_keys_free(struct ssh_keys *k);

#endif
