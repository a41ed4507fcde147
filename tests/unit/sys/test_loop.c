#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "irs/buf.h"
#include "irs/loop.h"

struct notes {
	struct loop *loop;
	char said[64];
	int turns;
};

static void note(struct notes *n, char c) { n->said[strlen(n->said)] = c; }
static void say_a(void *ctx) { note(ctx, 'a'); }
static void say_b(void *ctx) { note(ctx, 'b'); }
static void say_c(void *ctx) { note(ctx, 'c'); }

static void timers_fire_in_order_and_stop(void **state)
{
	(void)state;
	struct notes n = { .loop = loop_new(NULL) };
	loop_after(n.loop, 3000000, say_c, &n);
	loop_after(n.loop, 1000000, say_a, &n);
	struct loop_timer *t = loop_after(n.loop, 2000000, say_a, &n);
	loop_after(n.loop, 2000000, say_b, &n);
	loop_timer_stop(t);
	loop_timer_stop(NULL);
	loop_run(n.loop);
	assert_string_equal(n.said, "abc");
	loop_free(n.loop);
}

static void many_timers_keep_their_order(void **state)
{
	(void)state;
	struct notes n = { .loop = loop_new(NULL) };
	struct loop_timer *stopped[100];
	for (int i = 0; i < 100; i++) stopped[i] = loop_after(n.loop, (i * 37 % 100) * 10000, say_c, &n);
	loop_after(n.loop, 0, say_a, &n);
	loop_after(n.loop, 0, say_b, &n);
	for (int i = 0; i < 100; i++) loop_timer_stop(stopped[(i * 53) % 100]);
	loop_run(n.loop);
	assert_string_equal(n.said, "ab");
	loop_free(n.loop);
}

static void now_never_goes_back_and_timers_never_come_early(void **state)
{
	(void)state;
	struct notes n = { .loop = loop_new(NULL) };
	int64_t before = loop_now(n.loop);
	loop_after(n.loop, 5000001, say_a, &n);
	loop_run(n.loop);
	assert_true(loop_now(n.loop) - before >= 5000001);
	assert_true(loop_wall(n.loop) > 1500000000ll * 1000000000);
	loop_free(n.loop);
}

static void end_of_turn(void *ctx)
{
	struct notes *n = ctx;
	note(n, 'e');
	if (++n->turns < 3) loop_at_turn_end(n->loop, end_of_turn, n);
}

static void ask_for_turn_end(void *ctx)
{
	struct notes *n = ctx;
	note(n, 'a');
	loop_at_turn_end(n->loop, end_of_turn, n);
}

static void turn_ends_come_after_all_that_was_ready(void **state)
{
	(void)state;
	struct notes n = { .loop = loop_new(NULL) };
	loop_after(n.loop, 0, ask_for_turn_end, &n);
	loop_after(n.loop, 0, say_b, &n);
	loop_run(n.loop);
	assert_string_equal(n.said, "abeee");
	loop_free(n.loop);
}

static void simulated_time_is_its_owners(void **state)
{
	(void)state;
	struct notes n = { .loop = loop_new_simulated() };
	struct loop_timer *t = loop_after(n.loop, 300, say_a, &n);
	loop_after(n.loop, 200, say_b, &n);
	loop_after(n.loop, 100, ask_for_turn_end, &n);
	assert_false(loop_fire_next(n.loop, 99));
	assert_true(loop_fire_next(n.loop, 1000));
	assert_int_equal(loop_now(n.loop), 100);
	assert_string_equal(n.said, "a");
	loop_end_turn(n.loop);
	assert_string_equal(n.said, "ae");
	loop_set_now(n.loop, 500);
	loop_set_now(n.loop, 400);
	assert_true(loop_fire_next(n.loop, 200));
	assert_int_equal(loop_now(n.loop), 500);
	assert_string_equal(n.said, "aeb");
	loop_timer_stop(t);
	assert_false(loop_fire_next(n.loop, INT64_MAX));
	loop_free(n.loop);
}

static void on_signal(void *ctx, int signum)
{
	struct notes *n = ctx;
	note(n, signum == SIGUSR1 ? '1' : '2');
	loop_stop(n->loop);
}

static void raise_usr1(void *ctx)
{
	(void)ctx;
	raise(SIGUSR1);
}

static void signals_arrive_and_do_not_hold_the_loop(void **state)
{
	(void)state;
	struct notes n = { .loop = loop_new(NULL) };
	assert_true(loop_on_signal(n.loop, SIGUSR1, on_signal, &n, NULL));
	loop_run(n.loop);
	assert_string_equal(n.said, "");
	loop_after(n.loop, 0, raise_usr1, NULL);
	loop_after(n.loop, 10000000000, say_c, &n);
	loop_run(n.loop);
	assert_string_equal(n.said, "1");
	loop_free(n.loop);
}

struct serving {
	struct loop *loop;
	char path[300];
	const char *line;
	char *answer;
	struct err e;
	uint32_t uid;
};

static void on_line(void *ctx, uint32_t uid, const char *line, struct buf *answer)
{
	struct serving *s = ctx;
	s->uid = uid;
	buf_printf(answer, "heard %.20s (%zu)", line, strlen(line));
	loop_stop(s->loop);
}

static void *ask(void *ctx)
{
	struct serving *s = ctx;
	s->answer = loop_ask(s->path, s->line, 5000000000, &s->e);
	return NULL;
}

/* A directory whose name doesn't fit into an address of a Unix socket. */
static void deep_directory(char *dir, size_t size)
{
	snprintf(dir, size, "/tmp/irs-test-loop-%ld", (long)getpid());
	mkdir(dir, 0700);
	for (int i = 0; i < 3; i++) {
		strcat(dir, "/a-directory-whose-name-is-rather-long-indeed");
		mkdir(dir, 0700);
	}
}

static void remove_directory(char *dir)
{
	for (int i = 0; i < 4; i++) {
		assert_int_equal(rmdir(dir), 0);
		*strrchr(dir, '/') = 0;
	}
}

static void ask_in_thread(struct serving *s, const char *line)
{
	pthread_t t;
	s->line = line;
	pthread_create(&t, NULL, ask, s);
	loop_run(s->loop);
	loop_after(s->loop, 1000000, (void (*)(void *))loop_stop, s->loop);
	loop_run(s->loop);
	pthread_join(t, NULL);
}

static void a_socket_answers_lines(void **state)
{
	(void)state;
	struct serving s = { .loop = loop_new(NULL) };
	struct stat st;
	char dir[256];
	deep_directory(dir, sizeof dir);
	snprintf(s.path, sizeof s.path, "%s/socket", dir);
	assert_null(loop_ask(s.path, "hello", 1000000000, &s.e));
	assert_non_null(strstr(s.e.what, "nobody answers"));
	assert_true(loop_serve(s.loop, s.path, on_line, &s, NULL));
	assert_int_equal(stat(s.path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);

	ask_in_thread(&s, "status");
	assert_string_equal(s.answer, "heard status (6)");
	assert_int_equal(s.uid, getuid());
	free(s.answer);

	char *longest = malloc(65001);
	memset(longest, 'x', 65000);
	longest[65000] = 0;
	ask_in_thread(&s, longest);
	assert_string_equal(s.answer, "heard xxxxxxxxxxxxxxxxxxxx (65000)");
	free(s.answer);
	free(longest);

	struct loop *second = loop_new(NULL);
	assert_false(loop_serve(second, s.path, on_line, &s, &s.e));
	assert_non_null(strstr(s.e.what, "in use"));
	loop_free(second);
	loop_free(s.loop);
	assert_int_equal(access(s.path, F_OK), -1);
	remove_directory(dir);
}

static void a_dead_runners_socket_is_taken_over(void **state)
{
	(void)state;
	struct serving s = { .loop = loop_new(NULL) };
	char dir[256], aside[300];
	deep_directory(dir, sizeof dir);
	snprintf(s.path, sizeof s.path, "%s/socket", dir);
	snprintf(aside, sizeof aside, "%s/aside", dir);
	assert_true(loop_serve(s.loop, s.path, on_line, &s, NULL));
	assert_int_equal(rename(s.path, aside), 0);
	loop_free(s.loop);
	assert_int_equal(rename(aside, s.path), 0);
	s.loop = loop_new(NULL);
	assert_true(loop_serve(s.loop, s.path, on_line, &s, NULL));
	ask_in_thread(&s, "again");
	assert_string_equal(s.answer, "heard again (5)");
	free(s.answer);
	loop_free(s.loop);
	remove_directory(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_fire_in_order_and_stop),
		cmocka_unit_test(many_timers_keep_their_order),
		cmocka_unit_test(now_never_goes_back_and_timers_never_come_early),
		cmocka_unit_test(turn_ends_come_after_all_that_was_ready),
		cmocka_unit_test(simulated_time_is_its_owners),
		cmocka_unit_test(signals_arrive_and_do_not_hold_the_loop),
		cmocka_unit_test(a_socket_answers_lines),
		cmocka_unit_test(a_dead_runners_socket_is_taken_over),
	};
	return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
