/*
 * shell_text: what is said to the persistent shells, as text. POSIX sh and builtins only, so that nothing of it shows in an argument vector
 * and a check costs no process. docs/failsafe.md explains why each line is as it is.
 */
#ifndef WORLD_SHELL_TEXT_H
#define WORLD_SHELL_TEXT_H

#include "irs/buf.h"
#include "irs/value.h"

enum { NONCE_CHARS = 32, INPUT_LIMIT = 64 << 10 };

/*
 * Functions that the leash and the spare shell share:
 *   _s PID        reads its state _p, process group _g and start time _t; fails where there is none
 *   _v PID        whether it lives: zombies don't
 *   _o PGID START whether that group can still be ours: its leader's number has not come back with somebody else
 *   _k SIG PGID START  signals the group if it is ours
 *   _m PGID START whether anything of the group lives
 *   _h PID PGID START  whether a leash lives: the leader of its group, or the one in it who listens to signals
 */
extern const char shell_functions[];

struct shell_command {
	struct str text;            /* shell text; runs as a whole in a subshell */
	const struct guard *guards; /* processes that must still be there */
	const char *boot;           /* of this host: guards of another boot are gone */
	struct str input;           /* standard input, if any; at most INPUT_LIMIT */
	bool inside;                /* in the shell itself and not in a subshell: our own text, that must do without a fork */
};

/* The first thing that a work shell hears: makes it ours, and asks who it is. Answered on standard output by a line that starts with `nonce`
 * (shell_greeting_read), on standard error by `nonce` alone. */
void shell_text_greeting(struct buf *b, const char *nonce);
/* A command between nonce `a` and nonce `z` on both streams; behind `z` comes the exit status, or `gone`. */
void shell_text_frame(struct buf *b, const struct shell_command *c, const char *a, const char *z);
/* Starts `command` as a session of its own, its script on standard input and streams at /dev/null, with the mark in its environment. */
void shell_text_spawn(struct buf *b, struct str command, struct str mark);

#endif
