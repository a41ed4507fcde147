/*
 * ssh_link: the stream of bytes beneath an SSH session: a TCP connection, the pipes of a ProxyCommand, or a channel of a bastion's session.  A
 * session is given one, starts it, and doesn't know which it is.
 */
#ifndef WORLD_SSH_LINK_H
#define WORLD_SSH_LINK_H

#include <sys/types.h>

#include "irs/err.h"
#include "irs/loop.h"

struct ssh_link;
struct ssh_session;

struct ssh_link_events {
	/* Once: bytes can flow. */
	void (*up)(void *owner);
	/* There may be something to read, or room to write again. */
	void (*stirred)(void *owner);
	/* Once, and nothing after it: it could not be made, or has ended. Reading then says the rest. Never from within a call. */
	void (*down)(void *owner, const struct err *e);
};

struct ssh_link_ops {
	/* Begins to connect. */
	void (*start)(struct ssh_link *l);
	/* As recv and send, but for a negative errno. */
	ssize_t (*receive)(struct ssh_link *l, void *to, size_t n);
	ssize_t (*send)(struct ssh_link *l, const void *p, size_t n);
	/* A descriptor that doesn't block, for libssh2 to look at. */
	int (*socket)(const struct ssh_link *l);
	/* Whether the session waits for room to write. */
	void (*want_write)(struct ssh_link *l, bool wanted);
	/* Cuts it: reading meets its end, writing fails. */
	void (*sever)(struct ssh_link *l);
	/* No event comes any more; what is under way is given up. */
	void (*free)(struct ssh_link *l);
};

struct ssh_link {
	const struct ssh_link_ops *ops;
	const struct ssh_link_events *events; /* set before it is started */
	void *owner;
};

/* To `host`, a name or address, trying its addresses one after the other; all must be done within `timeout` ns. Texts are copied. */
struct ssh_link *ssh_link_tcp(struct loop *l, const char *host, unsigned port, int64_t timeout);
/* What OpenSSH's ProxyCommand prints and reads; run by /bin/sh, as OpenSSH does. */
struct ssh_link *ssh_link_command(struct loop *l, const char *command, int64_t timeout);
/* Through a bastion that is logged in; it must outlive the link. */
struct ssh_link *ssh_link_tunnel(struct loop *l, struct ssh_session *bastion, const char *host, unsigned port, int64_t timeout);

#endif
