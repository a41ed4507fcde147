/* A link through a bastion's session: what the inner session reads and writes are the bytes of a channel of the outer one. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "irs/buf.h"
#include "ssh_link.h"
#include "ssh_session.h"

enum { FULL = 256 << 10 }; /* above which the inner session waits until the outer one has sent */

struct tunnel {
	struct ssh_link link;
	struct loop *loop;
	struct ssh_session *bastion;
	struct ssh_channel *channel;
	char *host;
	unsigned port;
	int64_t timeout;
	struct loop_timer *timer;
	struct buf in;
	size_t taken; /* of it */
	struct err failure;
	bool full, over;
};

static struct tunnel *of(struct ssh_link *l) { return (struct tunnel *)l; }

/* ---- the inner session's side */

static ssize_t tunnel_receive(struct ssh_link *base, void *to, size_t n)
{
	struct tunnel *t = of(base);
	size_t left = t->in.n - t->taken;
	if (!left) return t->over ? 0 : -EAGAIN;
	if (n > left) n = left;
	memcpy(to, t->in.p + t->taken, n);
	t->taken += n;
	if (t->taken == t->in.n) {
		buf_clear(&t->in);
		t->taken = 0;
	}
	return (ssize_t)n;
}

static ssize_t tunnel_send(struct ssh_link *base, const void *p, size_t n)
{
	struct tunnel *t = of(base);
	struct buf b = { 0 };
	if (t->over) return -EPIPE;
	if (ssh_channel_unsent(t->channel) > FULL) {
		t->full = true;
		return -EAGAIN;
	}
	buf_add(&b, p, n);
	ssh_channel_send(t->channel, &b);
	buf_free(&b);
	return (ssize_t)n;
}

static int tunnel_socket(const struct ssh_link *base) { return ssh_session_socket(((const struct tunnel *)base)->bastion); }

/* ---- the channel's events */

static void on_opened(void *owner)
{
	struct tunnel *t = owner;
	loop_timer_stop(t->timer);
	t->timer = NULL;
	t->link.events->up(t->link.owner);
}

static void on_data(void *owner, int stream, const char *p, size_t n)
{
	struct tunnel *t = owner;
	(void)stream;
	buf_add(&t->in, p, n);
	t->link.events->stirred(t->link.owner);
}

static void on_sent(void *owner)
{
	struct tunnel *t = owner;
	if (t->full) t->link.events->stirred(t->link.owner);
	t->full = false;
}

static void fall(struct tunnel *t, const char *why)
{
	if (t->over) return;
	t->over = true;
	loop_timer_stop(t->timer);
	t->timer = NULL;
	err_set(&t->failure, IRS_FAILED, NULL, "through the bastion: %s", why);
	t->link.events->down(t->link.owner, &t->failure);
}

static void on_ended(void *owner, bool full, const char *why)
{
	(void)full;
	fall(owner, why);
}

static const struct ssh_channel_events channel_events = { on_opened, on_data, on_sent, on_ended };

static void on_late(void *ctx)
{
	struct tunnel *t = ctx;
	t->timer = NULL;
	fall(t, "it did not connect in time");
}

/* ---- the link's operations */

static void tunnel_start(struct ssh_link *base)
{
	struct tunnel *t = of(base);
	t->timer = loop_after(t->loop, t->timeout, on_late, t);
	t->channel = ssh_channel_tunnel(t->bastion, t->host, t->port, &channel_events, t);
}

/* Whenever the outer session has sent all, we are stirred. */
static void tunnel_want_write(struct ssh_link *base, bool wanted) { (void)base, (void)wanted; }

static void tunnel_sever(struct ssh_link *base) { of(base)->over = true; }

static void tunnel_free(struct ssh_link *base)
{
	struct tunnel *t = of(base);
	loop_timer_stop(t->timer);
	if (t->channel) ssh_channel_close(t->channel);
	buf_free(&t->in);
	free(t->host);
	free(t);
}

static const struct ssh_link_ops ops = { tunnel_start, tunnel_receive, tunnel_send, tunnel_socket, tunnel_want_write, tunnel_sever, tunnel_free };

struct ssh_link *ssh_link_tunnel(struct loop *l, struct ssh_session *bastion, const char *host, unsigned port, int64_t timeout)
{
	struct tunnel *t = calloc(1, sizeof *t);
	if (!t) abort();
	*t = (struct tunnel){ .link.ops = &ops, .loop = l, .bastion = bastion, .host = strdup(host), .port = port, .timeout = timeout };
	if (!t->host) abort();
	return &t->link;
}
