/* ssh_config: what a class is told equals what `ssh -G` says of each name. */
#include "ssh.h"

#include "../../../src/world/ssh_answer.h"
#include "../../../src/world/ssh_config.h"
#include "../../../src/world/ssh_scan.h"

enum { MOST = 64 };

struct answers {
	struct ssh_rig *rig;
	const struct ssh_route *route[1024];
	struct err error[MOST];
	size_t n;
};

static void on_found(void *owner, const struct ssh_found *found, size_t n)
{
	struct answers *r = owner;
	r->n = n;
	for (size_t i = 0; i < n; i++) {
		r->route[i] = found[i].route;
		if (i < MOST) r->error[i] = found[i].error ? *found[i].error : (struct err){ 0 };
		assert_true(!found[i].route != !found[i].error);
	}
	rig_answered(r->rig);
}

static void find(struct ssh_rig *g, struct ssh_config *c, const struct ssh_ask *asks, size_t n, struct answers *r)
{
	r->rig = g;
	g->left++;
	ssh_config_find(c, asks, n, on_found, r);
	rig_await(g);
	assert_int_equal(r->n, n);
}

/* ---- a route as text, by the table */

enum kind { NAME, TEXT, NUMBER, FLAG, LIST, PATHS };

static void put_list(struct buf *b, const struct ssh_list *l)
{
	for (size_t i = 0; i < l->n; i++) buf_printf(b, " «%s»", l->at[i]);
}

static void put_field(struct buf *b, enum kind kind, const void *field)
{
	const char *text;
	switch (kind) {
	case NAME:
	case TEXT:
		memcpy(&text, field, sizeof text);
		buf_printf(b, " %s", text ? text : "-");
		break;
	case NUMBER: buf_printf(b, " %u", *(const unsigned *)field); break;
	case FLAG: buf_puts(b, *(const bool *)field ? " yes" : " no"); break;
	case LIST:
	case PATHS: put_list(b, field); break;
	}
}

static const char *route_text(struct ssh_rig *g, const struct ssh_route *r)
{
	struct buf b = { 0 };
	buf_printf(&b, "name %s\n", r->name);
#define KEYWORD(word, kind, field)     \
	buf_puts(&b, #word);           \
	put_field(&b, kind, &r->field); \
	buf_putc(&b, '\n');
#include "irs/tbl/ssh_keyword.def"
#undef KEYWORD
	buf_puts(&b, "ignored");
	put_list(&b, &r->ignored);
	const char *s = arena_strndup(g->arena, b.p, b.n);
	buf_free(&b);
	return s;
}

/* ---- classes and each name by itself */

/* Whether `ssh -G` prints the line, asked by a pipe that shares nothing with the code under test. "none" is not there. */
static void expect_line(const char *answer, const char *keyword, const char *value)
{
	struct buf line = { 0 };
	buf_printf(&line, "\n%s %s\n", keyword, value ? value : "none");
	bool said = strstr(answer, line.p) != NULL;
	buf_clear(&line);
	buf_printf(&line, "\n%s ", keyword);
	if (!said && (value || strstr(answer, line.p))) fail_msg("ssh -G does not say %s %s", keyword, value ? value : "none");
	buf_free(&line);
}

static void check_by_hand(struct ssh_rig *g, const char *file, const struct ssh_route *r)
{
	const char *answer = rig_output(g, NULL, "echo; exec ssh -T -G -F '%s' -- '%s' 2>/dev/null", file, r->name);
	expect_line(answer, "hostname", r->host);
	expect_line(answer, "user", r->user);
	expect_line(answer, "controlpath", r->control_path);
	expect_line(answer, "hostkeyalias", r->host_key_alias);
	expect_line(answer, "port", arena_printf(g->arena, "%u", r->port));
	expect_line(answer, "ciphers", r->ciphers);
}

/* Names that are asked of every configuration below. */
static const char *const names[] = { "db1", "db2", "db3", "db10", "db11", "web1", "web2", "web3", "DB1", "DB2", "DB4", "Web9", "a", "aa", "aaa", "b", "ssh", "root",
	                             "none", "22", "yes", "x.example.com", "y.example.com", "z.example.com", "db1.example.com", "10.0.0.1", "10.0.0.2", "10.0.0.3",
	                             "10.1", "010.0.0.1", "::1", "::0001", "fe80::1", "FE80::1", "fe80::2", "1", "2", "7", "007", "_x", "h_1", "h_2", "h_3" };
enum { NAMES = sizeof names / sizeof *names };

static unsigned check_classes(struct ssh_rig *g, const char *file, bool sure)
{
	struct ssh_ask asks[NAMES] = { 0 };
	struct answers classes = { 0 }, each = { 0 };
	struct ssh_config *c = ssh_config_new(g->loop, &(struct ssh_config_options){ .file = file });
	struct ssh_config *d = ssh_config_new(g->loop, &(struct ssh_config_options){ .file = file, .each = true });
	for (size_t i = 0; i < NAMES; i++) asks[i].name = names[i];
	find(g, c, asks, NAMES, &classes);
	find(g, d, asks, NAMES, &each);
	for (size_t i = 0; i < NAMES; i++) {
		if (!each.route[i]) fail_msg("%s: %s", names[i], each.error[i].what);
		assert_non_null(classes.route[i]);
		assert_string_equal(route_text(g, classes.route[i]), route_text(g, each.route[i]));
		check_by_hand(g, file, classes.route[i]);
	}
	unsigned questions = ssh_config_questions(c);
	assert_int_equal(ssh_config_questions(d), NAMES);
	if (sure && ssh_config_why_each(c)) fail_msg("unsure: %s", ssh_config_why_each(c));
	if (!sure) assert_int_equal(questions, NAMES);
	ssh_config_free(c);
	ssh_config_free(d);
	return questions;
}

struct nasty {
	const char *what, *text;
	bool sure;
};

static const struct nasty nasty[] = {
	{ "empty", "", true },
	{ "patterns", "Host db* !db10 web?\n  Port 2222\nHost *.example.com\n\tUser alice\nHost *\n  ConnectTimeout 7\n", true },
	{ "first wins", "Host db1\n Port 1\nHost db?\n Port 2\nHost *\n Port 3\n", true },
	{ "Hostname with %h", "Host db* h_*\n HostName %h.example.com\n ProxyJump jump-%h.example.com:2222\nHost web*\n Hostname fixed.example.com\n", true },
	{ "all tokens", "Host *\n ControlPath /tmp/cm-%r@%h:%p-%n-%k-%C-%L-%u-%i\n UserKnownHostsFile /tmp/kh.%k /tmp/kh2.%h\n IdentityAgent /tmp/%n.sock\n"
	                " IdentityFile /tmp/%h_key\n RemoteCommand echo %n\n", true },
	{ "hash and jump", "Host *\n ControlPath ~/.ssh/%C\n ProxyJump gate.example.com\nHost db*\n User bob\n", true },
	{ "proxy command", "Host *\n ProxyCommand nc -X connect %h %p # %n %r %%\n", true },
	{ "quotes and equals", "Host=\"db1\" \"web 1\"\nPort=2201\nHost = db2\n Port = 2202\n = Host db3\n Port 2203\n", true },
	{ "case and blanks", "hOsT\tdb1\tdb2\t\r\n\tpOrT\t2222\r\n\r\n  HOST   DB1   \r\nPORT 2223\r\n#Host *\r\nHost web1 # web2\r\n Port 2224\r\n", true },
	{ "form feed", "Host db1 \f\n Port 2222\n", true },
	{ "addresses", "Host 10.* fe80::*\n User net\nHost 1 2 7 007\n HostName 10.0.0.%h\nHost ::*\n Port 2222\n", true },
	{ "address by prefix", "Host 22 a aa aaa b\n HostName fe80::%h\n", true },
	{ "user by name", "Match originalhost db*,!db10\n Port 2222\nMatch user root originalhost web*\n Port 2223\nMatch all\n ConnectTimeout 3\n", true },
	{ "negated match", "Match !originalhost db*\n Port 2222\n", true },
	{ "host key alias", "Host db*\n HostKeyAlias The-Dbs\nHost web*\n HostKeyAlias %h\n UserKnownHostsFile /tmp/%k\n", true },
	{ "ignored", "Host db*\n ForwardAgent yes\n LocalForward 8000 %h:80\n LocalForward 8001 localhost:80\n StrictHostKeyChecking no\n PermitLocalCommand yes\n", true },
	{ "agents", "Host db*\n IdentityAgent none\nHost web*\n IdentityAgent $NOT_SET_ANYWHERE\nHost a*\n IdentityAgent SSH_AUTH_SOCK\n", true },
	{ "none", "Host *\n ProxyJump none\n ControlPath none\n UserKnownHostsFile none\n ProxyCommand none\n", true },
	{ "blanks in paths", "Host *\n UserKnownHostsFile \"/tmp/a b/known hosts\" /tmp/c ~/d\n IdentityFile \"/tmp/no such\"\n", true },
	{ "match host", "Host db*\n HostName %h.example.com\nMatch host db1.example.com\n Port 2222\n", false },
	{ "match exec", "Match exec \"test %n = db2\"\n Port 2222\n", false },
	{ "match final", "Match final host *.example.com\n Port 2222\n", false },
	{ "canonical", "CanonicalizeHostname yes\nCanonicalDomains example.invalid\nCanonicalizeMaxDots 0\n", false },
	{ "odd quotes", "Host db\"1\"\n Port 2222\n", false },
	{ "quoted keyword", "\"Host\" db1\n Port 2222\n", false },
	{ "backslash", "Host 'db1' db\\2\n Port 2222\n", false },
};

static void classes_equal_single_answers(void **state)
{
	struct ssh_rig g;
	(void)state;
	ssh_rig_new(&g);
	for (size_t i = 0; i < sizeof nasty / sizeof *nasty; i++) {
		print_message("# %s\n", nasty[i].what);
		unsigned questions = check_classes(&g, rig_file(&g, "config", nasty[i].text), nasty[i].sure);
		if (nasty[i].sure) assert_true(questions < NAMES);
	}
	ssh_rig_free(&g);
}

static void included_files_count(void **state)
{
	struct ssh_rig g;
	(void)state;
	ssh_rig_new(&g);
	mkdir(rig_path(&g, "d"), 0700);
	rig_file(&g, "d/1.conf", "Host db1 web*\n Port 2201\n");
	rig_file(&g, "d/2.conf", arena_printf(g.arena, "Include %s/deep\n", g.dir));
	rig_file(&g, "deep", "Host db2\n Port 2202\n");
	rig_file(&g, "inner", "Host db*\n ConnectTimeout 9\n");
	const char *file = rig_file(&g, "config", arena_printf(g.arena, "Include %s/d/*.conf %s/nothing*\nHost *1\n Include \"%s/inner\"\n User inner\nHost *\n Port 7\n",
	                                                       g.dir, g.dir, g.dir));
	assert_true(check_classes(&g, file, true) < NAMES);
	check_classes(&g, rig_file(&g, "config", arena_printf(g.arena, "Include %s/${HOME}x\n", g.dir)), false);
	ssh_rig_free(&g);
}

/* Includes itself: what ssh says of it is said of each host. */
static void a_file_that_ssh_refuses_is_an_error_of_each(void **state)
{
	struct ssh_rig g;
	struct ssh_ask asks[] = { { .name = "db1" }, { .name = "db2" }, { .name = "db3" }, { .name = "db4" } };
	struct answers r = { 0 };
	(void)state;
	ssh_rig_new(&g);
	struct ssh_config *c = ssh_config_new(g.loop, &(struct ssh_config_options){ .file = rig_file(&g, "config", "Host *\n Port 22x\n") });
	find(&g, c, asks, 4, &r);
	for (int i = 0; i < 4; i++) {
		assert_null(r.route[i]);
		assert_non_null(strstr(r.error[i].what, "Bad port"));
		assert_string_equal(r.error[i].where, asks[i].name);
		assert_non_null(strstr(r.error[i].remedy, "ssh -G"));
	}
	assert_int_equal(ssh_config_questions(c), 2);
	ssh_config_free(c);
	ssh_rig_free(&g);
}

static void a_thousand_hosts_cost_two_questions(void **state)
{
	struct ssh_rig g;
	static struct ssh_ask asks[1000];
	static struct answers r;
	(void)state;
	ssh_rig_new(&g);
	const char *file = rig_file(&g, "config", "Host node*\n HostName %h.lab.example.com\n User ops\n ControlPath ~/.ssh/cm-%C\n");
	struct ssh_config *c = ssh_config_new(g.loop, &(struct ssh_config_options){ .file = file });
	for (int i = 0; i < 1000; i++) asks[i] = (struct ssh_ask){ .name = arena_printf(g.arena, "node%d", i), .port = 2000 };
	find(&g, c, asks, 1000, &r);
	for (int i = 0; i < 1000; i++) {
		assert_non_null(r.route[i]);
		assert_string_equal(r.route[i]->host, arena_printf(g.arena, "node%d.lab.example.com", i));
		assert_int_equal(r.route[i]->port, 2000);
	}
	assert_int_equal(ssh_config_questions(c), 2);
	/* What was asked once is known, and a class too. */
	asks[999].name = "node-new";
	find(&g, c, asks, 1000, &r);
	assert_string_equal(r.route[999]->host, "node-new.lab.example.com");
	assert_int_equal(ssh_config_questions(c), 2);
	ssh_config_free(c);
	ssh_rig_free(&g);
}

static void the_inventory_says_user_and_port(void **state)
{
	struct ssh_rig g;
	struct ssh_ask asks[] = { { .name = "db1", .user = "alice", .port = 2201 }, { .name = "db1", .user = "bob" }, { .name = "db1" } };
	struct answers r = { 0 };
	(void)state;
	ssh_rig_new(&g);
	struct ssh_config *c = ssh_config_new(g.loop, &(struct ssh_config_options){ .file = rig_file(&g, "config", "Host *\n User carol\n Port 99\n") });
	find(&g, c, asks, 3, &r);
	assert_string_equal(r.route[0]->user, "alice");
	assert_int_equal(r.route[0]->port, 2201);
	assert_string_equal(r.route[1]->user, "bob");
	assert_int_equal(r.route[1]->port, 99);
	assert_string_equal(r.route[2]->user, "carol");
	ssh_config_free(c);
	ssh_rig_free(&g);
}

static void key_files_that_are_there_are_named(void **state)
{
	struct ssh_rig g;
	struct ssh_ask asks[] = { { .name = "db1" }, { .name = "db2" }, { .name = "db3" }, { .name = "web" } };
	struct answers r = { 0 };
	(void)state;
	ssh_rig_new(&g);
	setenv("IRS_TEST_DIR", g.dir, 1);
	rig_file(&g, "id db2", "");
	rig_file(&g, "all", "");
	const char *text = arena_printf(g.arena, "IdentityFile \"%s/id %%h\"\nIdentityFile ${IRS_TEST_DIR}/all\nIdentityFile %s/absent\nIdentitiesOnly yes\n", g.dir, g.dir);
	struct ssh_config *c = ssh_config_new(g.loop, &(struct ssh_config_options){ .file = rig_file(&g, "config", text) });
	find(&g, c, asks, 4, &r);
	assert_int_equal(r.route[0]->identities.n, 1);
	assert_int_equal(r.route[1]->identities.n, 2);
	assert_string_equal(r.route[1]->identities.at[0], rig_path(&g, "id db2"));
	assert_string_equal(r.route[1]->identities.at[1], rig_path(&g, "all"));
	assert_true(r.route[1]->identities_only);
	ssh_config_free(c);
	ssh_rig_free(&g);
}

static void the_agent_is_the_one_that_is_said(void **state)
{
	struct ssh_rig g;
	struct ssh_ask asks[] = { { .name = "none1" }, { .name = "var" }, { .name = "env" }, { .name = "path" }, { .name = "unsaid" }, { .name = "unset" } };
	struct answers r = { 0 };
	(void)state;
	ssh_rig_new(&g);
	setenv("SSH_AUTH_SOCK", "/tmp/the-agent", 1);
	setenv("IRS_TEST_AGENT", "/tmp/another", 1);
	unsetenv("IRS_TEST_UNSET");
	const char *text = "Host none*\n IdentityAgent none\nHost var\n IdentityAgent $IRS_TEST_AGENT\nHost env\n IdentityAgent SSH_AUTH_SOCK\n"
	                   "Host path\n IdentityAgent /tmp/%n\nHost unset\n IdentityAgent $IRS_TEST_UNSET\n";
	struct ssh_config *c = ssh_config_new(g.loop, &(struct ssh_config_options){ .file = rig_file(&g, "config", text) });
	find(&g, c, asks, 6, &r);
	assert_null(r.route[0]->agent);
	assert_string_equal(r.route[1]->agent, "/tmp/another");
	assert_string_equal(r.route[2]->agent, "/tmp/the-agent");
	assert_string_equal(r.route[3]->agent, "/tmp/path");
	assert_string_equal(r.route[4]->agent, "/tmp/the-agent");
	assert_null(r.route[5]->agent);
	unsetenv("SSH_AUTH_SOCK");
	ssh_config_free(c);
	ssh_rig_free(&g);
}

static void tokens_of_proxies_are_filled_in(void **state)
{
	struct ssh_rig g;
	struct ssh_ask asks[] = { { .name = "db1" }, { .name = "web1" } };
	struct answers r = { 0 };
	(void)state;
	ssh_rig_new(&g);
	const char *text = "Host db*\n HostName %h.example.com\n ProxyJump me@jump-%n:2222\nHost web*\n Port 2022\n ProxyCommand nc %h %p %r %%\n";
	struct ssh_config *c = ssh_config_new(g.loop, &(struct ssh_config_options){ .file = rig_file(&g, "config", text) });
	find(&g, c, asks, 2, &r);
	assert_string_equal(r.route[0]->proxy_jump, "me@jump-db1:2222");
	assert_null(r.route[0]->proxy_command);
	assert_string_equal(r.route[1]->proxy_command, arena_printf(g.arena, "nc web1 2022 %s %%", r.route[1]->user));
	ssh_config_free(c);
	ssh_rig_free(&g);
}

static void what_is_ignored_is_told(void **state)
{
	struct ssh_rig g;
	struct ssh_ask asks[] = { { .name = "db1" }, { .name = "web1" } };
	struct answers r = { 0 };
	(void)state;
	ssh_rig_new(&g);
	const char *text = "Host db*\n ForwardAgent yes\n RemoteCommand x\n StrictHostKeyChecking no\n LocalForward 1 a:2\n LocalForward 2 a:2\n";
	struct ssh_config *c = ssh_config_new(g.loop, &(struct ssh_config_options){ .file = rig_file(&g, "config", text) });
	find(&g, c, asks, 2, &r);
	assert_int_equal(r.route[0]->ignored.n, 4);
	const char *all = route_text(&g, r.route[0]);
	assert_non_null(strstr(all, "«ForwardAgent: no agent is lent to a host»"));
	assert_non_null(strstr(all, "«LocalForward: "));
	assert_non_null(strstr(all, "«RemoteCommand: "));
	assert_non_null(strstr(all, "«StrictHostKeyChecking: "));
	assert_int_equal(r.route[1]->ignored.n, 0);
	ssh_config_free(c);
	ssh_rig_free(&g);
}

static void odd_names_never_reach_a_program(void **state)
{
	static const char *const odd[] = { "", "-oProxyCommand=touch x", "-v", ".", ".a", "a b", "a;b", "a$b", "a/b", "a@b", "a%b", "a\nb", "h\303\266st", "[::1]" };
	enum { N = sizeof odd / sizeof *odd };
	struct ssh_rig g;
	struct ssh_ask asks[N + 3] = { 0 };
	struct answers r = { 0 };
	(void)state;
	ssh_rig_new(&g);
	struct ssh_config *c = ssh_config_new(g.loop, &(struct ssh_config_options){ .program = "/bin/false" });
	for (int i = 0; i < N; i++) asks[i].name = odd[i];
	asks[N] = (struct ssh_ask){ .name = "ok", .user = "-x" };
	asks[N + 1] = (struct ssh_ask){ .name = "ok", .user = "a b" };
	asks[N + 2] = (struct ssh_ask){ .name = "ok", .port = 65536 };
	find(&g, c, asks, N + 3, &r);
	for (int i = 0; i < N + 3; i++) {
		assert_null(r.route[i]);
		assert_int_equal(r.error[i].exit, IRS_USAGE);
	}
	assert_int_equal(ssh_config_questions(c), 0);
	char *lng = arena_alloc(g.arena, 300);
	memset(lng, 'a', 254);
	assert_false(ssh_name_ok(lng));
	lng[253] = 0;
	assert_true(ssh_name_ok(lng));
	ssh_config_free(c);
	ssh_rig_free(&g);
}

/* A program in ssh's place. */
static void expect_failure(const char *script, int64_t timeout, const char *what)
{
	struct ssh_rig g;
	struct ssh_ask asks[] = { { .name = "db1" } };
	struct answers r = { 0 };
	ssh_rig_new(&g);
	const char *program = script ? rig_file(&g, "ssh", script) : rig_path(&g, "ssh");
	if (script) chmod(program, 0700);
	struct ssh_config *c = ssh_config_new(g.loop, &(struct ssh_config_options){ .program = program, .timeout = timeout });
	find(&g, c, asks, 1, &r);
	assert_null(r.route[0]);
	if (!strstr(r.error[0].what, what)) fail_msg("%s", r.error[0].what);
	assert_true(r.error[0].remedy[0]);
	ssh_config_free(c);
	ssh_rig_free(&g);
}

static void an_ssh_that_fails_is_an_error(void **state)
{
	(void)state;
	expect_failure(NULL, 0, "it is not installed");
	expect_failure("#!/bin/sh\nexit 0\n", 0, "did not say the host's name");
	expect_failure("#!/bin/sh\necho 'debug1: x' >&2; echo 'no good\033[1m' >&2; exit 255\n", 0, "ssh -G failed: no good\\x1b[1m");
	expect_failure("#!/bin/sh\nexec sleep 1000\n", 200000000, "did not answer in time");
	expect_failure("#!/bin/sh\nexec yes\n", 1000000000, "");
	expect_failure("#!/bin/sh\nprintf 'hostname a\\001\\nport 1\\nuser x\\n'\n", 0, "control characters");
}

static void it_can_be_dropped_while_it_asks(void **state)
{
	struct ssh_rig g;
	struct ssh_ask asks[] = { { .name = "db1" }, { .name = "db2" } };
	struct answers r = { 0 };
	(void)state;
	ssh_rig_new(&g);
	struct ssh_config *c = ssh_config_new(g.loop, &(struct ssh_config_options){ .file = rig_file(&g, "config", ""), .at_once = 1 });
	ssh_config_find(c, asks, 2, on_found, &r);
	ssh_config_free(c);
	c = ssh_config_new(g.loop, &(struct ssh_config_options){ .file = "none" });
	ssh_config_find(c, asks, 0, on_found, &r);
	ssh_config_free(c);
	assert_int_equal(r.n, 0);
	ssh_rig_free(&g);
}

/* Another file than those that were looked through: no class is believed. */
static void a_file_that_only_ssh_read_is_noticed(void **state)
{
	struct ssh_rig g;
	struct ssh_ask asks[] = { { .name = "db1" }, { .name = "db2" }, { .name = "db3" }, { .name = "db4" } };
	struct answers r = { 0 };
	(void)state;
	ssh_rig_new(&g);
	const char *other = rig_file(&g, "other", "Host db3\n Port 2222\n");
	const char *program = rig_file(&g, "ssh", arena_printf(g.arena, "#!/bin/sh\nwhile [ $# -gt 1 ]; do shift; done\nexec ssh -G -v -T -F '%s' -- \"$1\"\n", other));
	chmod(program, 0700);
	struct ssh_config *c = ssh_config_new(g.loop, &(struct ssh_config_options){ .program = program, .file = rig_file(&g, "config", "") });
	find(&g, c, asks, 4, &r);
	assert_int_equal(r.route[2]->port, 2222);
	assert_int_equal(r.route[3]->port, 22);
	assert_int_equal(ssh_config_questions(c), 4);
	ssh_config_free(c);
	ssh_rig_free(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes_equal_single_answers),
		cmocka_unit_test(included_files_count),
		cmocka_unit_test(a_file_that_ssh_refuses_is_an_error_of_each),
		cmocka_unit_test(a_thousand_hosts_cost_two_questions),
		cmocka_unit_test(the_inventory_says_user_and_port),
		cmocka_unit_test(key_files_that_are_there_are_named),
		cmocka_unit_test(the_agent_is_the_one_that_is_said),
		cmocka_unit_test(tokens_of_proxies_are_filled_in),
		cmocka_unit_test(what_is_ignored_is_told),
		cmocka_unit_test(odd_names_never_reach_a_program),
		cmocka_unit_test(an_ssh_that_fails_is_an_error),
		cmocka_unit_test(it_can_be_dropped_while_it_asks),
		cmocka_unit_test(a_file_that_only_ssh_read_is_noticed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
