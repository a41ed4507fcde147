#include "loops.h"

bool begin_iterator(struct fiber *f)
{
	struct internal *i = internal_new(f, INTERNAL_ITERATOR);
	if (!i) return raise_heap(f);
	i->iterator.list = *top(f, 0);
	i->iterator.next = 0;
	*top(f, 0) = (struct value){ .tag = V_INTERNAL, .internal = i };
	return true;
}

bool begin_gatherer(struct fiber *f, struct type element)
{
	struct value list = *top(f, 0);
	size_t room = list.tag == V_LIST ? list.list->n : 1;
	if (!begin_iterator(f)) return false;
	struct internal *i = internal_new(f, INTERNAL_GATHERER);
	if (i) i->gatherer.kept = heap_alloc(f, sizeof *i->gatherer.kept + room * sizeof(struct value));
	if (!i || !i->gatherer.kept) return raise_heap(f);
	i->gatherer.room = room;
	i->gatherer.element = element;
	i->gatherer.unsure = list.tag == V_UNKNOWN;
	i->gatherer.certainty = list.certainty;
	i->gatherer.of = name_of(f, list);
	push(f, (struct value){ .tag = V_INTERNAL, .internal = i });
	return true;
}

/* The next element. An unknown list has one, which is unknown. `more` false: the end. */
static bool next_element(struct fiber *f, struct internal *i, bool *more, struct value *out)
{
	struct value list = i->iterator.list;
	size_t n = list.tag == V_LIST ? list.list->n : 1;
	*more = i->iterator.next < n;
	if (!*more) return true;
	size_t at = i->iterator.next++;
	if (list.tag == V_LIST) return *out = list.list->at[at], true;
	return unknown(f, type_element(list.of), list.certainty, out, "each of %s", name_of(f, list));
}

bool next_in_loop(struct fiber *f, uint32_t end, uint32_t behind)
{
	struct internal *i = top(f, 0)->internal;
	struct value v;
	bool more;
	if (i->iterator.next) next_round(f, i);
	if (!next_element(f, i, &more, &v)) return false;
	if (more) push(f, v);
	else drop(f, 1);
	f->pc = more ? behind : end;
	return true;
}

static bool gathered(struct fiber *f, struct internal *g, struct value *out)
{
	struct type t = type_list_of(g->gatherer.element);
	if (g->gatherer.unsure) return unknown(f, t, g->gatherer.certainty, out, "some of %s", g->gatherer.of);
	*out = (struct value){ .tag = V_LIST, .of = t, .list = g->gatherer.kept, .certainty = g->gatherer.certainty };
	return true;
}

bool next_in_comprehension(struct fiber *f, uint32_t end, uint32_t behind)
{
	struct internal *g = top(f, 0)->internal, *i = top(f, 1)->internal;
	struct value v;
	bool more;
	if (!next_element(f, i, &more, &v)) return false;
	if (!more) {
		if (!gathered(f, g, &v)) return false;
		drop(f, 2);
	}
	push(f, v);
	f->pc = more ? behind : end;
	return true;
}

/* In the dry world an element that may be in the list stands for itself, and makes the list unknown. */
bool filter(struct fiber *f, uint32_t next, uint32_t behind)
{
	struct value v = pop(f);
	struct internal *g = top(f, 0)->internal;
	if (truth(v) == UNKNOWN3 && !f->vm->dry)
		return raise_unknown(f, "a condition of a list is unknown: %s", v.tag == V_UNKNOWN && v.text ? v.text->p : "no answer");
	if (truth(v) == UNKNOWN3) g->gatherer.unsure = true;
	g->gatherer.certainty = surer(g->gatherer.certainty, v.certainty);
	f->pc = truth(v) == FALSE3 ? next : behind;
	return true;
}

void keep(struct fiber *f)
{
	struct value v = pop(f);
	struct internal *g = top(f, 0)->internal;
	if (g->gatherer.kept->n < g->gatherer.room) g->gatherer.kept->at[g->gatherer.kept->n++] = v;
	g->gatherer.certainty = surer(g->gatherer.certainty, v.certainty);
}

bool at_most(struct fiber *f)
{
	struct value n = pop(f), list = *top(f, 0);
	if (list.tag != V_LIST || n.tag != V_INT) return true; /* unknown: assumed */
	if (n.i >= 0 && list.list->n <= (size_t)n.i) return true;
	return raise_unknown(f, "a list that is said to have at most %lld elements has %zu", (long long)n.i, list.list->n);
}

/* A poll's answer: on to its end, or a stop, after which it may be asked again. */
void poll_again(struct fiber *f, bool hold, uint32_t behind)
{
	struct value v = *top(f, 0);
	struct internal *p = top(f, 1)->internal;
	p->poll.last = truth(v);
	p->poll.hold = hold;
	p->poll.certainty = v.certainty;
	p->poll.why = v.tag == V_UNKNOWN && v.text ? v.text->p : NULL;
	bool settled = hold ? truth(v) != TRUE3 : truth(v) == TRUE3;
	if (!settled && !f->vm->dry) {
		want(f, EFFECT_POLL);
		return;
	}
	drop(f, 1);
	f->pc = behind;
}

bool begin_retry(struct fiber *f)
{
	struct value every = pop(f), times = pop(f);
	struct internal *i = internal_new(f, INTERNAL_RETRY);
	if (!i) return raise_heap(f);
	i->retry.left = times.tag == V_INT ? times.i : 1;
	i->retry.every = every.tag == V_DURATION && every.i > 0 ? every.i : 0;
	push(f, (struct value){ .tag = V_INTERNAL, .internal = i });
	return true;
}

void again(struct fiber *f, uint32_t head)
{
	struct internal *r = top(f, 1)->internal;
	drop(f, 1);
	r->retry.left--;
	next_round(f, r);
	f->pc = head;
}

void retry(struct fiber *f, uint32_t head)
{
	struct internal *failed = top(f, 0)->internal, *r = top(f, 1)->internal;
	bool last = r->retry.left <= 1 || f->vm->dry; /* what fails in a plan fails for certain */
	if (last) raise_failure(f, &failed->failed.failure, failed->failed.unknown);
	else if (r->retry.every) want(f, EFFECT_SLEEP);
	else again(f, head);
}

unsigned fiber_loops(const struct fiber *f)
{
	unsigned n = 0;
	for (uint32_t i = 0; i < f->height; i++) {
		if (f->stack[i].tag != V_INTERNAL) continue;
		const struct internal *in = f->stack[i].internal;
		n += in->kind == INTERNAL_RETRY || (in->kind == INTERNAL_ITERATOR && in->iterator.list.tag == V_UNKNOWN);
	}
	return n;
}
