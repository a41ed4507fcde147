#include "state.h"

#include <stdlib.h>

struct sync_waiter {
	struct sync_waiter *next;
	void (*fn)(void *ctx, bool ok);
	void *ctx;
};

static struct sync_waiter *in_order(struct sync_waiter *w)
{
	struct sync_waiter *first = NULL;
	for (struct sync_waiter *next; w; w = next) {
		next = w->next;
		w->next = first;
		first = w;
	}
	return first;
}

static void sync_now(void *ctx)
{
	struct session *s = ctx;
	struct sync_waiter *w = in_order(s->waiters);
	s->waiters = NULL;
	s->sync_due = false;
	bool ok = journal_sync(s->o.journal, NULL);
	if (ok) journal_add(s->o.journal, EV_synced, NULL);
	for (struct sync_waiter *next; w; w = next) {
		next = w->next;
		w->fn(w->ctx, ok);
		free(w);
	}
}

void sync_then(struct session *s, void (*fn)(void *ctx, bool ok), void *ctx)
{
	struct sync_waiter *w = malloc(sizeof *w);
	if (!w) abort();
	*w = (struct sync_waiter){ s->waiters, fn, ctx };
	s->waiters = w;
	if (!s->sync_due) loop_at_turn_end(s->o.loop, sync_now, s);
	s->sync_due = true;
}
