/*
 * sha1: only where OpenSSH's files are made with it: hashed names in known_hosts files (HMAC), and %C.  Nothing here rests on its strength.
 * From libcrypto, as libsodium has none (docs/decisions).
 */
#ifndef WORLD_SHA1_H
#define WORLD_SHA1_H

#include <stddef.h>
#include <stdint.h>

enum { SHA1_BYTES = 20 };

void sha1(unsigned char out[SHA1_BYTES], const void *p, size_t n);

/* HMAC-SHA1 with a key that is used again and again: its two blocks are hashed once. */
struct hmac_key {
	uint32_t inner[5], outer[5];
};

void hmac_key_set(struct hmac_key *k, const void *key, size_t n);
void hmac_sha1(unsigned char out[SHA1_BYTES], const struct hmac_key *k, const void *p, size_t n);

#endif
