#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../vm/machine.h"
#include "irs/shell_quote.h"
#include "irs/world.h"

enum field_index {
#define FIELD(id, name, base, result, lists, doc) F_##id,
#include "irs/tbl/field.def"
#undef FIELD
};
enum builtin_index {
#define BUILTIN(id, name, signature, effect, doc) B_##id,
#include "irs/tbl/builtin.def"
#undef BUILTIN
};

static const char *const kinds[LINE_KINDS] = { "run", "spawn", "http", "tcp", "wait", "log", "probe", "draw", "expect", "if",
	                                       "unless", "else", "each", "retry", "may fail" };

/* All lines as one text: kind, depth as dots, text. */
static const char *lines_of(struct builder *b, const struct dry_run *run)
{
	struct buf text = { 0 };
	for (size_t i = 0; i < run->block.lines.n; i++) {
		const struct plan_line *l = &run->block.lines.at[i];
		buf_pad(&text, '.', l->depth);
		buf_printf(&text, "%s %s\n", kinds[l->kind], l->text);
	}
	const char *s = arena_strndup(b->arena, text.p ? text.p : "", text.n);
	buf_free(&text);
	return s;
}

static struct dry_run *dry_again(struct builder *b, const struct image *img, uint32_t fn, const struct value *args)
{
	struct vm vm = { .image = img, .hosts = &machine_hosts };
	return dry_run(b->arena, &vm, fn, args, value_host(1));
}

static struct dry_run *dry(struct builder *b, uint32_t fn, const struct value *args) { return dry_again(b, builder_image(b), fn, args); }

static void put_run(struct builder *b, struct routine *r, const char *command)
{
	PUT(r, CONST, build_text(b, command));
	PUT(r, CONST, build_duration(b, NS_PER_S));
	PUT(r, RUN, 0);
	PUT(r, POP);
}

static struct value unknown_bool(struct builder *b, const char *name) { return value_unknown(b->arena, TYPE(T_BOOL), HOSTLY, name); }

/* if x { run "a" } else { run "b" } run "c" */
static void both_ways_are_shown(void **state)
{
	(void)state;
	struct builder *b = builder_new();
	struct routine *r = build_fn(b, "f", ROLE_INDUCE, TYPE(T_NONE));
	uint32_t x = routine_param(r, TYPE(T_BOOL)), otherwise = routine_label(r), join = routine_label(r);
	PUT(r, LOCAL, x);
	PUT(r, BRANCH_FALSE, otherwise, join);
	put_run(b, r, "a");
	PUT(r, JUMP, join);
	routine_bind(r, otherwise);
	put_run(b, r, "b");
	routine_bind(r, join);
	put_run(b, r, "c");
	PUT(r, RETURN);
	struct value arg = unknown_bool(b, "x");
	struct dry_run *run = dry(b, b->fn, &arg);
	assert_int_equal(run->end, FIBER_DONE);
	assert_string_equal(lines_of(b, run), "if ‹x›\n.run a\nelse \n.run b\nrun c\n");
	assert_string_equal(run->block.lines.at[0].certainty, "depends on a host");
	assert_string_equal(run->block.lines.at[1].certainty, "exact");
	builder_free(b);
}

/* fn g(x) -> int { if x { return 1 } return 2 }   run "#{g(x)}" */
static void results_of_both_ways_merge(void **state)
{
	(void)state;
	struct builder *b = builder_new();
	struct routine *r = build_fn(b, "g", ROLE_HELPER, TYPE(T_INT));
	uint32_t x = routine_param(r, TYPE(T_BOOL)), otherwise = routine_label(r), join = routine_label(r), g = b->fn;
	PUT(r, LOCAL, x);
	PUT(r, BRANCH_FALSE, otherwise, join);
	PUT(r, CONST, build_int(b, 1));
	PUT(r, RETURN);
	routine_bind(r, otherwise);
	routine_bind(r, join);
	PUT(r, CONST, build_int(b, 2));
	PUT(r, RETURN);
	r = build_fn(b, "f", ROLE_INDUCE, TYPE(T_NONE));
	x = routine_param(r, TYPE(T_BOOL));
	PUT(r, LOCAL, x);
	PUT(r, CALL, g);
	PUT(r, QUOTE, HOLE_BARE);
	PUT(r, CONST, build_duration(b, NS_PER_S));
	PUT(r, RUN, 0);
	PUT(r, POP);
	PUT(r, RETURN);
	struct value arg = unknown_bool(b, "x");
	assert_string_equal(lines_of(b, dry(b, b->fn, &arg)), "run ‹1 or 2›\n");
	builder_free(b);
}

/* if x { fail "no" } run "c" */
static void a_failure_ends_its_own_way(void **state)
{
	(void)state;
	struct builder *b = builder_new();
	struct routine *r = build_fn(b, "f", ROLE_INDUCE, TYPE(T_NONE));
	uint32_t x = routine_param(r, TYPE(T_BOOL)), otherwise = routine_label(r), join = routine_label(r);
	PUT(r, LOCAL, x);
	PUT(r, BRANCH_FALSE, otherwise, join);
	PUT(r, CONST, build_text(b, "no"));
	PUT(r, FAIL);
	routine_bind(r, otherwise);
	routine_bind(r, join);
	put_run(b, r, "c");
	PUT(r, RETURN);
	struct value arg = unknown_bool(b, "x");
	struct image *img = builder_image(b);
	struct dry_run *run = dry_again(b, img, b->fn, &arg);
	assert_int_equal(run->end, FIBER_DONE);
	assert_string_equal(lines_of(b, run), "if ‹x›\n.may fail no\nrun c\n");
	arg = (struct value){ .tag = V_BOOL, .i = TRUE3 };
	run = dry_again(b, img, b->fn, &arg);
	assert_int_equal(run->end, FIBER_FALSE);
	assert_string_equal(run->block.fails, "no");
	assert_int_equal(run->block.lines.n, 0);
	builder_free(b);
}

/* for h in hosts { run "#{h}" } */
static void an_unknown_list_is_gone_through_once(void **state)
{
	(void)state;
	struct builder *b = builder_new();
	struct routine *r = build_fn(b, "f", ROLE_INDUCE, TYPE(T_NONE));
	uint32_t list = routine_param(r, TYPE_LIST(T_STRING)), s = routine_local(r, TYPE(T_STRING)), next = routine_label(r), end = routine_label(r);
	PUT(r, LOCAL, list);
	PUT(r, EACH);
	routine_bind(r, next);
	PUT(r, NEXT, end);
	PUT(r, NAME, build_text(b, "s"));
	PUT(r, SET, s);
	PUT(r, CONST, build_text(b, "touch "));
	PUT(r, LOCAL, s);
	PUT(r, QUOTE, HOLE_BARE);
	PUT(r, CONCAT, 2);
	PUT(r, CONST, build_duration(b, NS_PER_S));
	PUT(r, RUN, 0);
	PUT(r, POP);
	PUT(r, JUMP, next);
	routine_bind(r, end);
	put_run(b, r, "sync");
	PUT(r, RETURN);
	struct value arg = value_unknown(b->arena, TYPE_LIST(T_STRING), HOSTLY, "files");
	struct image *img = builder_image(b);
	assert_string_equal(lines_of(b, dry_again(b, img, b->fn, &arg)), "each ‹files›\n.run touch ‹s›\nrun sync\n");
	struct value two[] = { value_string(b->arena, STR("a b")), value_string(b->arena, STR("c")) };
	arg = value_list(b->arena, TYPE(T_STRING), two, 2);
	assert_string_equal(lines_of(b, dry_again(b, img, b->fn, &arg)), "run touch 'a b'\nrun touch 'c'\nrun sync\n");
	builder_free(b);
}

/* expect run("x").exit == 0: assumed; expect 1 == 2: fails. */
static void unknown_expectations_are_assumed(void **state)
{
	(void)state;
	struct builder *b = builder_new();
	struct routine *r = build_fn(b, "f", ROLE_VERIFY, TYPE(T_NONE));
	PUT(r, CONST, build_text(b, "x"));
	PUT(r, CONST, build_duration(b, NS_PER_S));
	PUT(r, RUN, RUN_OBSERVE | RUN_TRY);
	PUT(r, FIELD, F_result_exit);
	PUT(r, CONST, build_int(b, 0));
	PUT(r, EQ);
	PUT(r, EXPECT, build_text(b, "x works"));
	PUT(r, CONST, build_int(b, 1));
	PUT(r, CONST, build_int(b, 2));
	PUT(r, EQ);
	PUT(r, EXPECT, build_text(b, "1 == 2"));
	PUT(r, RETURN);
	struct dry_run *run = dry(b, b->fn, NULL);
	assert_string_equal(lines_of(b, run), "run x\nexpect x works\nexpect 1 == 2\n");
	assert_int_equal(run->end, FIBER_FALSE);
	assert_string_equal(run->block.fails, "expected 1 == 2");
	assert_string_equal(run->block.lines.at[1].certainty, "depends on a host");
	builder_free(b);
}

/* n unknown branches behind each other, each with two commands: as many lines as the text has. */
static void branches_cost_what_they_show(void **state)
{
	(void)state;
	struct builder *b = builder_new();
	struct routine *r = build_fn(b, "f", ROLE_INDUCE, TYPE(T_NONE));
	uint32_t x = routine_param(r, TYPE(T_BOOL));
	enum { BRANCHES = 300 };
	for (int i = 0; i < BRANCHES; i++) {
		uint32_t otherwise = routine_label(r), join = routine_label(r);
		PUT(r, LOCAL, x);
		PUT(r, BRANCH_FALSE, otherwise, join);
		put_run(b, r, "a");
		PUT(r, JUMP, join);
		routine_bind(r, otherwise);
		put_run(b, r, "b");
		routine_bind(r, join);
	}
	PUT(r, RETURN);
	struct value arg = unknown_bool(b, "x");
	assert_int_equal(dry(b, b->fn, &arg)->block.lines.n, 4 * BRANCHES);
	builder_free(b);
}

/* for s in files { if x { return s } }  return "none": each round may return. */
static void returns_within_loops_are_gathered(void **state)
{
	(void)state;
	struct builder *b = builder_new();
	struct routine *r = build_fn(b, "g", ROLE_HELPER, TYPE(T_STRING));
	uint32_t list = routine_param(r, TYPE_LIST(T_STRING)), x = routine_param(r, TYPE(T_BOOL)), s = routine_local(r, TYPE(T_STRING));
	uint32_t next = routine_label(r), end = routine_label(r), join = routine_label(r), g = b->fn;
	PUT(r, LOCAL, list);
	PUT(r, EACH);
	routine_bind(r, next);
	PUT(r, NEXT, end);
	PUT(r, SET, s);
	PUT(r, LOCAL, x);
	PUT(r, BRANCH_FALSE, join, join);
	PUT(r, LOCAL, s);
	PUT(r, RETURN);
	routine_bind(r, join);
	put_run(b, r, "next");
	PUT(r, JUMP, next);
	routine_bind(r, end);
	PUT(r, CONST, build_text(b, "none"));
	PUT(r, RETURN);
	r = build_fn(b, "f", ROLE_INDUCE, TYPE(T_NONE));
	list = routine_param(r, TYPE_LIST(T_STRING));
	x = routine_param(r, TYPE(T_BOOL));
	PUT(r, LOCAL, list);
	PUT(r, LOCAL, x);
	PUT(r, CALL, g);
	PUT(r, LOG);
	PUT(r, RETURN);
	struct value two[] = { value_string(b->arena, STR("a")), value_string(b->arena, STR("b")) };
	struct value args[] = { value_list(b->arena, TYPE(T_STRING), two, 2), unknown_bool(b, "x") };
	struct dry_run *run = dry(b, b->fn, args);
	assert_int_equal(run->end, FIBER_DONE);
	assert_string_equal(lines_of(b, run), "else \n.run next\n.run next\nlog ‹\"a\" or \"b\" or \"none\"›\n");
	builder_free(b);
}

static void a_draw_from_one_is_none(void **state)
{
	(void)state;
	struct builder *b = builder_new();
	struct routine *r = build_fn(b, "f", ROLE_INIT, TYPE(T_HOST));
	PUT(r, RUNNER);
	PUT(r, LIST, 1);
	PUT(r, BUILTIN, B_pick);
	PUT(r, RETURN);
	uint32_t one = b->fn;
	r = build_fn(b, "g", ROLE_INIT, TYPE(T_HOST));
	PUT(r, RUNNER);
	PUT(r, RUNNER);
	PUT(r, LIST, 2);
	PUT(r, BUILTIN, B_pick);
	PUT(r, NAME, build_text(b, "victim"));
	PUT(r, RETURN);
	struct image *img = builder_image(b);
	struct dry_run *run = dry_again(b, img, one, NULL);
	assert_int_equal(run->value.tag, V_HOST);
	assert_int_equal(run->value.certainty, CERTAIN);
	run = dry_again(b, img, b->fn, NULL);
	assert_int_equal(run->value.certainty, DRAWN);
	assert_string_equal(run->value.text->p, "‹victim›");
	assert_string_equal(lines_of(b, run), "draw one of [runner, runner]\n");
	builder_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways_are_shown),
		cmocka_unit_test(results_of_both_ways_merge),
		cmocka_unit_test(a_failure_ends_its_own_way),
		cmocka_unit_test(an_unknown_list_is_gone_through_once),
		cmocka_unit_test(unknown_expectations_are_assumed),
		cmocka_unit_test(branches_cost_what_they_show),
		cmocka_unit_test(returns_within_loops_are_gathered),
		cmocka_unit_test(a_draw_from_one_is_none),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
