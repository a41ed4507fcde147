#include "chance.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

static uint64_t number_of(const struct draw *d, uint32_t attempt)
{
	char text[160];
	unsigned char hash[crypto_hash_sha256_BYTES];
	int n = snprintf(text, sizeof text, "irs draw %llu %u %u %u %u %u", (unsigned long long)d->seed, d->host, d->function, d->pc,
	                 d->count, attempt);
	crypto_hash_sha256(hash, (const unsigned char *)text, (unsigned long long)n);
	uint64_t v = 0;
	for (int i = 0; i < 8; i++) v = v << 8 | hash[i];
	return v;
}

uint64_t chance_draw(const struct draw *d, uint64_t bound)
{
	uint64_t above = -bound % bound; /* 2^64 mod bound: below it the low numbers would come too often */
	for (uint32_t attempt = 0;; attempt++) {
		uint64_t v = number_of(d, attempt);
		if (v >= above) return v % bound;
	}
}

uint64_t chance_seed(void)
{
	uint64_t v;
	randombytes_buf(&v, sizeof v);
	return v >> 11; /* exact in every JSON reader */
}
