/* irs list, irs status: what the journals say; of a running session also what it says itself. */
#include "irs.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli.h"
#include "irs/summary.h"
#include "irs/timeline.h"
#include "irs_talk.h"

/* A runner that died leaves the phase that it was in. */
static const char *state_of(struct arena *a, const struct store_session *s, const struct summary *sum)
{
	if (store_is_running(a, s)) return "running";
	if (sum->damaged) return "damaged";
	if (summary_is_dirty(sum)) return "dirty";
	return sum->closed ? "closed" : "dead";
}

static json_t *summary_json(const struct store_session *s, const struct summary *sum, const char *state)
{
	json_t *open = json_array(), *left = json_array();
	for (size_t i = 0; i < sum->open.n; i++) {
		const struct summary_record *r = sum->open.at[i];
		json_array_append_new(open, json_pack("{s:I,s:s,s:s,s:s?}", "record", (json_int_t)r->number, "step", r->label, "host",
		                                      r->host, "why", r->why));
	}
	for (size_t i = 0; i < sum->left.n; i++) json_array_append_new(left, json_string(sum->left.at[i]));
	json_t *j = json_pack("{s:s,s:s,s:s,s:s?,s:s?,s:s?,s:o,s:o}", "id", s->id, "state", state, "phase", sum->phase, "scenario",
	                      sum->scenario, "began", sum->began, "last", sum->last, "open", open, "left", left);
	if (sum->closed) json_object_set_new(j, "exit", json_integer(sum->exit));
	return j;
}

static void put_json(struct buf *out, json_t *j)
{
	char *text = json_dumps(j, JSON_INDENT(1));
	buf_printf(out, "%s\n", text ? text : "null");
	free(text);
	json_decref(j);
}

static void put_foreign(struct buf *out, const char *s)
{
	buf_safe(out, str_of(s ? s : "?"));
}

/* ---- list ------------------------------------------------------------------------------------------------ */

static void put_row(struct buf *out, const struct store_session *s, const struct summary *sum, const char *state)
{
	put_foreign(out, s->id);
	buf_printf(out, "  %-8s", state);
	buf_puts(out, sum->open.n ? "" : "      ");
	if (sum->open.n) buf_printf(out, "%2u left", sum->open.n > 99 ? 99 : sum->open.n);
	buf_puts(out, "  ");
	put_foreign(out, sum->scenario);
	buf_putc(out, '\n');
}

int irs_list(int argc, char **argv)
{
	struct arena *a = arena_new(0);
	bool json = false;
	const struct cli_option options[] = { { "json", 0, .flag = &json, .doc = "an array of objects" }, { 0 } };
	const struct cli_command c = { "irs list", "[--json]", "Lists the sessions of this machine, the oldest first.", options };
	struct cli_operands none;
	store_sessions all = { 0 };
	struct err e = { 0 };
	struct buf out = { 0 };
	json_t *array = json_array();
	int status;
	if (!cli_parse(a, &c, argc, argv, &none, &status)) goto out;
	status = IRS_OK;
	if (none.n) {
		status = cli_usage(&c, "no operand is wanted");
	} else if (!store_list(a, &all, &e)) {
		status = cli_fail("irs list", &e);
	} else {
		for (size_t i = 0; i < all.n; i++) {
			struct summary sum;
			struct err damaged = { 0 };
			const char *state = summary_read(a, store_path(a, &all.at[i], "journal.jsonl"), &sum, &damaged)
			                        ? state_of(a, &all.at[i], &sum)
			                        : "damaged";
			if (json) json_array_append_new(array, summary_json(&all.at[i], &sum, state));
			else put_row(&out, &all.at[i], &sum, state);
		}
		if (json) put_json(&out, json_incref(array));
		cli_write(STDOUT_FILENO, &out);
	}
out:
	json_decref(array);
	buf_free(&out);
	arena_free(a);
	return status;
}

/* ---- status ------------------------------------------------------------------------------------------------ */

struct printing {
	struct timeline *t;
	struct buf *out;
};

static bool print_line(void *ctx, enum event ev, const json_t *line)
{
	struct printing *p = ctx;
	timeline_put(p->t, p->out, ev, line);
	return true;
}

static void put_open(struct buf *out, const struct store_session *s, const struct summary *sum, bool running)
{
	for (size_t i = 0; i < sum->open.n; i++) {
		const struct summary_record *r = sum->open.at[i];
		put_foreign(out, r->label);
		buf_puts(out, " on ");
		put_foreign(out, r->host);
		buf_puts(out, " is not undone");
		if (r->why) buf_puts(out, ": ");
		if (r->why) put_foreign(out, r->why);
		buf_putc(out, '\n');
	}
	for (size_t i = 0; i < sum->left.n; i++) {
		put_foreign(out, sum->left.at[i]);
		buf_putc(out, '\n');
	}
	if (summary_is_dirty(sum)) buf_printf(out, running ? "`irs end %s` undoes it\n" : "`irs restore %s` undoes it\n", s->id);
}

static int print_status(struct arena *a, const struct store_session *s, bool json)
{
	struct summary sum;
	struct err e = { 0 };
	struct buf out = { 0 };
	const char *path = store_path(a, s, "journal.jsonl");
	bool whole = summary_read(a, path, &sum, &e), running = store_is_running(a, s);
	const char *state = whole ? state_of(a, s, &sum) : "damaged";
	if (json) {
		put_json(&out, summary_json(s, &sum, state));
	} else {
		struct printing p = {
		    timeline_new(a, &(struct timeline_options){ .color = cli_color(STDOUT_FILENO), .columns = cli_columns(STDOUT_FILENO)}),
		    &out};
		journal_read(path, print_line, &p, NULL);
		buf_printf(&out, "\nsession %s is %s (%s)\n", s->id, state, sum.phase);
		put_open(&out, s, &sum, running);
	}
	cli_write(STDOUT_FILENO, &out);
	buf_free(&out);
	if (!whole) return cli_fail("irs status", &e);
	return summary_is_dirty(&sum) && !running ? IRS_LEFT : IRS_OK;
}

int irs_status(int argc, char **argv)
{
	struct arena *a = arena_new(0);
	bool json = false;
	const struct cli_option options[] = { { "json", 0, .flag = &json, .doc = "one object" }, { 0 } };
	const struct cli_command c = {
	    "irs status", "[--json] [SESSION|DIRECTORY]",
	    "Shows a session's timeline, where it stands, and what of it is not undone: then the status is 3.", options};
	struct cli_operands ids;
	struct store_session s;
	struct err e = { 0 };
	int status;
	if (!cli_parse(a, &c, argc, argv, &ids, &status)) goto out;
	if (ids.n > 1) status = cli_usage(&c, "one session at a time");
	else if (!talk_find(a, ids.n ? ids.at[0] : NULL, &s, &e)) status = cli_fail("irs status", &e);
	else status = print_status(a, &s, json);
out:
	arena_free(a);
	return status;
}
