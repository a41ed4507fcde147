#include "real.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "irs/http.h"
#include "irs/inventory.h"

struct real {
	struct world world;
	struct loop *loop;
	struct transport *transport;
	void (*free_transport)(struct transport *t);
	struct host_options options;
	struct http *http;
	size_t body_limit;
	struct loop_timer *closing;
	size_t n;
	struct host *host[];
};

/* An HTTP or TCP effect under way. */
struct asked {
	struct http_request http;
	struct request *request;
};

static struct real *real_of(struct world *w) { return (struct real *)w; }

/* ---- HTTP and TCP */

static void on_answer(struct http_request *h, const struct http_answer *a)
{
	struct asked *q = h->owner;
	struct request *r = q->request;
	struct outcome o = { .yes = a->ok ? TRUE3 : FALSE3 };
	struct text *body = malloc(sizeof *body + a->body.n + 1);
	if (!body) abort();
	*body = (struct text){ .n = a->body.n };
	memcpy(body->p, a->body.p, a->body.n);
	body->p[body->n] = 0;
	o.http = (struct http_response){ .ok = a->ok, .status = a->status, .elapsed = a->elapsed, .body = body };
	snprintf(o.http.why, sizeof o.http.why, "%s", a->why);
	free(q);
	r->world_data = NULL;
	r->done(r, &o);
	free(body);
}

static struct str str_of_value(struct value v) { return v.tag == V_STRING ? (struct str){ v.text->p, v.text->n } : (struct str){ 0 }; }

static void perform_http(struct real *w, struct request *r)
{
	const struct effect *e = r->effect;
	bool tcp = e->kind == EFFECT_TCP;
	struct asked *q = calloc(1, sizeof *q);
	if (!q) abort();
	q->request = r;
	q->http = (struct http_request){ .url = str_of_value(tcp ? e->tcp.address : e->http.url), .timeout = tcp ? e->tcp.timeout : e->http.timeout,
		                         .limit = w->body_limit, .done = on_answer, .owner = q };
	r->world_data = q;
	if (tcp) {
		http_connect(w->http, &q->http);
	} else {
		q->http.method = (enum http_method)e->http.method;
		q->http.body = str_of_value(e->http.body);
		http_start(w->http, &q->http);
	}
}

/* ---- the world's doors */

static void real_perform(struct world *base, struct request *r)
{
	struct real *w = real_of(base);
	if (r->effect->kind == EFFECT_RUN) host_run(w->host[r->host], r);
	else perform_http(w, r);
}

static void real_cancel(struct world *base, struct request *r)
{
	struct real *w = real_of(base);
	struct asked *q = r->world_data;
	if (r->effect->kind == EFFECT_RUN) {
		host_cancel(w->host[r->host], r);
	} else if (q) {
		http_cancel(w->http, &q->http);
		on_answer(&q->http, &(struct http_answer){ .body = STR(""), .why = "cancelled" });
	}
}

static void real_open(struct world *w, uint32_t host, host_opened *done, void *owner) { host_open(real_of(w)->host[host], done, owner); }

static void real_leash_add(struct world *w, uint32_t host, struct str script, const struct leash_terms *t, host_done *done, void *owner)
{
	host_leash_add(real_of(w)->host[host], script, t, done, owner);
}

static void real_leash_disarm(struct world *w, uint32_t host, host_done *done, void *owner)
{
	host_leash_disarm(real_of(w)->host[host], done, owner);
}

static void real_reach(struct world *w, uint32_t host, host_done *done, void *owner) { host_reach(real_of(w)->host[host], done, owner); }

static void real_bury(struct world *w, uint32_t host, const struct process_ref *refs, size_t n, host_done *done, void *owner)
{
	host_bury(real_of(w)->host[host], refs, n, done, owner);
}

static void close_hosts(void *ctx)
{
	struct real *w = ctx;
	w->closing = NULL;
	for (size_t i = 0; i < w->n; i++) {
		host_free(w->host[i]);
		w->host[i] = NULL;
	}
	w->n = 0;
}

/* Soon, and not at once: it may be called from within an answer of a host. */
static void real_close(struct world *base)
{
	struct real *w = real_of(base);
	if (!w->closing && w->n) w->closing = loop_after(w->loop, 0, close_hosts, w);
}

static void real_token(struct world *w, const char *item, uint32_t host, char out[WORLD_TOKEN])
{
	unsigned char b[(WORLD_TOKEN - 2) / 2];
	(void)w, (void)item, (void)host;
	randombytes_buf(b, sizeof b);
	out[0] = 'k';
	sodium_bin2hex(out + 1, WORLD_TOKEN - 1, b, sizeof b);
}

static bool real_over(struct world *w, const char *item, uint32_t host, int64_t deadline)
{
	(void)item, (void)host;
	return loop_now(real_of(w)->loop) >= deadline;
}

static const struct world_ops ops = { .perform = real_perform,
	                              .cancel = real_cancel,
	                              .open = real_open,
	                              .leash_add = real_leash_add,
	                              .leash_disarm = real_leash_disarm,
	                              .reach = real_reach,
	                              .bury = real_bury,
	                              .token = real_token,
	                              .over = real_over,
	                              .close = real_close };

static const char *consent_of(const struct world_real_options *o, size_t host)
{
	const struct inventory_host *h = o->reached ? o->reached[host] : NULL;
	return h ? h->consent : o->consent;
}

struct real *real_new(struct loop *l, struct transport *t, void (*free_transport)(struct transport *t), const struct world_real_options *reach,
		      const struct host_options *o, size_t body_limit, struct err *e)
{
	size_t nhosts = reach->hosts->n;
	struct real *w = calloc(1, sizeof *w + nhosts * sizeof *w->host);
	if (!w) abort();
	*w = (struct real){ .world.ops = &ops, .loop = l, .transport = t, .free_transport = free_transport, .options = *o, .body_limit = body_limit, .n = nhosts };
	w->http = http_new(l, e);
	if (!w->http) {
		free_transport(t);
		free(w);
		return NULL;
	}
	for (size_t i = 0; i < nhosts; i++) w->host[i] = host_new(l, t, (uint32_t)i, &w->options, consent_of(reach, i));
	return w;
}

struct world *real_world(struct real *r) { return &r->world; }

void real_free(struct world *base)
{
	struct real *w = real_of(base);
	if (!w) return;
	loop_timer_stop(w->closing);
	close_hosts(w);
	http_free(w->http);
	w->free_transport(w->transport);
	free(w);
}
