#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "irs/arena.h"
#include "irs/err.h"
#include "irs/buf.h"
#include "irs/literal.h"
#include "irs/map.h"
#include "irs/type.h"
#include "irs/vec.h"

static void arena_memory_is_zeroed_aligned_and_bounded(void **state)
{
	(void)state;
	struct arena *a = arena_new(10000);
	for (size_t n = 1; n < 100; n++) {
		unsigned char *p = arena_alloc(a, n);
		assert_int_equal((uintptr_t)p % _Alignof(int64_t), 0);
		for (size_t i = 0; i < n; i++) assert_int_equal(p[i], 0);
		memset(p, 0xff, n);
	}
	assert_null(arena_try(a, 10000));
	assert_null(arena_try(a, SIZE_MAX));
	assert_non_null(arena_try(a, 10));
	assert_int_equal(arena_used(a), 99 * 100 / 2 + 10);
	arena_free(a);
}

static void a_large_block_does_not_waste_the_small_ones(void **state)
{
	(void)state;
	struct arena *a = arena_new(0);
	char *big = arena_alloc(a, 5 << 20);
	big[(5 << 20) - 1] = 1;
	assert_string_equal(arena_printf(a, "%d-%s", 7, "x"), "7-x");
	assert_string_equal(arena_strndup(a, "abcdef", 3), "abc");
	arena_free(a);
}

static void map_keeps_order_and_replaces(void **state)
{
	(void)state;
	struct arena *a = arena_new(0);
	struct map m = { 0 };
	char *keys[1000];
	assert_null(map_get(&m, STR("absent")));
	for (uintptr_t i = 0; i < 1000; i++) {
		keys[i] = arena_printf(a, "key%zu", (size_t)i);
		assert_null(map_put(a, &m, str_of(keys[i]), keys[i]));
	}
	assert_ptr_equal(map_put(a, &m, STR("key7"), keys[8]), keys[7]);
	for (size_t i = 0; i < 1000; i++) {
		assert_true(str_eq(m.entry[i].key, str_of(keys[i])));
		assert_ptr_equal(map_get(&m, str_of(keys[i])), i == 7 ? keys[8] : keys[i]);
	}
	assert_null(map_get(&m, STR("key1000")));
	arena_free(a);
}

static void vec_grows(void **state)
{
	(void)state;
	struct arena *a = arena_new(0);
	VEC(int) v = { 0 };
	for (int i = 0; i < 1000; i++) vec_push(a, &v, i);
	for (int i = 0; i < 1000; i++) assert_int_equal(v.at[i], i);
	assert_int_equal(vec_last(&v), 999);
	arena_free(a);
}

static void utf8_refuses_what_rfc_3629_refuses(void **state)
{
	(void)state;
	static const struct {
		const char *bytes;
		size_t n, valid;
	} t[] = {
		{ "abc", 3, 3 },	   { "\xc3\xa9", 2, 2 },	 { "\xc0\x80", 2, 0 },	       { "\xc1\xbf", 2, 0 },
		{ "\xe0\x80\x80", 3, 0 },  { "\xed\xa0\x80", 3, 0 },	 { "\xef\xbf\xbf", 3, 3 },     { "\xf0\x8f\xbf\xbf", 4, 0 },
		{ "\xf4\x8f\xbf\xbf", 4, 4 }, { "\xf4\x90\x80\x80", 4, 0 }, { "\xf5\x80\x80\x80", 4, 0 }, { "a\xe2\x82", 3, 1 },
		{ "a\x80", 2, 1 },	   { "a\0b", 3, 3 },
	};
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) assert_int_equal(utf8_valid(t[i].bytes, t[i].n), t[i].valid);
}

static void next_row(struct str *rest, size_t columns, const char *row)
{
	assert_true(str_eq(str_row(rest, columns), str_of(row)));
}

static void a_row_ends_between_words(void **state)
{
	(void)state;
	struct str s = STR("one two  three 日本語");
	next_row(&s, 7, "one two");
	next_row(&s, 6, "three");
	next_row(&s, 4, "日本");
	next_row(&s, 1, "語");
	assert_int_equal(s.n, 0);
	s = STR("  indented");
	next_row(&s, 4, "  in");
	next_row(&s, 80, "dented");
}

static void columns_are_those_of_a_terminal(void **state)
{
	(void)state;
	assert_int_equal(str_columns(STR("abc")), 3);
	assert_int_equal(str_columns(STR("é")), 1);
	assert_int_equal(str_columns(STR("e\xcc\x81")), 1);
	assert_int_equal(str_columns(STR("日本")), 4);
	assert_int_equal(str_columns(STR("🔥")), 2);
	assert_int_equal(str_columns(STR("‹pm›")), 4);
	assert_int_equal(str_columns(STR("a\xff\xfe")), 3);
	assert_int_equal(str_chars(STR("日本🔥")), 3);
}

static void a_misspelt_word_finds_its_neighbour(void **state)
{
	(void)state;
	static const char *const words[] = { "induce", "verify", "restore", "superseded", "needs" };
	assert_string_equal(str_nearest(STR("inducee"), words, 5), "induce");
	assert_string_equal(str_nearest(STR("resotre"), words, 5), "restore");
	assert_string_equal(str_nearest(STR("verfy"), words, 5), "verify");
	assert_null(str_nearest(STR("banana"), words, 5));
	assert_null(str_nearest(STR("x"), words, 5));
	assert_null(str_nearest(STR(""), words, 5));
}

static void foreign_bytes_cannot_drive_a_terminal(void **state)
{
	(void)state;
	struct buf b = { 0 };
	buf_safe(&b, STR("a\x1b[31mb\r\n\tc\x7f\xc2\x9b"
			 "\xe2\x80\xae\xff日"));
	assert_string_equal(b.p, "a\\x1b[31mb\\x0d\n\tc\\x7f<U+009B><U+202E>\\xff日");
	buf_clear(&b);
	buf_shell_quoted(&b, STR("it's"));
	assert_string_equal(b.p, "'it'\\''s'");
	buf_free(&b);
}

#define READS(kind, text, wanted)                                          \
	do {                                                                   \
		int64_t v_ = -1;                                                   \
		assert_int_equal(literal_##kind(STR(text), &v_), LIT_OK);          \
		assert_true(v_ == (wanted));                                       \
	} while (0)
#define REFUSES(kind, text, fault)                                         \
	do {                                                                   \
		int64_t v_ = -1;                                                   \
		assert_int_equal(literal_##kind(STR(text), &v_), fault);           \
		assert_true(v_ == -1);                                             \
	} while (0)

static void quantities_are_read_exactly(void **state)
{
	(void)state;
	READS(int, "0", 0);
	READS(int, "1_000", 1000);
	READS(int, "0xff", 255);
	READS(int, "9223372036854775807", INT64_MAX);
	REFUSES(int, "9223372036854775808", LIT_OVERFLOW);
	REFUSES(int, "1__0", LIT_SYNTAX);
	REFUSES(int, "1_", LIT_SYNTAX);
	REFUSES(int, "_1", LIT_SYNTAX);
	REFUSES(int, "0x", LIT_SYNTAX);
	REFUSES(int, "", LIT_SYNTAX);
	READS(duration, "300ms", 300000000);
	READS(duration, "1h30m", 5400 * NS_PER_S);
	READS(duration, "2d", 172800 * NS_PER_S);
	REFUSES(duration, "30m1h", LIT_UNIT);
	REFUSES(duration, "1m1m", LIT_UNIT);
	REFUSES(duration, "5", LIT_UNIT);
	REFUSES(duration, "5sec", LIT_UNIT);
	REFUSES(duration, "s", LIT_SYNTAX);
	REFUSES(duration, "9999999999999d", LIT_OVERFLOW);
	REFUSES(duration, "99999999999999999999s", LIT_OVERFLOW);
	READS(size, "64KiB", 65536);
	READS(size, "10MB", 10000000);
	REFUSES(size, "10mb", LIT_UNIT);
	REFUSES(size, "10000000TiB", LIT_OVERFLOW);
	READS(percent, "5%", 5 * PERCENT_ONE);
	READS(percent, "12.5%", 12500000);
	READS(percent, "0.000001%", 1);
	REFUSES(percent, "0.0000001%", LIT_OVERFLOW);
	REFUSES(percent, "5", LIT_UNIT);
	REFUSES(percent, "5.%", LIT_SYNTAX);
	double f = 0;
	assert_int_equal(literal_float(STR("2.5"), &f), LIT_OK);
	assert_true(f == 2.5);
	assert_int_equal(literal_float(STR("2."), &f), LIT_SYNTAX);
	assert_int_equal(literal_float(STR(".5"), &f), LIT_SYNTAX);
	assert_int_equal(literal_float(STR("1.0e999"), &f), LIT_OVERFLOW);
}

static void what_is_written_reads_back(void **state)
{
	(void)state;
	static const int64_t t[] = { 0, 1, 999, 1000, 65536, 1500000000, 5400 * NS_PER_S, 90061001001001, INT64_MAX, 1 << 30, 12500000, 1000001 };
	struct buf b = { 0 };
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		int64_t v;
		buf_clear(&b), literal_put_duration(&b, t[i]);
		assert_int_equal(literal_duration(buf_view(&b), &v), LIT_OK);
		assert_true(v == t[i]);
		buf_clear(&b), literal_put_size(&b, t[i]);
		assert_int_equal(literal_size(buf_view(&b), &v), LIT_OK);
		assert_true(v == t[i]);
		buf_clear(&b), literal_put_percent(&b, t[i]);
		assert_int_equal(literal_percent(buf_view(&b), &v), LIT_OK);
		assert_true(v == t[i]);
	}
	buf_clear(&b), literal_put_duration(&b, -5400 * NS_PER_S);
	assert_string_equal(b.p, "-1h30m");
	buf_clear(&b), literal_put_size(&b, INT64_MIN);
	assert_string_equal(b.p, "-8388608TiB");
	buf_free(&b);
}

static void floats_are_written_as_people_do(void **state)
{
	(void)state;
	static const struct {
		double v;
		const char *text;
	} t[] = { { 0, "0.0" },
		  { 0.1, "0.1" },
		  { 3, "3.0" },
		  { 90, "90.0" },
		  { -90, "-90.0" },
		  { 1500, "1500.0" },
		  { 86400.25, "86400.25" },
		  { 0.1 + 0.2, "0.30000000000000004" },
		  { 0.000001, "0.000001" },
		  { 0.0000001, "1.0e-07" },
		  { 1e16, "10000000000000000.0" },
		  { 9007199254740993, "9007199254740992.0" },
		  { 1e17, "1.0e+17" },
		  { 1.5e300, "1.5e+300" },
		  { 5e-324, "4.9e-324" },
		  { 1.7976931348623157e308, "1.7976931348623157e+308" } };
	struct buf b = { 0 };
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		double v;
		buf_clear(&b), literal_put_float(&b, t[i].v);
		assert_string_equal(b.p, t[i].text);
		if (t[i].v < 0) continue;
		assert_int_equal(literal_float(buf_view(&b), &v), LIT_OK);
		assert_true(v == t[i].v);
	}
	buf_free(&b);
}

static void durations_for_people_are_rounded(void **state)
{
	(void)state;
	static const struct {
		int64_t ns;
		const char *text;
	} t[] = { { 0, "0 s" },		       { 1500, "1.5 us" },	      { 250000000, "250 ms" },	    { 1250000000, "1.2 s" },
		  { 12 * NS_PER_S, "12 s" },   { 200 * NS_PER_S, "3m 20s" },  { 7200 * NS_PER_S, "2h" },    { 90000 * NS_PER_S, "1d 1h" },
		  { -200 * NS_PER_S, "-3m 20s" } };
	struct buf b = { 0 };
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		buf_clear(&b), literal_put_duration_rounded(&b, t[i].ns);
		assert_string_equal(b.p, t[i].text);
	}
	buf_free(&b);
}

static void types_are_written_as_in_source(void **state)
{
	(void)state;
	struct buf b = { 0 };
	type_put(&b, (struct type){ T_HOST, 2 });
	assert_string_equal(b.p, "list<list<host>>");
	assert_int_equal(type_named(STR("percent")), T_PERCENT);
	assert_int_equal(type_named(STR("response")), T_NONE);
	assert_int_equal(type_named(STR("nothing")), T_NONE);
	assert_true(type_fits(TYPE_LIST(T_NONE), TYPE_LIST(T_INT)));
	assert_false(type_fits(TYPE_LIST(T_INT), TYPE_LIST(T_NONE)));
	assert_false(type_fits(TYPE_LIST(T_NONE), TYPE(T_INT)));
	buf_free(&b);
}

static void an_error_says_within_what(void **state)
{
	(void)state;
	struct err e = { 0 };
	err_set(&e, IRS_USAGE, "function 3", "wrong");
	assert_false(err_within(&e, "x.irb"));
	assert_string_equal(e.where, "x.irb, function 3");
	err_set(&e, IRS_USAGE, NULL, "wrong");
	err_within(&e, "x.irb");
	assert_string_equal(e.where, "x.irb");
	char longest[400] = { 0 };
	memset(longest, 'x', sizeof longest - 1);
	err_within(&e, longest);
	assert_int_equal(strlen(e.where), sizeof e.where - 1);
}

static void an_arena_knows_what_is_younger_than_a_mark(void **state)
{
	(void)state;
	struct arena *a = arena_new(0);
	char *old = arena_strdup(a, "old");
	struct arena_mark mark = arena_mark(a);
	char *near = arena_strdup(a, "near"), *far = arena_alloc(a, 100000);
	assert_false(arena_is_since(a, mark, old));
	assert_true(arena_is_since(a, mark, near));
	assert_true(arena_is_since(a, mark, far + 99999));
	assert_false(arena_is_since(a, mark, &mark));
	arena_release(a, mark);
	assert_false(arena_is_since(a, mark, near));
	assert_string_equal(old, "old");
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_says_within_what),
		cmocka_unit_test(an_arena_knows_what_is_younger_than_a_mark),
		cmocka_unit_test(arena_memory_is_zeroed_aligned_and_bounded),
		cmocka_unit_test(a_large_block_does_not_waste_the_small_ones),
		cmocka_unit_test(map_keeps_order_and_replaces),
		cmocka_unit_test(vec_grows),
		cmocka_unit_test(utf8_refuses_what_rfc_3629_refuses),
		cmocka_unit_test(columns_are_those_of_a_terminal),
		cmocka_unit_test(a_row_ends_between_words),
		cmocka_unit_test(a_misspelt_word_finds_its_neighbour),
		cmocka_unit_test(foreign_bytes_cannot_drive_a_terminal),
		cmocka_unit_test(quantities_are_read_exactly),
		cmocka_unit_test(what_is_written_reads_back),
		cmocka_unit_test(floats_are_written_as_people_do),
		cmocka_unit_test(durations_for_people_are_rounded),
		cmocka_unit_test(types_are_written_as_in_source),
	};
	return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
