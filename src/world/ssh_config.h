/*
 * ssh_config: how OpenSSH would reach a host, from OpenSSH itself: `ssh -G`.  So ~/.ssh/config works with all that it may hold, and nothing of it
 * is guessed here.
 *
 * A question costs milliseconds of CPU, too much for each of a thousand hosts.  The configuration files are looked through for what can make
 * two names differ; names that meet the same conditions are one class, and two of a class are asked.  Where their answers differ in nothing but
 * the name itself, the others' follow.  Whatever is not known for sure (Match by anything but names, canonicalisation, an odd line, a file that
 * ssh read and we did not, answers that differ otherwise) is asked name by name.
 *
 * Nothing goes through a shell. A name or user that could be mistaken for an option is refused.
 */
#ifndef WORLD_SSH_CONFIG_H
#define WORLD_SSH_CONFIG_H

#include "irs/buf.h"
#include "irs/loop.h"

struct ssh_list {
	const char *const *at;
	size_t n;
};

/* All of it lives as long as the struct ssh_config that it came from. Texts that are not said are NULL, numbers 0. Tokens (%h …) are filled in. */
struct ssh_route {
	const char *name;             /* as it was asked for */
	const char *host;             /* a name or an address to connect to */
	unsigned port;
	const char *user;
	const char *address_family;   /* "any", "inet", "inet6" */
	const char *bind_address;
	unsigned connect_timeout;     /* s */
	unsigned alive_interval;      /* s */
	bool compression;
	bool public_keys;             /* PubkeyAuthentication */
	struct ssh_list identities;   /* key files that are there, in the order to offer them */
	bool identities_only;         /* of an agent's keys, offer those only whose files are named */
	const char *agent;            /* its socket; NULL: there is none, or none is wanted */
	unsigned least_rsa_bits;
	const char *proxy_jump;       /* [user@]host[:port], with commas for several; as names to be asked for in turn */
	const char *proxy_command;    /* a shell command, by ssh's own configuration only */
	const char *control_path;
	const char *host_key_alias;   /* what known_hosts files know it by, without a port */
	struct ssh_list user_known_hosts, global_known_hosts; /* files, there or not */
	const char *revoked_host_keys; /* a file; if it can't be read, no host key is good */
	bool hash_known_hosts, check_address;
	const char *strict_host_key_checking; /* as ssh says it; unknown keys are refused whatever it says */
	const char *host_key_algorithms, *kex_algorithms, *ciphers, *macs, *key_algorithms; /* lists with commas, as ssh says them */
	struct ssh_list ignored;      /* sentences: what OpenSSH would do, and we don't */
};

struct ssh_config_options {
	const char *program; /* NULL: "ssh" */
	const char *file;    /* instead of the user's and the system's (ssh -F); NULL: theirs */
	unsigned at_once;    /* questions at once; 0: 4 */
	int64_t timeout;     /* ns for one question; 0: 20 s */
	bool each;           /* ask for each name, whatever the files say */
};

struct ssh_ask {
	const char *name; /* [A-Za-z0-9:_][A-Za-z0-9._:-]*, at most 253 bytes */
	const char *user; /* that the inventory says; NULL: not said. The same characters. */
	unsigned port;    /* the same; 0: not said */
};

struct ssh_found {
	const struct ssh_route *route; /* NULL: `error` */
	const struct err *error;
};

struct ssh_config;

/* What ssh's files say is read at the first question, and holds until the end. */
struct ssh_config *ssh_config_new(struct loop *l, const struct ssh_config_options *o);
/* What is under way is dropped, and its `done` never comes. NULL is fine. */
void ssh_config_free(struct ssh_config *c);

/* Finds the ways to `n` hosts; `done` comes once with as many answers in the same order, each with its own error; never from within this call.
 * `asks` is copied. */
void ssh_config_find(struct ssh_config *c, const struct ssh_ask *asks, size_t n, void (*done)(void *owner, const struct ssh_found *found, size_t n), void *owner);

/* How many times ssh was asked so far. */
unsigned ssh_config_questions(const struct ssh_config *c);
/* Why it is asked name by name; NULL if it isn't. Known after the first question. */
const char *ssh_config_why_each(const struct ssh_config *c);
/* Whether a name or user may stand in an argument vector. */
bool ssh_name_ok(const char *name);

#endif
