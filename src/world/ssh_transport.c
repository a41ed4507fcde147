#include "ssh_transport.h"

#include <sodium.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ssh_auth.h"
#include "ssh_session.h"

enum { FORKS = 50, PER_BASTION = 6, TRIES = 5, CONNECT_SECONDS = 20, LOGIN_SECONDS = 30, MAX_HOPS = 8 };
/* A session that was lost is tried again for a minute; after that its host is down, and nobody waits for it until the next try is due. */
enum { AGAIN_SECONDS = 60, AGAIN_CONNECT_SECONDS = 10, DOWN_SECONDS = 20 };
static const int64_t SECOND = 1000000000, MILLISECOND = 1000000;

/* A place to log in: a host, or a bastion. */
struct endpoint {
	struct endpoint *next;
	struct ssh_transport *transport;
	struct ssh_ask ask;
	char *name, *user;          /* what `ask` points to */
	char *jump;                 /* the way to it, where another host's ProxyJump says it; NULL: as its own route says */
	const char *become_user;
	const struct ssh_route *route;
	struct endpoint *bastion;   /* through which it is reached; NULL: directly */
	struct ssh_login *login;
	struct ssh_session *session;
	enum { UNASKED, ASKING, ASKED, IDLE, QUEUED, CONNECTING, UP, PAUSING } state;
	struct loop_timer *pause;
	unsigned tries;
	unsigned connecting;        /* through it */
	bool once;                  /* for one wire, with which it goes */
	int64_t lost_at;            /* when a session that was up was lost; 0: none was */
	int64_t down_until;
	struct err down;            /* why */
	bool full;                  /* its server opens no more shells on the session */
	struct endpoint *beside;    /* where those go then */
	unsigned shells;
	struct ssh_wire *wires;
};

struct ssh_wire {
	struct wire wire;
	struct ssh_wire *next, **link;
	struct endpoint *at;
	struct ssh_channel *channel;
	struct buf waiting;         /* to be sent once there is a channel */
	struct err failure;
	struct loop_timer *telling;
	bool open;
};

struct ssh_transport {
	struct transport base, fresh;
	struct loop *loop;
	struct ssh_transport_options o;
	struct ssh_config *config;
	struct ssh_keyring *keyring;
	struct endpoint **host;     /* by the world's number; NULL: not ours */
	struct endpoint *endpoints, **last; /* all of them, in the order in which they were wanted */
	unsigned connecting;
	bool finding; /* at the end of the turn */
	bool freed;
};

static void proceed(struct ssh_transport *t);
static void want(struct endpoint *ep);
static void transport_free(struct ssh_transport *t);

/* ---- endpoints */

static struct endpoint *endpoint_new(struct ssh_transport *t, const struct ssh_ask *ask, const char *become_user, const char *jump)
{
	struct endpoint *ep = calloc(1, sizeof *ep);
	if (!ep) abort();
	*ep = (struct endpoint){ .transport = t, .ask = *ask, .name = strdup(ask->name), .user = ask->user ? strdup(ask->user) : NULL,
		                 .become_user = become_user, .jump = jump ? strdup(jump) : NULL };
	if (!ep->name || (ask->user && !ep->user) || (jump && !ep->jump)) abort();
	ep->ask.name = ep->name;
	ep->ask.user = ep->user;
	*t->last = ep;
	t->last = &ep->next;
	return ep;
}

static bool same_ask(const struct ssh_ask *a, const struct ssh_ask *b)
{
	return !strcmp(a->name, b->name) && a->port == b->port && !strcmp(a->user ? a->user : "", b->user ? b->user : "");
}

/* Bastions are shared by all who name the same. */
static struct endpoint *bastion_of(struct ssh_transport *t, const struct ssh_ask *ask, const char *jump)
{
	for (struct endpoint *ep = t->endpoints; ep; ep = ep->next)
		if (!ep->once && same_ask(&ep->ask, ask) && !strcmp(ep->jump ? ep->jump : "", jump ? jump : "")) return ep;
	return endpoint_new(t, ask, NULL, jump);
}

/* ---- telling wires */

static void on_tell(void *ctx)
{
	struct ssh_wire *w = ctx;
	w->telling = NULL;
	w->wire.events->ended(w->wire.owner, &w->failure);
}

static void wire_fail(struct ssh_wire *w, const struct err *e)
{
	if (w->telling) return;
	w->failure = *e;
	w->telling = loop_after(w->at->transport->loop, 0, on_tell, w);
}

/* Who waits for it hears why it can't be had; who waits behind it too. */
static void give_up(struct endpoint *ep, const struct err *e)
{
	struct ssh_transport *t = ep->transport;
	int64_t now = loop_now(t->loop);
	if (ep->lost_at && now >= ep->down_until) {
		ep->down_until = now + DOWN_SECONDS * SECOND;
		ep->down = *e;
	}
	ep->state = ep->route ? IDLE : UNASKED;
	ep->tries = 0;
	for (struct ssh_wire *w = ep->wires; w; w = w->next)
		if (!w->channel) wire_fail(w, e);
	for (struct endpoint *behind = t->endpoints; behind; behind = behind->next) {
		if (behind->bastion != ep || behind->state != QUEUED) continue;
		struct err of_bastion;
		err_set(&of_bastion, IRS_FAILED, NULL, "its bastion %s: %s", ep->name, e->what);
		if (e->remedy[0]) err_remedy(&of_bastion, "%s", e->remedy);
		give_up(behind, &of_bastion);
	}
}

/* ---- connecting */

static const char shell[] = "exec /bin/sh", become[] = "exec sudo -n -u %s -- /bin/sh -c \"exec setsid /bin/sh\"";

static void on_opened(void *owner)
{
	struct ssh_wire *w = owner;
	w->open = true;
	ssh_channel_send(w->channel, &w->waiting);
	w->wire.events->opened(w->wire.owner);
}

static void on_data(void *owner, int stream, const char *p, size_t n)
{
	struct ssh_wire *w = owner;
	w->wire.events->data(w->wire.owner, stream, p, n);
}

static void move_on(struct ssh_wire *w);

static void on_channel_ended(void *owner, bool full, const char *why)
{
	struct ssh_wire *w = owner;
	if (full && !w->open && w->at->shells > 1) {
		move_on(w);
		return;
	}
	err_set(&w->failure, IRS_FAILED, NULL, "%s", why);
	w->wire.events->ended(w->wire.owner, &w->failure);
}

static const struct ssh_channel_events channel_events = { on_opened, on_data, NULL, on_channel_ended };

static void wire_up(struct ssh_wire *w)
{
	struct buf command = { 0 };
	if (w->channel || w->telling) return;
	if (w->at->become_user) buf_printf(&command, become, w->at->become_user);
	else buf_puts(&command, shell);
	w->channel = ssh_channel_run(w->at->session, command.p, &channel_events, w);
	w->at->shells++;
	buf_free(&command);
}

static void wire_join(struct ssh_wire *w, struct endpoint *ep)
{
	w->at = ep;
	w->next = ep->wires;
	w->link = &ep->wires;
	if (w->next) w->next->link = &w->next;
	ep->wires = w;
	if (ep->state == UP && ssh_session_ready(ep->session)) wire_up(w);
	else want(ep); /* also where the session is lost, and its shells are just being told */
}

static void wire_leave(struct ssh_wire *w)
{
	*w->link = w->next;
	if (w->next) w->next->link = w->link;
	if (w->channel) w->at->shells--;
	if (w->channel) ssh_channel_close(w->channel);
	w->channel = NULL;
}

/* A session that takes no more shells gets a second beside it. */
static void move_on(struct ssh_wire *w)
{
	struct endpoint *ep = w->at;
	if (!ep->beside) ep->beside = endpoint_new(ep->transport, &ep->ask, ep->become_user, ep->jump);
	wire_leave(w);
	ep->full = true;
	wire_join(w, ep->beside);
}

/* Its handshake is over, well or not: others may have theirs. */
static void settle(struct endpoint *ep)
{
	ep->transport->connecting--;
	if (ep->bastion) ep->bastion->connecting--;
}

static void on_ready(void *owner)
{
	struct endpoint *ep = owner;
	settle(ep);
	ep->state = UP;
	ep->tries = 0;
	ep->lost_at = 0;
	for (struct ssh_wire *w = ep->wires; w; w = w->next) wire_up(w);
	proceed(ep->transport);
}

static void on_pause_over(void *ctx)
{
	struct endpoint *ep = ctx;
	ep->pause = NULL;
	ep->state = QUEUED;
	proceed(ep->transport);
}

/* Later each time, and not all at once. */
static void pause_then_try(struct endpoint *ep)
{
	int64_t base = (200 * MILLISECOND) << (ep->tries < TRIES ? ep->tries++ : TRIES);
	ep->state = PAUSING;
	ep->pause = loop_after(ep->transport->loop, base + (int64_t)randombytes_uniform(100) * base / 100, on_pause_over, ep);
}

static bool wanted(const struct endpoint *ep)
{
	for (const struct ssh_wire *w = ep->wires; w; w = w->next)
		if (!w->channel) return true;
	for (const struct endpoint *behind = ep->transport->endpoints; behind; behind = behind->next)
		if (behind->bastion == ep && behind->state == QUEUED) return true;
	return false;
}

/* What was there comes back, with luck; what never was is tried again only where its server was too busy to listen. */
static void on_session_ended(void *owner, bool dropped, const struct err *e)
{
	struct endpoint *ep = owner;
	bool was_up = ep->state == UP, final = !was_up && ssh_auth_final(ep->login);
	int64_t now = loop_now(ep->transport->loop);
	if (was_up) ep->lost_at = now;
	bool again = !final && (ep->lost_at ? now - ep->lost_at < AGAIN_SECONDS * SECOND : dropped && ep->tries < TRIES);
	ssh_session_free(ep->session);
	ep->session = NULL;
	ep->full = false;
	if (!was_up) settle(ep);
	ep->state = IDLE;
	if (again && wanted(ep)) pause_then_try(ep);
	else if (!again) give_up(ep, e);
	proceed(ep->transport);
}

static const struct ssh_session_events session_events = { on_ready, on_session_ended };

static struct ssh_link *link_to(const struct endpoint *ep)
{
	struct loop *l = ep->transport->loop;
	const struct ssh_route *r = ep->route;
	int64_t timeout = (r->connect_timeout ? r->connect_timeout : ep->lost_at ? AGAIN_CONNECT_SECONDS : CONNECT_SECONDS) * SECOND;
	if (ep->bastion) return ssh_link_tunnel(l, ep->bastion->session, r->host, r->port, timeout);
	if (r->proxy_command) return ssh_link_command(l, r->proxy_command, timeout);
	return ssh_link_tcp(l, r->host, r->port, timeout);
}

static void connect_now(struct endpoint *ep)
{
	struct ssh_transport *t = ep->transport;
	struct ssh_session_options o = { .link = link_to(ep), .login = ep->login, .timeout = LOGIN_SECONDS * SECOND, .events = &session_events, .owner = ep };
	ep->state = CONNECTING;
	t->connecting++;
	if (ep->bastion) ep->bastion->connecting++;
	ep->session = ssh_session_new(t->loop, &o);
}

/* Starts what may start now. */
static void proceed(struct ssh_transport *t)
{
	for (struct endpoint *ep = t->endpoints; ep && t->connecting < t->o.forks; ep = ep->next) {
		if (ep->state != QUEUED) continue;
		if (ep->bastion && ep->bastion->state != UP) want(ep->bastion);
		else if (!ep->bastion || ep->bastion->connecting < t->o.per_bastion) connect_now(ep);
	}
}

/* ---- finding out how */

/* "[user@]host[:port]" or "ssh://…", as ProxyJump writes a hop. False where it is none. */
static bool read_hop(struct str text, char *copy, size_t size, struct ssh_ask *hop)
{
	if (text.n >= size) return false;
	memcpy(copy, text.p, text.n);
	copy[text.n] = 0;
	if (!strncmp(copy, "ssh://", 6)) copy += 6;
	char *at = strrchr(copy, '@'), *host = at ? at + 1 : copy, *colon = strrchr(host, ':');
	*hop = (struct ssh_ask){ .user = at ? copy : NULL };
	if (at) *at = 0;
	if (*host == '[') {
		char *close = strchr(++host, ']');
		if (!close) return false;
		*close = 0;
		colon = close[1] == ':' ? close + 1 : NULL;
	} else if (colon && colon != strchr(host, ':')) {
		colon = NULL; /* an IPv6 address without a port */
	}
	if (colon) {
		*colon = 0;
		hop->port = (unsigned)strtoul(colon + 1, NULL, 10);
	}
	hop->name = host;
	return ssh_name_ok(host) && (!hop->user || ssh_name_ok(hop->user)) && hop->port <= 65535;
}

static bool circular(const struct endpoint *ep)
{
	unsigned depth = 0;
	for (const struct endpoint *at = ep->bastion; at; at = at->bastion)
		if (at == ep || ++depth > MAX_HOPS) return true;
	return false;
}

/* The last hop connects to us; those before it are the way to that one. */
static bool find_bastion(struct endpoint *ep, const char *jump, struct err *e)
{
	const char *comma = strrchr(jump, ',');
	struct str last = str_of(comma ? comma + 1 : jump);
	char copy[1024];
	struct ssh_ask hop;
	if (!read_hop(last, copy, sizeof copy, &hop)) return err_set(e, IRS_USAGE, ep->name, "its ProxyJump `%.200s` can't be read", jump);
	char *before = comma ? strndup(jump, (size_t)(comma - jump)) : NULL;
	ep->bastion = bastion_of(ep->transport, &hop, before);
	free(before);
	if (circular(ep)) return err_set(e, IRS_USAGE, ep->name, "its ProxyJump leads in a circle, or over more than %d hops", MAX_HOPS);
	return true;
}

static void set_route(struct endpoint *ep, const struct ssh_route *r)
{
	struct err e = { 0 };
	const char *jump = ep->jump ? ep->jump : r->proxy_jump;
	ep->route = r;
	ep->login = ssh_auth_new(r, ep->transport->keyring);
	ep->state = QUEUED;
	if (jump && !find_bastion(ep, jump, &e)) give_up(ep, &e);
}

/* Those that were asked for together. */
struct search {
	struct ssh_transport *transport;
	size_t n;
	struct endpoint *of[];
};

static void on_found(void *owner, const struct ssh_found *found, size_t n)
{
	struct search *q = owner;
	struct ssh_transport *t = q->transport;
	for (size_t i = 0; i < n; i++) {
		if (found[i].route) set_route(q->of[i], found[i].route);
		else give_up(q->of[i], found[i].error);
	}
	free(q);
	proceed(t);
}

/* All that were wanted in this turn of the loop: names that are asked for together cost less. */
static void find_all(void *ctx)
{
	struct ssh_transport *t = ctx;
	size_t n = 0;
	t->finding = false;
	for (struct endpoint *ep = t->endpoints; ep; ep = ep->next) n += ep->state == ASKING;
	struct search *q = calloc(1, sizeof *q + n * sizeof *q->of);
	struct ssh_ask *asks = calloc(n ? n : 1, sizeof *asks);
	if (!q || !asks) abort();
	q->transport = t;
	for (struct endpoint *ep = t->endpoints; ep; ep = ep->next) {
		if (ep->state != ASKING) continue;
		ep->state = ASKED;
		asks[q->n] = ep->ask;
		q->of[q->n++] = ep;
	}
	if (t->freed || !n) free(q);
	else ssh_config_find(t->config, asks, n, on_found, q);
	free(asks);
	if (t->freed) transport_free(t);
}

/* Somebody waits for a session to it. */
static void want(struct endpoint *ep)
{
	struct ssh_transport *t = ep->transport;
	if (ep->state == UNASKED) {
		ep->state = ASKING;
		if (!t->finding) loop_at_turn_end(t->loop, find_all, t);
		t->finding = true;
	} else if (ep->state == IDLE && loop_now(t->loop) < ep->down_until) {
		give_up(ep, &ep->down);
	} else if (ep->state == IDLE) {
		ep->state = QUEUED;
		proceed(t);
	}
}

/* ---- wires */

static void ssh_send(struct wire *base, struct buf *b)
{
	struct ssh_wire *w = (struct ssh_wire *)base;
	if (w->open) {
		ssh_channel_send(w->channel, b);
	} else {
		buf_str(&w->waiting, buf_view(b));
		buf_clear(b);
	}
}

static void endpoint_free(struct endpoint *ep);

static void ssh_let_go(struct wire *base)
{
	struct ssh_wire *w = (struct ssh_wire *)base;
	loop_timer_stop(w->telling);
	wire_leave(w);
	if (w->at->once) endpoint_free(w->at);
	buf_free(&w->waiting);
	free(w);
}

/* There is no other way to a remote shell than its input: who drives it ends its group through another one. */
static const struct wire_ops wire_ops = { ssh_send, ssh_let_go, ssh_let_go };

static struct wire *wire_new(struct endpoint *ep, const struct wire_events *events, void *owner)
{
	struct ssh_wire *w = calloc(1, sizeof *w);
	if (!w) abort();
	*w = (struct ssh_wire){ .wire = { &wire_ops, events, owner } };
	while (ep->full && ep->beside) ep = ep->beside;
	wire_join(w, ep);
	return &w->wire;
}

static struct wire *open_shared(struct transport *base, uint32_t host, const struct wire_events *events, void *owner, struct err *e)
{
	struct ssh_transport *t = (struct ssh_transport *)base;
	const struct ssh_host *h = &t->o.hosts[host];
	(void)e;
	if (!t->host[host]) t->host[host] = endpoint_new(t, &h->ask, h->become_user, NULL);
	return wire_new(t->host[host], events, owner);
}

static struct wire *open_afresh(struct transport *base, uint32_t host, const struct wire_events *events, void *owner, struct err *e)
{
	struct ssh_transport *t = (struct ssh_transport *)((char *)base - offsetof(struct ssh_transport, fresh));
	const struct ssh_host *h = &t->o.hosts[host];
	(void)e;
	struct endpoint *ep = endpoint_new(t, &h->ask, h->become_user, NULL);
	ep->once = true;
	return wire_new(ep, events, owner);
}

/* ---- its life */

static void endpoint_free(struct endpoint *ep)
{
	struct ssh_transport *t = ep->transport;
	struct endpoint **at = &t->endpoints;
	while (*at != ep) at = &(*at)->next;
	*at = ep->next;
	if (t->last == &ep->next) t->last = at;
	if (ep->state == CONNECTING) settle(ep);
	loop_timer_stop(ep->pause);
	ssh_session_free(ep->session);
	ssh_auth_free(ep->login);
	free(ep->name);
	free(ep->user);
	free(ep->jump);
	free(ep);
}

struct transport *ssh_transport_new(struct loop *l, const struct ssh_transport_options *o)
{
	struct ssh_transport *t = calloc(1, sizeof *t);
	if (!t) abort();
	*t = (struct ssh_transport){ .base = { open_shared, &t->fresh }, .fresh = { open_afresh, &t->fresh }, .loop = l, .o = *o, .last = &t->endpoints };
	t->o.hosts = memcpy(calloc(o->n ? o->n : 1, sizeof *o->hosts), o->hosts, o->n * sizeof *o->hosts);
	if (!t->o.forks) t->o.forks = FORKS;
	if (!t->o.per_bastion) t->o.per_bastion = PER_BASTION;
	t->host = calloc(o->n ? o->n : 1, sizeof *t->host);
	if (!t->host) abort();
	t->config = ssh_config_new(l, &o->config);
	t->keyring = ssh_keyring_new(l, o->private_dir, o->may_ask);
	return &t->base;
}

/* Those behind a bastion go before it does. */
static void transport_free(struct ssh_transport *t)
{
	while (t->endpoints) {
		struct endpoint *ep = t->endpoints;
		for (struct endpoint *behind = ep; behind; behind = behind->next)
			if (behind->bastion == ep && behind->session) {
				ep = behind;
				behind = t->endpoints;
			}
		endpoint_free(ep);
	}
	ssh_config_free(t->config);
	ssh_keyring_free(t->keyring);
	free((void *)t->o.hosts);
	free(t->host);
	free(t);
}

void ssh_transport_free(struct transport *base)
{
	struct ssh_transport *t = (struct ssh_transport *)base;
	if (!t) return;
	t->freed = true;
	if (!t->finding) transport_free(t);
}
