#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "machine.h"

enum builtin_index {
#define BUILTIN(id, name, signature, effect, doc) B_##id,
#include "irs/tbl/builtin.def"
#undef BUILTIN
};

static void there_and_back(struct arena *a, struct value v)
{
	json_t *j = value_to_json(v, &machine_hosts);
	struct value back;
	struct err e = { 0 };
	if (!value_from_json(&back, j, a, &machine_hosts, &e)) fail_msg("%s", e.what);
	assert_true(type_eq(value_type(v), value_type(back)));
	assert_int_equal(value_equal(v, back), TRUE3);
	json_decref(j);
}

static void values_survive_the_journal(void **state)
{
	(void)state;
	struct arena *a = arena_new(0);
	struct process_id p = { 4711, 12345, "0a0b0c0d-1111-2222-3333-444455556666" };
	struct value text = value_string(a, STR("it's \xc3\xa4"));
	struct run_result r = { .exit = 3, .stdout_text = value_string(a, STR("out")).text, .stderr_text = value_string(a, STR("\xff\0")).text };
	struct value all[] = { { .tag = V_BOOL, .i = TRUE3 }, { .tag = V_INT, .i = INT64_MIN }, { .tag = V_FLOAT, .f = 0.1 },
		               { .tag = V_DURATION, .i = 5 }, { .tag = V_SIZE, .i = 7 }, { .tag = V_PERCENT, .i = 9 }, text,
		               value_string(a, STR("\xff\xfe\0x")), value_host(2), { .tag = V_PROCESS, .process = &p },
		               { .tag = V_RESULT, .result = &r }, value_list(a, TYPE(T_HOST), NULL, 0), value_list(a, TYPE(T_STRING), &text, 1) };
	for (size_t i = 0; i < sizeof all / sizeof *all; i++) there_and_back(a, all[i]);
	arena_free(a);
}

static void guards_survive_the_journal(void **state)
{
	(void)state;
	struct arena *a = arena_new(0);
	struct process_id p = { 4711, 12345, "0a0b0c0d-1111-2222-3333-444455556666" };
	struct guard g = { .process = &p };
	struct value v = value_string(a, STR("kill 4711")), back;
	struct err e = { 0 };
	v.text->guards = &g;
	json_t *j = value_to_json(v, &machine_hosts);
	assert_true(value_from_json(&back, j, a, &machine_hosts, &e));
	assert_non_null(back.text->guards);
	assert_int_equal(back.text->guards->process->start, 12345);
	json_decref(j);
	arena_free(a);
}

static void damaged_values_are_refused(void **state)
{
	(void)state;
	static const char *const wrong[] = { "{}", "[]", "{\"t\":\"int\"}", "{\"t\":\"int\",\"v\":\"x\"}", "{\"t\":\"host\",\"v\":\"nobody\"}",
		                             "{\"t\":\"list<int>\",\"v\":[{\"t\":\"bool\",\"v\":true}]}", "{\"t\":\"list<int>\",\"v\":3}",
		                             "{\"t\":\"process\",\"v\":{\"pid\":-1,\"start\":1,\"boot\":\"x\"}}", "{\"t\":\"nonsense\",\"v\":1}",
		                             "{\"t\":\"string\",\"base64\":\"?\"}", "{\"t\":\"list<?>\",\"v\":[{\"t\":\"int\",\"v\":1}]}" };
	struct arena *a = arena_new(0);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		json_t *j = json_loads(wrong[i], 0, NULL);
		struct value v = { .tag = V_NONE };
		struct err e = { 0 };
		assert_false(value_from_json(&v, j, a, &machine_hosts, &e));
		assert_int_equal(v.tag, V_NONE);
		assert_true(e.what[0]);
		json_decref(j);
	}
	arena_free(a);
}

/* What a builtin makes of its arguments, as people read it; "!…" where it fails. */
static const char *computed(struct arena *keep, uint8_t builtin, struct type result, const struct value *args, unsigned n)
{
	struct builder *b = builder_new();
	struct routine *r = build_fn(b, "f", ROLE_HELPER, result);
	for (unsigned i = 0; i < n; i++) routine_param(r, value_type(args[i]));
	for (unsigned i = 0; i < n; i++) PUT(r, LOCAL, i);
	PUT(r, BUILTIN, builtin);
	PUT(r, RETURN);
	struct machine m = machine_of(b, b->fn, args);
	bool done = fiber_resume(m.f, NULL) == FIBER_DONE;
	const char *text = arena_printf(keep, "%s%s", done ? "" : "!", done ? shown(&m, fiber_value(m.f)) : fiber_failure(m.f)->what);
	machine_free(&m);
	return text;
}

static void builtins_on_strings(void **state)
{
	(void)state;
	struct arena *a = arena_new(0);
#define S(z) value_string(a, STR(z))
	const struct { uint8_t id; struct type type; struct value args[3]; unsigned n; const char *wanted; } table[] = {
		{ B_trim, TYPE(T_STRING), { S(" a b\n") }, 1, "a b" },
		{ B_lines, TYPE_LIST(T_STRING), { S("a\r\nb\n\nc") }, 1, "[a, b, , c]" },
		{ B_lines, TYPE_LIST(T_STRING), { S("") }, 1, "[]" },
		{ B_split, TYPE_LIST(T_STRING), { S("a, b, "), S(", ") }, 2, "[a, b, ]" },
		{ B_split, TYPE_LIST(T_STRING), { S("a"), S("") }, 2, "!split: the separator is empty" },
		{ B_upper, TYPE(T_STRING), { S("aZ\xc3\xa4") }, 1, "AZ\xc3\xa4" },
		{ B_replace, TYPE(T_STRING), { S("aXbX"), S("X"), S("yy") }, 3, "ayybyy" },
		{ B_int_string, TYPE(T_INT), { S(" -9223372036854775808 ") }, 1, "-9223372036854775808" },
		{ B_int_string, TYPE(T_INT), { S("9223372036854775808") }, 1, "!int: \"9223372036854775808\" is no decimal number of 64 bits" },
		{ B_int_string, TYPE(T_INT), { S("-") }, 1, "!int: \"-\" is no decimal number of 64 bits" },
		{ B_float_string, TYPE(T_FLOAT), { S("2.5e1") }, 1, "25.0" },
		{ B_float_string, TYPE(T_FLOAT), { S("nan") }, 1, "!float: \"nan\" is no decimal number" },
		{ B_contains, TYPE(T_BOOL), { S("abc"), S("bc") }, 2, "true" },
		{ B_ends_with, TYPE(T_BOOL), { S("abc"), S("abcd") }, 2, "false" },
		{ B_matches, TYPE(T_BOOL), { S("v1.22"), S("^v\\d+\\.\\d+$") }, 2, "true" },
		{ B_capture, TYPE_LIST(T_STRING), { S("k=v"), S("(\\w)=(\\w)(x)?") }, 2, "[k, v, ]" },
		{ B_parse_json, TYPE(T_JSON), { S("{\"b\": 1, \"a\": [true]}") }, 1, "{\"a\":[true],\"b\":1}" },
		{ B_process, TYPE(T_PROCESS), { S("7 8 0a0b0c0d-1111-2222-3333-444455556666\n") }, 1, "7" },
		{ B_process, TYPE(T_PROCESS), { S("7 8") }, 1, "!process: \"7 8\" is no line of pid, start time and boot id" },
	};
#undef S
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		assert_string_equal(computed(a, table[i].id, table[i].type, table[i].args, table[i].n), table[i].wanted);
	arena_free(a);
}

static void a_regular_expression_is_given_up(void **state)
{
	(void)state;
	struct arena *a = arena_new(0);
	struct value args[] = { value_string(a, STR("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab")), value_string(a, STR("^(a+)+$")) };
	assert_string_equal(computed(a, B_matches, TYPE(T_BOOL), args, 2), "!a regular expression takes too long to match, and was given up");
	args[1] = value_string(a, STR("("));
	assert_string_equal(computed(a, B_matches, TYPE(T_BOOL), args, 2), "!the regular expression is wrong at its byte 2: missing closing parenthesis");
	arena_free(a);
}

static void builtins_on_lists(void **state)
{
	(void)state;
	struct arena *a = arena_new(0);
	struct value ints[7];
	const int64_t numbers[] = { 3, 1, 2, 3, 1, -5, 2 };
	for (int i = 0; i < 7; i++) ints[i] = (struct value){ .tag = V_INT, .i = numbers[i] };
	struct value list = value_list(a, TYPE(T_INT), ints, 7), at[] = { list, { .tag = V_INT, .i = 7 } };
	assert_string_equal(computed(a, B_sort, TYPE_LIST(T_INT), &list, 1), "[-5, 1, 1, 2, 2, 3, 3]");
	assert_string_equal(computed(a, B_unique, TYPE_LIST(T_INT), &list, 1), "[3, 1, 2, -5]");
	assert_string_equal(computed(a, B_last, TYPE(T_INT), &list, 1), "2");
	assert_string_equal(computed(a, B_at, TYPE(T_INT), at, 2), "!at: there is no element 7 in a list of 7");
	assert_string_equal(computed(a, B_contains_list, TYPE(T_BOOL), at, 2), "false");
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_survive_the_journal),
		cmocka_unit_test(guards_survive_the_journal),
		cmocka_unit_test(damaged_values_are_refused),
		cmocka_unit_test(builtins_on_strings),
		cmocka_unit_test(a_regular_expression_is_given_up),
		cmocka_unit_test(builtins_on_lists),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
