#include "host_impl.h"

#include "irs/literal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * A command under way. It ends by itself; or its time is over (or somebody cancels it): TERM to its group, which its shell survives, and after
 * the grace KILL, which takes the shell, too. Whatever way it was ended before its time, the group is killed in the end and proven gone before
 * anybody hears of it: what ignored TERM must not act behind our back.
 *
 * A shell that doesn't even begin (somebody has stopped it) is ended the same way, and the command runs in the next one: once, and only where its
 * time-out leaves time for that.
 */
enum { BEGIN_SECONDS = 10 };

struct run_job {
	struct lane_job job;
	struct run_job *next, **link;
	struct host *host;
	struct shell_lane *lane;
	struct request *request;
	struct buf text;
	enum { WAITING, RUNNING, TERMINATING, KILLING } stage;
	struct process_ref shell;
	struct loop_timer *timer;
	int64_t began;
	bool answered; /* by the shell */
	bool again;    /* it has never begun, and runs in another shell */
	bool renewed;  /* this is the other one */
	struct outcome outcome;
};

static void set_text(struct text **t, struct text *to)
{
	free(*t);
	*t = to;
}

static struct text *text_of(const char *z)
{
	struct capture c = { .limit = 1 << 20 };
	capture_add(&c, z, strlen(z));
	struct text *t = capture_text(&c);
	capture_free(&c);
	return t;
}

static void finish(struct run_job *j)
{
	struct request *r = j->request;
	struct run_result *res = &j->outcome.run;
	if (!res->stdout_text) res->stdout_text = text_of("");
	if (!res->stderr_text) res->stderr_text = text_of("");
	loop_timer_stop(j->timer);
	*j->link = j->next;
	if (j->next) j->next->link = j->link;
	r->world_data = NULL;
	r->done(r, &j->outcome);
	free(res->stdout_text);
	free(res->stderr_text);
	buf_free(&j->text);
	free(j);
}

static void lost(struct run_job *j, const char *why)
{
	struct run_result *res = &j->outcome.run;
	res->lost = true;
	res->exit = -1;
	if (!res->stderr_text || !res->stderr_text->n) set_text(&res->stderr_text, text_of(why));
}

static void run_again(struct run_job *j)
{
	struct run_result *res = &j->outcome.run;
	free(res->stdout_text);
	free(res->stderr_text);
	*res = (struct run_result){ .exit = -1 };
	j->stage = WAITING;
	j->answered = j->again = false;
	j->renewed = true;
	lane_push(j->lane, &j->job);
}

static void on_ended(void *owner, uint32_t host, const struct err *e)
{
	struct run_job *j = owner;
	struct shell_lane *lane = j->lane;
	bool closing = j->host->closing;
	(void)host;
	if (!j->answered) lane_cut(lane, "killed");
	if (e->what[0]) lost(j, e->what);
	if (j->again && !e->what[0] && !closing) run_again(j);
	else finish(j);
	if (!closing) lane_renew(lane);
}

static void kill_group(struct run_job *j)
{
	j->stage = KILLING;
	j->lane->held = true;
	loop_timer_stop(j->timer);
	j->timer = NULL;
	host_end(j->host, &j->shell, 1, 0, on_ended, j);
}

static void on_grace_over(void *ctx)
{
	struct run_job *j = ctx;
	j->timer = NULL;
	kill_group(j);
}

static void terminate(struct run_job *j)
{
	j->stage = TERMINATING;
	j->lane->held = true;
	loop_timer_stop(j->timer);
	j->timer = loop_after(j->host->loop, j->host->o->kill_grace, on_grace_over, j);
	host_term(j->host, &j->shell);
}

static void on_timeout(void *ctx)
{
	struct run_job *j = ctx;
	j->timer = NULL;
	j->outcome.run.timed_out = true;
	terminate(j);
}

static void on_begin_late(void *ctx)
{
	struct run_job *j = ctx;
	int64_t left = j->request->effect->run.timeout - (loop_now(j->host->loop) - j->began);
	j->timer = NULL;
	if (!j->renewed && !shell_has_begun(j->lane->shell)) {
		j->again = true;
		kill_group(j);
	} else {
		j->timer = loop_after(j->host->loop, left > 0 ? left : 0, on_timeout, j);
	}
}

/* A shell says 128 + n of what signal n ended. */
static void set_status(struct run_result *res, int status)
{
	bool by_signal = status > 128 && status <= 128 + 64;
	res->exit = by_signal || res->timed_out ? -1 : status;
	if (by_signal) res->signal = status - 128;
}

static void job_begun(struct lane_job *base)
{
	struct run_job *j = (struct run_job *)base;
	j->stage = RUNNING;
	j->shell = *shell_process(j->lane->shell);
	j->job.command.boot = j->host->facts.boot;
	j->began = loop_now(j->host->loop);
	int64_t timeout = j->request->effect->run.timeout, late = BEGIN_SECONDS * NS_PER_S;
	bool can_wait = timeout > late;
	j->timer = loop_after(j->host->loop, can_wait ? late : timeout, can_wait ? on_begin_late : on_timeout, j);
}

static void job_done(struct lane_job *base, const struct shell_end *end)
{
	struct run_job *j = (struct run_job *)base;
	struct run_result *res = &j->outcome.run;
	j->answered = true;
	j->again &= !end->begun;
	if (j->stage != WAITING) res->elapsed = loop_now(j->host->loop) - j->began;
	set_text(&res->stdout_text, capture_text(end->out));
	set_text(&res->stderr_text, capture_text(end->err));
	res->truncated = capture_truncated(end->out) || capture_truncated(end->err);
	if (end->how == SHELL_EXITED) set_status(res, end->status);
	if (end->how == SHELL_GONE) res->gone = true;
	if (end->how == SHELL_LOST && j->stage >= TERMINATING) res->signal = 9;
	if (end->how == SHELL_LOST && j->stage < TERMINATING) lost(j, end->why);

	if (j->stage == KILLING) return;
	if (j->stage == WAITING || (j->stage == RUNNING && end->how != SHELL_LOST) || j->host->closing) finish(j);
	else kill_group(j);
}

/* ---- what the command is */

static const char *words_put(struct buf *b, const struct value_list *words)
{
	if (!words->n) return "an argument vector without a program";
	for (size_t i = 0; i < words->n; i++) {
		if (i) buf_putc(b, ' ');
		buf_shell_quoted(b, (struct str){ words->at[i].text->p, words->at[i].text->n });
	}
	return NULL;
}

/* The shell text of an effect. NULL, or why there is none. */
static const char *command_put(struct buf *b, const struct effect *e)
{
	struct buf words = { 0 };
	const char *wrong = NULL;
	struct str text = { 0 };
	if (e->run.command.tag == V_LIST) {
		wrong = words_put(&words, e->run.command.list);
		text = buf_view(&words);
	} else if (e->run.command.tag == V_STRING) {
		text = (struct str){ e->run.command.text->p, e->run.command.text->n };
	} else {
		wrong = "the command is not known";
	}
	if (!wrong && memchr(text.p, 0, text.n)) wrong = "the command holds a NUL byte, which no shell can take";
	if (!wrong && e->run.input.tag == V_STRING && e->run.input.text->n > INPUT_LIMIT) wrong = "its standard input is larger than 64 KiB";
	if (!wrong && e->run.spawn) shell_text_spawn(b, text, (struct str){ e->run.mark.text->p, e->run.mark.text->n });
	else if (!wrong) buf_str(b, text);
	buf_free(&words);
	return wrong;
}

void host_run(struct host *h, struct request *r)
{
	struct run_job *j = calloc(1, sizeof *j);
	const struct effect *e = r->effect;
	if (!j) abort();
	*j = (struct run_job){ .job = { .begun = job_begun, .done = job_done }, .next = h->jobs, .link = &h->jobs, .host = h, .lane = &h->lane[r->lane],
		               .request = r, .outcome.run.exit = -1 };
	if (j->next) j->next->link = &j->next;
	h->jobs = j;
	r->world_data = j;
	const char *wrong = command_put(&j->text, e);
	if (wrong) {
		j->outcome.run.exit = 126;
		j->outcome.run.stderr_text = text_of(wrong);
		finish(j);
		return;
	}
	j->job.command = (struct shell_command){ .text = buf_view(&j->text), .guards = e->run.guards };
	if (e->run.input.tag == V_STRING) j->job.command.input = (struct str){ e->run.input.text->p, e->run.input.text->n };
	lane_push(j->lane, &j->job);
}

void host_cancel(struct host *h, struct request *r)
{
	struct run_job *j = r->world_data;
	(void)h;
	if (!j) return;
	j->again = false;
	if (j->stage == RUNNING) {
		terminate(j);
	} else if (j->stage == WAITING && lane_withdraw(j->lane, &j->job)) {
		lost(j, "cancelled before it began");
		finish(j);
	}
}

void host_drop_jobs(struct host *h)
{
	while (h->jobs) {
		lost(h->jobs, "the host was closed");
		finish(h->jobs);
	}
}
