#include "local_wire.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

enum { READ_SIZE = 64 << 10, VARIABLES = 5 };

struct local_wire {
	struct wire wire;
	struct local_transport *transport;
	struct local_wire *next, **link;
	uv_process_t process;
	uv_pipe_t in, out[2];
	unsigned handles; /* not closed yet */
	bool let_go;
};

struct local_transport {
	struct transport base;
	struct loop *loop;
	const char *shell;
	const char *const *const *commands;
	struct local_wire *wires;
	bool freed;
	char *environment[VARIABLES + 1];
	char read[READ_SIZE]; /* one turn, one reader */
};

struct write {
	uv_write_t request;
	struct buf bytes;
};

/* ---- closing */

static void transport_put(struct local_transport *t)
{
	if (!t->freed || t->wires) return;
	for (int i = 0; i < VARIABLES; i++) free(t->environment[i]);
	free(t);
}

static void on_closed(uv_handle_t *h)
{
	struct local_wire *w = h->data;
	if (--w->handles) return;
	*w->link = w->next;
	if (w->next) w->next->link = w->link;
	transport_put(w->transport);
	free(w);
}

static void close_handle(uv_handle_t *h)
{
	if (h->data && !uv_is_closing(h)) uv_close(h, on_closed);
}

static void close_pipes(struct local_wire *w)
{
	close_handle((uv_handle_t *)&w->in);
	close_handle((uv_handle_t *)&w->out[0]);
	close_handle((uv_handle_t *)&w->out[1]);
}

/* ---- what happens to a shell */

static void on_process_exit(uv_process_t *p, int64_t status, int signum)
{
	struct local_wire *w = p->data;
	const char *why = signum == SIGKILL ? "the shell was killed" : signum ? "the shell was ended by a signal" : "the shell ended by itself";
	(void)status;
	close_handle((uv_handle_t *)p);
	struct err e;
	err_set(&e, IRS_FAILED, NULL, "%s", why);
	if (!w->let_go) w->wire.events->ended(w->wire.owner, &e);
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *b)
{
	struct local_wire *w = h->data;
	(void)suggested;
	*b = uv_buf_init(w->transport->read, READ_SIZE);
}

/* The end of a stream alone means nothing: the shell's own end does. */
static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
	struct local_wire *w = s->data;
	if (n < 0) uv_read_stop(s);
	else if (n > 0 && !w->let_go) w->wire.events->data(w->wire.owner, s == (uv_stream_t *)&w->out[0] ? 1 : 2, b->base, (size_t)n);
}

/* ---- what is done with it */

static void on_written(uv_write_t *r, int status)
{
	struct write *wr = (struct write *)r;
	(void)status; /* a shell that doesn't hear us any more has ended, and is reported so */
	buf_free(&wr->bytes);
	free(wr);
}

static void local_send(struct wire *base, struct buf *b)
{
	struct local_wire *w = (struct local_wire *)base;
	uv_buf_t whole = uv_buf_init(b->p, (unsigned)b->n);
	int sent = uv_try_write((uv_stream_t *)&w->in, &whole, 1);
	if (sent == UV_EAGAIN) sent = 0;
	if (sent >= 0 && (size_t)sent < b->n) {
		struct write *wr = calloc(1, sizeof *wr);
		if (!wr) abort();
		wr->bytes = *b;
		uv_buf_t rest = uv_buf_init(b->p + sent, (unsigned)(b->n - (size_t)sent));
		*b = (struct buf){ 0 };
		if (uv_write(&wr->request, (uv_stream_t *)&w->in, &rest, 1, on_written)) on_written(&wr->request, 0);
	} else {
		buf_clear(b);
	}
}

static void local_let_go(struct wire *base)
{
	struct local_wire *w = (struct local_wire *)base;
	w->let_go = true;
	close_pipes(w);
	/* The process stays watched, so that it is no zombie of ours, but nobody waits for it. */
	if (!uv_is_closing((uv_handle_t *)&w->process)) uv_unref((uv_handle_t *)&w->process);
}

static void local_cut(struct wire *base)
{
	struct local_wire *w = (struct local_wire *)base;
	/* Not reaped yet, so its number is still its own, and its group's. */
	if (!uv_is_closing((uv_handle_t *)&w->process)) kill(-w->process.pid, SIGKILL);
	local_let_go(base);
}

static const struct wire_ops local_ops = { local_send, local_let_go, local_cut };

/* ---- how it starts */

/* Pipes and not libuv's socket pairs: what runs behind sshd has pipes, too, and `>/dev/stdout` fails on a socket. */
static int open_pipes(int fd[6])
{
	for (int i = 0; i < 6; i++) fd[i] = -1;
	for (int i = 0; i < 6; i += 2)
		if (pipe2(fd + i, O_CLOEXEC)) return -errno;
	return 0;
}

static void close_all(int *fd, int n)
{
	for (int i = 0; i < n; i++)
		if (fd[i] >= 0) close(fd[i]);
}

static int spawn(struct local_wire *w, uint32_t host, int in, int out, int err)
{
	char name[] = "sh";
	char *shell[] = { name, NULL };
	const char *const *command = w->transport->commands ? w->transport->commands[host] : NULL;
	uv_stdio_container_t streams[3] = {
		{ .flags = UV_INHERIT_FD, .data.fd = in },
		{ .flags = UV_INHERIT_FD, .data.fd = out },
		{ .flags = UV_INHERIT_FD, .data.fd = err },
	};
	/* A command of the inventory's is a tool of this person's, and may need what they have set: DOCKER_HOST, KUBECONFIG, SSH_AUTH_SOCK. */
	uv_process_options_t o = { .file = command ? command[0] : w->transport->shell, .args = command ? (char **)command : shell,
		                   .env = command ? NULL : w->transport->environment, .flags = UV_PROCESS_DETACHED, .stdio = streams, .stdio_count = 3,
		                   .exit_cb = on_process_exit };
	w->process.data = w;
	w->handles++;
	/* What we have open stays ours, also what others left open to us, or libcurl opened: a lock that a fault's process holds would outlive us. */
	close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
	return uv_spawn(loop_uv(w->transport->loop), &w->process, &o);
}

static int open_stream(struct local_wire *w, uv_pipe_t *p, int *fd)
{
	uv_pipe_init(loop_uv(w->transport->loop), p, 0);
	p->data = w;
	w->handles++;
	int r = uv_pipe_open(p, *fd);
	if (!r) *fd = -1;
	return r;
}

static int start(struct local_wire *w, uint32_t host, int fd[6])
{
	int r = spawn(w, host, fd[0], fd[3], fd[5]);
	if (!r) r = open_stream(w, &w->in, &fd[1]);
	if (!r) r = open_stream(w, &w->out[0], &fd[2]);
	if (!r) r = open_stream(w, &w->out[1], &fd[4]);
	if (!r) r = uv_read_start((uv_stream_t *)&w->out[0], on_alloc, on_read);
	if (!r) r = uv_read_start((uv_stream_t *)&w->out[1], on_alloc, on_read);
	return r;
}

static struct wire *local_open(struct transport *base, uint32_t host, const struct wire_events *events, void *owner, struct err *e)
{
	struct local_transport *t = (struct local_transport *)base;
	struct local_wire *w = calloc(1, sizeof *w);
	int fd[6], r = open_pipes(fd);
	if (!w) abort();
	*w = (struct local_wire){ .wire = { &local_ops, events, owner }, .transport = t, .next = t->wires, .link = &t->wires };
	if (t->wires) t->wires->link = &w->next;
	t->wires = w;
	if (r) {
		w->handles = 1;
		uv_pipe_init(loop_uv(t->loop), &w->in, 0);
		w->in.data = w;
	} else {
		r = start(w, host, fd);
	}
	close_all(fd, 6);
	if (!r) {
		events->opened(owner);
		return &w->wire;
	}
	local_let_go(&w->wire);
	close_handle((uv_handle_t *)&w->process);
	err_set(e, IRS_REFUSED, t->shell, "cannot start a shell: %s", uv_strerror(r));
	return NULL;
}

static char *variable(const char *name, const char *value)
{
	char *v;
	if (asprintf(&v, "%s=%s", name, value) < 0) abort();
	return v;
}

/* What a login gives. Ours may hold secrets, tells who we are (sudo names the command line), and would make commands run otherwise than elsewhere. */
static void make_environment(char *to[VARIABLES + 1])
{
	const char *path = getenv("PATH");
	const struct passwd *pw = getpwuid(geteuid());
	to[0] = variable("PATH", path ? path : "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	to[1] = variable("HOME", pw ? pw->pw_dir : "/");
	to[2] = variable("USER", pw ? pw->pw_name : "nobody");
	to[3] = variable("LOGNAME", pw ? pw->pw_name : "nobody");
	to[4] = variable("SHELL", pw ? pw->pw_shell : "/bin/sh");
}

struct transport *local_transport_new(struct loop *l, const char *shell, const char *const *const *commands)
{
	struct local_transport *t = calloc(1, sizeof *t);
	if (!t) abort();
	*t = (struct local_transport){ .base.open = local_open, .loop = l, .shell = shell, .commands = commands };
	t->base.afresh = &t->base;
	make_environment(t->environment);
	signal(SIGPIPE, SIG_IGN);
	return &t->base;
}

void local_transport_free(struct transport *base)
{
	struct local_transport *t = (struct local_transport *)base;
	if (!t) return;
	t->freed = true;
	for (struct local_wire *w = t->wires; w; w = w->next) {
		close_pipes(w);
		close_handle((uv_handle_t *)&w->process);
	}
	transport_put(t);
}
