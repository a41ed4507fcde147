#include "loop.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "irs/buf.h"

enum { MAX_LINE = 64 << 10, MAX_CONNECTIONS = 64 };

struct connection;

struct server {
	struct loop_owned owned;
	uv_pipe_t pipe;
	char *path;
	struct connection *connections;
	unsigned open; /* handles: the listening one and its connections */
	void (*on_line)(void *ctx, uint32_t uid, const char *line, struct buf *answer);
	void *ctx;
};

struct connection {
	struct connection *next, **link;
	struct server *server;
	uv_pipe_t pipe;
	uv_write_t write;
	struct buf line, answer;
};

/* sun_path holds 107 bytes, and session directories are deeper: the socket is addressed through its open directory. -1 with `e`. */
static int socket_address(const char *path, struct sockaddr_un *to, struct err *e)
{
	const char *slash = strrchr(path, '/');
	char dir[4096];
	snprintf(dir, sizeof dir, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
	int fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0) {
		err_set(e, IRS_USAGE, path, "cannot open the socket's directory: %s", strerror(errno));
		return -1;
	}
	*to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	int n = snprintf(to->sun_path, sizeof to->sun_path, "/proc/self/fd/%d/%s", fd, slash ? slash + 1 : path);
	if (n < (int)sizeof to->sun_path) return fd;
	close(fd);
	err_set(e, IRS_USAGE, path, "the socket's name is too long");
	return -1;
}

/* ---- the server's side */

static void server_put(struct server *s)
{
	if (--s->open) return;
	free(s->path);
	free(s);
}

static void connection_closed(uv_handle_t *h)
{
	struct connection *c = h->data;
	*c->link = c->next;
	if (c->next) c->next->link = c->link;
	server_put(c->server);
	buf_free(&c->line);
	buf_free(&c->answer);
	free(c);
}

static void connection_close(struct connection *c)
{
	if (!uv_is_closing((uv_handle_t *)&c->pipe)) uv_close((uv_handle_t *)&c->pipe, connection_closed);
}

static void on_written(uv_write_t *w, int status)
{
	(void)status;
	connection_close(w->data);
}

static void answer_line(struct connection *c, size_t length)
{
	struct ucred peer = { .uid = (uid_t)-1 };
	socklen_t n = sizeof peer;
	uv_os_fd_t fd;
	if (!uv_fileno((uv_handle_t *)&c->pipe, &fd)) getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n);
	c->line.p[length] = 0;
	uv_read_stop((uv_stream_t *)&c->pipe);
	c->server->on_line(c->server->ctx, peer.uid, c->line.p, &c->answer);
	buf_putc(&c->answer, '\n');
	uv_buf_t b = uv_buf_init(c->answer.p, (unsigned)c->answer.n);
	c->write.data = c;
	if (uv_write(&c->write, (uv_stream_t *)&c->pipe, &b, 1, on_written)) connection_close(c);
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *b)
{
	(void)suggested;
	struct connection *c = h->data;
	*b = uv_buf_init(buf_reserve(&c->line, 4096), 4096);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
	(void)b;
	struct connection *c = s->data;
	if (n < 0) {
		connection_close(c);
		return;
	}
	c->line.n += (size_t)n;
	const char *end = c->line.n ? memchr(c->line.p, '\n', c->line.n) : NULL;
	if (end) answer_line(c, (size_t)(end - c->line.p));
	else if (c->line.n > MAX_LINE) connection_close(c);
}

static void on_connection(uv_stream_t *stream, int status)
{
	struct server *s = stream->data;
	if (status < 0) return;
	struct connection *c = calloc(1, sizeof *c);
	if (!c) abort();
	*c = (struct connection){ .server = s, .next = s->connections, .link = &s->connections };
	if (c->next) c->next->link = &c->next;
	s->connections = c;
	s->open++;
	uv_pipe_init(stream->loop, &c->pipe, 0);
	c->pipe.data = c;
	if (uv_accept(stream, (uv_stream_t *)&c->pipe) || s->open > MAX_CONNECTIONS ||
	    uv_read_start((uv_stream_t *)&c->pipe, on_alloc, on_read))
		connection_close(c);
}

static void server_closed(uv_handle_t *h) { server_put(h->data); }

static void server_close(struct loop_owned *o)
{
	struct server *s = (struct server *)o;
	unlink(s->path);
	for (struct connection *c = s->connections; c; c = c->next) connection_close(c);
	uv_close((uv_handle_t *)&s->pipe, server_closed);
}

/* A listening socket, made with mode 0600 from the start. -1 with errno. */
static int listen_at(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) return -1;
	mode_t before = umask(0177);
	int r = bind(fd, (const struct sockaddr *)at, sizeof *at);
	umask(before);
	if (!r) return fd;
	r = errno;
	close(fd);
	errno = r;
	return -1;
}

/* Whether a socket is there that nobody listens on: a dead runner's. */
static bool is_stale(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) return false;
	bool stale = connect(fd, (const struct sockaddr *)at, sizeof *at) < 0 && errno == ECONNREFUSED;
	close(fd);
	return stale;
}

bool loop_serve(struct loop *l, const char *path, void (*on_line)(void *ctx, uint32_t uid, const char *line, struct buf *answer),
		void *ctx, struct err *e)
{
	struct sockaddr_un at;
	int dir = socket_address(path, &at, e);
	if (dir < 0) return false;
	int fd = listen_at(&at);
	if (fd < 0 && errno == EADDRINUSE && is_stale(&at) && !unlink(at.sun_path)) fd = listen_at(&at);
	int why = errno;
	close(dir);
	if (fd < 0) return err_set(e, IRS_REFUSED, path, "cannot listen on the socket: %s", strerror(why));

	struct server *s = calloc(1, sizeof *s);
	if (!s || !(s->path = strdup(path))) abort();
	s->owned.close = server_close;
	s->open = 1;
	s->on_line = on_line;
	s->ctx = ctx;
	uv_pipe_init(loop_uv(l), &s->pipe, 0);
	s->pipe.data = s;
	loop_own(l, &s->owned);
	int r = uv_pipe_open(&s->pipe, fd);
	if (r) close(fd);
	else r = uv_listen((uv_stream_t *)&s->pipe, 16, on_connection);
	return !r || err_set(e, IRS_REFUSED, path, "cannot listen on the socket: %s", uv_strerror(r));
}

/* ---- the client's side */

static int64_t now_ns(void)
{
	struct timespec t;
	clock_gettime(CLOCK_BOOTTIME, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Waits until `fd` is ready. False with errno: ETIMEDOUT at the deadline. */
static bool await(int fd, short what, int64_t deadline)
{
	for (;;) {
		int64_t left = deadline - now_ns();
		if (left <= 0) break;
		struct pollfd p = { .fd = fd, .events = what };
		int r = poll(&p, 1, left / 1000000 > 60000 ? 60000 : (int)(left / 1000000) + 1);
		if (r > 0) return true;
		if (r < 0 && errno != EINTR) return false;
	}
	errno = ETIMEDOUT;
	return false;
}

static bool send_line(int fd, const char *line, int64_t deadline)
{
	struct buf b = { 0 };
	buf_printf(&b, "%s\n", line);
	size_t sent = 0;
	while (sent < b.n) {
		ssize_t n = send(fd, b.p + sent, b.n - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0) sent += (size_t)n;
		else if ((errno != EAGAIN && errno != EINTR) || !await(fd, POLLOUT, deadline)) break;
	}
	bool all = sent == b.n;
	buf_free(&b);
	return all;
}

/* The line that comes back, malloc'ed, or NULL with errno; 0: closed without one. */
static char *receive_line(int fd, int64_t deadline)
{
	struct buf b = { 0 };
	for (;;) {
		ssize_t n = recv(fd, buf_reserve(&b, 65536), 65536, MSG_DONTWAIT);
		if (n > 0) {
			b.n += (size_t)n;
			b.p[b.n] = 0;
			char *end = memchr(b.p, '\n', b.n);
			if (end) {
				*end = 0;
				return b.p;
			}
		} else if (n == 0) {
			errno = 0;
			break;
		} else if ((errno != EAGAIN && errno != EINTR) || !await(fd, POLLIN, deadline)) {
			break;
		}
	}
	int why = errno;
	buf_free(&b);
	errno = why;
	return NULL;
}

char *loop_ask(const char *path, const char *line, int64_t timeout, struct err *e)
{
	struct sockaddr_un at;
	int dir = socket_address(path, &at, e);
	if (dir < 0) return NULL;
	int64_t deadline = now_ns() + timeout;
	char *answer = NULL;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (const struct sockaddr *)&at, sizeof at) < 0)
		err_set(e, IRS_USAGE, path, "nobody answers on the socket: %s", strerror(errno));
	else if (!send_line(fd, line, deadline) || !(answer = receive_line(fd, deadline)))
		err_set(e, IRS_USAGE, path, "no answer: %s", errno ? strerror(errno) : "the connection was closed");
	if (fd >= 0) close(fd);
	close(dir);
	return answer;
}
