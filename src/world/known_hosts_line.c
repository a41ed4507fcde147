#include "known_hosts_line.h"

#include <sodium.h>

#include "known_hosts.h"

static const struct {
	unsigned kind;
	const char *name;
} kinds[] = {
	{ KEY_ED25519, "ssh-ed25519" },
	{ KEY_ECDSA_256, "ecdsa-sha2-nistp256" },
	{ KEY_ECDSA_384, "ecdsa-sha2-nistp384" },
	{ KEY_ECDSA_521, "ecdsa-sha2-nistp521" },
	{ KEY_RSA, "ssh-rsa" },
	{ KEY_DSA, "ssh-dss" },
	{ KEY_SK_ED25519, "sk-ssh-ed25519@openssh.com" },
	{ KEY_SK_ECDSA, "sk-ecdsa-sha2-nistp256@openssh.com" },
};
enum { KINDS = sizeof kinds / sizeof *kinds };

const char *known_key_name(unsigned key)
{
	for (int i = 0; i < KINDS; i++)
		if (kinds[i].kind == key) return kinds[i].name;
	return NULL;
}

unsigned known_key_of_name(struct str name)
{
	for (int i = 0; i < KINDS; i++)
		if (str_eq(name, str_of(kinds[i].name))) return kinds[i].kind;
	return 0;
}

unsigned known_key_of_blob(struct str blob)
{
	const unsigned char *p = (const unsigned char *)blob.p;
	if (blob.n < 4) return 0;
	size_t n = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
	return n <= blob.n - 4 ? known_key_of_name((struct str){ blob.p + 4, n }) : 0;
}

/* ---- words */

static bool is_blank(char c) { return c == ' ' || c == '\t'; }

static struct str take_word(struct str *s)
{
	size_t from = 0, to;
	while (from < s->n && is_blank(s->p[from])) from++;
	for (to = from; to < s->n && !is_blank(s->p[to]);) to++;
	struct str word = { s->p + from, to - from };
	*s = (struct str){ s->p + to, s->n - to };
	return word;
}

static bool decode(struct arena *a, struct str text, struct str *out)
{
	size_t room = text.n / 4 * 3 + 3, n;
	unsigned char *p = arena_alloc(a, room);
	if (sodium_base642bin(p, room, text.p, text.n, NULL, &n, NULL, sodium_base64_VARIANT_ORIGINAL)) return false;
	*out = (struct str){ (char *)p, n };
	return true;
}

/* |1|salt|hash */
static bool read_hash(struct known_line *l, struct arena *a, struct str name)
{
	struct str salt, hash;
	if (!str_starts(name, STR("|1|"))) return false;
	const char *bar = memchr(name.p + 3, '|', name.n - 3);
	if (!bar) return false;
	struct arena_mark m = arena_mark(a);
	bool good = decode(a, (struct str){ name.p + 3, (size_t)(bar - name.p) - 3 }, &salt) &&
		    decode(a, (struct str){ bar + 1, (size_t)(name.p + name.n - bar) - 1 }, &hash) && salt.n == SHA1_BYTES && hash.n == SHA1_BYTES;
	if (good) {
		hmac_key_set(&l->salt, salt.p, salt.n);
		memcpy(l->hash, hash.p, SHA1_BYTES);
		l->hashed = true;
	}
	arena_release(a, m);
	return good;
}

/* Type and key; the type outside must be the one inside. A comment may follow. */
static enum known_line_is read_key(struct known_line *l, struct arena *a, struct str rest)
{
	struct str type = take_word(&rest), text = take_word(&rest);
	struct arena_mark m = arena_mark(a);
	l->kind = known_key_of_name(type);
	if (l->kind && decode(a, text, &l->key) && known_key_of_blob(l->key) == l->kind) return LINE_GOOD;
	arena_release(a, m);
	return LINE_BAD;
}

static struct str without_end(struct str line)
{
	while (line.n && (line.p[line.n - 1] == '\r' || is_blank(line.p[line.n - 1]))) line.n--;
	return line;
}

enum known_line_is known_line_read(struct known_line *l, struct arena *a, struct str line)
{
	struct str rest = without_end(line), word = take_word(&rest);
	*l = (struct known_line){ .mark = LINE_KEY };
	if (!word.n || *word.p == '#') return LINE_EMPTY;
	if (*word.p == '@') {
		if (str_eq(word, STR("@revoked"))) l->mark = LINE_REVOKED;
		else if (str_eq(word, STR("@cert-authority"))) l->mark = LINE_AUTHORITY;
		else return LINE_BAD;
		word = take_word(&rest);
		if (!word.n) return LINE_BAD;
	}
	l->names = word;
	if (*word.p == '|' && !read_hash(l, a, word)) return LINE_BAD;
	return read_key(l, a, rest);
}

enum known_line_is known_line_read_key(struct known_line *l, struct arena *a, struct str line)
{
	struct str rest = without_end(line), first = rest;
	*l = (struct known_line){ .mark = LINE_REVOKED, .names = STR("*") };
	first = take_word(&first);
	if (!first.n || *first.p == '#') return LINE_EMPTY;
	return read_key(l, a, rest);
}
