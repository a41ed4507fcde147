#include "ssh_auth.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Servers end a login after six refused keys unless told otherwise (MaxAuthTries). */
enum { MAX_TRIES = 6 };
static const int64_t SIGN_NS = INT64_C(180) * 1000000000; /* the agent may ask a person */

struct auth {
	struct ssh_login login;
	const struct ssh_route *route;
	struct ssh_keyring *keyring;
	struct known_hosts *known;
	struct known_host_query query;
	bool final;
};

/* One login under way. */
struct attempt {
	const struct auth *auth;
	enum { ATTEMPT_ASKING, ATTEMPT_FINDING, ATTEMPT_OFFERING } at;
	size_t seen;
	struct ssh_offer offer; /* the one that is being offered */
	struct buf blob;        /* its public key, as it is presented */
	struct ssh_signing *signing;
	struct buf refused;     /* what was offered in vain */
	struct buf missing;
	bool have, all;
	void (*wake)(void *owner);
	void *owner;
};

static struct auth *auth_of(const struct ssh_login *l) { return (struct auth *)(uintptr_t)l; }

static const char *said(LIBSSH2_SESSION *ssh)
{
	char *text = NULL;
	libssh2_session_last_error(ssh, &text, NULL, 0);
	return text && *text ? text : "no reason given";
}

/* ---- before the handshake: what to prefer */

/* Those of a list with commas that this libssh2 has. It would strip the others itself, by a memcpy over itself (1.10). */
static void keep_known(LIBSSH2_SESSION *ssh, int method, const char *list, struct buf *kept)
{
	const char **known = NULL;
	int n = libssh2_session_supported_algs(ssh, method, &known);
	while (*list) {
		size_t length = strcspn(list, ",");
		for (int i = 0; i < n; i++)
			if (strlen(known[i]) == length && !memcmp(known[i], list, length)) buf_printf(kept, "%s%s", kept->n ? "," : "", known[i]);
		list += length + (list[length] == ',');
	}
	if (n > 0) libssh2_free(ssh, known);
}

static bool prefer(LIBSSH2_SESSION *ssh, int method, const char *list, const char *what, struct err *e)
{
	struct buf kept = { 0 };
	if (list) keep_known(ssh, method, list, &kept);
	bool ok = !list || (kept.n && !libssh2_session_method_pref(ssh, method, kept.p));
	buf_free(&kept);
	if (ok) return true;
	err_set(e, IRS_FAILED, NULL, "ssh's configuration allows no %s that libssh2 %s has", what, libssh2_version(0));
	return err_remedy(e, "allow one more for this host, or reach it by `irs_transport: exec` and `irs_exec: ssh -T {name} sh`");
}

/* Kinds of keys that are known for the host, before those that aren't: a host has several, and one of another kind would seem to be a stranger's. */
static void host_key_list(const struct auth *a, struct buf *list)
{
	unsigned kinds = known_hosts_kinds(a->known, &a->query);
	for (unsigned bit = 1; bit && bit <= kinds; bit <<= 1) {
		if (!(kinds & bit) || !known_key_name(bit)) continue;
		if (bit == KEY_RSA) buf_puts(list, "rsa-sha2-512,rsa-sha2-256,");
		buf_printf(list, "%s,", known_key_name(bit));
	}
	buf_puts(list, a->route->host_key_algorithms ? a->route->host_key_algorithms : "ssh-ed25519,ecdsa-sha2-nistp256");
}

static bool prepare(const struct ssh_login *l, LIBSSH2_SESSION *ssh, struct err *e)
{
	struct auth *a = auth_of(l);
	const struct ssh_route *r = a->route;
	struct buf keys = { 0 };
	a->final = true;
	if (!a->known) a->known = ssh_keyring_known(a->keyring, r, e);
	if (!a->known) return false;
	host_key_list(a, &keys);
	bool ok = prefer(ssh, LIBSSH2_METHOD_HOSTKEY, keys.p, "kind of host key", e) && prefer(ssh, LIBSSH2_METHOD_KEX, r->kex_algorithms, "key exchange", e) &&
		  prefer(ssh, LIBSSH2_METHOD_CRYPT_CS, r->ciphers, "cipher", e) && prefer(ssh, LIBSSH2_METHOD_CRYPT_SC, r->ciphers, "cipher", e) &&
		  prefer(ssh, LIBSSH2_METHOD_MAC_CS, r->macs, "MAC", e) && prefer(ssh, LIBSSH2_METHOD_MAC_SC, r->macs, "MAC", e);
	buf_free(&keys);
	a->final = !ok;
	return ok;
}

/* ---- after it: whose key is it */

static bool trust(const struct ssh_login *l, LIBSSH2_SESSION *ssh, struct err *e)
{
	struct auth *a = auth_of(l);
	struct str key = { 0 };
	int kind;
	key.p = libssh2_session_hostkey(ssh, &key.n, &kind);
	if (!key.p) return err_set(e, IRS_FAILED, NULL, "the server showed no host key");
	struct known_host h = known_hosts_look(a->known, &a->query, key);
	if (h.state == HOST_TRUSTED) return true;
	a->final = true;
	return known_host_error(e, a->route, &a->query, &h, key);
}

/* ---- logging in */

static void attempt_free(struct attempt *t)
{
	ssh_keyring_forget(t->auth->keyring, t);
	ssh_signing_free(t->signing);
	buf_free(&t->blob);
	buf_free(&t->refused);
	buf_free(&t->missing);
	free(t);
}

static void on_signed(void *owner)
{
	struct attempt *t = owner;
	t->wake(t->owner);
}

static bool is_rsa(struct str blob) { return blob.n > 11 && !memcmp(blob.p, "\0\0\0\7ssh-rsa", 11); }

/* libssh2 asks for a signature; while the agent thinks, it is told to ask again. */
static int sign(LIBSSH2_SESSION *ssh, unsigned char **to, size_t *n, const unsigned char *data, size_t size, void **abstract)
{
	struct attempt *t = *abstract;
	const struct ssh_signature *s;
	(void)ssh;
	if (!t->signing)
		t->signing = ssh_agent_sign(t->offer.agent, t->offer.blob, (struct str){ (const char *)data, size }, is_rsa(t->offer.blob) ? AGENT_RSA_SHA2_512 : 0,
		                            SIGN_NS, on_signed, t);
	if (!ssh_signing_over(t->signing)) return LIBSSH2_ERROR_EAGAIN;
	s = ssh_signing_result(t->signing, NULL);
	*to = s ? malloc(s->bytes.n ? s->bytes.n : 1) : NULL;
	if (!*to) return LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED;
	memcpy(*to, s->bytes.p, s->bytes.n);
	*n = s->bytes.n;
	return 0;
}

/* libssh2 names the signature's algorithm by the key's kind, and ssh-rsa would be SHA-1, which servers refuse. */
static void present(struct attempt *t)
{
	static const char sha2[] = "\0\0\0\14rsa-sha2-512";
	buf_clear(&t->blob);
	if (is_rsa(t->offer.blob)) {
		buf_add(&t->blob, sha2, sizeof sha2 - 1);
		buf_add(&t->blob, t->offer.blob.p + 11, t->offer.blob.n - 11);
	} else {
		buf_str(&t->blob, t->offer.blob);
	}
}

static void on_found(void *owner, const struct ssh_offers *offers)
{
	struct attempt *t = owner;
	t->have = t->seen < offers->n;
	t->all = offers->all;
	if (t->have) t->offer = offers->at[t->seen++];
	buf_clear(&t->missing);
	buf_puts(&t->missing, offers->missing);
	t->at = ATTEMPT_OFFERING;
	if (t->have) present(t);
	t->wake(t->owner);
}

static enum ssh_step next_offer(struct attempt *t)
{
	t->at = ATTEMPT_FINDING;
	ssh_keyring_find(t->auth->keyring, t->auth->route, t->seen, on_found, t);
	return SSH_STEP_AGAIN;
}

static enum ssh_step refuse(struct auth *a, struct attempt *t, struct err *e)
{
	a->final = true;
	if (t->refused.n) err_set(e, IRS_FAILED, NULL, "it lets %s in by none of these keys: %s", a->route->user, t->refused.p);
	else err_set(e, IRS_FAILED, NULL, "there is no key to log in as %s%s%s", a->route->user, t->missing.n ? ": " : "", t->missing.n ? t->missing.p : "");
	err_remedy(e, "see what `ssh -v %s true` says; keys come from the agent and from IdentityFile", a->route->name);
	return SSH_STEP_FAILED;
}

static enum ssh_step ask_methods(struct auth *a, struct attempt *t, LIBSSH2_SESSION *ssh, struct err *e)
{
	const char *user = a->route->user;
	const char *methods = libssh2_userauth_list(ssh, user, (unsigned)strlen(user));
	if (!methods && libssh2_userauth_authenticated(ssh)) return SSH_STEP_DONE;
	if (!methods && libssh2_session_last_errno(ssh) == LIBSSH2_ERROR_EAGAIN) return SSH_STEP_AGAIN;
	if (!methods) return err_set(e, IRS_FAILED, NULL, "the login failed: %s", said(ssh)), SSH_STEP_FAILED;
	if (strstr(methods, "publickey")) return next_offer(t);
	a->final = true;
	err_set(e, IRS_FAILED, NULL, "it lets %s in by %s only, not by a key", user, methods);
	err_remedy(e, "let it take public keys, or reach it by `irs_transport: exec` and a live ControlMaster: `irs_exec: ssh -T {name} sh`");
	return SSH_STEP_FAILED;
}

static void note_refused(struct attempt *t)
{
	char print[FINGERPRINT_MAX];
	known_key_fingerprint(print, t->offer.blob);
	buf_printf(&t->refused, "%s%s (%s)", t->refused.n ? ", " : "", print, t->offer.from);
}

static enum ssh_step offer(struct auth *a, struct attempt *t, LIBSSH2_SESSION *ssh, struct err *e)
{
	void *abstract = t;
	int r;
	if (!t->have) return refuse(a, t, e);
	r = libssh2_userauth_publickey(ssh, a->route->user, (const unsigned char *)t->blob.p, t->blob.n, sign, &abstract);
	if (r == LIBSSH2_ERROR_EAGAIN) return SSH_STEP_AGAIN;
	ssh_signing_free(t->signing);
	t->signing = NULL;
	if (!r) {
		ssh_keyring_worked(a->keyring, t->offer.blob);
		return SSH_STEP_DONE;
	}
	note_refused(t);
	if (r != LIBSSH2_ERROR_AUTHENTICATION_FAILED && r != LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED) {
		err_set(e, IRS_FAILED, NULL, "the server ended the login after %zu key%s: %s", t->seen, t->seen == 1 ? "" : "s", said(ssh));
		err_remedy(e, "name the right key for this host: IdentityFile and `IdentitiesOnly yes` in ssh's configuration");
		a->final = t->seen >= MAX_TRIES;
		return SSH_STEP_FAILED;
	}
	return next_offer(t);
}

static enum ssh_step authenticate(const struct ssh_login *l, LIBSSH2_SESSION *ssh, void **state, void (*wake)(void *owner), void *owner, struct err *e)
{
	struct auth *a = auth_of(l);
	struct attempt *t = *state;
	if (!t) {
		t = *state = calloc(1, sizeof *t);
		if (!t) abort();
		*t = (struct attempt){ .auth = a, .wake = wake, .owner = owner };
	}
	enum ssh_step step = t->at == ATTEMPT_ASKING ? ask_methods(a, t, ssh, e) : t->at == ATTEMPT_FINDING ? SSH_STEP_AGAIN : offer(a, t, ssh, e);
	if (step != SSH_STEP_AGAIN) attempt_free(t);
	return step;
}

static void forget(const struct ssh_login *l, void *state)
{
	(void)l;
	attempt_free(state);
}

/* ---- its life */

struct ssh_login *ssh_auth_new(const struct ssh_route *r, struct ssh_keyring *k)
{
	struct auth *a = calloc(1, sizeof *a);
	if (!a) abort();
	*a = (struct auth){ .login = { prepare, trust, authenticate, forget }, .route = r, .keyring = k, .query = { .host = r->host, .alias = r->host_key_alias, .port = r->port } };
	return &a->login;
}

bool ssh_auth_final(const struct ssh_login *l) { return auth_of(l)->final; }

void ssh_auth_free(struct ssh_login *l) { free(l ? auth_of(l) : NULL); }
