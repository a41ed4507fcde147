#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pty.h>
#include <stdlib.h>
#include <unistd.h>

#include "irs/term.h"

static int clear_environment(void **state)
{
	static const char *const names[] = { "NO_COLOR", "TERM", "COLUMNS" };
	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) unsetenv(names[i]);
	return 0;
}

static void a_pipe_is_plain(void **state)
{
	(void)state;
	int fd[2];
	assert_int_equal(pipe(fd), 0);
	struct term t = term_of(fd[1]);
	assert_false(t.tty || t.color);
	assert_int_equal(t.columns, 80);
	setenv("COLUMNS", "132", 1);
	assert_int_equal(term_of(fd[1]).columns, 132);
	setenv("COLUMNS", "-4", 1);
	assert_int_equal(term_of(fd[1]).columns, 80);
	close(fd[0]);
	close(fd[1]);
}

static void a_terminal_says_its_size_and_colour_can_be_refused(void **state)
{
	(void)state;
	int ours, theirs;
	struct winsize size = { .ws_row = 24, .ws_col = 57 };
	assert_int_equal(openpty(&ours, &theirs, NULL, NULL, &size), 0);
	struct term t = term_of(theirs);
	assert_true(t.tty && t.color);
	assert_int_equal(t.columns, 57);
	setenv("NO_COLOR", "1", 1);
	assert_false(term_of(theirs).color);
	setenv("NO_COLOR", "", 1);
	assert_true(term_of(theirs).color);
	setenv("TERM", "dumb", 1);
	assert_false(term_of(theirs).color);
	close(ours);
	close(theirs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_pipe_is_plain, clear_environment),
		cmocka_unit_test_setup(a_terminal_says_its_size_and_colour_can_be_refused, clear_environment),
	};
	return cmocka_run_group_tests_name("term", tests, NULL, NULL);
}
