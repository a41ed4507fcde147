#include "irs_runner.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"

static void put(struct outlet *to, const struct buf *b)
{
	if (to) outlet_say(to, buf_view(b));
}

static void on_event(void *ctx, enum event ev, const json_t *line)
{
	struct runner *r = ctx;
	struct buf b = { 0 };
	if (r->json) {
		char *text = json_dumps(line, JSON_COMPACT);
		buf_printf(&b, "%s\n", text ? text : "");
		free(text);
	} else {
		timeline_put(r->timeline, &b, ev, line);
	}
	put(r->out, &b);
	buf_free(&b);
}

static bool recall(void *ctx, enum event ev, const json_t *line)
{
	struct buf unread = { 0 };
	timeline_put(ctx, &unread, ev, line);
	buf_free(&unread);
	return true;
}

void runner_recall(struct runner *r, const char *journal)
{
	journal_read(journal, recall, r->timeline, NULL);
}

static void over(void *ctx)
{
	struct runner *r = ctx;
	loop_stop(r->loop);
}

static void tell_left(struct runner *r, const char *then)
{
	struct buf b = { 0 }, safe = { 0 };
	session_put_left(r->session, &b);
	buf_safe(&safe, buf_view(&b));
	buf_printf(&safe, "%s: irs restore %s\n", then, r->store.id);
	put(r->err, &safe);
	buf_free(&b);
	buf_free(&safe);
}

static void on_signal(void *ctx, int signum)
{
	struct runner *r = ctx;
	if (r->signals++) tell_left(r, "restoring goes on. Should this process be killed");
	else session_abort(r->session, IRS_INTERRUPTED, signum == SIGHUP ? "the terminal has gone" : "interrupted");
}

static void on_line(void *ctx, uint32_t uid, const char *line, struct buf *answer)
{
	struct runner *r = ctx;
	if (uid != 0 && uid != getuid()) buf_puts(answer, "{\"ok\":false,\"why\":\"this session is somebody else's\"}");
	else session_command(r->session, line, answer);
}

bool runner_init(struct runner *r, struct arena *a, const struct store_session *store, bool json, struct err *e)
{
	*r = (struct runner){ .a = a, .store = *store, .json = json, .lock = -1 };
	r->lock = store_lock(a, store, e);
	if (r->lock < 0 || !(r->loop = loop_new(e))) return false;
	r->out = outlet_new(r->loop, STDOUT_FILENO);
	r->err = outlet_new(r->loop, STDERR_FILENO);
	r->timeline = timeline_new(a, &(struct timeline_options){ .color = cli_color(STDOUT_FILENO), .columns = cli_columns(STDOUT_FILENO) });
	return true;
}

void runner_options(struct runner *r, struct session_options *o)
{
	o->loop = r->loop;
	o->id = r->store.id;
	r->claims.a = r->a;
	r->claims.id = r->store.id;
	o->claim = claim_take;
	o->claim_ctx = &r->claims;
	o->program = "irs " IRS_VERSION;
	o->watch = on_event;
	o->watch_ctx = r;
	o->over = over;
	o->ctx = r;
}

bool runner_attach(struct runner *r, struct session *s, const struct session_options *so, struct err *e)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	struct world_real_options o = { .hosts = so->hosts, .reached = so->reached, .private_dir = r->store.dir, .may_ask = isatty(STDIN_FILENO), .started = session_started, .fired = session_fired, .owner = s };
	r->session = s;
	r->world = world_real_new(r->loop, &o, e);
	if (!r->world) return false;
	session_use(s, r->world);
	signal(SIGPIPE, SIG_IGN); /* a reader of the timeline that goes away is no reason to leave a machine broken */
	signal(SIGTTOU, SIG_IGN); /* nor is a terminal that wants nobody's words from the background */
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		if (!loop_on_signal(r->loop, signals[i], on_signal, r, e)) return false;
	return true;
}

bool runner_listen(struct runner *r, struct err *e)
{
	const char *socket = store_path(r->a, &r->store, "socket");
	unlink(socket);
	return loop_serve(r->loop, socket, on_line, r, e);
}

/* What was done is done; but another process would not know it. */
static void tell_broken(struct runner *r)
{
	struct buf b = { 0 };
	buf_printf(&b, "the journal could not be written to its end, so it doesn't say what was undone. Once it can be written again: irs restore %s\n",
	           r->store.id);
	put(r->err, &b);
	buf_free(&b);
}

enum irs_exit runner_turn(struct runner *r, const struct journal *j)
{
	loop_run(r->loop);
	enum irs_exit exit = session_exit(r->session);
	if (journal_broken(j) && exit != IRS_REFUSED) tell_broken(r);
	if (exit == IRS_LEFT) tell_left(r, "when the reason is gone");
	return exit;
}

/* By now nobody waits for us but who reads us. That nobody does is no failure of the session's: the journal has it all. */
static void end_outlets(struct runner *r)
{
	int failed = outlet_free(r->out);
	outlet_free(r->err);
	if (failed && failed != EPIPE)
		fprintf(stderr, "irs: standard output: the timeline could not be written: %s; `irs status %s` shows it\n", strerror(failed), r->store.id);
}

void runner_free(struct runner *r)
{
	if (r->session) session_free(r->session);
	if (r->world) world_real_free(r->world);
	outlet_leave_loop(r->out);
	outlet_leave_loop(r->err);
	loop_free(r->loop);
	unlink(store_path(r->a, &r->store, "socket"));
	if (r->lock >= 0) close(r->lock);
	end_outlets(r);
}
