#include "host_impl.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const int64_t MILLISECOND = 1000000, SECOND = 1000000000;
enum { ASK_SECONDS = 10, LEASH_SECONDS = 20, GIVE_UP_SECONDS = 5, ASK_TRIES = 3 };

/* ---- asking the spare shell something: our own text, of builtins only */

struct ask {
	struct lane_job job;
	struct host *host;
	struct buf text;
	struct loop_timer *timer;
	void (*done)(void *owner, const char *said); /* NULL: the spare could not tell */
	void *owner;
};

static void on_ask_late(void *ctx)
{
	struct ask *a = ctx;
	a->timer = NULL;
	lane_cut(&a->host->lane[SPARE], "the spare shell did not answer");
}

static void ask_begun(struct lane_job *j)
{
	struct ask *a = (struct ask *)j;
	a->timer = loop_after(a->host->loop, ASK_SECONDS * SECOND, on_ask_late, a);
}

static void ask_done(struct lane_job *j, const struct shell_end *end)
{
	struct ask *a = (struct ask *)j;
	struct buf said = { 0 };
	loop_timer_stop(a->timer);
	buf_str(&said, buf_view(&end->out->head));
	if (a->done) a->done(a->owner, end->how == SHELL_EXITED ? said.p ? said.p : "" : NULL);
	buf_free(&said);
	buf_free(&a->text);
	free(a);
}

static struct ask *ask_new(struct host *h, void (*done)(void *owner, const char *said), void *owner)
{
	struct ask *a = calloc(1, sizeof *a);
	if (!a) abort();
	*a = (struct ask){ .job = { .begun = ask_begun, .done = ask_done }, .host = h, .done = done, .owner = owner };
	return a;
}

static void ask_send(struct ask *a)
{
	a->job.command = (struct shell_command){ .text = buf_view(&a->text), .inside = true };
	lane_push(&a->host->lane[SPARE], &a->job);
}

/* CONT behind it: a stopped process would not see the signal. */
static void signal_put(struct buf *b, const struct process_ref *p, const char *name)
{
	buf_printf(b, "_k %s %" PRId64 " %" PRIu64 "; _k CONT %" PRId64 " %" PRIu64 "\n", name, p->pgid, p->start, p->pgid, p->start);
}

void host_term(struct host *h, const struct process_ref *shell)
{
	struct ask *a = ask_new(h, NULL, NULL);
	signal_put(&a->text, shell, "TERM");
	ask_send(a);
}

/* ---- ending groups, and proving it */

struct ended_group {
	struct process_ref process;
	int64_t kill_at;
	bool asked, killed, gone;
};

struct ending {
	struct ending *next, **link;
	struct host *host;
	struct ended_group *group;
	size_t n;
	int64_t give_up_at; /* 0: not all were killed yet */
	int64_t pause;
	unsigned failures;
	struct ask *ask; /* under way */
	struct loop_timer *timer;
	host_done *done;
	void *owner;
};

static void ending_free(struct ending *g)
{
	*g->link = g->next;
	if (g->next) g->next->link = g->link;
	if (g->ask) g->ask->done = NULL; /* nobody waits for the answer any more */
	loop_timer_stop(g->timer);
	free(g->group);
	free(g);
}

static void ending_finish(struct ending *g, const struct err *e)
{
	host_done *done = g->done;
	void *owner = g->owner;
	struct host *h = g->host;
	ending_free(g);
	host_tell(h, done, owner, e);
}

/* Of a work shell all that it started must go, also when the shell itself has gone. A leash that has undone something may have left a service
 * that it started again: only while the leash itself lives its group is touched. */
static void lives_put(struct buf *b, const struct process_ref *p)
{
	if (p->kind == PROCESS_LEASH) buf_printf(b, "_h %" PRId64 " %" PRId64 " %" PRIu64, p->pid, p->pgid, p->start);
	else buf_printf(b, "_m %" PRId64 " %" PRIu64, p->pgid, p->start);
}

/* What is said about one group in this round: the gentle signal first, KILL when its time has come, and then whether it lives. */
static void group_put(struct buf *b, struct ended_group *g, size_t i, int64_t now)
{
	const struct process_ref *p = &g->process;
	bool leash = p->kind == PROCESS_LEASH;
	if (now >= g->kill_at && !g->killed) {
		if (leash) lives_put(b, p), buf_puts(b, " && ");
		buf_printf(b, "_k KILL %" PRId64 " %" PRIu64 "\n", p->pgid, p->start);
		g->killed = true;
	} else if (now < g->kill_at && !g->asked) {
		if (leash) lives_put(b, p), buf_printf(b, " && kill -USR2 %" PRId64 " && kill -CONT -%" PRId64 "\n", p->pid, p->pgid);
		else signal_put(b, p, "TERM");
		g->asked = true;
	}
	lives_put(b, p);
	buf_printf(b, " && echo %zu\n", i);
}

static void round_of(void *ctx);

static void give_up(struct ending *g)
{
	struct err e;
	size_t i = 0;
	while (g->group[i].gone) i++;
	err_set(&e, IRS_LEFT, NULL, "process group %" PRId64 " could not be ended: it was killed, and still lives", g->group[i].process.pgid);
	err_remedy(&e, "see what holds it: ps -o pid,stat,wchan,args -g %" PRId64, g->group[i].process.pgid);
	ending_finish(g, &e);
}

/* From 10 ms to 320: most are gone at once, and a look through /proc has its price. */
static int64_t next_pause(int64_t before)
{
	int64_t least = 10 * MILLISECOND;
	return before < least ? least : before < 32 * least ? 2 * before : before;
}

static void on_round(void *owner, const char *said)
{
	struct ending *g = owner;
	int64_t now = loop_now(g->host->loop);
	bool all_gone = true, all_killed = true;
	g->ask = NULL;
	if (!said && ++g->failures >= ASK_TRIES) {
		struct err e;
		err_set(&e, IRS_LEFT, NULL, "no shell could be asked to end what is under way");
		ending_finish(g, &e);
		return;
	}
	for (size_t i = 0; !said && i < g->n; i++) g->group[i].asked = g->group[i].killed = false; /* perhaps nothing was sent */
	for (size_t i = 0; said && i < g->n; i++) g->group[i].gone = true;
	for (const char *at = said; at && *at;) {
		char *rest;
		unsigned long i = strtoul(at, &rest, 10);
		if (rest == at) break;
		if (i < g->n) g->group[i].gone = false;
		at = rest + strspn(rest, "\n");
	}
	for (size_t i = 0; i < g->n; i++) {
		if (said && strcmp(g->group[i].process.boot, g->host->facts.boot)) g->group[i].gone = true; /* it was rebooted meanwhile */
		all_gone &= g->group[i].gone;
		all_killed &= g->group[i].gone || g->group[i].killed;
	}
	if (all_killed && !g->give_up_at) g->give_up_at = now + GIVE_UP_SECONDS * SECOND;
	if (all_gone) ending_finish(g, NULL);
	else if (all_killed && now >= g->give_up_at) give_up(g);
	else g->timer = loop_after(g->host->loop, g->pause = next_pause(g->pause), round_of, g);
}

static void round_of(void *ctx)
{
	struct ending *g = ctx;
	struct ask *a = ask_new(g->host, on_round, g);
	int64_t now = loop_now(g->host->loop);
	g->timer = NULL;
	for (size_t i = 0; i < g->n; i++)
		if (!g->group[i].gone) group_put(&a->text, &g->group[i], i, now);
	buf_puts(&a->text, ":\n");
	g->ask = a;
	ask_send(a);
}

void host_end(struct host *h, const struct process_ref *refs, size_t n, int64_t grace, host_done *done, void *owner)
{
	struct ending *g = calloc(1, sizeof *g);
	struct ended_group *group = calloc(n ? n : 1, sizeof *group);
	int64_t now = loop_now(h->loop);
	if (!g || !group) abort();
	*g = (struct ending){ .next = h->endings, .link = &h->endings, .host = h, .group = group, .done = done, .owner = owner };
	if (g->next) g->next->link = &g->next;
	h->endings = g;
	for (size_t i = 0; i < n; i++) {
		if (h->known && strcmp(refs[i].boot, h->facts.boot)) continue; /* of another boot: gone */
		group[g->n++] = (struct ended_group){ .process = refs[i],
			                              .kill_at = now + (!grace || refs[i].kind == PROCESS_SHELL ? grace : LEASH_SECONDS * SECOND) };
	}
	round_of(g);
}

void host_drop_endings(struct host *h)
{
	struct err e;
	err_set(&e, IRS_LEFT, NULL, "the host was closed");
	while (h->endings) ending_finish(h->endings, &e);
}

/* ---- a dead session's */

struct burial {
	struct host *host;
	host_done *done;
	void *owner;
	size_t n;
	struct process_ref refs[];
};

/* The spare shell is there by now, so the host's boot id is known. */
static void on_burial_ready(void *owner, const char *said)
{
	struct burial *b = owner;
	struct err e;
	if (said) {
		host_end(b->host, b->refs, b->n, b->host->o->kill_grace, b->done, b->owner);
	} else {
		err_set(&e, IRS_LEFT, NULL, "no shell could be asked to end what the dead runner left");
		host_tell(b->host, b->done, b->owner, &e);
	}
	free(b);
}

void host_bury(struct host *h, const struct process_ref *refs, size_t n, host_done *done, void *owner)
{
	struct burial *b = malloc(sizeof *b + n * sizeof *refs);
	if (!b) abort();
	*b = (struct burial){ .host = h, .done = done, .owner = owner, .n = n };
	if (n) memcpy(b->refs, refs, n * sizeof *refs);
	struct ask *a = ask_new(h, on_burial_ready, b);
	buf_puts(&a->text, ":");
	ask_send(a);
}
