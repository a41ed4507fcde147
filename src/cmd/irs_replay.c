/* irs replay: whether this irs decides what a session decided, from its directory alone. */
#include "irs.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli.h"
#include "irs/replay.h"
#include "irs_runner.h"

static const char *const ends[] = {
	[REPLAY_CLOSED] = "to its end",
	[REPLAY_BROKEN_OFF] = "up to where its runner died",
	[REPLAY_OTHER_RUNNER] = "up to where another runner went on",
	[REPLAY_CAPPED] = "up to where its journal was too large for outcomes",
};
static const char *const end_names[] = {
	[REPLAY_CLOSED] = "closed", [REPLAY_BROKEN_OFF] = "broken off", [REPLAY_OTHER_RUNNER] = "another runner", [REPLAY_CAPPED] = "capped" };
static const char *const verdicts[] = { [REPLAY_SAME] = "same", [REPLAY_DIFFERS] = "differs", [REPLAY_UNKNOWN] = "unknown" };

static int status_of(const struct replay *r)
{
	static const int status[] = { [REPLAY_SAME] = IRS_OK, [REPLAY_DIFFERS] = IRS_FAILED, [REPLAY_UNKNOWN] = IRS_USAGE };
	return status[r->verdict];
}

static void put_json(struct buf *out, const struct store_session *s, const struct replay *r)
{
	json_t *o = json_pack("{s:s,s:s,s:s,s:I}", "id", s->id, "verdict", verdicts[r->verdict], "end", end_names[r->end], "lines",
	                      (json_int_t)r->lines);
	if (r->line) json_object_set_new(o, "line", json_integer((json_int_t)r->line));
	if (r->then) json_object_set_new(o, "then", journal_text(str_of(r->then), JOURNAL_MAX_TEXT));
	if (r->now) json_object_set_new(o, "now", journal_text(str_of(r->now), JOURNAL_MAX_TEXT));
	if (r->cut) json_object_set_new(o, "cut", json_integer((json_int_t)r->cut));
	char *text = json_dumps(o, JSON_COMPACT);
	buf_printf(out, "%s\n", text ? text : "{}");
	free(text);
	json_decref(o);
}

static void put_text(struct buf *out, const struct store_session *s, const struct replay *r)
{
	if (r->verdict == REPLAY_SAME) {
		buf_printf(out, "session %s: the same decisions, %s (%zu lines)\n", s->id, ends[r->end], r->lines);
		return;
	}
	if (r->line) buf_printf(out, "session %s differs at line %zu of its journal\n", s->id, r->line);
	else buf_printf(out, "session %s goes on behind the last line of its journal\n", s->id);
	buf_printf(out, "  then: %s\n  now:  %s\n", r->then ? r->then : "nothing", r->now ? r->now : "nothing of that");
	if (r->cut)
		buf_printf(out, "The output in line %zu was looked at, and stands there only in part: it may come of that, so nobody can say.\n", r->cut);
}

static int replay(struct arena *a, const struct store_session *s, bool json, struct err *e)
{
	struct session_origin origin;
	struct replay r;
	struct buf out = { 0 }, safe = { 0 };
	const char *path = store_path(a, s, "journal.jsonl");
	const struct image *img = session_origin_read(a, path, store_path(a, s, "inventory.json"), &origin, e) ? runner_image(a, s, &origin, e) : NULL;
	if (!img || !session_replay(a, path, &origin, img, &r, e)) return cli_fail("irs replay", e);
	if (json) put_json(&out, s, &r);
	else put_text(&out, s, &r);
	buf_safe(&safe, buf_view(&out));
	cli_write(STDOUT_FILENO, &safe);
	buf_free(&out);
	buf_free(&safe);
	return status_of(&r);
}

int irs_replay(int argc, char **argv)
{
	struct arena *a = arena_new(0);
	bool json = false;
	const struct cli_option options[] = { { "json", 0, .flag = &json, .doc = "one object" }, { 0 } };
	const struct cli_command c = {
	    "irs replay", "[--json] SESSION|DIRECTORY",
	    "Goes through a session again from its journal, touching nothing, and says whether this irs decides the same.", options};
	struct cli_operands ids;
	struct store_session s;
	struct err e = { 0 };
	int status;
	if (!cli_parse(a, &c, argc, argv, &ids, &status)) goto out;
	if (ids.n != 1) status = cli_usage(&c, "a session or a directory is wanted");
	else if (!store_find(a, ids.at[0], &s, &e)) status = cli_fail("irs replay", &e);
	else status = replay(a, &s, json, &e);
out:
	arena_free(a);
	return status;
}
