/* What an agent sends: messages that are accepted point into themselves only. */
#include <stdint.h>
#include <stdlib.h>

#include "../../src/world/ssh_agent_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect_within(struct str whole, struct str part)
{
	if (part.n && (part.p < whole.p || part.p + part.n > whole.p + whole.n)) abort();
}

static void read_message(struct str m)
{
	struct arena *a = arena_new(0);
	struct ssh_agent_keys keys = { 0 };
	struct ssh_signature s = { 0 };
	bool refused, listed = agent_read_keys(a, m, &keys, &refused);
	if (listed && refused) abort();
	for (size_t i = 0; i < keys.n; i++) {
		expect_within(m, keys.at[i].blob);
		expect_within(keys.at[i].blob, keys.at[i].kind);
		expect_within(m, keys.at[i].comment);
	}
	if (agent_read_signature(m, &s, &refused) && (listed || refused)) abort();
	expect_within(m, s.blob);
	expect_within(s.blob, s.format);
	expect_within(s.blob, s.bytes);
	arena_free(a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str in = { (const char *)data, size };
	long n;
	while ((n = agent_message_size(in)) > 0 && (size_t)n <= in.n) {
		if (n < 5 || n > AGENT_MESSAGE_MAX + 4) abort();
		read_message((struct str){ in.p + 4, (size_t)n - 4 });
		in = (struct str){ in.p + n, in.n - (size_t)n };
	}
	/* And without the length, which the fuzzer would have to guess. */
	read_message((struct str){ (const char *)data, size });
	return 0;
}
