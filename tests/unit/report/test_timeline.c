#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "irs/timeline.h"

/* A line of each event, without its time, and what people are told of it. */
static const struct sample {
	const char *line, *told;
} samples[EVENTS] = {
    [EV_session] = {"{'id':'s1','scenario':'A shard stops'}", "session s1: A shard stops\n"},
    [EV_hosts] = {"{'hosts':[]}", ""},
    [EV_opened] = {"{'host':'a','rebooted':true}", "a was rebooted since: what ended with that is as good as undone, all\n          else is undone now\n"},
    [EV_step] = {"{'step':1,'label':'loss','title':'lose packets','hosts':['a','b'],'when':'after','after':900000000000}",
                 "step loss: lose packets on a, b, 15m after it is live\n"},
    [EV_precondition] = {"{'precondition':0,'title':'x','hosts':['a']}", ""},
    [EV_round] = {"{'round':1,'how':'undone by the runner'}", "round 1: undone by the runner\n"},
    [EV_given] = {"{'values':{}}", ""},
    [EV_globals] = {"{'values':{}}", ""},
    [EV_draw] = {"{'bound':3,'number':1,'function':0,'pc':0}", ""},
    [EV_mark] = {"{'token':'k1','function':0,'pc':0}", ""},
    [EV_phase] = {"{'phase':'live','was':'inducing'}", "live\n"},
    [EV_shell] = {"{'host':'a','kind':'shell','pid':2}", ""},
    [EV_finding] = {"{'kind':'need','what':'root is needed','host':'a','remedy':'run irs as root'}",
                    "a: root is needed\n          run irs as root\n"},
    [EV_check] = {"{'item':'freeze: verify','host':'a','verdict':'unknown','wanted':'true','why':'lost'}",
                  "freeze: verify on a: unknown, lost\n"},
    [EV_undo] = {"{'record':7,'step':1,'frame':0,'fault':'loss','host':'a'}", ""},
    [EV_begin] = {"{'record':7,'step':1,'frame':0,'host':'a'}", "loss (loss) on a: inducing\n"},
    [EV_induced] = {"{'record':7,'step':1,'frame':0,'host':'a'}", "loss (loss) on a: induced\n"},
    [EV_failed] = {"{'item':'loss: induce','host':'a','what':'the command failed with exit 1','command':'nft x'}",
                   "loss: induce on a: the command failed with exit 1\n          nft x\n"},
    [EV_run] = {"{'item':'x','host':'a','command':'true','exit':0}", ""},
    [EV_http] = {"{'item':'x','url':'http://a/'}", ""},
    [EV_log] = {"{'host':'a','text':'hello'}", "a: hello\n"},
    [EV_restoring] = {"{'record':7,'step':1,'frame':0,'host':'a'}", "loss (loss) on a: restoring\n"},
    [EV_undone] = {"{'record':7,'how':'superseded'}",
                   "loss (loss) on a: superseded: responders have replaced it, so it is\n          not restored\n"},
    [EV_left] = {"{'record':7,'step':1,'host':'a','why':'it is still so','command':'rm x'}",
                 "LEFT: loss (loss) on a: it is still so\n          by hand: rm x\n"},
    [EV_armed] = {"{'host':'a','silent':600000000000,'latest':-1}", "failsafe on a: undoes by itself after 10m of silence\n"},
    [EV_reached] = {"{'host':'a'}", ""},
    [EV_runner] = {"{'program':'irs','how':'restore'}", ""},
    [EV_unable] = {"{'host':'a','to':'reach','why':'lost'}", ""},
    [EV_deadline] = {"{'item':'loss: verify','host':'a'}", ""},
    [EV_synced] = {"{}", ""},
    [EV_told] = {"{'do':'abort','why':'interrupted','exit':130}", "interrupted\n"},
    [EV_fired] = {"{'host':'a','why':'silent'}", "the failsafe on a has undone by itself: silent\n"},
    [EV_disarmed] = {"{'host':'a','how':'disarmed'}", ""},
    [EV_damaged] = {"{'line':7}", "the journal is damaged at line 7: nobody knows what stood there\n"},
    [EV_capped] = {"{'limit':1}", ""},
    [EV_note] = {"{'text':'enough','by':'ann'}", "enough\n"},
    [EV_closed] = {"{'exit':0}", ""},
};

static void tell(struct timeline *t, struct buf *out, enum event ev, const char *line)
{
	char json[1024];
	size_t n = 0;
	for (; line[n] && n < sizeof json - 1; n++) json[n] = line[n] == '\'' ? '"' : line[n];
	json[n] = 0;
	json_t *j = json_loads(json, 0, NULL);
	assert_non_null(j);
	json_object_set_new(j, "t", json_string("2026-01-02T03:04:05.678Z"));
	timeline_put(t, out, ev, j);
	json_decref(j);
}

static struct timeline *plain(struct arena *a, unsigned columns)
{
	return timeline_new(a, &(struct timeline_options){ .columns = columns, .utc = true });
}

static void every_event(void **state)
{
	struct arena *a = arena_new(0);
	struct timeline *t = plain(a, 80);
	(void)state;
	for (enum event ev = 0; ev < EVENTS; ev++) {
		struct buf out = { 0 };
		if (!samples[ev].line) fail_msg("no sample of the event %s", event_table[ev].name);
		tell(t, &out, ev, samples[ev].line);
		if (*samples[ev].told) {
			assert_int_equal(strncmp(out.p, "03:04:05  ", 10), 0);
			assert_string_equal(out.p + 10, samples[ev].told);
		} else {
			assert_int_equal(out.n, 0);
		}
		buf_free(&out);
	}
	arena_free(a);
}

static void lines_are_folded_at_spaces(void **state)
{
	struct arena *a = arena_new(0);
	struct buf out = { 0 };
	(void)state;
	tell(plain(a, 30), &out, EV_note, "{'text':'one two three four five sixseveneightnineteneleven twelve'}");
	assert_string_equal(out.p, "03:04:05  one two three four\n          five\n          sixseveneightnineten\n          eleven twelve\n");
	buf_free(&out);
	arena_free(a);
}

static void foreign_text_is_made_safe(void **state)
{
	struct arena *a = arena_new(0);
	struct buf out = { 0 };
	(void)state;
	tell(plain(a, 80), &out, EV_log, "{'host':'a','text':'\\u001b[2Jgone\\u202e'}");
	assert_null(strchr(out.p, '\033'));
	assert_null(strstr(out.p, "\xe2\x80\xae"));
	buf_free(&out);
	arena_free(a);
}

static void lines_that_make_no_sense(void **state)
{
	struct arena *a = arena_new(0);
	struct timeline *t = plain(a, 80);
	struct buf out = { 0 };
	json_t *none = json_object();
	(void)state;
	for (enum event ev = 0; ev < EVENTS; ev++) timeline_put(t, &out, ev, none);
	assert_non_null(strstr(out.p, "--:--:--"));
	json_decref(none);
	buf_free(&out);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_event),
		cmocka_unit_test(lines_are_folded_at_spaces),
		cmocka_unit_test(foreign_text_is_made_safe),
		cmocka_unit_test(lines_that_make_no_sense),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
