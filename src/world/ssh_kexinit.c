#include "ssh_kexinit.h"

#include <string.h>

enum { MSG_KEXINIT = 20, COOKIE = 16, LISTS = 6, HEADER = 5 /* packet and padding length */ };

/* The lists that both sides must agree on, in the packet's order, and what of them hardened servers may insist on that only newer libssh2 have. */
static const struct list {
	int method;
	const char *what, *newer;
} lists[LISTS] = {
	{ LIBSSH2_METHOD_KEX, "key exchanges", NULL },
	{ LIBSSH2_METHOD_HOSTKEY, "kinds of host keys", "rsa-sha2-512" },
	{ LIBSSH2_METHOD_CRYPT_CS, "ciphers", "aes256-gcm@openssh.com" },
	{ LIBSSH2_METHOD_CRYPT_SC, "ciphers", "aes256-gcm@openssh.com" },
	{ LIBSSH2_METHOD_MAC_CS, "MACs", "hmac-sha2-256-etm@openssh.com" },
	{ LIBSSH2_METHOD_MAC_SC, "MACs", "hmac-sha2-256-etm@openssh.com" },
};

static size_t number(const unsigned char *p) { return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3]; }

/* Behind the lines before the version ("SSH-2.0-…") and that line itself: the payload of the first packet. */
static bool find_payload(struct str greeting, struct str *payload)
{
	const char *at = greeting.p, *end = greeting.p + greeting.n;
	for (bool version = false; !version;) {
		const char *line = at, *line_end = memchr(at, '\n', (size_t)(end - at));
		if (!line_end) return false;
		at = line_end + 1;
		version = line_end - line >= 4 && !memcmp(line, "SSH-", 4);
	}
	if (end - at < HEADER) return false;
	size_t size = number((const unsigned char *)at), padding = (unsigned char)at[4], have = (size_t)(end - at) - HEADER;
	if (size < padding + 1 || size - padding - 1 > have) return false;
	*payload = (struct str){ at + HEADER, size - padding - 1 };
	return true;
}

static bool read_lists(struct str payload, struct str out[LISTS])
{
	size_t at = 1 + COOKIE;
	if (payload.n < at || payload.p[0] != MSG_KEXINIT) return false;
	for (int i = 0; i < LISTS; i++) {
		if (payload.n - at < 4) return false;
		size_t n = number((const unsigned char *)payload.p + at);
		at += 4;
		if (payload.n - at < n) return false;
		out[i] = (struct str){ payload.p + at, n };
		at += n;
	}
	return true;
}

static bool holds(struct str list, const char *name)
{
	size_t n = strlen(name);
	while (list.n) {
		const char *comma = memchr(list.p, ',', list.n);
		size_t length = comma ? (size_t)(comma - list.p) : list.n;
		if (length == n && !memcmp(list.p, name, n)) return true;
		list = (struct str){ list.p + length + (comma != NULL), list.n - length - (comma != NULL) };
	}
	return false;
}

static bool have_one(struct str list, LIBSSH2_SESSION *ssh, int method)
{
	const char **have = NULL;
	int n = libssh2_session_supported_algs(ssh, method, &have);
	bool found = false;
	for (int i = 0; i < n; i++) found |= holds(list, have[i]);
	if (n > 0) libssh2_free(ssh, have);
	return found;
}

bool kexinit_explain(struct str greeting, LIBSSH2_SESSION *ssh, struct err *e)
{
	struct str payload, offered[LISTS];
	if (!find_payload(greeting, &payload) || !read_lists(payload, offered)) return false;
	for (int i = 0; i < LISTS; i++) {
		const struct list *l = &lists[i];
		if (have_one(offered[i], ssh, l->method)) continue;
		err_set(e, IRS_FAILED, NULL, "its sshd offers only %s that libssh2 %s here does not have: %.*s", l->what, libssh2_version(0),
		        (int)(offered[i].n > 200 ? 200 : offered[i].n), offered[i].p);
		const char *from = l->newer && holds(offered[i], l->newer) ? "libssh2 1.11 has them; or " : "";
		err_remedy(e, "%sallow one more in its sshd_config; or reach it by OpenSSH's client: irs_transport \"exec\", irs_exec \"ssh -T {name} sh\"", from);
		return true;
	}
	return false;
}
