/*
 * ssh_transport: shells on hosts that SSH reaches: one session a host, whatever runs on it, and one for each bastion, whoever is behind it.
 * A session is made when the first shell on it is wanted.  At most `forks` handshakes are under way at once, and `per_bastion` through one
 * bastion, whose sshd drops more; what is dropped is tried again, later each time.  A session that is lost ends its shells, and the next one that is
 * wanted makes it anew: nothing that was under way is ever done twice.
 */
#ifndef WORLD_SSH_TRANSPORT_H
#define WORLD_SSH_TRANSPORT_H

#include "ssh_config.h"
#include "wire.h"

struct ssh_host {
	struct ssh_ask ask;      /* whom to ask ssh for */
	const char *become_user; /* NULL: nobody else */
};

struct ssh_transport_options {
	const struct ssh_host *hosts; /* one for each host of the world; those without a name are not ours. Copied; what it points to lives on. */
	size_t n;
	unsigned forks;               /* 0: 50 */
	unsigned per_bastion;         /* 0: 6 */
	struct ssh_config_options config;
	const char *private_dir;      /* 0700, for the socket of an agent of our own; lives on */
	bool may_ask;                 /* a person is there who can be asked for a passphrase */
};

struct transport *ssh_transport_new(struct loop *l, const struct ssh_transport_options *o);
void ssh_transport_free(struct transport *t);

#endif
