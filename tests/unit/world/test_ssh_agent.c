/* ssh_agent: with OpenSSH's agent, and with agents that lie. */
#include "ssh.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <sodium.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "../../../src/world/ssh_agent.h"
#include "../../../src/world/ssh_agent_wire.h"

static const int64_t SECOND = 1000000000;

/* ---- a real agent */

static pid_t agent_start(struct ssh_rig *g, const char *socket)
{
	char *said = rig_output(g, NULL, "ssh-agent -s -a %s", socket), *at = strstr(said, "SSH_AGENT_PID=");
	assert_non_null(at);
	return (pid_t)strtol(at + 14, NULL, 10);
}

static void agent_stop(pid_t pid, const char *socket)
{
	kill(pid, SIGTERM);
	while (!access(socket, F_OK)) usleep(2000);
}

static void add_key(struct ssh_rig *g, const char *socket, const char *name, const char *options)
{
	rig_output(g, NULL, "cd %s && ssh-keygen -q %s -N '' -C 'the %s' -f %s && SSH_AUTH_SOCK=%s ssh-add -q %s 2>&1", g->dir, options, name, name, socket, name);
}

struct listed {
	struct ssh_rig *rig;
	bool listed;
	size_t n;
	struct str blob[8];
	char kind[8][64], comment[8][64];
	struct err error;
};

static void on_listed(void *owner, const struct ssh_agent_keys *keys, const struct err *e)
{
	struct listed *l = owner;
	l->listed = keys != NULL;
	l->error = e ? *e : (struct err){ 0 };
	l->n = keys ? keys->n : 0;
	for (size_t i = 0; i < l->n && i < 8; i++) {
		const struct ssh_agent_key *k = &keys->at[i];
		l->blob[i] = (struct str){ arena_memdup(l->rig->arena, k->blob.p, k->blob.n), k->blob.n };
		snprintf(l->kind[i], 64, "%.*s", STR_ARG(k->kind));
		snprintf(l->comment[i], 64, "%.*s", STR_ARG(k->comment));
	}
	rig_answered(l->rig);
}

static void list(struct ssh_rig *g, struct ssh_agent *a, struct listed *l, int64_t timeout)
{
	*l = (struct listed){ .rig = g };
	g->left++;
	ssh_agent_list(a, timeout, on_listed, l);
	rig_await(g);
}

static void on_signed(void *owner) { rig_answered(owner); }

static struct ssh_signing *sign(struct ssh_rig *g, struct ssh_agent *a, struct str blob, struct str data, unsigned flags, int64_t timeout)
{
	g->left++;
	struct ssh_signing *s = ssh_agent_sign(a, blob, data, flags, timeout, on_signed, g);
	assert_false(ssh_signing_over(s));
	rig_await(g);
	assert_true(ssh_signing_over(s));
	return s;
}

/* By libcrypto, with the public key as ssh-keygen converts it. */
static void expect_rsa(struct ssh_rig *g, const char *name, const EVP_MD *digest, const struct ssh_signature *s, struct str data)
{
	FILE *f = popen(arena_printf(g->arena, "ssh-keygen -e -m PKCS8 -f %s/%s.pub", g->dir, name), "r");
	EVP_PKEY *key = PEM_read_PUBKEY(f, NULL, NULL, NULL);
	EVP_MD_CTX *c = EVP_MD_CTX_new();
	pclose(f);
	assert_non_null(key);
	assert_int_equal(EVP_DigestVerifyInit(c, NULL, digest, NULL, key), 1);
	assert_int_equal(EVP_DigestVerify(c, (const unsigned char *)s->bytes.p, s->bytes.n, (const unsigned char *)data.p, data.n), 1);
	EVP_MD_CTX_free(c);
	EVP_PKEY_free(key);
}

static void an_agent_lists_and_signs(void **state)
{
	struct ssh_rig g;
	struct listed l;
	struct err e = { 0 };
	static const struct str data = STR("what is to be signed");
	(void)state;
	ssh_rig_new(&g);
	const char *socket = rig_path(&g, "agent");
	pid_t pid = agent_start(&g, socket);
	struct ssh_agent *a = ssh_agent_new(g.loop, socket);
	list(&g, a, &l, 20 * SECOND);
	assert_true(l.listed);
	assert_int_equal(l.n, 0);
	assert_string_equal(l.error.what, "the agent has no keys");
	assert_non_null(strstr(l.error.remedy, "ssh-add"));

	add_key(&g, socket, "ed", "-t ed25519");
	add_key(&g, socket, "rsa", "-t rsa -b 2048");
	add_key(&g, socket, "ec", "-t ecdsa -b 384");
	list(&g, a, &l, 20 * SECOND);
	assert_string_equal(l.error.what, "");
	assert_int_equal(l.n, 3);
	assert_string_equal(l.kind[0], "ssh-ed25519");
	assert_string_equal(l.comment[0], "the ed");
	assert_string_equal(l.kind[1], "ssh-rsa");
	assert_string_equal(l.kind[2], "ecdsa-sha2-nistp384");

	struct ssh_signing *s = sign(&g, a, l.blob[0], data, 0, 20 * SECOND);
	const struct ssh_signature *r = ssh_signing_result(s, &e);
	assert_true(str_eq(r->format, STR("ssh-ed25519")));
	assert_int_equal(r->bytes.n, crypto_sign_BYTES);
	/* The blob ends with the public key itself. */
	assert_int_equal(crypto_sign_verify_detached((const unsigned char *)r->bytes.p, (const unsigned char *)data.p, data.n,
	                                             (const unsigned char *)l.blob[0].p + l.blob[0].n - crypto_sign_PUBLICKEYBYTES), 0);
	ssh_signing_free(s);

	s = sign(&g, a, l.blob[1], data, AGENT_RSA_SHA2_512, 20 * SECOND);
	r = ssh_signing_result(s, &e);
	assert_true(str_eq(r->format, STR("rsa-sha2-512")));
	expect_rsa(&g, "rsa", EVP_sha512(), r, data);
	ssh_signing_free(s);
	s = sign(&g, a, l.blob[1], data, AGENT_RSA_SHA2_256, 20 * SECOND);
	r = ssh_signing_result(s, &e);
	assert_true(str_eq(r->format, STR("rsa-sha2-256")));
	expect_rsa(&g, "rsa", EVP_sha256(), r, data);
	ssh_signing_free(s);
	s = sign(&g, a, l.blob[2], data, 0, 20 * SECOND);
	assert_true(str_eq(ssh_signing_result(s, &e)->format, STR("ecdsa-sha2-nistp384")));
	ssh_signing_free(s);

	ssh_agent_free(a);
	agent_stop(pid, socket);
	ssh_rig_free(&g);
}

static void many_requests_share_one_connection(void **state)
{
	enum { MANY = 200 };
	struct ssh_rig g;
	struct listed l;
	struct err e;
	struct ssh_signing *s[MANY];
	unsigned char data[MANY][32];
	(void)state;
	ssh_rig_new(&g);
	const char *socket = rig_path(&g, "agent");
	pid_t pid = agent_start(&g, socket);
	add_key(&g, socket, "ed", "-t ed25519");
	struct ssh_agent *a = ssh_agent_new(g.loop, socket);
	list(&g, a, &l, 20 * SECOND);
	for (int i = 0; i < MANY; i++) {
		randombytes_buf(data[i], sizeof data[i]);
		s[i] = ssh_agent_sign(a, l.blob[0], (struct str){ (char *)data[i], sizeof data[i] }, 0, 60 * SECOND, i % 10 == 3 ? NULL : on_signed, &g);
		if (i % 10 != 3) g.left++;
	}
	/* Some are given up: their answers must not be taken for those of others. */
	for (int i = 3; i < MANY; i += 10) ssh_signing_free(s[i]);
	rig_await(&g);
	for (int i = 0; i < MANY; i++) {
		if (i % 10 == 3) continue;
		const struct ssh_signature *r = ssh_signing_result(s[i], &e);
		assert_non_null(r);
		assert_int_equal(crypto_sign_verify_detached((const unsigned char *)r->bytes.p, data[i], sizeof data[i],
		                                             (const unsigned char *)l.blob[0].p + l.blob[0].n - crypto_sign_PUBLICKEYBYTES), 0);
		ssh_signing_free(s[i]);
	}
	ssh_agent_free(a);
	agent_stop(pid, socket);
	ssh_rig_free(&g);
}

static void an_agent_that_came_back_is_found(void **state)
{
	struct ssh_rig g;
	struct listed l;
	(void)state;
	ssh_rig_new(&g);
	const char *socket = rig_path(&g, "agent");
	pid_t pid = agent_start(&g, socket);
	struct ssh_agent *a = ssh_agent_new(g.loop, socket);
	list(&g, a, &l, 20 * SECOND);
	assert_true(l.listed);
	agent_stop(pid, socket);
	list(&g, a, &l, 20 * SECOND);
	assert_false(l.listed);
	assert_string_equal(l.error.what, "no agent is running there");
	assert_string_equal(l.error.where, socket);
	pid = agent_start(&g, socket);
	add_key(&g, socket, "ed", "-t ed25519");
	list(&g, a, &l, 20 * SECOND);
	assert_int_equal(l.n, 1);
	/* Gone and back between two requests: the connection that is dead now is noticed. */
	agent_stop(pid, socket);
	pid = agent_start(&g, socket);
	list(&g, a, &l, 20 * SECOND);
	assert_true(l.listed);
	ssh_agent_free(a);
	agent_stop(pid, socket);
	ssh_rig_free(&g);
}

static void a_locked_agent_says_so(void **state)
{
	struct ssh_rig g;
	struct listed l, locked;
	struct err e;
	(void)state;
	ssh_rig_new(&g);
	const char *socket = rig_path(&g, "agent");
	pid_t pid = agent_start(&g, socket);
	add_key(&g, socket, "ed", "-t ed25519");
	struct ssh_agent *a = ssh_agent_new(g.loop, socket);
	list(&g, a, &l, 20 * SECOND);
	const char *askpass = rig_file(&g, "askpass", "#!/bin/sh\necho secret\n");
	chmod(askpass, 0700);
	rig_output(&g, NULL, "SSH_ASKPASS=%s SSH_ASKPASS_REQUIRE=force SSH_AUTH_SOCK=%s setsid ssh-add -x 2>&1", askpass, socket);
	list(&g, a, &locked, 20 * SECOND);
	assert_string_equal(locked.error.what, "the agent has no keys");
	assert_non_null(strstr(locked.error.remedy, "ssh-add -X"));
	struct ssh_signing *s = sign(&g, a, l.blob[0], STR("x"), 0, 20 * SECOND);
	assert_null(ssh_signing_result(s, &e));
	assert_string_equal(e.what, "the agent refused to sign with the key: is it locked?");
	ssh_signing_free(s);
	ssh_agent_free(a);
	agent_stop(pid, socket);
	ssh_rig_free(&g);
}

static void no_agent_is_an_error(void **state)
{
	struct ssh_rig g;
	struct listed l;
	struct err e;
	char lng[300];
	(void)state;
	ssh_rig_new(&g);
	memset(lng, 'x', sizeof lng - 1);
	lng[0] = '/';
	lng[sizeof lng - 1] = 0;
	const char *const sockets[] = { NULL, "", rig_path(&g, "none"), rig_file(&g, "file", ""), lng };
	const char *const what[] = { "SSH_AUTH_SOCK is not set", "SSH_AUTH_SOCK is not set", "no agent is running there", "no agent is running there", "can't be reached: name too long" };
	for (int i = 0; i < 5; i++) {
		struct ssh_agent *a = ssh_agent_new(g.loop, sockets[i]);
		list(&g, a, &l, 20 * SECOND);
		assert_false(l.listed);
		if (!strstr(l.error.what, what[i])) fail_msg("%d: %s", i, l.error.what);
		assert_true(l.error.remedy[0]);
		struct ssh_signing *s = sign(&g, a, STR("k"), STR("d"), 0, 20 * SECOND);
		assert_null(ssh_signing_result(s, &e));
		ssh_signing_free(s);
		ssh_agent_free(a);
	}
	ssh_rig_free(&g);
}

/* ---- agents that lie */

/* Answers every request with `reply`, `chunk` bytes at a time, then closes if `then_close`. Forks; ends by SIGKILL. */
static pid_t liar_start(const char *path, const char *reply, size_t n, size_t chunk, bool then_close)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	strcpy(at.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(fd, 16), 0);
	pid_t pid = fork();
	if (pid) {
		close(fd);
		return pid;
	}
	for (;;) {
		char request[4096];
		int c = accept(fd, NULL, NULL);
		while (read(c, request, sizeof request) > 0) {
			for (size_t i = 0; i < n; i += chunk) {
				if (write(c, reply + i, n - i < chunk ? n - i : chunk) < 0) break;
				usleep(200);
			}
			if (then_close) break;
		}
		close(c);
	}
}

static void liar_stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

struct lie {
	const char *what, *reply;
	size_t n;
	bool then_close;
	const char *list, *sign; /* the errors; NULL: it is no lie */
};

#define REPLY(s) s, sizeof(s) - 1
#define ODD "the agent's answer makes no sense"

static const struct lie lies[] = {
	{ "length 0", REPLY("\0\0\0\0"), false, ODD ": its length is wrong", ODD ": its length is wrong" },
	{ "256 KiB and one", REPLY("\0\4\0\1\5"), false, ODD ": its length is wrong", ODD ": its length is wrong" },
	{ "4 GiB", REPLY("\377\377\377\377\5"), false, ODD ": its length is wrong", ODD ": its length is wrong" },
	{ "nothing, and closes", REPLY(""), true, "the agent went away before it answered", "the agent went away before it answered" },
	{ "half a length", REPLY("\0\0"), true, "the agent went away before it answered", "the agent went away before it answered" },
	{ "half an answer", REPLY("\0\0\0\12\14\0\0"), true, "the agent went away before it answered", "the agent went away before it answered" },
	{ "refuses", REPLY("\0\0\0\1\5"), false, "the agent refused to list its keys: is it locked?", "the agent refused to sign with the key: is it locked?" },
	{ "refuses, another way", REPLY("\0\0\0\1\36"), false, "the agent refused to list its keys: is it locked?", "the agent refused to sign with the key: is it locked?" },
	{ "another answer", REPLY("\0\0\0\1\6"), false, ODD, ODD },
	{ "no number of keys", REPLY("\0\0\0\3\14\0\0"), false, ODD, ODD },
	{ "a billion keys", REPLY("\0\0\0\5\14\100\0\0\0"), false, ODD, ODD },
	{ "a blob beyond the end", REPLY("\0\0\0\15\14\0\0\0\1\0\0\0\5\1\2\3\4"), false, ODD, ODD },
	{ "no comment", REPLY("\0\0\0\17\14\0\0\0\1\0\0\0\6\0\0\0\2hi"), false, ODD, ODD },
	{ "a kind beyond its blob", REPLY("\0\0\0\23\14\0\0\0\1\0\0\0\6\0\0\0\3hi\0\0\0\0"), false, ODD, ODD },
	{ "more behind", REPLY("\0\0\0\6\14\0\0\0\0x"), false, ODD, ODD },
	{ "a signature beyond its end", REPLY("\0\0\0\11\16\0\0\0\5abcd"), false, ODD, ODD },
	{ "a signature without its bytes", REPLY("\0\0\0\13\16\0\0\0\6\0\0\0\2hi"), false, ODD, ODD },
	{ "a signature by SHA-1", REPLY("\0\0\0\24\16\0\0\0\17\0\0\0\7ssh-rsa\0\0\0\0"), false, ODD, "the agent signs with RSA keys by SHA-1 only, which hosts refuse" },
	{ "a good signature", REPLY("\0\0\0\21\16\0\0\0\14\0\0\0\2hi\0\0\0\2xy"), false, ODD, NULL },
	{ "good keys", REPLY("\0\0\0\24\14\0\0\0\1\0\0\0\6\0\0\0\2hi\0\0\0\1c"), false, NULL, ODD },
};

static void expect_error(const char *what, const char *expected, const char *got)
{
	if (strcmp(expected ? expected : "", got)) fail_msg("%s: «%s»", what, got);
}

static void lies_are_seen_through(void **state)
{
	struct ssh_rig g;
	struct listed l;
	(void)state;
	ssh_rig_new(&g);
	for (size_t i = 0; i < sizeof lies / sizeof *lies; i++)
		for (size_t chunk = 1; chunk <= 4096; chunk *= 4096) {
			const struct lie *t = &lies[i];
			struct err e = { 0 };
			const char *socket = rig_path(&g, arena_printf(g.arena, "liar%zu.%zu", i, chunk));
			pid_t pid = liar_start(socket, t->reply, t->n, chunk, t->then_close);
			struct ssh_agent *a = ssh_agent_new(g.loop, socket);
			list(&g, a, &l, 20 * SECOND);
			expect_error(t->what, t->list, l.error.what);
			struct ssh_signing *s = sign(&g, a, STR("k"), STR("d"), AGENT_RSA_SHA2_512, 20 * SECOND);
			if (ssh_signing_result(s, &e)) assert_null(t->sign);
			expect_error(t->what, t->sign, e.what);
			ssh_signing_free(s);
			ssh_agent_free(a);
			liar_stop(pid);
		}
	ssh_rig_free(&g);
}

static void stop(void *loop) { loop_stop(loop); }

/* It says nothing at all: each of two requests ends by its own deadline, though the second waits behind the first. */
static void silence_ends(void **state)
{
	struct ssh_rig g;
	struct listed l = { .rig = &g };
	struct err e;
	(void)state;
	ssh_rig_new(&g);
	pid_t pid = liar_start(rig_path(&g, "liar"), "", 0, 1, false);
	struct ssh_agent *a = ssh_agent_new(g.loop, rig_path(&g, "liar"));
	g.left = 2;
	ssh_agent_list(a, SECOND / 20, on_listed, &l);
	struct ssh_signing *s = ssh_agent_sign(a, STR("k"), STR("d"), 0, SECOND / 5, on_signed, &g);
	rig_await(&g);
	assert_string_equal(l.error.what, "the agent did not answer in time");
	assert_null(ssh_signing_result(s, &e));
	assert_string_equal(e.what, "the agent did not answer in time");
	ssh_signing_free(s);
	/* Left in the middle. */
	s = ssh_agent_sign(a, STR("k"), STR("d"), 0, 60 * SECOND, on_signed, &g);
	ssh_agent_list(a, 60 * SECOND, on_listed, &l);
	loop_after(g.loop, SECOND / 50, stop, g.loop);
	loop_run(g.loop);
	ssh_signing_free(s);
	ssh_agent_free(a);
	liar_stop(pid);
	ssh_rig_free(&g);
}

static void too_much_to_sign_is_an_error(void **state)
{
	struct ssh_rig g;
	struct err e;
	(void)state;
	ssh_rig_new(&g);
	char *much = calloc(1, AGENT_MESSAGE_MAX);
	struct ssh_agent *a = ssh_agent_new(g.loop, rig_path(&g, "none"));
	struct ssh_signing *s = sign(&g, a, STR("k"), (struct str){ much, AGENT_MESSAGE_MAX - 10 }, 0, SECOND);
	assert_null(ssh_signing_result(s, &e));
	assert_string_equal(e.what, "there is more to sign than an agent takes");
	ssh_signing_free(s);
	s = ssh_agent_sign(a, STR("k"), (struct str){ much, AGENT_MESSAGE_MAX }, 0, SECOND, on_signed, &g);
	ssh_signing_free(s);
	ssh_agent_free(a);
	free(much);
	ssh_rig_free(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_agent_lists_and_signs),
		cmocka_unit_test(many_requests_share_one_connection),
		cmocka_unit_test(an_agent_that_came_back_is_found),
		cmocka_unit_test(a_locked_agent_says_so),
		cmocka_unit_test(no_agent_is_an_error),
		cmocka_unit_test(lies_are_seen_through),
		cmocka_unit_test(silence_ends),
		cmocka_unit_test(too_much_to_sign_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
