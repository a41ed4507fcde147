#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "irs/file.h"

static char dir[] = "/tmp/irs-test-file-XXXXXX";

static int make_directory(void **state)
{
	*state = arena_new(0);
	return !mkdtemp(dir) || chdir(dir);
}

static int remove_directory(void **state)
{
	arena_free(*state);
	return chdir("/") || rmdir(dir);
}

static void what_is_written_is_read(void **state)
{
	struct str got;
	struct stat s;
	assert_true(file_write("a", (struct str){ "x\0y\n", 4 }, 0640, NULL));
	assert_int_equal(stat("a", &s), 0);
	assert_int_equal(s.st_mode & 0777, 0640);
	assert_true(file_read(*state, "a", 4, &got, NULL));
	assert_int_equal(got.n, 4);
	assert_memory_equal(got.p, "x\0y\n", 5);
	assert_true(file_write("a", STR(""), 0600, NULL));
	assert_true(file_read(*state, "a", 0, &got, NULL));
	assert_int_equal(got.n, 0);
	assert_int_equal(unlink("a"), 0);
}

static void refusals_say_why_and_touch_nothing(void **state)
{
	struct str got = STR("before");
	struct err e;
	assert_true(file_write("five", STR("12345"), 0600, NULL));
	assert_false(file_read(*state, "five", 4, &got, &e));
	assert_string_equal(e.what, "it is larger than 4 bytes");
	assert_int_equal(e.exit, IRS_USAGE);
	assert_false(file_read(*state, ".", 100, &got, &e));
	assert_non_null(strstr(e.what, "directory"));
	assert_false(file_read(*state, "none", 100, &got, &e));
	assert_non_null(strstr(e.what, "No such file"));
	assert_int_equal(mkfifo("fifo", 0600), 0);
	assert_false(file_read(*state, "fifo", 100, &got, &e));
	assert_non_null(strstr(e.what, "pipe"));
	assert_string_equal(got.p, "before");
	assert_false(file_write("none/x", STR("x"), 0600, &e));
	assert_false(file_write(".", STR("x"), 0600, &e));
	assert_int_equal(unlink("fifo") | unlink("five"), 0);
}

static void a_failed_write_leaves_the_old_file(void **state)
{
	struct str got;
	struct err e;
	assert_int_equal(mkdir("full", 0700), 0);
	assert_int_equal(symlink("/dev/full", "full/device"), 0);
	assert_false(file_write("full/device", STR("x"), 0600, &e));
	assert_non_null(strstr(e.what, "No space"));
	assert_int_equal(unlink("full/device") | rmdir("full"), 0);

	assert_int_equal(mkdir("taken", 0700), 0);
	assert_true(file_write("taken/old", STR("old"), 0600, NULL));
	assert_false(file_write("taken", STR("new"), 0600, &e));
	assert_true(file_read(*state, "taken/old", 10, &got, NULL));
	assert_string_equal(got.p, "old");
	assert_int_equal(unlink("taken/old") | rmdir("taken"), 0);
}

static void directories_are_made_on_the_way(void **state)
{
	(void)state;
	struct stat s;
	struct err e;
	assert_true(file_make_dirs("p/q//r/", 0700, NULL));
	assert_true(file_make_dirs("p/q/r", 0700, NULL));
	assert_int_equal(stat("p/q", &s), 0);
	assert_int_equal(s.st_mode & 0777, 0700);
	assert_true(file_write("p/file", STR(""), 0600, NULL));
	assert_false(file_make_dirs("p/file", 0700, &e));
	assert_false(file_make_dirs("p/file/x", 0700, &e));
	assert_int_equal(unlink("p/file") | rmdir("p/q/r") | rmdir("p/q") | rmdir("p"), 0);
}

static void the_program_knows_where_it_is(void **state)
{
	char *where = file_program_dir(*state);
	assert_non_null(where);
	assert_int_equal(where[0], '/');
	assert_int_not_equal(where[strlen(where) - 1], '/');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read),
		cmocka_unit_test(refusals_say_why_and_touch_nothing),
		cmocka_unit_test(a_failed_write_leaves_the_old_file),
		cmocka_unit_test(directories_are_made_on_the_way),
		cmocka_unit_test(the_program_knows_where_it_is),
	};
	return cmocka_run_group_tests_name("file", tests, make_directory, remove_directory);
}
