#include "ssh_agent_wire.h"

#include "irs/vec.h"

enum {
	FAILURE = 5,
	REQUEST_IDENTITIES = 11,
	IDENTITIES_ANSWER = 12,
	SIGN_REQUEST = 13,
	SIGN_RESPONSE = 14,
	FAILURE_SSH2 = 30,
	FAILURE_SSHCOM = 102
};

/* ---- writing */

static void put_u32(struct buf *out, size_t n)
{
	const unsigned char b[4] = { (unsigned char)(n >> 24), (unsigned char)(n >> 16), (unsigned char)(n >> 8), (unsigned char)n };
	buf_add(out, b, sizeof b);
}

static void put_string(struct buf *out, struct str s)
{
	put_u32(out, s.n);
	buf_str(out, s);
}

void agent_put_list(struct buf *out)
{
	put_u32(out, 1);
	buf_putc(out, REQUEST_IDENTITIES);
}

bool agent_put_sign(struct buf *out, struct str blob, struct str data, unsigned flags)
{
	if (blob.n > AGENT_MESSAGE_MAX || data.n > AGENT_MESSAGE_MAX) return false;
	size_t n = 1 + 4 + blob.n + 4 + data.n + 4;
	if (n > AGENT_MESSAGE_MAX) return false;
	put_u32(out, n);
	buf_putc(out, SIGN_REQUEST);
	put_string(out, blob);
	put_string(out, data);
	put_u32(out, flags);
	return true;
}

/* ---- reading */

static bool take_u32(struct str *s, size_t *n)
{
	const unsigned char *p = (const unsigned char *)s->p;
	if (s->n < 4) return false;
	*n = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
	*s = (struct str){ s->p + 4, s->n - 4 };
	return true;
}

static bool take_string(struct str *s, struct str *out)
{
	size_t n;
	if (!take_u32(s, &n) || n > s->n) return false;
	*out = (struct str){ s->p, n };
	*s = (struct str){ s->p + n, s->n - n };
	return true;
}

long agent_message_size(struct str in)
{
	size_t n;
	if (!take_u32(&in, &n)) return 0;
	return n && n <= AGENT_MESSAGE_MAX ? (long)n + 4 : -1;
}

/* The answer's kind is taken off. */
static bool is_answer(struct str *answer, int expected, bool *refused)
{
	int kind = answer->n ? (unsigned char)*answer->p : -1;
	*refused = kind == FAILURE || kind == FAILURE_SSH2 || kind == FAILURE_SSHCOM;
	if (kind != expected) return false;
	*answer = (struct str){ answer->p + 1, answer->n - 1 };
	return true;
}

static bool take_key(struct str *s, struct ssh_agent_key *k)
{
	struct str inner;
	if (!take_string(s, &k->blob) || !take_string(s, &k->comment)) return false;
	inner = k->blob;
	return take_string(&inner, &k->kind);
}

bool agent_read_keys(struct arena *a, struct str answer, struct ssh_agent_keys *keys, bool *refused)
{
	VEC(struct ssh_agent_key) found = { 0 };
	size_t n;
	if (!is_answer(&answer, IDENTITIES_ANSWER, refused) || !take_u32(&answer, &n)) return false;
	for (size_t i = 0; i < n; i++) {
		struct ssh_agent_key k;
		if (!take_key(&answer, &k)) return false;
		vec_push(a, &found, k);
	}
	if (answer.n) return false;
	*keys = (struct ssh_agent_keys){ found.at, found.n };
	return true;
}

bool agent_read_signature(struct str answer, struct ssh_signature *s, bool *refused)
{
	struct ssh_signature found;
	struct str inner;
	if (!is_answer(&answer, SIGN_RESPONSE, refused) || !take_string(&answer, &found.blob) || answer.n) return false;
	inner = found.blob;
	if (!take_string(&inner, &found.format) || !take_string(&inner, &found.bytes)) return false;
	*s = found;
	return true;
}
