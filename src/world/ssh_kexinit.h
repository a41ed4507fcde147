/* ssh_kexinit: why two sides found no common ground: the lists that a server offers stand in clear in its first packet (RFC 4253, 7.1). */
#ifndef WORLD_SSH_KEXINIT_H
#define WORLD_SSH_KEXINIT_H

#include <libssh2.h>

#include "irs/err.h"
#include "irs/str.h"

/*
 * `greeting`: the first bytes that the server sent, its version line and its KEXINIT. Where it offers, of something, only what this libssh2 doesn't
 * have, `e` says so and what to do about it, and true is returned; else false. Untrusted input.
 */
bool kexinit_explain(struct str greeting, LIBSSH2_SESSION *ssh, struct err *e);

#endif
