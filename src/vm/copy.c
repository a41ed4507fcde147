#include "copy.h"

#include <stdlib.h>
#include <string.h>

/* From old to new: open addressing, a power of two. */
struct forwarding {
	const void **from;
	void **to;
	size_t n, size;
};

static size_t slot_of(const struct forwarding *m, const void *p)
{
	size_t i = ((uintptr_t)p >> 4) * UINT64_C(0x9e3779b97f4a7c15) & (m->size - 1);
	while (m->from[i] && m->from[i] != p) i = (i + 1) & (m->size - 1);
	return i;
}

static void forward_into(struct forwarding *m, const void *from, void *to)
{
	size_t i = slot_of(m, from);
	m->from[i] = from;
	m->to[i] = to;
}

static void widen(struct forwarding *m)
{
	struct forwarding old = *m;
	m->size = old.size ? old.size * 2 : 64;
	m->from = calloc(m->size, sizeof *m->from);
	m->to = calloc(m->size, sizeof *m->to);
	if (!m->from || !m->to) abort();
	for (size_t i = 0; i < old.size; i++)
		if (old.from[i]) forward_into(m, old.from[i], old.to[i]);
	free(old.from);
	free(old.to);
}

static void *copied_before(struct copier *c, const void *p)
{
	if (!c->map || !c->map->size) return NULL;
	return c->map->to[slot_of(c->map, p)];
}

static void *take(struct copier *c, const void *from, size_t n)
{
	void *to = arena_try(c->to, n);
	if (!to) {
		c->failed = true;
		return NULL;
	}
	memcpy(to, from, n);
	if (!c->map) return to;
	if (c->map->n * 2 >= c->map->size) widen(c->map);
	forward_into(c->map, from, to);
	c->map->n++;
	return to;
}

/* A copy of the plain bytes at `p`, or the one that was made before. */
static void *copy_plain(struct copier *c, const void *p, size_t n)
{
	if (!p) return NULL;
	void *before = copied_before(c, p);
	return before ? before : take(c, p, n);
}

static char *copy_chars(struct copier *c, const char *s)
{
	return s ? copy_plain(c, s, strlen(s) + 1) : NULL;
}

static struct guard *copy_guards(struct copier *c, const struct guard *chain)
{
	struct guard *first = NULL, **end = &first;
	for (; chain && !c->failed; chain = chain->next) {
		struct guard *g = arena_try(c->to, sizeof *g);
		if (!g) {
			c->failed = true;
			break;
		}
		g->process = copy_plain(c, chain->process, sizeof *chain->process);
		*end = g;
		end = &g->next;
	}
	return first;
}

static struct text *copy_text(struct copier *c, const struct text *t)
{
	if (!t) return NULL;
	struct text *before = copied_before(c, t);
	if (before) return before;
	struct text *to = take(c, t, sizeof *t + t->n + 1);
	if (to) to->guards = copy_guards(c, t->guards);
	return to;
}

/* `room`: elements that the copy has room for, of which the first `n` are copied. */
static struct value_list *copy_list(struct copier *c, const struct value_list *list, size_t room)
{
	struct value_list *to = copied_before(c, list);
	if (to) return to;
	to = take(c, list, sizeof *list + room * sizeof *list->at);
	for (size_t i = 0; to && i < list->n; i++) to->at[i] = copy_value(c, list->at[i]);
	return to;
}

static struct run_result *copy_result(struct copier *c, const struct run_result *r)
{
	if (!r) return NULL;
	struct run_result *to = copy_plain(c, r, sizeof *r);
	if (!to) return NULL;
	to->stdout_text = copy_text(c, r->stdout_text);
	to->stderr_text = copy_text(c, r->stderr_text);
	return to;
}

static struct http_response *copy_response(struct copier *c, const struct http_response *r)
{
	struct http_response *to = copy_plain(c, r, sizeof *r);
	if (to) to->body = copy_text(c, r->body);
	return to;
}

static struct failure copy_failure(struct copier *c, struct failure failure)
{
	failure.what = copy_chars(c, failure.what);
	failure.command = copy_chars(c, failure.command);
	failure.result = copy_result(c, failure.result);
	return failure;
}

static struct internal *copy_internal(struct copier *c, const struct internal *i)
{
	struct internal *to = take(c, i, sizeof *i);
	if (!to) return NULL;
	switch (i->kind) {
	case INTERNAL_ITERATOR: to->iterator.list = copy_value(c, i->iterator.list); break;
	case INTERNAL_GATHERER:
		to->gatherer.kept = copy_list(c, i->gatherer.kept, i->gatherer.room);
		to->gatherer.of = copy_chars(c, i->gatherer.of);
		break;
	case INTERNAL_POLL: to->poll.why = copy_chars(c, i->poll.why); break;
	case INTERNAL_FAILURE: to->failed.failure = copy_failure(c, i->failed.failure); break;
	case INTERNAL_DRAW: to->draw.from = copy_list(c, i->draw.from, i->draw.from->n); break;
	case INTERNAL_RETRY: break;
	}
	return to;
}

struct value copy_value(struct copier *c, struct value v)
{
	if (c->failed) return (struct value){ .tag = V_NONE };
	switch ((enum value_tag)v.tag) {
	case V_UNKNOWN: case V_STRING: case V_JSON: v.text = copy_text(c, v.text); break;
	case V_LIST: v.list = copy_list(c, v.list, v.list->n); break;
	case V_PROCESS: v.process = copy_plain(c, v.process, sizeof *v.process); break;
	case V_RESULT: v.result = copy_result(c, v.result); break;
	case V_RESPONSE: v.response = copy_response(c, v.response); break;
	case V_INTERNAL: v.internal = copy_internal(c, v.internal); break;
	case V_NONE: case V_BOOL: case V_INT: case V_DURATION: case V_SIZE: case V_PERCENT: case V_FLOAT: case V_HOST: break;
	}
	return c->failed ? (struct value){ .tag = V_NONE } : v;
}

struct value value_copy(struct arena *a, struct value v)
{
	struct copier c = { .to = a };
	v = copy_value(&c, v);
	if (c.failed) abort(); /* as arena_alloc */
	return v;
}

/* ---- whole fibers ---- */

static void *array_copy(const void *p, size_t n, size_t size)
{
	void *q = malloc(n * size + 1);
	if (!q) abort();
	return n ? memcpy(q, p, n * size) : q;
}

/* Rounds that are under way in the copy may give back only what it makes from now on. */
static void renew_marks(struct fiber *f)
{
	struct arena_mark now = arena_mark(f->heap);
	for (uint32_t i = 0; i < f->height; i++)
		if (f->stack[i].tag == V_INTERNAL) ((struct internal *)f->stack[i].internal)->mark = now;
}

struct fiber *fiber_copy(const struct fiber *f)
{
	struct fiber *to = array_copy(f, 1, sizeof *f);
	struct forwarding map = { 0 };
	to->heap = arena_new(fiber_heap_limit(f->vm));
	struct copier c = { .to = to->heap, .map = &map };
	to->stack = array_copy(f->stack, f->stack_cap, sizeof *f->stack);
	to->calls = array_copy(f->calls, f->call_cap, sizeof *f->calls);
	to->catches = array_copy(f->catches, f->catch_cap, sizeof *f->catches);
	for (uint32_t i = 0; i < f->height; i++) to->stack[i] = copy_value(&c, f->stack[i]);
	to->here = copy_value(&c, f->here);
	to->result = copy_value(&c, f->result);
	to->captures = f->captures ? copy_list(&c, f->captures, f->captures->n) : NULL;
	to->failure = copy_failure(&c, f->failure);
	free(map.from);
	free(map.to);
	if (c.failed) abort(); /* what fits once fits again: the copy holds no more than what is alive */
	renew_marks(to);
	if (to->state == FIBER_EFFECT) describe_effect(to);
	return to;
}
