/* irs settle: a person answers for what could not be undone: a host that was rebuilt can only be settled. */
#include "irs.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli.h"
#include "irs/summary.h"
#include "irs_runner.h"

struct settling {
	const char *step, *host, *reason;
	size_t settled, still_open;
};

static bool is_meant(const struct settling *s, const struct summary_record *r)
{
	char number[32];
	snprintf(number, sizeof number, "%lld", r->step + 1);
	return !strcmp(r->host, s->host) && (!strcmp(r->label, s->step) || !strcmp(number, s->step));
}

static const char *person(void)
{
	struct passwd *pw = getpwuid(getuid());
	return pw ? pw->pw_name : "?";
}

/* What a host has said may stand in it. */
static void tell_settled(struct runner *r, const char *what)
{
	struct buf b = { 0 };
	buf_puts(&b, "settled: ");
	buf_safe(&b, str_of(what));
	buf_putc(&b, '\n');
	outlet_say(r->out, buf_view(&b));
	buf_free(&b);
}

static void settle_record(struct runner *runner, struct journal *j, const struct settling *s, const struct summary_record *r)
{
	tell_settled(runner, arena_printf(runner->a, "%s on %s%s%s", r->label, r->host, r->why ? ", which was left because " : "", r->why ? r->why : ""));
	journal_add(j, EV_undone, json_pack("{s:I,s:s,s:o}", "record", (json_int_t)r->number, "how", "settled", "why",
	                                    journal_text(str_of(s->reason), JOURNAL_MAX_TEXT)));
}

/* What was left beside records (a precondition, a leash, damage of the journal) is settled with the last of them, or by the step `-`. */
static void settle(struct runner *r, struct journal *j, struct settling *s, const struct summary *sum)
{
	for (size_t i = 0; i < sum->open.n; i++) {
		if (!is_meant(s, sum->open.at[i])) continue;
		settle_record(r, j, s, sum->open.at[i]);
		s->settled++;
	}
	s->still_open = sum->open.n - s->settled;
	bool rest = !s->still_open && (s->settled || (sum->left.n && !strcmp(s->step, "-")));
	if (!rest) return;
	s->settled += sum->left.n;
	for (size_t i = 0; i < sum->left.n; i++) tell_settled(r, sum->left.at[i]);
	journal_add(j, EV_note, json_pack("{s:o,s:s}", "text", journal_text(str_of(s->reason), JOURNAL_MAX_TEXT), "by", person()));
	journal_add(j, EV_phase, json_pack("{s:s,s:s}", "phase", "settled", "was", sum->phase));
	journal_add(j, EV_phase, json_pack("{s:s,s:s}", "phase", "closed", "was", "settled"));
	journal_add(j, EV_closed, json_pack("{s:i}", "exit", IRS_OK));
}

static const struct summary_record *first_meant(const struct settling *s, const struct summary *sum)
{
	for (size_t i = 0; i < sum->open.n; i++)
		if (is_meant(s, sum->open.at[i])) return sum->open.at[i];
	return NULL;
}

/* Shows what its verify says now: who answers for it should know. Where a damaged journal doesn't say how to ask, that is shown. */
static bool look(struct runner *r, struct journal **j, struct settling *s, const struct summary *sum, struct err *e)
{
	const struct summary_record *meant = first_meant(s, sum);
	struct session *session = meant ? runner_reopen(r, j, e) : NULL;
	if (session) {
		session_look(session, (uint32_t)meant->step, s->host);
		loop_run(r->loop);
	} else if (meant) {
		if (e->exit != IRS_USAGE) return false;
		cli_fail("irs settle", e);
		*e = (struct err){ 0 };
	}
	if (!*j) *j = journal_open(store_path(r->a, &r->store, "journal.jsonl"), e);
	return *j != NULL;
}

/* Until a dead session was restored its leashes may still undo by themselves what somebody has answered for. */
static bool was_restored(const struct store_session *store, const struct summary *sum, struct err *e)
{
	if (sum->closed || (!sum->hosts && !sum->damaged)) return true;
	err_set(e, IRS_REFUSED, store->id, "nobody has tried to restore it yet");
	return err_remedy(e, "what `irs restore %s` can't undo may be settled", store->id);
}

static bool settle_session(struct arena *a, const struct store_session *store, struct settling *s, struct err *e)
{
	struct summary sum;
	struct runner r = { .lock = -1 };
	struct journal *j = NULL;
	bool ok = runner_init(&r, a, store, false, e) && summary_read(a, store_path(a, store, "journal.jsonl"), &sum, e) &&
		  was_restored(store, &sum, e) && look(&r, &j, s, &sum, e);
	if (ok) {
		journal_on_event(j, NULL, NULL);
		settle(&r, j, s, &sum);
		ok = journal_sync(j, e);
	}
	if (ok && !s->settled) {
		ok = err_set(e, IRS_USAGE, store->id, "nothing is open for step %s on host %s", s->step, s->host);
		err_remedy(e, "`irs status %s` names what is open", store->id);
	}
	journal_close(j);
	if (r.loop) runner_free(&r);
	else if (r.lock >= 0) close(r.lock);
	return ok;
}

int irs_settle(int argc, char **argv)
{
	struct arena *a = arena_new(0);
	struct settling s = { 0 };
	const struct cli_option options[] = {
		{ "reason", 0, .value = &s.reason, .metavar = "TEXT", .doc = "why nothing is left there; goes into the journal" },
		{ 0 },
	};
	const struct cli_command c = {
	    "irs settle", "--reason TEXT SESSION STEP HOST",
	    "Closes by hand what `irs restore` could not undo. STEP is its name or number, or `-` for what belongs to no step.",
	    options};
	struct cli_operands w;
	struct store_session store;
	struct err e = { 0 };
	int status;
	if (!cli_parse(a, &c, argc, argv, &w, &status)) goto out;
	if (w.n != 3) status = cli_usage(&c, "a session, a step and a host are wanted");
	else if (!s.reason || !*s.reason) status = cli_usage(&c, "--reason is wanted: somebody will ask");
	else {
		s.step = w.at[1];
		s.host = w.at[2];
		bool ok = store_find(a, w.at[0], &store, &e) && settle_session(a, &store, &s, &e);
		status = ok ? s.still_open ? IRS_LEFT : IRS_OK : cli_fail("irs settle", &e);
		if (ok && s.still_open) printf("%zu undo records are still open\n", s.still_open);
	}
out:
	arena_free(a);
	return status;
}
