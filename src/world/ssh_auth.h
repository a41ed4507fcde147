/*
 * ssh_auth: a login as OpenSSH's configuration wants it: the host's key by known_hosts files, ours by an agent or by key files.
 */
#ifndef WORLD_SSH_AUTH_H
#define WORLD_SSH_AUTH_H

#include "ssh_config.h"
#include "ssh_keyring.h"
#include "ssh_login.h"

/* `r` and `k` outlive it. */
struct ssh_login *ssh_auth_new(const struct ssh_route *r, struct ssh_keyring *k);
/* Whether the last try ended so that another would end so, too: a key that isn't trusted, or nobody lets us in. */
bool ssh_auth_final(const struct ssh_login *l);
/* NULL is fine. */
void ssh_auth_free(struct ssh_login *l);

#endif
