/* Links over a descriptor of ours: a TCP connection, or the two ends of a child's. */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#include "ssh_link.h"

enum { SILENT_MS = 30000 /* for which a peer may leave what we sent unacknowledged */ };

/* A descriptor under watch; closed with its watch. */
struct watch {
	uv_poll_t poll;
	struct fd_link *link; /* NULL: given up */
	int fd;
};

struct fd_link {
	struct ssh_link link;
	struct loop *loop;
	char *target; /* host or command */
	unsigned port;
	int64_t timeout;
	struct loop_timer *timer;
	struct err failure; /* to be told by the timer */
	uv_getaddrinfo_t lookup;
	struct addrinfo *addresses, *next;
	uv_process_t process;
	struct watch *watch;
	unsigned pending; /* requests and handles that point here */
	int last_error;
	bool up, down, freed;
};

static struct fd_link *of(struct ssh_link *l) { return (struct fd_link *)l; }

static void release(struct fd_link *l)
{
	if (!l->freed || l->pending) return;
	free(l->target);
	free(l);
}

/* ---- watching a descriptor */

static void on_watch_closed(uv_handle_t *h)
{
	struct watch *w = h->data;
	close(w->fd);
	free(w);
}

static void watch_drop(struct fd_link *l)
{
	if (!l->watch) return;
	l->watch->link = NULL;
	uv_close((uv_handle_t *)&l->watch->poll, on_watch_closed);
	l->watch = NULL;
}

/* Takes `fd`. */
static void watch_new(struct fd_link *l, int fd)
{
	struct watch *w = calloc(1, sizeof *w);
	if (!w) abort();
	*w = (struct watch){ .link = l, .fd = fd };
	uv_poll_init(loop_uv(l->loop), &w->poll, fd);
	w->poll.data = w;
	l->watch = w;
}

/* ---- coming up, going down */

static void on_down(void *ctx)
{
	struct fd_link *l = ctx;
	l->timer = NULL;
	l->link.events->down(l->link.owner, &l->failure);
}

/* By the loop's next turn: whoever called us may be the one who is told. */
static void fall(struct fd_link *l)
{
	if (l->down || l->freed) return;
	l->down = true;
	loop_timer_stop(l->timer);
	l->timer = loop_after(l->loop, 0, on_down, l);
}

static void on_late(void *ctx)
{
	struct fd_link *l = ctx;
	l->timer = NULL;
	err_set(&l->failure, IRS_FAILED, NULL, "no answer from %s within %lld s", l->target, (long long)(l->timeout / 1000000000));
	err_remedy(&l->failure, "is it up, and does the network let this machine reach it?");
	watch_drop(l);
	fall(l);
}

static void on_stirred(uv_poll_t *p, int status, int events)
{
	struct watch *w = p->data;
	struct fd_link *l = w->link;
	(void)status, (void)events; /* what is wrong with it, reading it will say */
	if (l && !l->down) l->link.events->stirred(l->link.owner);
}

static void rise(struct fd_link *l)
{
	l->up = true;
	loop_timer_stop(l->timer);
	l->timer = NULL;
	uv_poll_start(&l->watch->poll, UV_READABLE, on_stirred);
	l->link.events->up(l->link.owner);
}

static int fd_socket(const struct ssh_link *base) { return ((const struct fd_link *)base)->watch->fd; }

static ssize_t fd_receive(struct ssh_link *base, void *to, size_t n)
{
	ssize_t got = recv(fd_socket(base), to, n, 0);
	return got < 0 ? -errno : got;
}

static ssize_t fd_send(struct ssh_link *base, const void *p, size_t n)
{
	ssize_t sent = send(fd_socket(base), p, n, MSG_NOSIGNAL);
	return sent < 0 ? -errno : sent;
}

static void fd_want_write(struct ssh_link *base, bool wanted)
{
	struct fd_link *l = of(base);
	if (l->watch && l->up) uv_poll_start(&l->watch->poll, UV_READABLE | (wanted ? UV_WRITABLE : 0), on_stirred);
}

static void fd_sever(struct ssh_link *base)
{
	struct fd_link *l = of(base);
	if (l->watch) shutdown(l->watch->fd, SHUT_RDWR);
}

static void fd_free(struct ssh_link *base)
{
	struct fd_link *l = of(base);
	l->freed = true;
	loop_timer_stop(l->timer);
	watch_drop(l);
	if (uv_is_active((uv_handle_t *)&l->process)) uv_process_kill(&l->process, SIGHUP);
	if (l->addresses) uv_freeaddrinfo(l->addresses);
	l->addresses = NULL;
	release(l);
}

static struct fd_link *fd_link_new(struct loop *loop, const struct ssh_link_ops *ops, const char *target, unsigned port, int64_t timeout)
{
	struct fd_link *l = calloc(1, sizeof *l);
	if (!l) abort();
	*l = (struct fd_link){ .link.ops = ops, .loop = loop, .target = strdup(target), .port = port, .timeout = timeout };
	if (!l->target) abort();
	return l;
}

/* ---- TCP */

static void try_next(struct fd_link *l);

static void on_connected(uv_poll_t *p, int status, int events)
{
	struct watch *w = p->data;
	struct fd_link *l = w->link;
	socklen_t n = sizeof l->last_error;
	(void)status, (void)events;
	if (!l) return;
	if (getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &l->last_error, &n)) l->last_error = errno;
	if (!l->last_error) {
		rise(l);
	} else {
		watch_drop(l);
		try_next(l);
	}
}

/* A peer that is gone is noticed by the kernel: what we send is acknowledged in time, or the connection ends. */
static void set_options(int fd)
{
	int on = 1, silent = SILENT_MS, idle = SILENT_MS / 2000, interval = SILENT_MS / 6000;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silent, sizeof silent);
}

static void try_next(struct fd_link *l)
{
	while (l->next) {
		const struct addrinfo *a = l->next;
		l->next = a->ai_next;
		int fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (fd < 0) {
			l->last_error = errno;
			continue;
		}
		set_options(fd);
		if (connect(fd, a->ai_addr, a->ai_addrlen) == 0 || errno == EINPROGRESS) {
			watch_new(l, fd);
			uv_poll_start(&l->watch->poll, UV_WRITABLE, on_connected);
			return;
		}
		l->last_error = errno;
		close(fd);
	}
	err_set(&l->failure, IRS_FAILED, NULL, "%s, port %u: %s", l->target, l->port, strerror(l->last_error));
	fall(l);
}

static void on_looked_up(uv_getaddrinfo_t *r, int status, struct addrinfo *found)
{
	struct fd_link *l = r->data;
	l->pending--;
	if (l->freed || l->down) {
		if (found) uv_freeaddrinfo(found);
		release(l);
	} else if (status) {
		err_set(&l->failure, IRS_FAILED, NULL, "the name %s can't be resolved: %s", l->target, uv_strerror(status));
		fall(l);
	} else {
		l->addresses = l->next = found;
		try_next(l);
	}
}

static void tcp_start(struct ssh_link *base)
{
	struct fd_link *l = of(base);
	struct addrinfo hints = { .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
	char port[12];
	snprintf(port, sizeof port, "%u", l->port);
	l->lookup.data = l;
	l->timer = loop_after(l->loop, l->timeout, on_late, l);
	int r = uv_getaddrinfo(loop_uv(l->loop), &l->lookup, on_looked_up, l->target, port, &hints);
	if (!r) {
		l->pending++;
		return;
	}
	err_set(&l->failure, IRS_FAILED, NULL, "the name %s can't be looked up: %s", l->target, uv_strerror(r));
	fall(l);
}

static const struct ssh_link_ops tcp_ops = { tcp_start, fd_receive, fd_send, fd_socket, fd_want_write, fd_sever, fd_free };

struct ssh_link *ssh_link_tcp(struct loop *l, const char *host, unsigned port, int64_t timeout)
{
	return &fd_link_new(l, &tcp_ops, host, port, timeout)->link;
}

/* ---- a command's pipes */

static void on_process_closed(uv_handle_t *h)
{
	struct fd_link *l = h->data;
	l->pending--;
	release(l);
}

static void on_process_exit(uv_process_t *p, int64_t status, int signum)
{
	(void)status, (void)signum; /* the end of its stream says it */
	uv_close((uv_handle_t *)p, on_process_closed);
}

/* One socket pair for both directions, as OpenSSH does with ProxyUseFdpass off; what it says on standard error is for the person. */
static int spawn(struct fd_link *l, int theirs)
{
	char shell[] = "sh", option[] = "-c", *script = NULL;
	if (asprintf(&script, "exec %s", l->target) < 0) abort();
	char *arguments[] = { shell, option, script, NULL };
	uv_stdio_container_t streams[3] = { { .flags = UV_INHERIT_FD, .data.fd = theirs },
		                            { .flags = UV_INHERIT_FD, .data.fd = theirs },
		                            { .flags = UV_INHERIT_FD, .data.fd = STDERR_FILENO } };
	uv_process_options_t o = { .file = "/bin/sh", .args = arguments, .stdio = streams, .stdio_count = 3, .exit_cb = on_process_exit };
	l->process.data = l;
	int r = uv_spawn(loop_uv(l->loop), &l->process, &o);
	l->pending++;
	if (r) uv_close((uv_handle_t *)&l->process, on_process_closed);
	free(script);
	return r;
}

static void on_command_ready(void *ctx)
{
	struct fd_link *l = ctx;
	l->timer = NULL;
	rise(l);
}

static void command_start(struct ssh_link *base)
{
	struct fd_link *l = of(base);
	int pair[2] = { -1, -1 };
	int r = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) ? -errno : 0;
	if (!r && fcntl(pair[0], F_SETFL, O_NONBLOCK)) r = -errno;
	if (!r) r = spawn(l, pair[1]);
	if (pair[1] >= 0) close(pair[1]);
	if (!r) {
		watch_new(l, pair[0]);
		l->timer = loop_after(l->loop, 0, on_command_ready, l);
		return;
	}
	if (pair[0] >= 0) close(pair[0]);
	err_set(&l->failure, IRS_FAILED, NULL, "the ProxyCommand can't be started: %s", uv_strerror(r));
	fall(l);
}

static const struct ssh_link_ops command_ops = { command_start, fd_receive, fd_send, fd_socket, fd_want_write, fd_sever, fd_free };

struct ssh_link *ssh_link_command(struct loop *l, const char *command, int64_t timeout)
{
	return &fd_link_new(l, &command_ops, command, 0, timeout)->link;
}
