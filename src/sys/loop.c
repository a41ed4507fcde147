#include "loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

/*
 * Timers are a heap of our own behind one timerfd: libuv's count milliseconds of CLOCK_MONOTONIC, which stands still while a laptop's lid is
 * closed, and a session that slept through a lease must know it.
 */
struct loop_timer {
	struct loop *loop;
	int64_t at;
	uint64_t order; /* equal times fire in the order they were asked for */
	size_t place;   /* in the heap */
	void (*fn)(void *ctx);
	void *ctx;
};

struct turn_end {
	void (*fn)(void *ctx);
	void *ctx;
};

struct loop {
	bool simulated;
	int64_t now; /* of a simulated one */
	uv_loop_t uv;
	uv_poll_t timer_poll;
	int timer_fd;
	struct loop_timer **heap;
	size_t n, cap;
	uint64_t order;
	uv_check_t check; /* the end of a turn … */
	uv_idle_t idle;   /* … which must not wait for anything else to happen */
	struct turn_end *ends;
	size_t nends, ends_cap;
	struct loop_owned *owned;
};

struct signal_watch {
	struct loop_owned owned;
	uv_signal_t handle;
	void (*fn)(void *ctx, int signum);
	void *ctx;
};

static int64_t clock_ns(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t loop_now(const struct loop *l)
{
	return l->simulated ? l->now : clock_ns(CLOCK_BOOTTIME);
}

int64_t loop_wall(const struct loop *l)
{
	(void)l;
	return clock_ns(CLOCK_REALTIME);
}

/* ---- the heap of timers */

static bool earlier(const struct loop_timer *a, const struct loop_timer *b)
{
	return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void place(struct loop *l, size_t i, struct loop_timer *t)
{
	l->heap[i] = t;
	t->place = i;
}

static void sift_up(struct loop *l, size_t i, struct loop_timer *t)
{
	for (; i && earlier(t, l->heap[(i - 1) / 2]); i = (i - 1) / 2) place(l, i, l->heap[(i - 1) / 2]);
	place(l, i, t);
}

static void sift_down(struct loop *l, size_t i, struct loop_timer *t)
{
	for (size_t child; (child = 2 * i + 1) < l->n; i = child) {
		if (child + 1 < l->n && earlier(l->heap[child + 1], l->heap[child])) child++;
		if (!earlier(l->heap[child], t)) break;
		place(l, i, l->heap[child]);
	}
	place(l, i, t);
}

static void heap_remove(struct loop *l, struct loop_timer *t)
{
	struct loop_timer *last = l->heap[--l->n];
	if (last == t) return;
	sift_up(l, t->place, last);
	sift_down(l, last->place, last);
}

/* Wakes us at the earliest timer; a time that has passed wakes us at once. */
static void rearm(struct loop *l)
{
	if (l->simulated) return;
	int64_t at = l->n ? l->heap[0]->at : 0;
	struct itimerspec when = { .it_value = { .tv_sec = at / 1000000000, .tv_nsec = at % 1000000000 } };
	timerfd_settime(l->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
	if (l->n) uv_ref((uv_handle_t *)&l->timer_poll);
	else uv_unref((uv_handle_t *)&l->timer_poll);
}

static void fire_first(struct loop *l)
{
	struct loop_timer *t = l->heap[0];
	void (*fn)(void *) = t->fn;
	void *ctx = t->ctx;
	heap_remove(l, t);
	free(t);
	fn(ctx);
}

/* Only what was due when we woke: a timer that sets another for now must not keep the loop from its other work. */
static void on_timer(uv_poll_t *p, int status, int events)
{
	struct loop *l = p->data;
	uint64_t expirations;
	(void)status, (void)events;
	if (read(l->timer_fd, &expirations, sizeof expirations) < 0 && errno != EAGAIN) return;
	int64_t now = loop_now(l);
	uint64_t order = l->order;
	while (l->n && l->heap[0]->at <= now && l->heap[0]->order < order) fire_first(l);
	rearm(l);
}

struct loop_timer *loop_after(struct loop *l, int64_t ns, void (*fn)(void *ctx), void *ctx)
{
	struct loop_timer *t = malloc(sizeof *t);
	if (l->n == l->cap) {
		l->cap = l->cap ? 2 * l->cap : 16;
		l->heap = realloc(l->heap, l->cap * sizeof *l->heap);
	}
	if (!t || !l->heap) abort();
	int64_t now = loop_now(l);
	int64_t at = ns <= 0 ? now : ns > INT64_MAX - now ? INT64_MAX : now + ns;
	*t = (struct loop_timer){ .loop = l, .at = at, .order = l->order++, .fn = fn, .ctx = ctx };
	sift_up(l, l->n++, t);
	if (l->heap[0] == t) rearm(l);
	return t;
}

void loop_timer_stop(struct loop_timer *t)
{
	if (!t) return;
	struct loop *l = t->loop;
	bool first = t->place == 0;
	heap_remove(l, t);
	free(t);
	if (first) rearm(l);
}

bool loop_is_due(const struct loop *l) { return l->n && l->heap[0]->at <= loop_now(l); }

/* ---- the end of a turn */

void loop_end_turn(struct loop *l)
{
	struct turn_end *ends = l->ends;
	size_t n = l->nends;
	l->ends = NULL;
	l->nends = l->ends_cap = 0;
	for (size_t i = 0; i < n; i++) ends[i].fn(ends[i].ctx);
	free(ends);
}

static void on_check(uv_check_t *c)
{
	struct loop *l = c->data;
	loop_end_turn(l);
	if (l->nends) return;
	uv_check_stop(&l->check);
	uv_idle_stop(&l->idle);
}

static void on_idle(uv_idle_t *i) { (void)i; }

void loop_at_turn_end(struct loop *l, void (*fn)(void *ctx), void *ctx)
{
	if (l->nends == l->ends_cap) {
		l->ends_cap = l->ends_cap ? 2 * l->ends_cap : 8;
		l->ends = realloc(l->ends, l->ends_cap * sizeof *l->ends);
		if (!l->ends) abort();
	}
	l->ends[l->nends++] = (struct turn_end){ fn, ctx };
	if (l->simulated) return;
	uv_check_start(&l->check, on_check);
	uv_idle_start(&l->idle, on_idle);
}

/* ---- simulated time */

struct loop *loop_new_simulated(void)
{
	struct loop *l = calloc(1, sizeof *l);
	if (!l) abort();
	l->simulated = true;
	return l;
}

void loop_set_now(struct loop *l, int64_t at)
{
	if (at > l->now) l->now = at;
}

bool loop_fire_next(struct loop *l, int64_t latest)
{
	if (!l->n || l->heap[0]->at > latest) return false;
	loop_set_now(l, l->heap[0]->at);
	fire_first(l);
	return true;
}

/* ---- signals */

static void signal_closed(uv_handle_t *h) { free(h->data); }

static void signal_close(struct loop_owned *o)
{
	uv_close((uv_handle_t *)&((struct signal_watch *)o)->handle, signal_closed);
}

static void on_signal(uv_signal_t *h, int signum)
{
	struct signal_watch *w = h->data;
	w->fn(w->ctx, signum);
}

bool loop_on_signal(struct loop *l, int signum, void (*fn)(void *ctx, int signum), void *ctx, struct err *e)
{
	struct signal_watch *w = calloc(1, sizeof *w);
	if (!w) abort();
	*w = (struct signal_watch){ .owned.close = signal_close, .fn = fn, .ctx = ctx };
	int r = uv_signal_init(&l->uv, &w->handle);
	if (r) {
		free(w);
		return err_set(e, IRS_REFUSED, NULL, "cannot watch for signal %d: %s", signum, uv_strerror(r));
	}
	w->handle.data = w;
	loop_own(l, &w->owned);
	uv_unref((uv_handle_t *)&w->handle);
	r = uv_signal_start(&w->handle, on_signal, signum);
	return !r || err_set(e, IRS_REFUSED, NULL, "cannot watch for signal %d: %s", signum, uv_strerror(r));
}

/* ---- the loop itself */

void loop_own(struct loop *l, struct loop_owned *o)
{
	o->next = l->owned;
	l->owned = o;
}

struct uv_loop_s *loop_uv(struct loop *l) { return &l->uv; }
void loop_run(struct loop *l) { uv_run(&l->uv, UV_RUN_DEFAULT); }
void loop_stop(struct loop *l) { uv_stop(&l->uv); }

struct loop *loop_new(struct err *e)
{
	struct loop *l = calloc(1, sizeof *l);
	if (!l) abort();
	int r = uv_loop_init(&l->uv);
	if (r) {
		err_set(e, IRS_REFUSED, NULL, "cannot make an event loop: %s", uv_strerror(r));
		free(l);
		return NULL;
	}
	l->timer_fd = timerfd_create(CLOCK_BOOTTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (l->timer_fd < 0) {
		err_set(e, IRS_REFUSED, NULL, "cannot make a timer: %s", strerror(errno));
		uv_loop_close(&l->uv);
		free(l);
		return NULL;
	}
	uv_poll_init(&l->uv, &l->timer_poll, l->timer_fd);
	uv_check_init(&l->uv, &l->check);
	uv_idle_init(&l->uv, &l->idle);
	l->timer_poll.data = l->check.data = l;
	uv_poll_start(&l->timer_poll, UV_READABLE, on_timer);
	uv_unref((uv_handle_t *)&l->timer_poll);
	return l;
}

static void close_uv(struct loop *l)
{
	while (l->nends) loop_end_turn(l); /* who closes something may do it there */
	for (struct loop_owned *o = l->owned, *next; o; o = next) {
		next = o->next;
		o->close(o);
	}
	uv_close((uv_handle_t *)&l->timer_poll, NULL);
	uv_close((uv_handle_t *)&l->check, NULL);
	uv_close((uv_handle_t *)&l->idle, NULL);
	/* Twice: a loop that was stopped while it didn't run does nothing the first time. */
	for (int i = 0; i < 2 && uv_loop_alive(&l->uv); i++) uv_run(&l->uv, UV_RUN_DEFAULT);
	uv_loop_close(&l->uv);
	close(l->timer_fd);
}

void loop_free(struct loop *l)
{
	if (!l) return;
	if (!l->simulated) close_uv(l);
	for (size_t i = 0; i < l->n; i++) free(l->heap[i]);
	free(l->heap);
	free(l->ends);
	free(l);
}
