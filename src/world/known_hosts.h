/*
 * known_hosts: whether a host's key is the one that OpenSSH's files know it by: plain names, lists, `*` `?` `!`, [host]:port, hashed names,
 * @revoked, of as many files as ssh reads.  One bad line hides no other; @cert-authority lines are noticed and never believed, as certificates of
 * hosts are beyond this client.  The files of a route are read once for all hosts that share them, and indexed; hashed names, which can't be, are
 * tried only where no plain one decides, and once a host.
 *
 * It never writes, and never says *trusted* of what ssh would not.
 */
#ifndef WORLD_KNOWN_HOSTS_H
#define WORLD_KNOWN_HOSTS_H

#include "irs/buf.h"
#include "irs/err.h"
#include "ssh_config.h"

/* Kinds of host keys, as bits; their names as in the files by known_key_name. */
enum known_key {
	KEY_ED25519 = 1 << 0,
	KEY_ECDSA_256 = 1 << 1,
	KEY_ECDSA_384 = 1 << 2,
	KEY_ECDSA_521 = 1 << 3,
	KEY_RSA = 1 << 4,
	KEY_DSA = 1 << 5,
	KEY_SK_ED25519 = 1 << 6,
	KEY_SK_ECDSA = 1 << 7
};

/* "ssh-ed25519", …; NULL for what is no single bit of the above. */
const char *known_key_name(unsigned key);
/* The kind by its name, or of a public key blob; 0 if it is none of these. */
unsigned known_key_of_name(struct str name);
unsigned known_key_of_blob(struct str blob);

struct known_hosts_files; /* all that were read in this run */
struct known_hosts;       /* those of one route */

struct known_hosts_files *known_hosts_files_new(void);
void known_hosts_files_free(struct known_hosts_files *f);

/* The route's files, read now unless another route with the same files came before. Files that aren't there are fine; one that can't be read is an
 * error (NULL, `e`). Lives as long as `f`. */
struct known_hosts *known_hosts_load(struct known_hosts_files *f, const struct ssh_route *r, struct err *e);
/* Lines that could not be understood, and lines of certificate authorities. */
size_t known_hosts_skipped(const struct known_hosts *k);
size_t known_hosts_authorities(const struct known_hosts *k);

/* Who is asked about. */
struct known_host_query {
	const char *host;    /* the name or address that is connected to */
	const char *alias;   /* HostKeyAlias; NULL: none */
	const char *address; /* where CheckHostIP asks for it: the peer's numeric address; NULL: it is not looked at */
	unsigned port;
};

enum known_host_state {
	HOST_TRUSTED,
	HOST_UNKNOWN, /* no key of this kind is known; `kinds` says which others are */
	HOST_CHANGED, /* another key of this kind is known */
	HOST_REVOKED
};

struct known_host {
	enum known_host_state state;
	const char *file; /* of the line that decided; NULL: none did */
	unsigned line;
	unsigned kinds;      /* of keys that are known for it */
	bool for_several;    /* the line has patterns or several names */
	bool has_authority;  /* a @cert-authority line covers it */
};

struct known_host known_hosts_look(struct known_hosts *k, const struct known_host_query *q, struct str key);
/* Kinds of keys that are known for it: those to ask the host for first. */
unsigned known_hosts_kinds(struct known_hosts *k, const struct known_host_query *q);

/* Text for people. */
enum { FINGERPRINT_MAX = 7 + 43 + 1 };
/* "SHA256:…", as OpenSSH prints it. */
void known_key_fingerprint(char out[FINGERPRINT_MAX], struct str blob);
/* The command that accepts the key (for changed ones, after the old one was taken away). Nothing for
 * trusted and revoked ones. */
void known_host_command(struct buf *out, const struct ssh_route *r, const struct known_host_query *q, const struct known_host *h, struct str key);
/* For all but trusted: what is wrong with the key, and what to do. Returns false. */
bool known_host_error(struct err *e, const struct ssh_route *r, const struct known_host_query *q, const struct known_host *h, struct str key);

#endif
