/*
 * ssh_agent: asks an SSH agent which keys it has, and to sign with them, without ever waiting for it.  One connection carries all requests, in
 * order; when the agent went away it is connected anew, once a request.  Every request has a deadline, as people may be asked to confirm.
 * Key material never comes here.
 */
#ifndef WORLD_SSH_AGENT_H
#define WORLD_SSH_AGENT_H

#include "irs/err.h"
#include "irs/loop.h"
#include "irs/str.h"

struct ssh_agent;

struct ssh_agent_key {
	struct str blob; /* the public key, as it goes over the wire */
	struct str kind; /* "ssh-ed25519", …; the blob's first string */
	struct str comment;
};

struct ssh_agent_keys {
	const struct ssh_agent_key *at;
	size_t n;
};

/* What an agent's signature says. */
struct ssh_signature {
	struct str blob;   /* format and bytes, each with its length */
	struct str format; /* "rsa-sha2-512", … */
	struct str bytes;
};

/* For RSA keys, which would else sign with SHA-1. */
enum { AGENT_RSA_SHA2_256 = 2, AGENT_RSA_SHA2_512 = 4 };

/* The agent behind a socket, which is connected to when something is asked. NULL: there is none, and every request says so. */
struct ssh_agent *ssh_agent_new(struct loop *l, const char *socket);
/* Nothing is called any more; signings must be freed before. NULL is fine. */
void ssh_agent_free(struct ssh_agent *a);

/* `keys` is NULL if they can't be listed, and then `e` says why; where there are none, `e` says that too. Both live until the call returns. */
typedef void ssh_agent_listed(void *owner, const struct ssh_agent_keys *keys, const struct err *e);
/* `done` comes once, never from within this call. `timeout` in ns. */
void ssh_agent_list(struct ssh_agent *a, int64_t timeout, ssh_agent_listed *done, void *owner);

struct ssh_signing;

/* Asks for a signature of `data` by the key `blob`; both are copied. When it is over, `done` (may be NULL) is called once, never from within this
 * call; the outcome stays until it is freed. So libssh2's callback can start one, say "again" until it is over, and then take it. */
struct ssh_signing *ssh_agent_sign(struct ssh_agent *a, struct str blob, struct str data, unsigned flags, int64_t timeout, void (*done)(void *owner), void *owner);
bool ssh_signing_over(const struct ssh_signing *s);
/* Once it is over: the signature, which lives as long as `s`, or NULL with `e`. */
const struct ssh_signature *ssh_signing_result(const struct ssh_signing *s, struct err *e);
/* Before or after it is over. NULL is fine. */
void ssh_signing_free(struct ssh_signing *s);

#endif
