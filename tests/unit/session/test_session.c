#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rig.h"

static const struct rig_frame sets_x = { .induce = "on x", .verify = "is x", .restore = "off x" };
static const struct rig_frame sets_y = { .induce = "on y", .verify = "is y", .restore = "off y" };

static void nothing_is_on(struct rig *r)
{
	for (uint32_t h = 0; h < FAKE_HOSTS; h++)
		if (fake_has(r->f, h, "x") || fake_has(r->f, h, "y") || fake_has(r->f, h, "z"))
			fail_msg("host %u still has%s\n%s", h, r->f->words[h], rig_log(r));
}

static void the_order_of_things(void **state)
{
	struct rig *r = *state;
	rig_precondition(r, r->first, "test before");
	rig_simple(r, "s", r->first, 0, -1, sets_x);
	assert_int_equal(rig_run(r), IRS_OK);
	assert_string_equal(rig_log(r), "1 test before\n"
	                                "1 is x\n1 leash\n1 on x\n1 reach\n1 is x\n"
	                                "1 off x\n1 is x\n"
	                                "1 test before\n"
	                                "0 disarm\n1 disarm\n2 disarm\n3 disarm\nclose\n");
	nothing_is_on(r);
	assert_int_equal(rig_events(r, EV_closed), 1);
}

static void already_so(void **state)
{
	struct rig *r = *state;
	fake_set(r->f, 1, "x", true);
	rig_simple(r, "s", r->first, 0, -1, sets_x);
	assert_int_equal(rig_run(r), IRS_FAILED);
	assert_null(strstr(rig_log(r), "on x"));
	assert_true(fake_has(r->f, 1, "x"));
	assert_int_equal(rig_events(r, EV_undo), 0);
}

static void a_failed_induce_is_restored(void **state)
{
	struct rig *r = *state;
	rig_simple(r, "s", r->first, 0, -1, (struct rig_frame){ .induce = "on x; fail; on y", .verify = "is x", .restore = "off x" });
	assert_int_equal(rig_run(r), IRS_FAILED);
	rig_logged(r, "1 on x\n1 fail\n1 off x\n1 is x\n");
	nothing_is_on(r);
}

static void a_verify_that_stays_false_is_restored(void **state)
{
	struct rig *r = *state;
	rig_simple(r, "s", r->first, 0, -1, (struct rig_frame){ .induce = "on x", .verify = "is y", .restore = "off x" });
	assert_int_equal(rig_run(r), IRS_FAILED);
	nothing_is_on(r);
}

static void a_failed_restore_is_named_and_the_others_go_on(void **state)
{
	struct rig *r = *state;
	rig_simple(r, "first", r->first, 0, -1, sets_x);
	rig_simple(r, "second", r->everywhere, 0, -1, (struct rig_frame){ .induce = "on y", .verify = "is y", .restore = "fail" });
	rig_simple(r, "third", r->everywhere, 0, -1, (struct rig_frame){ .induce = "on z", .verify = "is z", .restore = "off z" });
	assert_int_equal(rig_run(r), IRS_LEFT);
	assert_false(fake_has(r->f, 1, "x"));
	assert_false(fake_has(r->f, 3, "z"));
	assert_int_equal(rig_events(r, EV_left), 3);
	struct summary sum;
	assert_true(summary_read(r->b->arena, r->path, &sum, &r->e));
	assert_true(summary_is_dirty(&sum));
	assert_int_equal(sum.open.n, 3);
	assert_string_equal(sum.open.at[0]->label, "second");
	assert_string_equal(sum.open.at[0]->host, "a");
}

static void superseded_is_never_undone(void **state)
{
	struct rig *r = *state;
	rig_simple(r, "s", r->everywhere, 0, -1,
	           (struct rig_frame){ .induce = "on x", .verify = "is x", .restore = "off x", .superseded = "is better"});
	fake_set(r->f, 2, "better", true);
	assert_int_equal(rig_run(r), IRS_OK);
	assert_false(fake_has(r->f, 1, "x"));
	assert_true(fake_has(r->f, 2, "x"));
	assert_null(strstr(rig_log(r), "2 off x"));
}

static void steps_are_undone_in_reverse(void **state)
{
	struct rig *r = *state;
	rig_simple(r, "one", r->first, 0, -1, sets_x);
	rig_frame(r, &sets_y);
	rig_frame(r, &(struct rig_frame){ .induce = "on z", .verify = "is z", .restore = "off z" });
	rig_step(r, "two", r->first, 2, 0, -1);
	assert_int_equal(rig_run(r), IRS_OK);
	rig_logged(r, "1 off z\n1 is z\n1 off y\n1 is y\n1 off x\n1 is x\n");
	nothing_is_on(r);
}

static void one_at_a_time(void **state)
{
	struct rig *r = *state;
	rig_simple(r, "s", r->everywhere, 1, -1, sets_x);
	assert_int_equal(rig_run(r), IRS_OK);
	rig_logged(r, "1 is x\n1 leash\n1 on x\n1 reach\n1 is x\n2 is x\n2 leash\n2 on x\n2 reach\n2 is x\n3 is x\n");
	nothing_is_on(r);
}

static void side_by_side(void **state)
{
	struct rig *r = *state;
	rig_simple(r, "s", r->everywhere, 0, -1, sets_x);
	assert_int_equal(rig_run(r), IRS_OK);
	const char *last_record = strstr(rig_log(r), "3 is x"), *first_induce = strstr(rig_log(r), "1 on x");
	assert_true(last_record && first_induce && last_record < first_induce);
	nothing_is_on(r);
}


static void a_failed_attempt_undoes_its_frames_first(void **state)
{
	struct rig *r = *state;
	struct rig_frame x = sets_x, y = { .induce = "on y; is tried; on tried", .verify = "is y", .restore = "off y; on tried" };
	x.retry_times = y.retry_times = 3;
	rig_frame(r, &x);
	rig_frame(r, &y);
	rig_step(r, "s", r->first, 2, 0, -1);
	assert_int_equal(rig_run(r), IRS_OK);
	rig_logged(r, "1 on y\n1 is tried\n1 off y\n1 on tried\n1 is y\n1 off x\n1 is x\n1 is x\n1 leash\n1 on x\n");
	nothing_is_on(r);
}

static void attempts_end(void **state)
{
	struct rig *r = *state;
	struct rig_frame x = { .induce = "on x; fail", .verify = "is x", .restore = "off x", .retry_times = 3 };
	rig_frame(r, &x);
	rig_step(r, "s", r->first, 1, 0, -1);
	assert_int_equal(rig_run(r), IRS_FAILED);
	assert_int_equal(rig_events(r, EV_undo), 3);
	assert_int_equal(rig_events(r, EV_undone), 3);
	nothing_is_on(r);
}

static struct rig *interrupted;
static void interrupt_at_hang(struct fake *f, const char *line)
{
	(void)f;
	if (!strcmp(line, "hang")) session_abort(interrupted->session, IRS_INTERRUPTED, "interrupted");
}

static void an_abort_ends_what_is_under_way_first(void **state)
{
	struct rig *r = interrupted = *state;
	rig_simple(r, "one", r->everywhere, 0, -1, sets_x);
	rig_simple(r, "two", r->first, 0, -1, (struct rig_frame){ .induce = "on y; hang", .verify = "is y", .restore = "off y" });
	r->f->on_command = interrupt_at_hang;
	assert_int_equal(rig_run(r), IRS_INTERRUPTED);
	rig_logged(r, "1 on y\n1 hang\n1 cancelled\n1 off y\n");
	assert_int_equal(r->f->hanging, 0);
	nothing_is_on(r);
}

static void without_a_failsafe_nothing_is_induced(void **state)
{
	struct rig *r = *state;
	strcpy(r->f->broken, "leash");
	rig_simple(r, "s", r->first, 0, -1, sets_x);
	assert_int_equal(rig_run(r), IRS_FAILED);
	assert_null(strstr(rig_log(r), "on x"));
	assert_int_equal(rig_events(r, EV_undone), 1);
}

static void a_host_that_is_cut_off_is_restored(void **state)
{
	struct rig *r = *state;
	strcpy(r->f->broken, "reach");
	rig_simple(r, "s", r->first, 0, -1, sets_x);
	assert_int_equal(rig_run(r), IRS_FAILED);
	nothing_is_on(r);
}

static void a_leash_that_stays_is_left(void **state)
{
	struct rig *r = *state;
	strcpy(r->f->broken, "disarm");
	rig_simple(r, "s", r->first, 0, -1, sets_x);
	assert_int_equal(rig_run(r), IRS_LEFT);
}

static void all_findings_together(void **state)
{
	struct rig *r = *state;
	rig_precondition(r, r->everywhere, "is fine");
	fake_set(r->f, 2, "fine", true);
	rig_simple(r, "s", r->first, 0, -1, (struct rig_frame){ .induce = "on x", .verify = "is x", .restore = "off x", .tool = "tool" });
	assert_int_equal(rig_run(r), IRS_REFUSED);
	assert_int_equal(rig_events(r, EV_finding), 3); /* a and c are not fine, a has not the tool */
	assert_null(strstr(rig_log(r), "on x"));
	assert_int_equal(rig_events(r, EV_undo), 0);
}

static void a_host_that_does_not_open(void **state)
{
	struct rig *r = *state;
	strcpy(r->f->broken, "open");
	rig_simple(r, "s", r->first, 0, -1, sets_x);
	assert_int_equal(rig_run(r), IRS_REFUSED);
	assert_null(strstr(rig_log(r), "is x"));
}

static void a_precondition_that_does_not_come_back_is_left(void **state)
{
	struct rig *r = *state;
	fake_set(r->f, 1, "fine", true);
	rig_precondition(r, r->first, "is fine");
	rig_simple(r, "s", r->first, 0, -1, (struct rig_frame){ .induce = "on x; off fine", .verify = "is x", .restore = "off x" });
	assert_int_equal(rig_run(r), IRS_LEFT);
	assert_false(fake_has(r->f, 1, "x"));
}

static void late_steps(void **state)
{
	struct rig *r = *state;
	rig_simple(r, "late", r->first, 0, 20000000, sets_x);
	rig_simple(r, "never", r->first, 0, INT64_C(3600000000000), sets_y);
	rig_simple(r, "early", r->first, 0, -1, (struct rig_frame){ .induce = "on z", .verify = "is z", .restore = "off z" });
	r->hold = 300000000;
	assert_int_equal(rig_run(r), IRS_OK);
	rig_logged(r, "1 on z\n1 reach\n1 is z\n1 is x\n");
	rig_logged(r, "1 off x\n1 is x\n1 off z\n");
	assert_null(strstr(rig_log(r), "on y"));
	nothing_is_on(r);
}

static void a_rehearsal_has_two_rounds(void **state)
{
	struct rig *r = *state;
	rig_simple(r, "s", r->first, 0, -1, sets_x);
	rig_simple(r, "late", r->first, 0, INT64_C(3600000000000), sets_y);
	r->rehearse = true;
	assert_int_equal(rig_run(r), IRS_OK);
	assert_int_equal(rig_events(r, EV_round), 2);
	assert_int_equal(rig_events(r, EV_undo), 4);
	nothing_is_on(r);
}

static void none_because(void **state)
{
	struct rig *r = *state;
	rig_simple(r, "s", r->first, 0, -1, (struct rig_frame){ .induce = "on x", .verify = "is x" });
	assert_int_equal(rig_run(r), IRS_OK);
	assert_true(fake_has(r->f, 1, "x"));
	assert_int_equal(rig_events(r, EV_undone), 1);
}

/* ---- dying at every command, then restoring -------------------------------------------------------------------------- */

static int commands_left;
static void die(struct fake *f, const char *line)
{
	(void)f, (void)line;
	if (commands_left-- == 0) _exit(9);
}

static bool dies_at(struct rig *r, int n)
{
	int status;
	pid_t pid = fork();
	if (pid == 0) {
		commands_left = n;
		r->f->on_command = die;
		_exit(rig_run(r) == IRS_OK ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	r->f->log = (struct buf){ 0 }; /* the child's memory */
	assert_true(WIFEXITED(status));
	assert_int_not_equal(WEXITSTATUS(status), 1);
	return WEXITSTATUS(status) == 9;
}

static void dead_at_every_command(void **state)
{
	struct rig *r = *state;
	rig_simple(r, "one", r->everywhere, 1, -1, sets_x);
	rig_frame(r, &sets_y);
	rig_frame(r, &(struct rig_frame){ .induce = "on z", .verify = "is z", .restore = "off z" });
	rig_step(r, "two", r->first, 2, 0, -1);
	r->image = builder_image(r->b);
	int n = 0;
	for (; dies_at(r, n); n++) {
		r->f->on_command = NULL;
		assert_int_equal(rig_recover(r), IRS_OK);
		nothing_is_on(r);
		buf_clear(&r->f->log);
		assert_int_equal(rig_recover(r), IRS_OK); /* again: nothing to do */
		assert_null(strstr(rig_log(r), "off"));
		buf_free(&r->f->log);
		unlink(r->path);
	}
	assert_true(n > 20);
}

static void recovery_buries_first(void **state)
{
	struct rig *r = *state;
	rig_simple(r, "one", r->first, 0, -1, sets_x);
	r->image = builder_image(r->b);
	assert_true(dies_at(r, 2));
	struct journal *j = journal_open(r->path, &r->e);
	journal_add(j, EV_shell,
	            json_pack("{s:s,s:s,s:i,s:i,s:i,s:s}", "host", "a", "kind", "leash", "pid", 4711, "pgid", 4711, "start", 1, "boot",
	                      "b00t"));
	journal_close(j);
	assert_true(fake_has(r->f, 1, "x"));
	r->f->on_command = NULL;
	assert_int_equal(rig_recover(r), IRS_OK);
	assert_int_equal(strncmp(rig_log(r), "1 1 to bury\n1 bury\n1 off x\n", 27), 0);
}

static void what_can_not_be_buried_is_left_alone(void **state)
{
	struct rig *r = *state;
	rig_simple(r, "one", r->first, 0, -1, sets_x);
	r->image = builder_image(r->b);
	assert_true(dies_at(r, 2));
	struct journal *j = journal_open(r->path, &r->e);
	journal_add(j, EV_shell,
	            json_pack("{s:s,s:s,s:i,s:i,s:i,s:s}", "host", "a", "kind", "leash", "pid", 4711, "pgid", 4711, "start", 1, "boot",
	                      "b00t"));
	journal_close(j);
	r->f->on_command = NULL;
	strcpy(r->f->broken, "bury");
	assert_int_equal(rig_recover(r), IRS_LEFT);
	assert_null(strstr(rig_log(r), "off x"));
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		TEST(the_order_of_things), TEST(already_so), TEST(a_failed_induce_is_restored), TEST(a_verify_that_stays_false_is_restored),
		TEST(a_failed_restore_is_named_and_the_others_go_on), TEST(superseded_is_never_undone), TEST(steps_are_undone_in_reverse),
		TEST(one_at_a_time), TEST(side_by_side), TEST(a_failed_attempt_undoes_its_frames_first), TEST(attempts_end),
		TEST(an_abort_ends_what_is_under_way_first), TEST(without_a_failsafe_nothing_is_induced), TEST(a_host_that_is_cut_off_is_restored),
		TEST(a_leash_that_stays_is_left), TEST(all_findings_together), TEST(a_host_that_does_not_open),
		TEST(a_precondition_that_does_not_come_back_is_left), TEST(late_steps), TEST(a_rehearsal_has_two_rounds), TEST(none_because),
		TEST(dead_at_every_command), TEST(recovery_buries_first), TEST(what_can_not_be_buried_is_left_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
