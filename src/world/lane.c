#include "lane.h"

static void pump(struct shell_lane *l);

static void drop_shell(struct shell_lane *l, bool cut)
{
	struct shell *s = l->shell;
	l->shell = NULL;
	l->ready = false;
	shell_free(s, cut);
}

static void answer_lost(struct lane_job *j, const char *why)
{
	struct capture none = { 0 };
	j->done(j, &(struct shell_end){ .how = SHELL_LOST, .spent = true, .why = why, .out = &none, .err = &none });
}

static struct lane_job *take_first(struct shell_lane *l)
{
	struct lane_job *j = l->first;
	l->first = j->next;
	if (!l->first) l->last = NULL;
	j->next = NULL;
	return j;
}

/* ---- the shell's events */

static void on_ready(void *owner)
{
	struct shell_lane *l = owner;
	l->ready = true;
	l->opened(l);
	pump(l);
}

static void give_up_opening(struct shell_lane *l, const struct err *e)
{
	l->failed(l, e);
	while (l->first && !l->shell) answer_lost(take_first(l), e->what);
}

/* An idle shell that went is replaced when it is next needed; one that never answered won't. */
static void on_ended(void *owner, const struct err *why)
{
	struct shell_lane *l = owner;
	bool opening = !l->ready;
	struct err e = *why; /* which is the shell's */
	drop_shell(l, opening);
	if (opening) give_up_opening(l, &e);
	else pump(l);
}

static const struct shell_events events = { on_ready, on_ended };

void lane_open(struct shell_lane *l)
{
	struct err e = { 0 };
	if (l->shell) return;
	l->shell = shell_new(l->loop, l->transport, l->host, l->output, &events, l, &e);
	if (!l->shell) give_up_opening(l, &e);
}

/* ---- jobs */

/* What was printed lives in the shell, so a spent one goes only after `done`; the next job must not meet it. */
static void on_done(void *owner, const struct shell_end *end)
{
	struct shell_lane *l = owner;
	struct lane_job *j = l->running;
	struct shell *spent = end->spent ? l->shell : NULL;
	l->running = NULL;
	if (spent) {
		l->shell = NULL;
		l->ready = false;
	}
	j->done(j, end);
	shell_free(spent, l->cutting);
	pump(l);
}

static void pump(struct shell_lane *l)
{
	if (l->held || l->paused || l->closed || l->running || !l->first) return;
	if (!l->shell) {
		lane_open(l);
	} else if (l->ready) {
		struct lane_job *j = l->running = take_first(l);
		if (j->begun) j->begun(j);
		shell_run(l->shell, &j->command, on_done, l);
	}
}

void lane_push(struct shell_lane *l, struct lane_job *j)
{
	if (l->closed) {
		answer_lost(j, "the host was closed");
		return;
	}
	j->next = NULL;
	if (l->last) l->last->next = j;
	else l->first = j;
	l->last = j;
	pump(l);
}

bool lane_withdraw(struct shell_lane *l, struct lane_job *j)
{
	for (struct lane_job **at = &l->first, *before = NULL; *at; before = *at, at = &(*at)->next) {
		if (*at != j) continue;
		*at = j->next;
		if (l->last == j) l->last = before;
		return true;
	}
	return false;
}

void lane_renew(struct shell_lane *l)
{
	if (l->shell) drop_shell(l, false);
	l->held = false;
	pump(l);
}

void lane_pause(struct shell_lane *l) { l->paused = true; }

void lane_resume(struct shell_lane *l)
{
	l->paused = false;
	pump(l);
}

void lane_cut(struct shell_lane *l, const char *why)
{
	if (!l->shell) return;
	l->cutting = true;
	if (l->running) shell_abandon(l->shell, why);
	else drop_shell(l, true);
	l->cutting = false;
	pump(l);
}

void lane_close(struct shell_lane *l)
{
	l->closed = true;
	if (l->running) shell_abandon(l->shell, "the host was closed");
	else if (l->shell) drop_shell(l, false);
	while (l->first) answer_lost(take_first(l), "the host was closed");
}
