/* known_hosts: against what ssh-keygen finds in the same files, and what ssh itself wrote. */
#include "ssh.h"

#include <sodium.h>

#include "../../../src/world/host_pattern.h"
#include "../../../src/world/known_hosts.h"
#include "../../../src/world/sha1.h"

enum { KEYS = 6 };
static const char *const key_options[KEYS] = { "-t ed25519", "-t ed25519", "-t ecdsa -b 256", "-t ecdsa -b 521", "-t rsa -b 2048", "-t rsa -b 2048" };

struct keys {
	struct ssh_rig rig;
	char *text[KEYS]; /* "type base64" */
	struct str blob[KEYS];
};

static struct str decode(struct arena *a, const char *text)
{
	size_t n = strlen(text), got;
	unsigned char *p = arena_alloc(a, n + 1);
	assert_int_equal(sodium_base642bin(p, n, text, n, NULL, &got, NULL, sodium_base64_VARIANT_ORIGINAL), 0);
	return (struct str){ (char *)p, got };
}

static void keys_new(struct keys *k)
{
	ssh_rig_new(&k->rig);
	for (int i = 0; i < KEYS; i++) {
		k->text[i] = rig_output(&k->rig, NULL, "ssh-keygen -q %s -N '' -f %s/k%d && cut -d' ' -f1,2 %s/k%d.pub", key_options[i], k->rig.dir, i, k->rig.dir, i);
		k->text[i][strcspn(k->text[i], "\n")] = 0;
		k->blob[i] = decode(k->rig.arena, strchr(k->text[i], ' ') + 1);
	}
}

static struct known_hosts *load(struct keys *k, struct known_hosts_files *f, const char *path)
{
	struct err e = { 0 };
	const char *const *list = arena_memdup(k->rig.arena, &path, sizeof path);
	struct ssh_route r = { .name = "x", .user_known_hosts = { list, 1 } };
	struct known_hosts *h = known_hosts_load(f, &r, &e);
	if (!h) fail_msg("%s: %s", e.where, e.what);
	return h;
}

/* ---- against ssh-keygen -F */

/* What the lines say that `ssh-keygen -F` finds for a name. */
static enum known_host_state state_by_keygen(char *found, const char *key, unsigned *kinds)
{
	enum known_host_state s = HOST_UNKNOWN;
	bool revoked = false;
	*kinds = 0;
	for (char *line = strtok(found, "\n"); line; line = strtok(NULL, "\n")) {
		char type[64], names[4096], *at = strstr(line, key);
		size_t n = strcspn(key, " ");
		if (*line == '#') continue;
		if (strncmp(line, "@cert-authority", 15) == 0) continue;
		if (strncmp(line, "@revoked", 8) == 0) {
			revoked |= at != NULL;
			continue;
		}
		assert_int_equal(sscanf(line, "%4095s %63s", names, type), 2);
		*kinds |= known_key_of_name(str_of(type));
		if (at) s = HOST_TRUSTED;
		else if (s != HOST_TRUSTED && strlen(type) == n && strncmp(type, key, n) == 0) s = HOST_CHANGED;
	}
	return revoked ? HOST_REVOKED : s;
}

static void check_against_keygen(struct keys *k, const char *path)
{
	static const char *const names[] = { "plain", "PLAIN", "two", "three", "10.0.0.1", "a.example.com", "B.Example.com", "bad.example.com", "[a.example.com]:2222", "[ported]:2222",
		                             "ported", "q1", "q12", "any.lab", "not.lab", "revoked", "authority", "hash1", "hash2", "HASH1", "nowhere", "::1", "[::1]:22", "both" };
	struct known_hosts_files *f = known_hosts_files_new();
	struct known_hosts *h = load(k, f, path);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		for (int key = 0; key < KEYS; key++) {
			int status;
			unsigned kinds;
			/* ssh looks for a name in lower case; ssh-keygen takes it as it is. */
			char *name = arena_strdup(k->rig.arena, names[i]);
			for (char *p = name; *p; p++) *p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
			enum known_host_state expected = state_by_keygen(rig_output(&k->rig, &status, "ssh-keygen -F '%s' -f '%s'", name, path), k->text[key], &kinds);
			struct known_host_query q = { .alias = names[i], .host = "unused", .port = 2222 };
			struct known_host found = known_hosts_look(h, &q, k->blob[key]);
			if (found.state != expected) fail_msg("%s, key %d: %d instead of %d", names[i], key, found.state, expected);
			if (expected != HOST_TRUSTED) assert_int_equal(found.kinds, kinds);
			unsigned offered = known_hosts_kinds(h, &q);
			assert_true(kinds ? offered && !(offered & ~kinds) : !offered);
		}
	known_hosts_files_free(f);
}

static const char *everything(struct keys *k)
{
	char **t = k->text;
	char *lng = arena_alloc(k->rig.arena, 300001);
	memset(lng, 'x', 300000);
	return arena_printf(k->rig.arena,
	                    "# a comment\n\n   \t\nplain %s a comment here\nplain %s\ntwo,three,10.0.0.1\t%s\n*.example.com,!bad.example.com %s\n"
	                    "[ported]:2222 %s\nq? %s\n*.lab,!not.lab %s\n@revoked * %s\n@revoked revoked %s\nrevoked %s\n@cert-authority * %s\n"
	                    "@cert-authority authority %s\nno-key\nbad ssh-ed25519 AAAA\nbad ssh-rsa %s\nold 1024 35 12345\n@unknown x %s\n%s %s\n|1|broken %s\n|1|AAAA|AAAA %s\n"
	                    "both %s\nboth %s\nboth %s\r\n  plain %s\n,,empty,, %s\n*?*,*!* %s",
	                    t[0], t[4], t[2], t[0], t[3], t[0], t[4], t[1], t[0], t[0], t[0], t[4], strchr(t[0], ' ') + 1, t[0], lng, t[0], t[0], t[0], t[0], t[2], t[5], t[3], t[0], t[0]);
}

static void what_is_found_is_what_keygen_finds(void **state)
{
	struct keys k;
	(void)state;
	keys_new(&k);
	const char *path = rig_file(&k.rig, "known_hosts", everything(&k));
	check_against_keygen(&k, path);
	struct known_hosts_files *f = known_hosts_files_new();
	struct known_hosts *h = load(&k, f, path);
	assert_int_equal(known_hosts_skipped(h), 7);
	assert_int_equal(known_hosts_authorities(h), 2);
	known_hosts_files_free(f);
	ssh_rig_free(&k.rig);
}

static void hashed_names_are_found(void **state)
{
	struct keys k;
	(void)state;
	keys_new(&k);
	char **t = k.text;
	const char *plain = arena_printf(k.rig.arena, "hash1 %s\nhash1 %s\nhash2,10.0.0.1 %s\n[ported]:2222 %s\nplain %s\nnot-hashed %s\n", t[0], t[4], t[1], t[2], t[0], t[0]);
	const char *path = rig_file(&k.rig, "known_hosts", plain);
	rig_output(&k.rig, NULL, "ssh-keygen -q -H -f %s 2>&1 && ! grep -q hash1 %s", path, path);
	rig_output(&k.rig, NULL, "echo 'plain %s' >> %s; l=$(grep '^|1|.*%s' %s | head -n 1); echo \"@revoked $l\" >> %s", t[4], path, t[2], path, path);
	check_against_keygen(&k, path);
	ssh_rig_free(&k.rig);
}

/* ---- ports, aliases, addresses, several files */

static enum known_host_state look(struct known_hosts *h, const char *host, unsigned port, const char *address, struct str key)
{
	return known_hosts_look(h, &(struct known_host_query){ .host = host, .port = port, .address = address }, key).state;
}

static void a_port_of_its_own_comes_first(void **state)
{
	struct keys k;
	(void)state;
	keys_new(&k);
	struct known_hosts_files *f = known_hosts_files_new();
	const char *text = arena_printf(k.rig.arena, "h %s\n[h]:2222 %s\n[other]:2222 %s\ng %s\n", k.text[0], k.text[1], k.text[0], k.text[0]);
	struct known_hosts *h = load(&k, f, rig_file(&k.rig, "known_hosts", text));
	assert_int_equal(look(h, "h", 22, NULL, k.blob[0]), HOST_TRUSTED);
	assert_int_equal(look(h, "H", 22, NULL, k.blob[0]), HOST_TRUSTED);
	assert_int_equal(look(h, "h", 22, NULL, k.blob[1]), HOST_CHANGED);
	assert_int_equal(look(h, "h", 2222, NULL, k.blob[1]), HOST_TRUSTED);
	assert_int_equal(look(h, "h", 2222, NULL, k.blob[0]), HOST_CHANGED);
	assert_int_equal(look(h, "other", 22, NULL, k.blob[0]), HOST_UNKNOWN);
	/* A key that is known without the port is good, another is only unknown. */
	assert_int_equal(look(h, "g", 2222, NULL, k.blob[0]), HOST_TRUSTED);
	assert_int_equal(look(h, "g", 2222, NULL, k.blob[1]), HOST_UNKNOWN);
	assert_int_equal(known_hosts_kinds(h, &(struct known_host_query){ .host = "g", .port = 2222 }), KEY_ED25519);
	known_hosts_files_free(f);
	ssh_rig_free(&k.rig);
}

static void an_address_only_speaks_against_a_key(void **state)
{
	struct keys k;
	(void)state;
	keys_new(&k);
	struct known_hosts_files *f = known_hosts_files_new();
	const char *text = arena_printf(k.rig.arena, "h %s\n10.0.0.1 %s\n10.0.0.2 %s\n@revoked 10.0.0.3 %s\n", k.text[0], k.text[0], k.text[1], k.text[0]);
	struct known_hosts *h = load(&k, f, rig_file(&k.rig, "known_hosts", text));
	assert_int_equal(look(h, "h", 22, "10.0.0.1", k.blob[0]), HOST_TRUSTED);
	assert_int_equal(look(h, "h", 22, "10.0.0.9", k.blob[0]), HOST_TRUSTED);
	assert_int_equal(look(h, "h", 22, "10.0.0.2", k.blob[0]), HOST_CHANGED);
	assert_int_equal(look(h, "h", 22, "10.0.0.3", k.blob[0]), HOST_REVOKED);
	assert_int_equal(look(h, "new", 22, "10.0.0.1", k.blob[0]), HOST_UNKNOWN);
	known_hosts_files_free(f);
	ssh_rig_free(&k.rig);
}

static void files_are_read_once_and_together(void **state)
{
	struct keys k;
	struct err e = { 0 };
	(void)state;
	keys_new(&k);
	struct known_hosts_files *f = known_hosts_files_new();
	const char *user[] = { rig_file(&k.rig, "one", arena_printf(k.rig.arena, "h %s\n", k.text[1])), rig_path(&k.rig, "missing"), rig_path(&k.rig, "one/below-a-file") };
	const char *global[] = { rig_file(&k.rig, "two", arena_printf(k.rig.arena, "\nh %s\nh %s\n", k.text[0], k.text[0])) };
	struct ssh_route r = { .name = "h", .user_known_hosts = { user, 3 }, .global_known_hosts = { global, 1 } };
	struct known_hosts *h = known_hosts_load(f, &r, &e);
	assert_non_null(h);
	assert_ptr_equal(h, known_hosts_load(f, &r, &e));
	struct known_host found = known_hosts_look(h, &(struct known_host_query){ .host = "h", .port = 22 }, k.blob[0]);
	assert_int_equal(found.state, HOST_TRUSTED);
	assert_string_equal(found.file, global[0]);
	assert_int_equal(found.line, 2);
	r.user_known_hosts.n = 0;
	assert_ptr_not_equal(h, known_hosts_load(f, &r, &e));
	/* A directory can't be read, whoever asks. */
	user[0] = k.rig.dir;
	r.user_known_hosts.n = 1;
	assert_null(known_hosts_load(f, &r, &e));
	assert_string_equal(e.where, k.rig.dir);
	assert_non_null(strstr(e.remedy, "UserKnownHostsFile"));
	known_hosts_files_free(f);
	ssh_rig_free(&k.rig);
}

static void keys_in_a_file_of_revoked_ones_are_refused(void **state)
{
	struct keys k;
	struct err e = { 0 };
	(void)state;
	keys_new(&k);
	struct known_hosts_files *f = known_hosts_files_new();
	const char *user[] = { rig_file(&k.rig, "one", arena_printf(k.rig.arena, "h %s\nh %s\n", k.text[0], k.text[4])) };
	struct ssh_route r = { .name = "h", .user_known_hosts = { user, 1 }, .revoked_host_keys = rig_file(&k.rig, "revoked", arena_printf(k.rig.arena, "# x\n\n%s bad one\n", k.text[0])) };
	struct known_hosts *h = known_hosts_load(f, &r, &e);
	assert_int_equal(look(h, "h", 22, NULL, k.blob[0]), HOST_REVOKED);
	assert_int_equal(look(h, "h", 22, NULL, k.blob[4]), HOST_TRUSTED);
	rig_output(&k.rig, NULL, "ssh-keygen -q -k -f %s/krl %s/k0.pub", k.rig.dir, k.rig.dir);
	r.revoked_host_keys = rig_path(&k.rig, "krl");
	assert_null(known_hosts_load(f, &r, &e));
	assert_non_null(strstr(e.what, "binary form"));
	r.revoked_host_keys = rig_path(&k.rig, "absent");
	assert_null(known_hosts_load(f, &r, &e));
	assert_non_null(strstr(e.remedy, "RevokedHostKeys"));
	known_hosts_files_free(f);
	ssh_rig_free(&k.rig);
}

/* ---- what people are told */

static void fingerprints_are_those_of_keygen(void **state)
{
	struct keys k;
	char own[FINGERPRINT_MAX];
	(void)state;
	keys_new(&k);
	for (int i = 0; i < KEYS; i++) {
		char *theirs = rig_output(&k.rig, NULL, "ssh-keygen -l -f %s/k%d.pub | cut -d' ' -f2", k.rig.dir, i);
		theirs[strcspn(theirs, "\n")] = 0;
		known_key_fingerprint(own, k.blob[i]);
		assert_string_equal(own, theirs);
	}
	ssh_rig_free(&k.rig);
}

static const char *command(struct ssh_rig *g, const struct ssh_route *r, const struct known_host_query *q, const struct known_host *h, struct str key)
{
	struct buf b = { 0 };
	known_host_command(&b, r, q, h, key);
	const char *s = arena_strndup(g->arena, b.p ? b.p : "", b.n);
	buf_free(&b);
	return s;
}

static void the_command_is_the_one_to_type(void **state)
{
	struct keys k;
	struct err e = { 0 };
	(void)state;
	keys_new(&k);
	const char *user[] = { "/home/me/.ssh/known_hosts" }, *blank[] = { "/tmp/a b" };
	struct ssh_route r = { .name = "db1", .user_known_hosts = { user, 1 } };
	struct known_host_query q = { .host = "db1.example.com", .port = 22 };
	struct known_host h = { .state = HOST_UNKNOWN };
	struct ssh_rig *g = &k.rig;
	assert_string_equal(command(g, &r, &q, &h, k.blob[0]), "ssh-keyscan -t ed25519 db1.example.com >> /home/me/.ssh/known_hosts");
	q.port = 2222;
	r.hash_known_hosts = true;
	assert_string_equal(command(g, &r, &q, &h, k.blob[4]), "ssh-keyscan -H -t rsa -p 2222 db1.example.com >> /home/me/.ssh/known_hosts");
	q.alias = "the|alias";
	r.user_known_hosts.at = blank;
	assert_string_equal(command(g, &r, &q, &h, k.blob[2]), "ssh-keyscan -t ecdsa -p 2222 db1.example.com | sed 's|^[^ ]*|the|alias|' >> '/tmp/a b'");
	q.alias = NULL;
	r.user_known_hosts.at = user;
	h = (struct known_host){ .state = HOST_CHANGED, .file = "/home/me/.ssh/known_hosts", .line = 7 };
	assert_string_equal(command(g, &r, &q, &h, k.blob[2]), "ssh-keygen -f /home/me/.ssh/known_hosts -R '[db1.example.com]:2222' && ssh-keyscan -H -t ecdsa -p 2222 db1.example.com >> /home/me/.ssh/known_hosts");
	h.for_several = true;
	r.proxy_jump = "gate";
	assert_string_equal(command(g, &r, &q, &h, k.blob[2]), "sed -i 7d /home/me/.ssh/known_hosts && ssh db1 true");
	assert_false(known_host_error(&e, &r, &q, &h, k.blob[2]));
	assert_non_null(strstr(e.what, "has changed: it is ecdsa-sha2-nistp256, SHA256:"));
	assert_non_null(strstr(e.what, "/home/me/.ssh/known_hosts:7 has another"));
	assert_string_equal(e.where, "db1");
	h = (struct known_host){ .state = HOST_UNKNOWN, .kinds = KEY_RSA | KEY_ED25519 };
	known_host_error(&e, &r, &q, &h, k.blob[2]);
	assert_non_null(strstr(e.what, "other kinds are known: ssh-ed25519, ssh-rsa"));
	assert_non_null(strstr(e.remedy, "then: ssh db1 true"));
	h = (struct known_host){ .state = HOST_REVOKED, .file = "/f", .line = 3 };
	known_host_error(&e, &r, &q, &h, k.blob[2]);
	assert_non_null(strstr(e.what, "was revoked: /f:3"));
	assert_string_equal(command(g, &r, &q, &h, k.blob[2]), "");
	ssh_rig_free(&k.rig);
}

/* ---- what ssh itself wrote, by talking to an sshd through pipes */

static void ssh_reads_and_writes_the_same(void **state)
{
	struct keys k;
	int status;
	(void)state;
	keys_new(&k);
	struct ssh_rig *g = &k.rig;
	/* sshd wants /run/sshd, which only a service that was started has. */
	const char *script = rig_file(g, "with-run", "mount -t tmpfs none /run && mkdir -m 755 /run/sshd && exec \"$@\"\n");
	rig_file(g, "sshd_config", arena_printf(g->arena, "HostKey %s/k0\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n", g->dir));
	for (int hash = 0; hash < 2; hash++)
		rig_output(g, &status, "unshare -m sh %s ssh -F none -o BatchMode=yes -o StrictHostKeyChecking=accept-new -o HashKnownHosts=%s -o UserKnownHostsFile=%s/written"
		           " -o ProxyCommand='/usr/sbin/sshd -i -f %s/sshd_config' -p 2222 Host%d true 2>&1", script, hash ? "yes" : "no", g->dir, g->dir, hash);
	rig_output(g, NULL, "test $(wc -l < %s/written) = 2", g->dir);
	struct known_hosts_files *f = known_hosts_files_new();
	struct known_hosts *h = load(&k, f, rig_path(g, "written"));
	for (int hash = 0; hash < 2; hash++) {
		assert_int_equal(look(h, hash ? "Host1" : "Host0", 2222, NULL, k.blob[0]), HOST_TRUSTED);
		assert_int_equal(look(h, hash ? "host1" : "host0", 2222, NULL, k.blob[1]), HOST_CHANGED);
	}
	assert_int_equal(look(h, "host0", 22, NULL, k.blob[0]), HOST_UNKNOWN);
	known_hosts_files_free(f);
	ssh_rig_free(g);
}

/* ---- the parts below */

static void patterns_match_as_in_openssh(void **state)
{
	(void)state;
	assert_true(host_pattern_match(STR("abc"), STR("a*c"), false));
	assert_true(host_pattern_match(STR("ac"), STR("a*c"), false));
	assert_false(host_pattern_match(STR("acd"), STR("a*c"), false));
	assert_true(host_pattern_match(STR(""), STR("*"), false));
	assert_false(host_pattern_match(STR(""), STR("?"), false));
	assert_true(host_pattern_match(STR("a.b.c"), STR("*.?.*"), false));
	assert_false(host_pattern_match(STR("A"), STR("a"), false));
	assert_true(host_pattern_match(STR("A"), STR("a"), true));
	assert_true(host_pattern_list(STR("x"), STR("a,x"), false, NULL));
	assert_false(host_pattern_list(STR("x"), STR("x,!x"), false, NULL));
	assert_false(host_pattern_list(STR("x"), STR("!y"), false, NULL));
	assert_false(host_pattern_list(STR("x"), STR(""), false, NULL));
}

/* RFC 2202, cases 1, 2 and 6. */
static void hmacs_are_those_of_the_rfc(void **state)
{
	static const char *const expected[] = { "b617318655057264e28bc0b6fb378c8ef146be00", "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79", "aa4ae5e15272d00e95705637ce8a3b55ed402112" };
	unsigned char key[3][80], out[SHA1_BYTES];
	static const char *const text[] = { "Hi There", "what do ya want for nothing?", "Test Using Larger Than Block-Size Key - Hash Key First" };
	static const size_t length[] = { 20, 4, 80 };
	char hex[2 * SHA1_BYTES + 1];
	(void)state;
	memset(key[0], 0x0b, 20);
	memcpy(key[1], "Jefe", 4);
	memset(key[2], 0xaa, 80);
	for (int i = 0; i < 3; i++) {
		struct hmac_key k;
		hmac_key_set(&k, key[i], length[i]);
		hmac_sha1(out, &k, text[i], strlen(text[i]));
		assert_string_equal(sodium_bin2hex(hex, sizeof hex, out, sizeof out), expected[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_found_is_what_keygen_finds),
		cmocka_unit_test(hashed_names_are_found),
		cmocka_unit_test(a_port_of_its_own_comes_first),
		cmocka_unit_test(an_address_only_speaks_against_a_key),
		cmocka_unit_test(files_are_read_once_and_together),
		cmocka_unit_test(keys_in_a_file_of_revoked_ones_are_refused),
		cmocka_unit_test(fingerprints_are_those_of_keygen),
		cmocka_unit_test(the_command_is_the_one_to_type),
		cmocka_unit_test(ssh_reads_and_writes_the_same),
		cmocka_unit_test(patterns_match_as_in_openssh),
		cmocka_unit_test(hmacs_are_those_of_the_rfc),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
