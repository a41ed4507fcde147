/* A program that is fed a text: what it says, how it ends, and that it is bounded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "irs/filter.h"

enum { MEGABYTE = 1 << 20 };

static void test_says(void **state)
{
	(void)state;
	const char *const argv[] = { "sh", NULL };
	struct filter_result r;
	assert_true(filter_run(argv, STR("echo out; echo err >&2; exit 3"), 10, MEGABYTE, &r, NULL));
	assert_int_equal(r.status, 3);
	assert_string_equal(r.out.p, "out\n");
	assert_string_equal(r.err.p, "err\n");
	filter_free(&r);
	assert_true(filter_run(argv, STR("kill -TERM $$"), 10, MEGABYTE, &r, NULL));
	assert_int_equal(r.status, 128 + 15);
	assert_string_equal(r.out.p, "");
	filter_free(&r);
}

/* More than a pipe holds, both ways, and cut at the limit. */
static void test_much(void **state)
{
	(void)state;
	const char *const argv[] = { "cat", NULL };
	struct filter_result r;
	struct buf much = { 0 };
	buf_pad(&much, 'x', MEGABYTE);
	assert_true(filter_run(argv, buf_view(&much), 10, 2 * MEGABYTE, &r, NULL));
	assert_int_equal(r.out.n, MEGABYTE);
	filter_free(&r);
	assert_true(filter_run(argv, buf_view(&much), 10, 1000, &r, NULL));
	assert_int_equal(r.out.n, 1000);
	filter_free(&r);
	buf_free(&much);
}

static void test_fails(void **state)
{
	(void)state;
	const char *const nobody[] = { "no-such-program", NULL };
	const char *const never[] = { "sh", "-c", "sleep 100", NULL };
	struct filter_result r;
	struct err e = { 0 };
	assert_false(filter_run(nobody, STR(""), 10, MEGABYTE, &r, &e));
	assert_string_equal(e.what, "no such program");
	assert_string_equal(e.where, "no-such-program");
	assert_false(filter_run(never, STR(""), 1, MEGABYTE, &r, &e));
	assert_string_equal(e.what, "did not end within 1 s");
}

static void test_exists(void **state)
{
	(void)state;
	assert_true(filter_exists("sh"));
	assert_false(filter_exists("no-such-program"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_says), cmocka_unit_test(test_much), cmocka_unit_test(test_fails), cmocka_unit_test(test_exists),
	};
	return cmocka_run_group_tests_name("filter", tests, NULL, NULL);
}
