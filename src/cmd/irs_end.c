/* irs end, irs abort: both restore; abort also while steps are being induced, and it shows in the exit status. */
#include "irs.h"

#include <stdio.h>
#include <time.h>

#include "cli.h"
#include "irs/summary.h"
#include "irs_talk.h"

/* Until its runner has gone; then the journal has the last word. */
static int wait_for(struct arena *a, const struct store_session *s, struct err *e)
{
	struct summary sum;
	while (store_is_running(a, s)) nanosleep(&(struct timespec){ .tv_nsec = 100 * 1000 * 1000 }, NULL);
	if (!summary_read(a, store_path(a, s, "journal.jsonl"), &sum, e)) return e->exit;
	if (!summary_is_dirty(&sum)) {
		printf("session %s is restored\n", s->id);
		return IRS_OK;
	}
	err_set(e, IRS_LEFT, s->id, "%u things could not be undone", sum.open.n + sum.left.n);
	err_remedy(e, "`irs status %s` names them", s->id);
	return IRS_LEFT;
}

static int tell(const char *name, const char *what, const char *about, int argc, char **argv)
{
	struct arena *a = arena_new(0);
	const char *why = NULL;
	bool no_wait = false;
	const struct cli_option options[] = {
		{ "reason", 0, .value = &why, .metavar = "TEXT", .doc = "for the journal" },
		{ "no-wait", 0, .flag = &no_wait, .doc = "doesn't wait until everything is restored" },
		{ 0 },
	};
	const struct cli_command c = { name, "[--reason TEXT] [--no-wait] [SESSION]", about, options };
	struct cli_operands ids;
	struct store_session s;
	struct err e = { 0 };
	json_t *reply = NULL;
	int status;
	if (!cli_parse(a, &c, argc, argv, &ids, &status)) goto out;
	if (ids.n > 1) {
		status = cli_usage(&c, "one session at a time");
	} else if (!talk_find(a, ids.n ? ids.at[0] : NULL, &s, &e) || !(reply = talk_ask(a, &s, what, why, &e))) {
		status = cli_fail(name, &e);
	} else if (!json_is_true(json_object_get(reply, "ok"))) {
		const char *said = json_string_value(json_object_get(reply, "why"));
		err_set(&e, IRS_REFUSED, s.id, "%s", said ? said : "refused");
		status = cli_fail(name, &e);
	} else if (no_wait) {
		status = IRS_OK;
	} else {
		status = wait_for(a, &s, &e);
		if (status) cli_fail(name, &e);
	}
out:
	json_decref(reply);
	arena_free(a);
	return status;
}

int irs_end(int argc, char **argv)
{
	return tell("irs end", "end", "Ends a running session and waits until everything is restored.", argc, argv);
}

int irs_abort(int argc, char **argv)
{
	return tell("irs abort", "abort",
	            "Stops a running session at once, whatever it is doing, and waits until everything is restored.", argc, argv);
}
