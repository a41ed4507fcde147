#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "irs/outlet.h"

enum { MUCH = 300 * 1000 }; /* more than a pipe holds */

/* Text in which a lost or doubled portion is seen. */
static char *much(void)
{
	char *text = malloc(MUCH);
	for (int i = 0; i < MUCH; i++) text[i] = (char)('a' + i % 23);
	return text;
}

struct reader {
	struct loop *loop;
	int fd;
	char *got;
	size_t n;
};

static void read_some(void *ctx)
{
	struct reader *r = ctx;
	ssize_t n = read(r->fd, r->got + r->n, MUCH - r->n);
	assert_true(n >= 0 || errno == EAGAIN);
	if (n > 0) r->n += (size_t)n;
	if (r->n < MUCH) loop_after(r->loop, 1000000, read_some, r);
}

static void nobody_is_waited_for_and_nothing_is_lost(void **state)
{
	(void)state;
	int fd[2];
	assert_int_equal(pipe(fd), 0);
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	struct reader r = { loop_new(NULL), fd[0], malloc(MUCH), 0 };
	struct outlet *o = outlet_new(r.loop, fd[1]);
	char *text = much();
	outlet_say(o, (struct str){ text, MUCH / 2 }); /* comes back, though nobody has read */
	outlet_say(o, (struct str){ text + MUCH / 2, MUCH / 2 });
	assert_int_equal(fcntl(fd[1], F_GETFL) & O_NONBLOCK, 0); /* it is not ours alone */
	loop_after(r.loop, 0, read_some, &r);
	loop_run(r.loop);
	assert_memory_equal(r.got, text, MUCH);
	assert_int_equal(outlet_free(o), 0);
	loop_free(r.loop);
	free(r.got);
	free(text);
	close(fd[0]);
	close(fd[1]);
}

static void who_does_not_listen_any_more_is_told_nothing(void **state)
{
	(void)state;
	int fd[2];
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe(fd), 0);
	struct loop *l = loop_new(NULL);
	struct outlet *o = outlet_new(l, fd[1]);
	char *text = much();
	outlet_say(o, (struct str){ text, MUCH });
	close(fd[0]);
	outlet_leave_loop(o);
	assert_int_equal(outlet_free(o), EPIPE);
	assert_int_equal(outlet_free(NULL), 0);
	loop_free(l);
	free(text);
	close(fd[1]);
}

static void a_file_is_written_where_it_stands(void **state)
{
	(void)state;
	char path[] = "/tmp/irs-outlet-XXXXXX", got[24] = "";
	int fd = mkstemp(path);
	assert_int_equal(write(fd, "before ", 7), 7);
	struct loop *l = loop_new(NULL);
	struct outlet *o = outlet_new(l, fd);
	outlet_say(o, STR("said"));
	assert_int_equal(outlet_free(o), 0);
	assert_int_equal(write(fd, " after", 6), 6);
	assert_int_equal(pread(fd, got, sizeof got - 1, 0), 17);
	assert_string_equal(got, "before said after");
	loop_free(l);
	close(fd);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_is_waited_for_and_nothing_is_lost),
		cmocka_unit_test(who_does_not_listen_any_more_is_told_nothing),
		cmocka_unit_test(a_file_is_written_where_it_stands),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
