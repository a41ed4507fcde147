/*
 * ssh's configuration as text, and its answers. The first byte says which: even, a configuration, whose conditions tell names apart or not; odd,
 * two answers with a NUL between, for two names: what is made of both must give each back.
 */
#include <stdint.h>
#include <stdlib.h>

#include "../../src/world/ssh_answer.h"
#include "../../src/world/ssh_scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void scan(struct arena *a, struct str text)
{
	struct ssh_scan s = { .arena = a, .home = "/nonexistent" };
	struct buf one = { 0 }, other = { 0 };
	ssh_scan_text(&s, text, true, 16); /* no file is included */
	ssh_scan_class(&s, STR("db1.example.com"), &one);
	ssh_scan_class(&s, STR("db1.example.com"), &other);
	if (!str_eq(buf_view(&one), buf_view(&other)) || one.n != (s.conditions.n + 7) / 8) abort();
	buf_free(&one);
	buf_free(&other);
}

static void expect_same(const char *a, const char *b)
{
	if (!a != !b || (a && strcmp(a, b))) abort();
}

static void compare(const struct ssh_route *r, const struct ssh_route *q)
{
	expect_same(r->host, q->host);
	expect_same(r->user, q->user);
	expect_same(r->control_path, q->control_path);
	expect_same(r->proxy_jump, q->proxy_jump);
	expect_same(r->proxy_command, q->proxy_command);
	expect_same(r->host_key_alias, q->host_key_alias);
	if (r->port != q->port || r->user_known_hosts.n != q->user_known_hosts.n) abort();
}

static void merge(struct arena *a, struct str text)
{
	struct ssh_me me = { .home = "/h", .user = "u", .here = "m" };
	struct err e;
	const char *nul = text.n ? memchr(text.p, 0, text.n) : NULL;
	if (!nul) return;
	size_t n = (size_t)(nul - text.p);
	struct ssh_answer *one = ssh_answer_read(a, (struct str){ text.p, n }, &e), *other = ssh_answer_read(a, (struct str){ nul + 1, text.n - n - 1 }, &e);
	if (!one || !other) return;
	struct ssh_answer *t = ssh_answer_merge(a, &me, one, "db1", other, "web");
	if (!t) return;
	compare(ssh_answer_route(a, &me, t, "db1"), ssh_answer_route(a, &me, one, "db1"));
	compare(ssh_answer_route(a, &me, t, "web"), ssh_answer_route(a, &me, other, "web"));
	ssh_answer_fits(a, t, "third");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size || size > 1 << 16) return 0;
	struct arena *a = arena_new(0);
	struct str rest = { (const char *)data + 1, size - 1 };
	if (*data % 2) merge(a, rest);
	else scan(a, rest);
	arena_free(a);
	return 0;
}
