#include "ssh_agent.h"

#include <stdlib.h>
#include <sys/un.h>
#include <uv.h>

#include "irs/arena.h"
#include "irs/buf.h"
#include "ssh_agent_wire.h"

/* A request on its way, and then its answer. */
struct exchange {
	struct exchange *next;
	struct ssh_agent *agent;
	struct buf message;
	bool sent, again; /* again: it was sent before, over a connection that was lost */
	struct loop_timer *deadline;
	/* The answer without its length, or `e`. NULL: nobody wants it any more. */
	void (*done)(void *owner, struct str answer, const struct err *e);
	void *owner;
};

/* A connection, which outlives its agent until its handle is closed. */
struct connection {
	uv_pipe_t pipe;
	uv_connect_t connecting;
	struct ssh_agent *agent; /* NULL: it was left */
	bool ready;
	struct buf in;
	char read[16 << 10];
};

struct ssh_agent {
	struct loop *loop;
	char *socket;
	struct connection *connection;
	struct exchange *first; /* in order: those that were sent, then those that were not */
	struct loop_timer *unreachable;
	bool *freed; /* set while something is called that may free it */
};

struct write {
	uv_write_t request;
	struct buf bytes;
};

/* ---- exchanges */

static void exchange_free(struct exchange *x)
{
	loop_timer_stop(x->deadline);
	buf_free(&x->message);
	free(x);
}

/* Takes it off the queue and tells. False: the agent was freed meanwhile. */
static bool finish(struct ssh_agent *a, struct exchange *x, struct str answer, const struct err *e)
{
	struct exchange **at = &a->first;
	bool freed = false, *outer = a->freed;
	while (*at != x) at = &(*at)->next;
	*at = x->next;
	a->freed = &freed;
	if (x->done) x->done(x->owner, answer, e);
	exchange_free(x);
	if (!freed) a->freed = outer;
	else if (outer) *outer = true;
	return !freed;
}

static bool fail(struct ssh_agent *a, struct exchange *x, const struct err *e) { return finish(a, x, (struct str){ "", 0 }, e); }

/* Those that are there now; what is asked meanwhile is tried afresh. */
static void fail_all(struct ssh_agent *a, const struct err *e)
{
	size_t n = 0;
	for (struct exchange *x = a->first; x; x = x->next) n++;
	while (n-- && a->first)
		if (!fail(a, a->first, e)) return;
}

/* ---- the connection */

static void connect_to(struct ssh_agent *a);

static void on_closed(uv_handle_t *h)
{
	struct connection *c = h->data;
	buf_free(&c->in);
	free(c);
}

static void leave(struct ssh_agent *a)
{
	struct connection *c = a->connection;
	if (!c) return;
	a->connection = NULL;
	c->agent = NULL;
	uv_close((uv_handle_t *)&c->pipe, on_closed);
}

static void unreachable(struct err *e, const struct ssh_agent *a, int why)
{
	if (!a->socket) err_set(e, IRS_REFUSED, NULL, "no agent is running: SSH_AUTH_SOCK is not set");
	else if (why == UV_ENOENT || why == UV_ECONNREFUSED || why == UV_ENOTSOCK) err_set(e, IRS_REFUSED, a->socket, "no agent is running there");
	else err_set(e, IRS_REFUSED, a->socket, "the agent can't be reached: %s", uv_strerror(why));
	if (why == UV_EACCES || why == UV_EPERM) err_remedy(e, "it belongs to somebody else: start your own by eval \"$(ssh-agent)\" and add keys by ssh-add");
	else err_remedy(e, "start one by eval \"$(ssh-agent)\" and add keys by ssh-add, or name a key file by IdentityFile in ssh's configuration");
}

static void on_written(uv_write_t *r, int status)
{
	struct write *w = (struct write *)r;
	(void)status; /* an agent that doesn't hear us has closed, and that is read */
	buf_free(&w->bytes);
	free(w);
}

static void send_message(struct connection *c, const struct buf *message)
{
	struct write *w = calloc(1, sizeof *w);
	if (!w) abort();
	buf_add(&w->bytes, message->p, message->n);
	uv_buf_t whole = uv_buf_init(w->bytes.p, (unsigned)w->bytes.n);
	if (uv_write(&w->request, (uv_stream_t *)&c->pipe, &whole, 1, on_written)) on_written(&w->request, 0);
}

static void send_all(struct ssh_agent *a)
{
	for (struct exchange *x = a->first; x; x = x->next) {
		if (x->sent) continue;
		x->sent = true;
		send_message(a->connection, &x->message);
	}
}

/* The connection is of no use any more. What was under way is asked once more over a new one, unless it was so before. */
static void lost(struct ssh_agent *a, const char *why, bool by_us)
{
	struct err e;
	leave(a);
	for (struct exchange *x = a->first, *next; x; x = next) {
		next = x->next;
		if (!x->sent) continue;
		if (x->done && (by_us || !x->again)) {
			x->sent = false;
			x->again |= !by_us;
			continue;
		}
		err_set(&e, IRS_REFUSED, a->socket, "%s", why);
		err_remedy(&e, "see what `ssh-add -l` says");
		if (!fail(a, x, &e)) return;
		next = a->first; /* whatever was done meanwhile */
	}
	if (a->first && !a->connection) connect_to(a);
}

/* ---- what it says */

/* False: the connection or the agent is gone. */
static bool take_message(struct connection *c, size_t size)
{
	struct ssh_agent *a = c->agent;
	struct exchange *x = a->first;
	if (!x || !x->sent) {
		lost(a, "the agent speaks unasked", false);
		return false;
	}
	struct buf message = { 0 };
	buf_add(&message, c->in.p + 4, size - 4);
	memmove(c->in.p, c->in.p + size, c->in.n - size);
	c->in.n -= size;
	bool there = finish(a, x, buf_view(&message), NULL);
	buf_free(&message);
	return there && c->agent;
}

static void take_messages(struct connection *c)
{
	long size;
	while ((size = agent_message_size(buf_view(&c->in))) > 0 && (size_t)size <= c->in.n)
		if (!take_message(c, (size_t)size)) return;
	if (size >= 0) return;
	/* What it was asked is not asked again: it would say the same. */
	struct ssh_agent *a = c->agent;
	if (a->first && a->first->sent) a->first->again = true;
	lost(a, "the agent's answer makes no sense: its length is wrong", false);
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *b)
{
	struct connection *c = h->data;
	(void)suggested;
	*b = uv_buf_init(c->read, sizeof c->read);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *b)
{
	struct connection *c = s->data;
	if (!c->agent) return;
	if (n < 0) {
		lost(c->agent, "the agent went away before it answered", false);
	} else if (n > 0) {
		buf_add(&c->in, b->base, (size_t)n);
		take_messages(c);
	}
}

/* ---- connecting */

static void on_connected(uv_connect_t *r, int status)
{
	struct connection *c = r->handle->data;
	struct ssh_agent *a = c->agent;
	struct err e;
	if (!a) return;
	if (!status) status = uv_read_start((uv_stream_t *)&c->pipe, on_alloc, on_read);
	if (status) {
		unreachable(&e, a, status);
		leave(a);
		fail_all(a, &e);
		return;
	}
	c->ready = true;
	send_all(a);
}

static void on_unreachable(void *ctx)
{
	struct ssh_agent *a = ctx;
	struct err e;
	a->unreachable = NULL;
	unreachable(&e, a, a->socket ? UV_ENAMETOOLONG : 0);
	fail_all(a, &e);
}

static void connect_to(struct ssh_agent *a)
{
	/* libuv would cut a path that is too long. */
	if (!a->socket || strlen(a->socket) >= sizeof ((struct sockaddr_un *)0)->sun_path) {
		if (!a->unreachable) a->unreachable = loop_after(a->loop, 0, on_unreachable, a);
		return;
	}
	struct connection *c = calloc(1, sizeof *c);
	if (!c) abort();
	c->agent = a;
	a->connection = c;
	uv_pipe_init(loop_uv(a->loop), &c->pipe, 0);
	c->pipe.data = c;
	uv_pipe_connect(&c->connecting, &c->pipe, a->socket, on_connected);
}

/* ---- asking */

/* An agent that doesn't answer one request will not come to the next ones on this connection. */
static void on_late(void *ctx)
{
	struct exchange *x = ctx;
	struct ssh_agent *a = x->agent;
	bool sent = x->sent;
	struct err e;
	x->deadline = NULL;
	err_set(&e, IRS_REFUSED, a->socket, "the agent did not answer in time");
	err_remedy(&e, "it may wait for somebody to confirm, or to touch a key; see what `ssh-add -l` says");
	if (fail(a, x, &e) && sent) lost(a, "", true);
}

static struct exchange *exchange(struct ssh_agent *a, struct buf *message, int64_t timeout, void (*done)(void *owner, struct str answer, const struct err *e),
                                 void *owner)
{
	struct exchange *x = calloc(1, sizeof *x), **last = &a->first;
	if (!x) abort();
	*x = (struct exchange){ .agent = a, .message = *message, .done = done, .owner = owner };
	while (*last) last = &(*last)->next;
	*last = x;
	x->deadline = loop_after(a->loop, timeout, on_late, x);
	if (!a->connection) connect_to(a);
	else if (a->connection->ready) send_all(a);
	return x;
}

/* Nobody wants the answer. If it was asked for, it may come yet, and is for nobody else. */
static void forget(struct exchange *x)
{
	struct exchange **at = &x->agent->first;
	x->done = NULL;
	if (x->sent) return;
	while (*at != x) at = &(*at)->next;
	*at = x->next;
	exchange_free(x);
}

static void refused_or_odd(struct err *e, const struct ssh_agent *a, bool refused, const char *what)
{
	if (refused) {
		err_set(e, IRS_REFUSED, a->socket, "the agent refused to %s: is it locked?", what);
		err_remedy(e, "unlock it by ssh-add -X; look for a question that it asked");
	} else {
		err_set(e, IRS_REFUSED, a->socket, "the agent's answer makes no sense");
		err_remedy(e, "see what `ssh-add -l` says");
	}
}

/* ---- listing */

struct listing {
	struct ssh_agent *agent;
	ssh_agent_listed *done;
	void *owner;
};

static void on_listed(void *owner, struct str answer, const struct err *failed)
{
	struct listing *g = owner;
	struct arena *a = arena_new(0);
	struct ssh_agent_keys keys = { 0 };
	struct err e = { 0 };
	bool refused, listed = !failed && agent_read_keys(a, answer, &keys, &refused);
	if (failed) {
		e = *failed;
	} else if (!listed) {
		refused_or_odd(&e, g->agent, refused, "list its keys");
	} else if (!keys.n) {
		err_set(&e, IRS_REFUSED, g->agent->socket, "the agent has no keys");
		err_remedy(&e, "add one by ssh-add; if it is locked, unlock it by ssh-add -X");
	}
	g->done(g->owner, listed ? &keys : NULL, e.what[0] ? &e : NULL);
	arena_free(a);
	free(g);
}

void ssh_agent_list(struct ssh_agent *a, int64_t timeout, ssh_agent_listed *done, void *owner)
{
	struct listing *g = calloc(1, sizeof *g);
	struct buf message = { 0 };
	if (!g) abort();
	*g = (struct listing){ .agent = a, .done = done, .owner = owner };
	agent_put_list(&message);
	exchange(a, &message, timeout, on_listed, g);
}

/* ---- signing */

struct ssh_signing {
	struct ssh_agent *agent;
	struct exchange *exchange; /* while under way */
	struct loop_timer *soon;   /* it failed before it could begin */
	bool over, rsa_sha2;
	struct buf answer;
	struct ssh_signature signature;
	struct err error;
	void (*done)(void *owner);
	void *owner;
};

static void signing_over(struct ssh_signing *s)
{
	s->over = true;
	s->exchange = NULL;
	s->soon = NULL;
	if (s->done) s->done(s->owner);
}

static void on_signed(void *owner, struct str answer, const struct err *failed)
{
	struct ssh_signing *s = owner;
	bool refused;
	buf_str(&s->answer, answer);
	if (failed) {
		s->error = *failed;
	} else if (!agent_read_signature(buf_view(&s->answer), &s->signature, &refused)) {
		refused_or_odd(&s->error, s->agent, refused, "sign with the key");
	} else if (s->rsa_sha2 && str_eq(s->signature.format, STR("ssh-rsa"))) {
		err_set(&s->error, IRS_REFUSED, s->agent->socket, "the agent signs with RSA keys by SHA-1 only, which hosts refuse");
		err_remedy(&s->error, "use a newer agent, or an ed25519 key");
	}
	signing_over(s);
}

static void on_too_long(void *ctx)
{
	struct ssh_signing *s = ctx;
	err_set(&s->error, IRS_REFUSED, s->agent->socket, "there is more to sign than an agent takes");
	signing_over(s);
}

struct ssh_signing *ssh_agent_sign(struct ssh_agent *a, struct str blob, struct str data, unsigned flags, int64_t timeout, void (*done)(void *owner), void *owner)
{
	struct ssh_signing *s = calloc(1, sizeof *s);
	struct buf message = { 0 };
	if (!s) abort();
	*s = (struct ssh_signing){ .agent = a, .rsa_sha2 = flags & (AGENT_RSA_SHA2_256 | AGENT_RSA_SHA2_512), .done = done, .owner = owner };
	if (agent_put_sign(&message, blob, data, flags)) s->exchange = exchange(a, &message, timeout, on_signed, s);
	else s->soon = loop_after(a->loop, 0, on_too_long, s);
	return s;
}

bool ssh_signing_over(const struct ssh_signing *s) { return s->over; }

const struct ssh_signature *ssh_signing_result(const struct ssh_signing *s, struct err *e)
{
	if (!s->error.what[0]) return &s->signature;
	*e = s->error;
	return NULL;
}

void ssh_signing_free(struct ssh_signing *s)
{
	if (!s) return;
	if (s->exchange) forget(s->exchange);
	loop_timer_stop(s->soon);
	buf_free(&s->answer);
	free(s);
}

/* ---- its life */

struct ssh_agent *ssh_agent_new(struct loop *l, const char *socket)
{
	struct ssh_agent *a = calloc(1, sizeof *a);
	if (!a) abort();
	*a = (struct ssh_agent){ .loop = l, .socket = socket && *socket ? strdup(socket) : NULL };
	return a;
}

void ssh_agent_free(struct ssh_agent *a)
{
	if (!a) return;
	if (a->freed) *a->freed = true;
	leave(a);
	loop_timer_stop(a->unreachable);
	while (a->first) {
		struct exchange *x = a->first;
		a->first = x->next;
		if (x->done == on_listed) free(x->owner);
		exchange_free(x);
	}
	free(a->socket);
	free(a);
}
