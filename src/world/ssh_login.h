/*
 * ssh_login: who a host must be, and who we are to it: the two questions of an SSH handshake, each answered without blocking.
 */
#ifndef WORLD_SSH_LOGIN_H
#define WORLD_SSH_LOGIN_H

#include <libssh2.h>

#include "irs/err.h"

enum ssh_step { SSH_STEP_DONE, SSH_STEP_AGAIN /* when the session stirs, or is told to go on */, SSH_STEP_FAILED };

struct ssh_login {
	/* Before the handshake: what to prefer, as what is known of the host says. */
	bool (*prepare)(const struct ssh_login *l, LIBSSH2_SESSION *ssh, struct err *e);
	/* After it: the host's key is the right one. */
	bool (*trust)(const struct ssh_login *l, LIBSSH2_SESSION *ssh, struct err *e);
	/* Logs in; called again with the same `state` (NULL at first) until it is done or has failed. `wake(owner)` makes the session call again. */
	enum ssh_step (*authenticate)(const struct ssh_login *l, LIBSSH2_SESSION *ssh, void **state, void (*wake)(void *owner), void *owner, struct err *e);
	/* Gives up a login under way. */
	void (*forget)(const struct ssh_login *l, void *state);
};

#endif
