/* irs restore: what a dead session left, from its directory alone. */
#include "irs.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli.h"
#include "irs/summary.h"
#include "irs_runner.h"

/* Closed well, or dead before its first line was whole. */
static bool nothing_to_do(struct arena *a, const struct store_session *s)
{
	struct summary sum;
	if (!summary_read(a, store_path(a, s, "journal.jsonl"), &sum, NULL)) return false;
	return !summary_is_dirty(&sum) && (sum.closed || !sum.hosts);
}

static int restore_with(struct runner *r, struct err *e)
{
	struct journal *j = NULL;
	struct session *s = runner_reopen(r, &j, e);
	enum irs_exit status = s ? IRS_OK : e->exit;
	if (s) {
		session_recover(s);
		status = runner_turn(r, j);
	}
	journal_close(j);
	return status;
}

static int restore_one(const struct store_session *s, bool json)
{
	struct arena *a = arena_new(0);
	struct err e = { 0 };
	struct runner r = { .lock = -1 };
	int status = IRS_OK;
	if (runner_init(&r, a, s, json, &e)) {
		if (!nothing_to_do(a, s)) status = restore_with(&r, &e);
		else if (!json) printf("session %s: nothing is left\n", s->id);
	}
	if (r.loop) runner_free(&r);
	else if (r.lock >= 0) close(r.lock);
	if (e.what[0]) status = cli_fail("irs restore", &e);
	arena_free(a);
	return status;
}

/* What matters most to who asked: that something is left. */
static int worse(int a, int b)
{
	static const int order[] = { IRS_LEFT, IRS_REFUSED, IRS_USAGE, IRS_INTERRUPTED, IRS_FAILED };
	for (size_t i = 0; i < sizeof order / sizeof *order; i++)
		if (a == order[i] || b == order[i]) return order[i];
	return IRS_OK;
}

static int restore_all(struct arena *a, bool json)
{
	store_sessions all = { 0 };
	struct err e = { 0 };
	int status = IRS_OK;
	if (!store_list(a, &all, &e)) return cli_fail("irs restore", &e);
	for (size_t i = all.n; i-- > 0;) {
		if (store_is_running(a, &all.at[i]))
			fprintf(stderr, "irs restore: session %s is running: `irs end %s` ends it\n", all.at[i].id, all.at[i].id);
		else if (!nothing_to_do(a, &all.at[i])) status = worse(status, restore_one(&all.at[i], json));
	}
	return status;
}

int irs_restore(int argc, char **argv)
{
	struct arena *a = arena_new(0);
	bool all = false, json = false;
	const struct cli_option options[] = {
		{ "all", 0, .flag = &all, .doc = "every session of this machine whose runner is dead" },
		{ "json", 0, .flag = &json, .doc = "prints the journal's lines instead of the timeline" },
		{ 0 },
	};
	const struct cli_command c = {
	    "irs restore", "[--json] SESSION|DIRECTORY | --all",
	    "Undoes what a session left whose runner is dead, from the session's directory (or a copy of it) alone.", options};
	struct cli_operands ids;
	struct store_session s;
	struct err e = { 0 };
	int status;
	if (!cli_parse(a, &c, argc, argv, &ids, &status)) goto out;
	if (all && !ids.n) status = restore_all(a, json);
	else if (all || ids.n != 1) status = cli_usage(&c, "a session, a directory, or --all");
	else if (!store_find(a, ids.at[0], &s, &e)) status = cli_fail("irs restore", &e);
	else status = restore_one(&s, json);
out:
	arena_free(a);
	return status;
}
