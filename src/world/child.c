#include "child.h"

#include <linux/close_range.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "irs/buf.h"

extern char **environ;

enum { PROCESS, OUT, ERR, PARTS };

struct child {
	struct loop *loop;
	uv_process_t process;
	uv_pipe_t pipe[PARTS]; /* OUT and ERR */
	struct buf kept[PARTS];
	struct loop_timer *deadline;
	struct child_end end;
	unsigned awaited; /* of PROCESS, OUT and ERR: not ended yet */
	unsigned handles; /* not closed yet */
	size_t limit;
	bool ours;
	child_done *done; /* NULL: told, or dropped */
	void *owner;
	char read[16 << 10];
};

/* ---- its end */

static void on_closed(uv_handle_t *h)
{
	struct child *c = h->data;
	if (--c->handles) return;
	for (int i = OUT; i < PARTS; i++) buf_free(&c->kept[i]);
	free(c);
}

static void close_handle(uv_handle_t *h)
{
	if (h->data && !uv_is_closing(h)) uv_close(h, on_closed);
}

static void close_all(struct child *c)
{
	loop_timer_stop(c->deadline);
	c->deadline = NULL;
	for (int i = OUT; i < PARTS; i++) close_handle((uv_handle_t *)&c->pipe[i]);
	/* A process that is not reaped yet stays watched, so that it is no zombie of ours; nobody waits for it. */
	if (c->process.data && !uv_is_closing((uv_handle_t *)&c->process)) uv_unref((uv_handle_t *)&c->process);
}

static void tell(struct child *c)
{
	child_done *done = c->done;
	if (!done) return;
	c->done = NULL;
	c->end.out = buf_view(&c->kept[OUT]);
	c->end.err = buf_view(&c->kept[ERR]);
	done(c->owner, &c->end);
	close_all(c);
}

static void part_ended(struct child *c, int part)
{
	c->awaited &= ~(1u << part);
	if (!c->awaited) tell(c);
}

/* The number is still its own while it is not reaped; there is none if it never started, and 0 would be our own group. */
static void kill_it(struct child *c)
{
	if (c->process.pid > 0 && !uv_is_closing((uv_handle_t *)&c->process)) kill(c->ours ? c->process.pid : -c->process.pid, SIGKILL);
}

static void on_late(void *ctx)
{
	struct child *c = ctx;
	c->deadline = NULL;
	c->end.late = true;
	kill_it(c);
	tell(c);
}

static void on_exit_of(uv_process_t *p, int64_t status, int signum)
{
	struct child *c = p->data;
	c->end.status = signum ? 128 + signum : (int)status;
	close_handle((uv_handle_t *)p);
	part_ended(c, PROCESS);
}

/* ---- its output */

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *b)
{
	struct child *c = h->data;
	(void)suggested;
	*b = uv_buf_init(c->read, sizeof c->read);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
	struct child *c = s->data;
	int part = s == (uv_stream_t *)&c->pipe[OUT] ? OUT : ERR;
	if (n < 0) {
		uv_read_stop(s);
		part_ended(c, part);
	} else if (n > 0) {
		size_t room = c->limit - c->kept[part].n, take = (size_t)n < room ? (size_t)n : room;
		c->end.cut |= take < (size_t)n;
		buf_add(&c->kept[part], b->base, take);
	}
}

/* ---- its start */

/* Our environment with the changes; what it points to stays where it is. */
static char **environment(const char *const *changes)
{
	size_t n = 0, nchanges = 0, at = 0;
	while (environ[n]) n++;
	while (changes[nchanges]) nchanges++;
	char **env = calloc(n + nchanges + 1, sizeof *env);
	if (!env) abort();
	for (size_t i = 0; i < n; i++) {
		size_t name = strcspn(environ[i], "="), k = 0;
		while (k < nchanges && (strcspn(changes[k], "=") != name || memcmp(changes[k], environ[i], name))) k++;
		if (k == nchanges) env[at++] = environ[i];
	}
	for (size_t k = 0; k < nchanges; k++)
		if (strchr(changes[k], '=')) env[at++] = (char *)(uintptr_t)changes[k];
	return env;
}

static int spawn(struct child *c, const struct child_options *o)
{
	uv_stdio_container_t streams[3] = {
		{ .flags = o->ours ? UV_INHERIT_FD : UV_IGNORE, .data.fd = STDIN_FILENO },
		{ .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&c->pipe[OUT] },
		{ .flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&c->pipe[ERR] },
	};
	char **env = o->env ? environment(o->env) : NULL;
	uv_process_options_t p = { .file = o->argv[0], .args = (char **)(uintptr_t)o->argv, .env = env, .flags = o->ours ? 0 : UV_PROCESS_DETACHED,
		                   .stdio = streams, .stdio_count = 3, .exit_cb = on_exit_of };
	close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
	c->process.data = c;
	c->handles++;
	int r = uv_spawn(loop_uv(c->loop), &c->process, &p);
	free(env);
	return r;
}

struct child *child_start(struct loop *l, const struct child_options *o, child_done *done, void *owner, struct err *e)
{
	struct child *c = calloc(1, sizeof *c);
	if (!c) abort();
	*c = (struct child){ .loop = l, .limit = o->limit, .ours = o->ours, .awaited = 1u << PROCESS | 1u << OUT | 1u << ERR };
	for (int i = OUT; i < PARTS; i++) {
		uv_pipe_init(loop_uv(l), &c->pipe[i], 0);
		c->pipe[i].data = c;
		c->handles++;
	}
	int r = spawn(c, o);
	if (!r) r = uv_read_start((uv_stream_t *)&c->pipe[OUT], on_alloc, on_read);
	if (!r) r = uv_read_start((uv_stream_t *)&c->pipe[ERR], on_alloc, on_read);
	if (r) {
		if (r == UV_ENOENT) err_set(e, IRS_USAGE, o->argv[0], "no such program");
		else err_set(e, IRS_USAGE, o->argv[0], "cannot start it: %s", uv_strerror(r));
		kill_it(c);
		close_all(c);
		close_handle((uv_handle_t *)&c->process);
		return NULL;
	}
	c->done = done;
	c->owner = owner;
	c->deadline = loop_after(l, o->timeout, on_late, c);
	return c;
}

void child_drop(struct child *c)
{
	if (!c) return;
	c->done = NULL;
	kill_it(c);
	close_all(c);
}
