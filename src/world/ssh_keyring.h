/* ssh_keyring: what the logins of one transport share: agents, key files, known hosts, and which key was the right one last time. */
#ifndef WORLD_SSH_KEYRING_H
#define WORLD_SSH_KEYRING_H

#include "irs/loop.h"
#include "known_hosts.h"
#include "ssh_agent.h"
#include "ssh_config.h"

struct ssh_keyring;

/* A key that can be offered. */
struct ssh_offer {
	struct ssh_agent *agent; /* who signs with it */
	struct str blob;
	const char *from;        /* "the agent", or the file */
};
struct ssh_offers {
	const struct ssh_offer *at; /* in the order to offer them */
	size_t n;
	bool all;            /* there are no more */
	const char *missing; /* what could not be used, and why: for who gets in by none of these; "" = nothing */
};

struct ssh_keyring *ssh_keyring_new(struct loop *l, const char *private_dir, bool may_ask);
/* NULL is fine. */
void ssh_keyring_free(struct ssh_keyring *k);

struct known_hosts *ssh_keyring_known(struct ssh_keyring *k, const struct ssh_route *r, struct err *e);
/* The keys for a route: `done` comes once, never from within this call, as soon as there are more than `seen` of them, or all are known. What it
 * gets lives until then. The agent's keys come first; files are opened, and people asked for passphrases, only where these have not done. */
void ssh_keyring_find(struct ssh_keyring *k, const struct ssh_route *r, size_t seen, void (*done)(void *owner, const struct ssh_offers *offers), void *owner);
/* `done` doesn't come any more. */
void ssh_keyring_forget(struct ssh_keyring *k, void *owner);
/* A key that was let in: it is the first to be offered from now on. */
void ssh_keyring_worked(struct ssh_keyring *k, struct str blob);

#endif
