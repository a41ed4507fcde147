/* Files: where a byte stands, and which files are refused. */
#include "parsed.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static struct sources sources_new(void)
{
	return (struct sources){ .arena = arena_new(0) };
}

static void check_place(struct sources *ss, uint32_t file, uint32_t offset, uint32_t line, uint32_t column)
{
	struct place p = source_place(ss, file, offset);
	assert_int_equal(p.line, line);
	assert_int_equal(p.column, column);
}

static void test_places(void **state)
{
	(void)state;
	struct sources ss = sources_new();
	uint32_t f = source_add(&ss, "x", str_of("ab\n\n\xe6\x97\xa5x\r\nend"));
	check_place(&ss, f, 0, 1, 1);
	check_place(&ss, f, 2, 1, 3);
	check_place(&ss, f, 3, 2, 1);
	check_place(&ss, f, 4, 3, 1);
	check_place(&ss, f, 7, 3, 2);
	check_place(&ss, f, 10, 4, 1);
	check_place(&ss, f, 13, 4, 4);
	check_place(&ss, f, 99, 4, 4);
	assert_true(str_eq(source_line(&ss, f, 1), STR("ab")));
	assert_true(str_eq(source_line(&ss, f, 2), STR("")));
	assert_true(str_eq(source_line(&ss, f, 3), STR("\xe6\x97\xa5x")));
	assert_true(str_eq(source_line(&ss, f, 4), STR("end")));
	assert_int_equal(source_line(&ss, f, 5).n, 0);
	assert_int_equal(source_line(&ss, f, 0).n, 0);
	arena_free(ss.arena);
}

static void test_empty_and_marked(void **state)
{
	(void)state;
	struct sources ss = sources_new();
	uint32_t empty = source_add(&ss, "x", STR("")), marked = source_add(&ss, "y", STR("\xef\xbb\xbf" "a"));
	check_place(&ss, empty, 0, 1, 1);
	assert_int_equal(source_line(&ss, empty, 1).n, 0);
	assert_true(str_eq(ss.file.at[marked]->text, STR("a")));
	assert_true(ss.file.at[marked]->marked);
	assert_false(ss.file.at[empty]->marked);
	check_place(&ss, marked, 0, 1, 1);
	arena_free(ss.arena);
}

static void refused(const char *path)
{
	struct sources ss = sources_new();
	uint32_t file = 7;
	struct err e = { 0 };
	assert_false(source_read(&ss, path, &file, &e));
	assert_int_equal(file, 7);
	assert_int_equal(e.exit, IRS_USAGE);
	assert_true(e.what[0] && strstr(e.where, path));
	arena_free(ss.arena);
}

static void test_refused(void **state)
{
	(void)state;
	char large[] = "/tmp/irs-test-XXXXXX";
	int fd = mkstemp(large);
	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, (off_t)SOURCE_MAX_BYTES + 1), 0);
	close(fd);
	refused(large);
	unlink(large);
	refused("/nowhere/at/all.irs");
	refused("/tmp");
	refused("/dev/zero");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_empty_and_marked),
		cmocka_unit_test(test_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
