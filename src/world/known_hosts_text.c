#include "known_hosts.h"

#include <sodium.h>
#include <stdio.h>

void known_key_fingerprint(char out[FINGERPRINT_MAX], struct str blob)
{
	unsigned char hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256(hash, (const unsigned char *)blob.p, blob.n);
	memcpy(out, "SHA256:", 7);
	sodium_bin2base64(out + 7, FINGERPRINT_MAX - 7, hash, sizeof hash, sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
}

/* As ssh-keyscan -t names it. */
static const char *scan_name(unsigned kind)
{
	switch (kind) {
	case KEY_ED25519: return "ed25519";
	case KEY_RSA: return "rsa";
	case KEY_DSA: return "dsa";
	case KEY_SK_ED25519: return "ed25519-sk";
	case KEY_SK_ECDSA: return "ecdsa-sk";
	default: return "ecdsa";
	}
}

/* A word for a shell, in quotes only where it needs them. */
static void put_word(struct buf *out, const char *word)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:@%+=,-";
	if (*word && *word != '-' && strspn(word, plain) == strlen(word)) buf_puts(out, word);
	else buf_shell_quoted(out, str_of(word));
}

static void put_name(struct buf *out, const struct known_host_query *q)
{
	struct buf name = { 0 };
	if (q->alias || q->port == 22) buf_puts(&name, q->alias ? q->alias : q->host);
	else buf_printf(&name, "[%s]:%u", q->host, q->port);
	put_word(out, name.p);
	buf_free(&name);
}

static void put_removal(struct buf *out, const struct known_host_query *q, const struct known_host *h)
{
	if (h->for_several) {
		buf_printf(out, "sed -i %ud ", h->line);
		put_word(out, h->file);
	} else {
		buf_puts(out, "ssh-keygen -f ");
		put_word(out, h->file);
		buf_puts(out, " -R ");
		put_name(out, q);
	}
	buf_puts(out, " && ");
}

/* ssh-keyscan goes the direct way only; through a proxy, ssh asks by itself and writes the key down. */
void known_host_command(struct buf *out, const struct ssh_route *r, const struct known_host_query *q, const struct known_host *h, struct str key)
{
	if (h->state != HOST_UNKNOWN && h->state != HOST_CHANGED) return;
	if (h->state == HOST_CHANGED) put_removal(out, q, h);
	if (r->proxy_jump || r->proxy_command || !r->user_known_hosts.n) {
		buf_puts(out, "ssh ");
		put_word(out, r->name);
		buf_puts(out, " true");
		return;
	}
	buf_printf(out, "ssh-keyscan %s-t %s ", r->hash_known_hosts && !q->alias ? "-H " : "", scan_name(known_key_of_blob(key)));
	if (q->port != 22) buf_printf(out, "-p %u ", q->port);
	put_word(out, q->host);
	if (q->alias) {
		struct buf script = { 0 };
		buf_printf(&script, "s|^[^ ]*|%s|", q->alias);
		buf_puts(out, " | sed ");
		put_word(out, script.p);
		buf_free(&script);
	}
	buf_puts(out, " >> ");
	put_word(out, r->user_known_hosts.at[0]);
}

static void put_kinds(struct buf *out, unsigned kinds)
{
	bool more = false;
	for (unsigned bit = 1; kinds; kinds &= ~bit, bit <<= 1)
		if (kinds & bit) {
			buf_printf(out, "%s%s", more ? ", " : "", known_key_name(bit));
			more = true;
		}
}

bool known_host_error(struct err *e, const struct ssh_route *r, const struct known_host_query *q, const struct known_host *h, struct str key)
{
	char fingerprint[FINGERPRINT_MAX];
	struct buf why = { 0 }, command = { 0 };
	const char *kind = known_key_name(known_key_of_blob(key));
	known_key_fingerprint(fingerprint, key);
	known_host_command(&command, r, q, h, key);
	if (!kind) kind = "of an unknown kind";
	if (h->state == HOST_REVOKED) {
		err_set(e, IRS_REFUSED, r->name, "its host key (%s, %s) was revoked: %s:%u", kind, fingerprint, h->file, h->line);
		err_remedy(e, "whoever answers there must not be trusted; ask whoever revoked the key");
	} else if (h->state == HOST_CHANGED) {
		err_set(e, IRS_REFUSED, r->name, "its host key has changed: it is %s, %s, and %s:%u has another", kind, fingerprint, h->file, h->line);
		err_remedy(e, "if the host was set up anew, compare the fingerprint on its console, then: %s", command.p);
	} else {
		if (h->kinds) {
			buf_puts(&why, "; keys of other kinds are known: ");
			put_kinds(&why, h->kinds);
		} else if (h->has_authority) {
			buf_puts(&why, "; a @cert-authority line covers it, but certificates of hosts are not understood");
		}
		err_set(e, IRS_REFUSED, r->name, "its host key is not known: %s, %s%s", kind, fingerprint, why.p ? why.p : "");
		err_remedy(e, "compare the fingerprint on the host's console, then: %s", command.p);
	}
	buf_free(&why);
	buf_free(&command);
	return false;
}
