/*
 * ssh_scan: what in ssh's configuration files can make two host names differ.  It reads the files as OpenSSH does, with what they include, and
 * keeps the conditions (Host, Match originalhost); all else it leaves to `ssh -G`.  Two names that meet the same conditions get the same settings,
 * unless the scan is unsure, and then it says why.  It errs to that side: an odd line is enough.
 */
#ifndef WORLD_SSH_SCAN_H
#define WORLD_SSH_SCAN_H

#include "irs/arena.h"
#include "irs/buf.h"
#include "irs/vec.h"

/* Who we are to ssh, looked up once: the password file's home, not $HOME. NULL where it isn't known. */
struct ssh_me {
	const char *home, *user;
	const char *here; /* this machine's name */
	unsigned uid;
};

void ssh_me_read(struct ssh_me *me, struct arena *a);

struct ssh_condition {
	bool match_list;          /* of a Match line: one list with commas, case folded; a Host line has words */
	VEC(struct str) patterns; /* `!` in front excludes */
};

struct ssh_scan {
	struct arena *arena;
	const char *home;
	VEC(struct ssh_condition) conditions;
	VEC(const char *) files; /* that were read */
	const char *unsure;      /* why nothing can be said for sure; NULL: it can */
	size_t bytes;
};

/* Reads `file` as `ssh -F` does, or the user's and the system's files if it is NULL. */
void ssh_scan_read(struct ssh_scan *s, struct arena *a, const struct ssh_me *me, const char *file);
/* Reads one text as it stands in a user's file; what it includes is read. For the above, and for fuzzing. */
void ssh_scan_text(struct ssh_scan *s, struct str text, bool users, unsigned depth);
/* Adds to `key` what tells the classes of names apart: a byte for each eight conditions. */
void ssh_scan_class(const struct ssh_scan *s, struct str name, struct buf *key);

#endif
