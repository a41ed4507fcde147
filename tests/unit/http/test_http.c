/* Requests against a server of our own on the loopback, which does by the path what servers do, and worse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "irs/buf.h"
#include "irs/http.h"

static const int64_t MS = 1000000;

/* ---- the server */

struct server {
	pid_t pid;
	int port, closed_port, closed; /* a port that is taken, and nobody listens */
};

static int listener(int *port, bool listening)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t n = sizeof a;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &n), 0);
	if (listening) assert_int_equal(listen(fd, 200), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

static void put(int fd, const char *z)
{
	if (write(fd, z, strlen(z)) < 0) _exit(0);
}

static bool is_path(const char *request, const char *path)
{
	const char *at = strchr(request, ' ');
	size_t n = strlen(path);
	return at && !strncmp(at + 1, path, n) && strchr(" /?", at[1 + n]);
}

/* All that came; the body may come later than the headers. */
static void read_request(int fd, char *to, size_t size)
{
	size_t n = 0, body = 0;
	char *end = NULL, *length;
	while (n + 1 < size && (!end || n < (size_t)(end - to) + 4 + body)) {
		ssize_t got = read(fd, to + n, size - 1 - n);
		if (got <= 0) break;
		n += (size_t)got;
		to[n] = 0;
		if (!end && (end = strstr(to, "\r\n\r\n")) && (length = strcasestr(to, "\r\nContent-Length:"))) body = strtoul(length + 17, NULL, 10);
	}
	to[n] = 0;
}

static void serve_one(int fd)
{
	char request[8192], head[100];
	struct linger at_once = { 1, 0 };
	read_request(fd, request, sizeof request);
	bool no_body = !strncmp(request, "HEAD ", 5);
	if (is_path(request, "/ok")) {
		put(fd, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
		if (!no_body) put(fd, "hello");
	} else if (is_path(request, "/echo")) {
		snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", strlen(request));
		put(fd, head);
		if (!no_body) put(fd, request);
	} else if (is_path(request, "/status")) {
		snprintf(head, sizeof head, "HTTP/1.1 %.3s Whatever\r\nContent-Length: 0\r\n\r\n", strstr(request, "/status/") + 8);
		put(fd, head);
	} else if (is_path(request, "/redirect")) {
		put(fd, "HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 5\r\n\r\nthere");
	} else if (is_path(request, "/silent")) {
		pause();
	} else if (is_path(request, "/slow")) {
		put(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
		for (;;) put(fd, "."), usleep(20000);
	} else if (is_path(request, "/endless")) {
		put(fd, "HTTP/1.1 200 OK\r\n\r\n");
		for (;;) put(fd, "0123456789abcdef");
	} else if (is_path(request, "/partial")) {
		put(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nonly this");
	} else if (is_path(request, "/reset")) {
		put(fd, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
	} else if (is_path(request, "/nonsense")) {
		put(fd, "\1\2\3 what?\n\n");
	}
	close(fd);
	_exit(0);
}

static int server_start(void **state)
{
	struct server *s = calloc(1, sizeof *s);
	int fd = listener(&s->port, true);
	s->closed = listener(&s->closed_port, false);
	s->pid = fork();
	if (!s->pid) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGCHLD, SIG_IGN);
		for (;;) {
			int c = accept(fd, NULL, NULL);
			if (c >= 0 && !fork()) serve_one(c);
			close(c);
		}
	}
	setpgid(s->pid, s->pid);
	close(fd);
	*state = s;
	return 0;
}

static int server_stop(void **state)
{
	struct server *s = *state;
	kill(-s->pid, SIGKILL);
	waitpid(s->pid, NULL, 0);
	close(s->closed);
	free(s);
	return 0;
}

/* ---- the client's side */

struct client {
	struct loop *loop;
	struct http *http;
	int left;
};

struct got {
	struct http_request request;
	struct client *client;
	struct buf url, body;
	bool done, ok;
	int status;
	char why[128];
	struct got *next; /* to be started when this one is done */
};

static struct client client_new(void)
{
	struct err e;
	struct client c = { .loop = loop_new(&e) };
	c.http = http_new(c.loop, &e);
	assert_non_null(c.http);
	return c;
}

static void client_free(struct client *c)
{
	http_free(c->http);
	loop_free(c->loop);
}

static void start(struct client *c, struct got *g, void (*how)(struct http *h, struct http_request *r));

static void on_done(struct http_request *r, const struct http_answer *a)
{
	struct got *g = r->owner;
	assert_false(g->done);
	g->done = true;
	g->ok = a->ok;
	g->status = a->status;
	assert_non_null(a->why);
	snprintf(g->why, sizeof g->why, "%s", a->why);
	buf_str(&g->body, a->body);
	if (g->next) start(g->client, g->next, http_start);
	if (--g->client->left == 0) loop_stop(g->client->loop);
}

static void start(struct client *c, struct got *g, void (*how)(struct http *h, struct http_request *r))
{
	g->client = c;
	g->request.url = buf_view(&g->url);
	g->request.done = on_done;
	g->request.owner = g;
	if (!g->request.timeout) g->request.timeout = 20000 * MS;
	if (!g->request.limit) g->request.limit = 1 << 16;
	c->left++;
	how(c->http, &g->request);
}

static struct got *got_new(const struct server *s, const char *path)
{
	struct got *g = calloc(1, sizeof *g);
	buf_printf(&g->url, "http://127.0.0.1:%d%s", s->port, path);
	return g;
}

static struct got *got_url(struct str url)
{
	struct got *g = calloc(1, sizeof *g);
	buf_str(&g->url, url);
	return g;
}

static void got_free(struct got *g)
{
	buf_free(&g->url);
	buf_free(&g->body);
	free(g);
}

static void await(struct client *c, struct got *g)
{
	start(c, g, http_start);
	loop_run(c->loop);
	assert_true(g->done);
}

static void connect_to(struct client *c, struct got *g)
{
	start(c, g, http_connect);
	loop_run(c->loop);
	assert_true(g->done);
}

static void expect_failure(struct client *c, struct got *g, const char *why)
{
	await(c, g);
	if (g->ok || strcmp(g->why, why)) fail_msg("%s: ok %d, «%s», not «%s»", g->url.p, g->ok, g->why, why);
	got_free(g);
}

/* ---- answers */

static void a_response_is_an_answer_whatever_its_status(void **state)
{
	struct client c = client_new();
	struct got *g = got_new(*state, "/ok");
	await(&c, g);
	assert_true(g->ok);
	assert_int_equal(g->status, 200);
	assert_string_equal(g->body.p, "hello");
	assert_string_equal(g->why, "");
	got_free(g);
	static const int statuses[] = { 204, 404, 503, 999 };
	for (int i = 0; i < 4; i++) {
		char path[32];
		snprintf(path, sizeof path, "/status/%d", statuses[i]);
		g = got_new(*state, path);
		await(&c, g);
		assert_true(g->ok);
		assert_int_equal(g->status, statuses[i]);
		got_free(g);
	}
	client_free(&c);
}

static void a_redirect_is_not_followed(void **state)
{
	struct client c = client_new();
	struct got *g = got_new(*state, "/redirect");
	await(&c, g);
	assert_true(g->ok);
	assert_int_equal(g->status, 302);
	assert_string_equal(g->body.p, "there");
	got_free(g);
	client_free(&c);
}

static void methods_and_bodies_are_sent(void **state)
{
	static const struct { enum http_method method; const char *body, *begins, *has; } cases[] = {
		{ HTTP_GET, NULL, "GET /echo HTTP/1.1\r\n", "" },
		{ HTTP_POST, NULL, "POST /echo HTTP/1.1\r\n", "Content-Length: 0\r\n" },
		{ HTTP_POST, "{\"a\":1}", "POST /echo HTTP/1.1\r\n", "Content-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}" },
		{ HTTP_PUT, "plain", "PUT /echo HTTP/1.1\r\n", "Content-Type: text/plain; charset=utf-8\r\nContent-Length: 5\r\n\r\nplain" },
		{ HTTP_DELETE, NULL, "DELETE /echo HTTP/1.1\r\n", "" },
	};
	struct client c = client_new();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct got *g = got_new(*state, "/echo");
		g->request.method = cases[i].method;
		if (cases[i].body) g->request.body = str_of(cases[i].body);
		await(&c, g);
		assert_true(g->ok);
		if (strncmp(g->body.p, cases[i].begins, strlen(cases[i].begins)) || !strstr(g->body.p, cases[i].has)) fail_msg("%zu: %s", i, g->body.p);
		got_free(g);
	}
	struct got *g = got_new(*state, "/ok");
	g->request.method = HTTP_HEAD;
	await(&c, g);
	assert_true(g->ok);
	assert_int_equal(g->body.n, 0);
	got_free(g);
	client_free(&c);
}

static void what_does_not_answer_says_how(void **state)
{
	const struct server *s = *state;
	static const char *const cases[][2] = {
		{ "/none", "closed without an answer" },
		{ "/partial", "closed in the middle of the answer" },
		{ "/reset", "reset" },
	};
	struct client c = client_new();
	for (size_t i = 0; i < 3; i++) expect_failure(&c, got_new(s, cases[i][0]), cases[i][1]);
	struct got *g = calloc(1, sizeof *g);
	buf_printf(&g->url, "http://127.0.0.1:%d/", s->closed_port);
	expect_failure(&c, g, "refused");
	g = got_new(s, "/nonsense");
	await(&c, g);
	assert_false(g->ok);
	got_free(g);
	client_free(&c);
}

static void time_is_for_the_whole_and_not_for_the_first_byte(void **state)
{
	static const char *const paths[] = { "/silent", "/slow" };
	struct client c = client_new();
	for (int i = 0; i < 2; i++) {
		struct got *g = got_new(*state, paths[i]);
		g->request.timeout = 300 * MS;
		expect_failure(&c, g, "timed out");
	}
	client_free(&c);
}

static void a_body_is_read_up_to_its_limit(void **state)
{
	struct client c = client_new();
	static const size_t limits[] = { 1, 1000, 100000 };
	for (int i = 0; i < 3; i++) {
		struct got *g = got_new(*state, "/endless");
		g->request.limit = limits[i];
		await(&c, g);
		assert_true(g->ok);
		assert_int_equal(g->status, 200);
		assert_int_equal(g->body.n, limits[i]);
		got_free(g);
	}
	struct got *g = got_new(*state, "/ok");
	g->request.limit = 5;
	await(&c, g);
	assert_string_equal(g->body.p, "hello");
	got_free(g);
	client_free(&c);
}

/* ---- what is asked */

static void only_http_and_https_are_spoken(void **state)
{
	(void)state;
	static const char *const others[] = { "file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1:70/_x", "telnet://127.0.0.1", "dict://127.0.0.1/d:x",
		                              "127.0.0.1/ok", "localhost", "ftp.example.com", "//127.0.0.1/ok", "", "httpx://127.0.0.1/", "http:", " http://127.0.0.1/" };
	struct client c = client_new();
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) expect_failure(&c, got_url(str_of(others[i])), "neither http nor https");
	client_free(&c);
}

static void control_characters_are_in_no_url(void **state)
{
	static const struct str tails[] = { STR("/echo\r\nX-Injected: yes"), STR("/echo HTTP/1.1\r\nX-Injected: yes\r\n\r\n"), STR("/echo\n"), STR("/echo\0/x"),
		                            STR("/ec ho"), STR("/echo\t"), STR("/\1"), STR("/\177") };
	struct client c = client_new();
	for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
		struct got *g = got_new(*state, "");
		buf_str(&g->url, tails[i]);
		expect_failure(&c, g, "not a URL");
	}
	expect_failure(&c, got_url(STR("http://127.0.0.1\r\nX: y/")), "not a URL");
	expect_failure(&c, got_url(STR("http://")), "not a URL");
	expect_failure(&c, got_url(STR("http://127.0.0.1:99999/")), "not a URL");
	client_free(&c);
}

static void a_body_adds_no_header(void **state)
{
	struct client c = client_new();
	struct got *g = got_new(*state, "/echo");
	g->request.method = HTTP_POST;
	g->request.body = STR("{\r\nX-Injected: yes\r\n\r\n");
	await(&c, g);
	char *end = strstr(g->body.p, "\r\n\r\n"), *injected = strstr(g->body.p, "X-Injected");
	assert_non_null(end);
	assert_true(injected > end);
	got_free(g);
	client_free(&c);
}

static void the_environment_changes_nothing(void **state)
{
	const struct server *s = *state;
	static const char *const names[] = { "http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" };
	char dir[] = "/tmp/irs-test-http-XXXXXX", path[64], proxy[64];
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof path, "%s/.netrc", dir);
	snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", s->closed_port);
	FILE *f = fopen(path, "w");
	fputs("machine 127.0.0.1 login somebody password something\ndefault login somebody password something\n", f);
	fclose(f);
	setenv("HOME", dir, 1);
	setenv("NETRC", path, 1);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) setenv(names[i], proxy, 1);
	struct client c = client_new();
	struct got *g = got_new(s, "/echo");
	await(&c, g);
	assert_true(g->ok);
	assert_null(strcasestr(g->body.p, "Authorization"));
	assert_null(strcasestr(g->body.p, "Cookie"));
	got_free(g);
	g = calloc(1, sizeof *g);
	buf_printf(&g->url, "127.0.0.1:%d", s->port);
	connect_to(&c, g);
	assert_true(g->ok);
	got_free(g);
	client_free(&c);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) unsetenv(names[i]);
	unsetenv("NETRC");
	unlink(path);
	rmdir(dir);
}

/* ---- connecting only */

static void connecting_sends_nothing(void **state)
{
	const struct server *s = *state;
	struct client c = client_new();
	int port, fd = listener(&port, true);
	char byte;
	struct got *g = calloc(1, sizeof *g);
	buf_printf(&g->url, "127.0.0.1:%d", port);
	connect_to(&c, g);
	assert_true(g->ok);
	int conn = accept(fd, NULL, NULL);
	assert_int_equal(read(conn, &byte, 1), 0);
	close(conn);
	close(fd);
	got_free(g);
	g = calloc(1, sizeof *g);
	buf_printf(&g->url, "127.0.0.1:%d", s->closed_port);
	connect_to(&c, g);
	assert_false(g->ok);
	assert_string_equal(g->why, "refused");
	got_free(g);
	client_free(&c);
}

static void what_is_no_address_is_not_connected_to(void **state)
{
	const struct server *s = *state;
	static const char *const before[] = { "user@127.0.0.1:", "127.0.0.1:80@127.0.0.1:", "127.0.0.1/x:", "127.0.0.1?:", "127.0.0.1#:", " 127.0.0.1:", ":", "" };
	static const char *const after[] = { "/", "/path", "?", "#x", " ", "x", "\n" };
	struct client c = client_new();
	for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
		struct got *g = calloc(1, sizeof *g);
		buf_printf(&g->url, "%s%d", before[i], s->port);
		connect_to(&c, g);
		if (g->ok || strcmp(g->why, "not an address")) fail_msg("%s: %s", g->url.p, g->why);
		got_free(g);
	}
	for (size_t i = 0; i < sizeof after / sizeof *after; i++) {
		struct got *g = calloc(1, sizeof *g);
		buf_printf(&g->url, "127.0.0.1:%d%s", s->port, after[i]);
		connect_to(&c, g);
		if (g->ok || strcmp(g->why, "not an address")) fail_msg("%s: %s", g->url.p, g->why);
		got_free(g);
	}
	static const struct str others[] = { STR("127.0.0.1"), STR("127.0.0.1:"), STR("127.0.0.1:0"), STR("127.0.0.1:65536"), STR("[::1]"), STR("127.0.0.1:80\0"), STR("") };
	for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
		struct got *g = got_url(others[i]);
		connect_to(&c, g);
		if (g->ok || strcmp(g->why, "not an address")) fail_msg("%s: %s", g->url.p, g->why);
		got_free(g);
	}
	client_free(&c);
}

/* ---- many, and none */

static int open_files(void)
{
	int n = 0;
	DIR *d = opendir("/proc/self/fd");
	while (readdir(d)) n++;
	closedir(d);
	return n;
}

static void many_at_once_leave_nothing_behind(void **state)
{
	enum { MANY = 120 };
	struct got *g[MANY];
	struct client c = client_new();
	int before = open_files();
	for (int i = 0; i < MANY; i++) start(&c, g[i] = got_new(*state, i % 3 ? "/ok" : i % 2 ? "/status/500" : "/none"), http_start);
	loop_run(c.loop);
	for (int i = 0; i < MANY; i++) {
		assert_true(g[i]->done);
		assert_int_equal(g[i]->ok, i % 3 || i % 2);
		got_free(g[i]);
	}
	assert_true(open_files() <= before + 3); /* what the library keeps to wake itself */
	client_free(&c);
}

static void an_answer_may_start_another(void **state)
{
	struct client c = client_new();
	struct got *g = got_new(*state, "/ok");
	g->next = got_new(*state, "/status/201");
	await(&c, g);
	assert_true(g->next->done);
	assert_int_equal(g->next->status, 201);
	got_free(g->next);
	got_free(g);
	client_free(&c);
}

static void on_later(void *client) { loop_stop(((struct client *)client)->loop); }

static void who_is_cancelled_hears_nothing(void **state)
{
	static const char *const paths[] = { "/silent", "/slow", "/endless", "/ok" };
	struct client c = client_new();
	for (int i = 0; i < 12; i++) {
		struct got *g = got_new(*state, paths[i % 4]);
		g->request.limit = 1 << 30;
		start(&c, g, i % 4 == 3 ? http_connect : http_start);
		if (i >= 4 && i % 4 != 3) {
			loop_after(c.loop, i * 10 * MS, on_later, &c);
			loop_run(c.loop);
		}
		if (i < 8) http_cancel(c.http, &g->request);
		if (i < 8) http_cancel(c.http, &g->request);
		else http_free(c.http), c.http = NULL;
		loop_after(c.loop, 20 * MS, on_later, &c);
		loop_run(c.loop);
		assert_false(g->done);
		got_free(g);
		if (!c.http) {
			client_free(&c);
			c = client_new();
		}
	}
	client_free(&c);
}

/* ---- TLS */

/* A server with a certificate that nobody has signed but itself. Its port, or 0. */
static int tls_server(char dir[32], pid_t *pid)
{
	char command[256], line[128];
	int fd[2], port = 0;
	snprintf(dir, 32, "/tmp/irs-test-tls-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(command, sizeof command, "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1 "
	         "-keyout %s/key -out %s/cert 2>/dev/null", dir, dir);
	assert_int_equal(system(command), 0);
	assert_int_equal(pipe(fd), 0);
	*pid = fork();
	if (!*pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(fd[1], 1);
		close(fd[0]);
		close(fd[1]);
		if (chdir(dir)) _exit(99);
		execlp("openssl", "openssl", "s_server", "-accept", "127.0.0.1:0", "-cert", "cert", "-key", "key", "-www", (char *)NULL);
		_exit(99);
	}
	close(fd[1]);
	FILE *f = fdopen(fd[0], "r");
	while (!port && fgets(line, sizeof line, f))
		if (!strncmp(line, "ACCEPT ", 7)) port = atoi(strrchr(line, ':') + 1);
	fclose(f);
	return port;
}

static void a_certificate_that_nobody_vouches_for_is_not_trusted(void **state)
{
	(void)state;
	char dir[32], command[64];
	pid_t pid;
	int port = tls_server(dir, &pid);
	assert_int_not_equal(port, 0);
	struct client c = client_new();
	struct got *g = calloc(1, sizeof *g);
	buf_printf(&g->url, "https://127.0.0.1:%d/", port);
	expect_failure(&c, g, "the certificate is not trusted");
	client_free(&c);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	snprintf(command, sizeof command, "rm -r %s", dir);
	assert_int_equal(system(command), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_response_is_an_answer_whatever_its_status),
		cmocka_unit_test(a_redirect_is_not_followed),
		cmocka_unit_test(methods_and_bodies_are_sent),
		cmocka_unit_test(what_does_not_answer_says_how),
		cmocka_unit_test(time_is_for_the_whole_and_not_for_the_first_byte),
		cmocka_unit_test(a_body_is_read_up_to_its_limit),
		cmocka_unit_test(only_http_and_https_are_spoken),
		cmocka_unit_test(control_characters_are_in_no_url),
		cmocka_unit_test(a_body_adds_no_header),
		cmocka_unit_test(the_environment_changes_nothing),
		cmocka_unit_test(connecting_sends_nothing),
		cmocka_unit_test(what_is_no_address_is_not_connected_to),
		cmocka_unit_test(many_at_once_leave_nothing_behind),
		cmocka_unit_test(an_answer_may_start_another),
		cmocka_unit_test(who_is_cancelled_hears_nothing),
		cmocka_unit_test(a_certificate_that_nobody_vouches_for_is_not_trusted),
	};
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests_name("http", tests, server_start, server_stop);
}
