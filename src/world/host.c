#include "host_impl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void host_started(struct host *h, const struct process_ref *p)
{
	if (h->o->started) h->o->started(h->o->owner, h->index, p);
}

void host_tell_works(struct host *h)
{
	const struct process_ref *shells[SHELLS];
	size_t n = 0;
	for (int i = 0; i < SHELLS; i++)
		if (h->lane[i].shell && h->lane[i].ready) shells[n++] = shell_process(h->lane[i].shell);
	if (h->leash.armed && !h->leash.fired) leash_works(h->leash.leash, shells, n);
}

void host_tell(struct host *h, host_done *done, void *owner, const struct err *e)
{
	struct err none = { 0 };
	if (done) done(owner, h->index, e ? e : &none);
}

/* ---- opening: a shell that tells who the host is, the spare, the leash */

void host_open_step(struct host *h)
{
	if (!h->opening || !h->known || !h->leash.armed || !h->lane[LANE_STEP].ready || !h->lane[SPARE].ready) return;
	host_opened *done = h->opening;
	struct err e = { 0 };
	h->opening = NULL;
	done(h->opening_owner, h->index, &h->facts, &e);
}

void host_open_failed(struct host *h, const struct err *e)
{
	host_opened *done = h->opening;
	h->opening = NULL;
	if (done) done(h->opening_owner, h->index, NULL, e);
}

void host_open(struct host *h, host_opened *done, void *owner)
{
	h->opening = done;
	h->opening_owner = owner;
	lane_open(&h->lane[LANE_STEP]);
	lane_open(&h->lane[SPARE]);
	host_leash_start(h);
	host_open_step(h);
}

static void on_opened(struct shell_lane *l)
{
	struct host *h = l->owner;
	if (!h->known) h->facts = *shell_facts(l->shell);
	memcpy(h->facts.boot, shell_facts(l->shell)->boot, sizeof h->facts.boot); /* it may have been rebooted meanwhile */
	h->known = true;
	host_started(h, shell_process(l->shell));
	host_tell_works(h);
	if (h->opening) host_leash_start(h);
	host_open_step(h);
}

static void on_failed(struct shell_lane *l, const struct err *e) { host_open_failed(l->owner, e); }

/* ---- reaching: by a shell that has nothing to do with those that are open */

struct reaching {
	struct reaching *next, **link;
	struct host *host;
	struct shell *shell;
	host_done *done;
	void *owner;
};

static void reached(struct reaching *r, const struct err *e)
{
	host_done *done = r->done;
	void *owner = r->owner;
	struct host *h = r->host;
	*r->link = r->next;
	if (r->next) r->next->link = r->link;
	shell_free(r->shell, e != NULL);
	free(r);
	host_tell(h, done, owner, e);
}

static void on_reached(void *owner)
{
	struct reaching *r = owner;
	struct err e;
	const char *boot = shell_facts(r->shell)->boot;
	if (r->host->known && strcmp(boot, r->host->facts.boot)) {
		err_set(&e, IRS_FAILED, NULL, "the host was rebooted meanwhile");
		reached(r, &e);
	} else {
		reached(r, NULL);
	}
}

static void on_unreachable(void *owner, const struct err *why)
{
	struct err e;
	err_set(&e, IRS_FAILED, NULL, "the host can't be reached: %s", why->what);
	if (why->remedy[0]) err_remedy(&e, "%s", why->remedy);
	reached(owner, &e);
}

static const struct shell_events reach_events = { on_reached, on_unreachable };

void host_reach(struct host *h, host_done *done, void *owner)
{
	struct reaching *r = calloc(1, sizeof *r);
	struct err e;
	if (!r) abort();
	*r = (struct reaching){ .next = h->reaching, .link = &h->reaching, .host = h, .done = done, .owner = owner };
	if (r->next) r->next->link = &r->next;
	h->reaching = r;
	if (h->closing) return; /* answered by who closes */
	r->shell = shell_new(h->loop, h->transport->afresh, h->index, 0, &reach_events, r, &e);
	if (!r->shell) reached(r, &e);
}

/* ---- its life */

struct host *host_new(struct loop *l, struct transport *t, uint32_t index, const struct host_options *o, const char *consent)
{
	struct host *h = calloc(1, sizeof *h);
	if (!h) abort();
	*h = (struct host){ .loop = l, .transport = t, .index = index, .o = o, .consent = consent };
	for (int i = 0; i < SHELLS; i++)
		h->lane[i] = (struct shell_lane){ .loop = l, .transport = t, .host = index, .output = i == SPARE ? 64 << 10 : o->output,
			                          .opened = on_opened, .failed = on_failed, .owner = h };
	return h;
}

void host_free(struct host *h)
{
	struct err e;
	if (!h) return;
	h->closing = true;
	host_drop_endings(h);
	for (int i = 0; i < SHELLS; i++) lane_close(&h->lane[i]);
	host_drop_jobs(h);
	host_leash_drop(h);
	err_set(&e, IRS_LEFT, NULL, "the host was closed");
	host_open_failed(h, &e);
	while (h->reaching) reached(h->reaching, &e);
	free(h);
}
