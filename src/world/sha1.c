/* The functions of the digest itself: through EVP each of a million short HMACs would cost an allocation, and twenty times as much. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "sha1.h"

#include <openssl/sha.h>
#include <string.h>

enum { BLOCK = 64 };

void sha1(unsigned char out[SHA1_BYTES], const void *p, size_t n) { SHA1(p, n, out); }

static void put_state(uint32_t to[5], const SHA_CTX *c) { memcpy(to, (const uint32_t[5]){ c->h0, c->h1, c->h2, c->h3, c->h4 }, 5 * sizeof *to); }

/* As if one block had been hashed. */
static void after_block(SHA_CTX *c, const uint32_t state[5])
{
	SHA1_Init(c);
	c->h0 = state[0], c->h1 = state[1], c->h2 = state[2], c->h3 = state[3], c->h4 = state[4];
	c->Nl = BLOCK * 8;
}

static void hash_pad(uint32_t to[5], const unsigned char key[BLOCK], unsigned char with)
{
	unsigned char block[BLOCK];
	SHA_CTX c;
	for (int i = 0; i < BLOCK; i++) block[i] = key[i] ^ with;
	SHA1_Init(&c);
	SHA1_Update(&c, block, sizeof block);
	put_state(to, &c);
}

void hmac_key_set(struct hmac_key *k, const void *key, size_t n)
{
	unsigned char padded[BLOCK] = { 0 };
	if (n > BLOCK) SHA1(key, n, padded);
	else memcpy(padded, key, n);
	hash_pad(k->inner, padded, 0x36);
	hash_pad(k->outer, padded, 0x5c);
}

void hmac_sha1(unsigned char out[SHA1_BYTES], const struct hmac_key *k, const void *p, size_t n)
{
	SHA_CTX c;
	after_block(&c, k->inner);
	SHA1_Update(&c, p, n);
	SHA1_Final(out, &c);
	after_block(&c, k->outer);
	SHA1_Update(&c, out, SHA1_BYTES);
	SHA1_Final(out, &c);
}
