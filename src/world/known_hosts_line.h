/* known_hosts_line: one line of a known_hosts file, taken apart. What it points to is the line's. */
#ifndef WORLD_KNOWN_HOSTS_LINE_H
#define WORLD_KNOWN_HOSTS_LINE_H

#include "irs/arena.h"
#include "irs/str.h"
#include "sha1.h"

struct known_line {
	enum { LINE_KEY, LINE_REVOKED, LINE_AUTHORITY } mark;
	struct str names; /* a list, or one that is hashed */
	bool hashed;
	struct hmac_key salt; /* of a hashed name */
	unsigned char hash[SHA1_BYTES];
	unsigned kind;
	struct str key; /* the blob, in the arena */
};

enum known_line_is { LINE_EMPTY, LINE_GOOD, LINE_BAD };

/* Takes a line without its newline apart. */
enum known_line_is known_line_read(struct known_line *l, struct arena *a, struct str line);
/* The same of a line that has a key only, as in a file of revoked keys. */
enum known_line_is known_line_read_key(struct known_line *l, struct arena *a, struct str line);

#endif
