/*
 * ssh_session: one SSH connection, non-blocking, on the loop.  It proves the host's key, logs in, and then carries channels: shells, and tunnels
 * for the sessions of hosts behind it.
 *
 * libssh2 opens one channel at a time and has one write in flight (another meanwhile is refused, or lands in the wrong channel); reading one
 * stream may queue what belongs to another without the socket stirring again.  This module keeps that order; its callers needn't know of it.
 */
#ifndef WORLD_SSH_SESSION_H
#define WORLD_SSH_SESSION_H

#include "irs/buf.h"
#include "irs/loop.h"
#include "ssh_link.h"

struct ssh_session;
struct ssh_channel;
struct ssh_login;

struct ssh_session_events {
	/* Once: it is logged in. */
	void (*ready)(void *owner);
	/* Once, after all channels were told: it could not be made, or was lost. `dropped`: the server hung up before it had heard who we are, as one
	 * does that has too many at its door. It must still be freed. Never from within a call. */
	void (*ended)(void *owner, bool dropped, const struct err *e);
};

struct ssh_session_options {
	struct ssh_link *link;      /* taken */
	const struct ssh_login *login; /* lives until the session is freed */
	int64_t timeout;            /* ns from the link's being up to being logged in */
	const struct ssh_session_events *events;
	void *owner;
};

struct ssh_session *ssh_session_new(struct loop *l, const struct ssh_session_options *o);
bool ssh_session_ready(const struct ssh_session *s);
int ssh_session_socket(const struct ssh_session *s);
/* Its channels may still be closed, but say nothing any more. Also from within its events. NULL is fine. */
void ssh_session_free(struct ssh_session *s);

struct ssh_channel_events {
	/* Once: what it was opened for has begun. */
	void (*opened)(void *owner);
	/* stream 1 or 2. */
	void (*data)(void *owner, int stream, const char *p, size_t n);
	/* All that was to be sent is on its way. May be NULL. */
	void (*sent)(void *owner);
	/* Once, and nothing after it. `full`: the server opens no more of them on this session. It must still be closed. Never from within a call. */
	void (*ended)(void *owner, bool full, const char *why);
};

/* A channel that runs `command` by the user's login shell; before the session is ready it waits. */
struct ssh_channel *ssh_channel_run(struct ssh_session *s, const char *command, const struct ssh_channel_events *events, void *owner);
/* A tunnel to where the session's host can connect to. */
struct ssh_channel *ssh_channel_tunnel(struct ssh_session *s, const char *host, unsigned port, const struct ssh_channel_events *events, void *owner);
/* Takes what `b` holds, and leaves it empty. */
void ssh_channel_send(struct ssh_channel *c, struct buf *b);
/* Bytes that are still to be sent. */
size_t ssh_channel_unsent(const struct ssh_channel *c);
/* Ends its input and closes it; it frees itself. No event comes any more. */
void ssh_channel_close(struct ssh_channel *c);

#endif
