#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../vm/machine.h"
#include "irs/world.h"

enum builtin_index {
#define BUILTIN(id, name, signature, effect, doc) B_##id,
#include "irs/tbl/builtin.def"
#undef BUILTIN
};
enum field_index {
#define FIELD(id, name, base, result, lists, doc) F_##id,
#include "irs/tbl/field.def"
#undef FIELD
};

/* A host is drawn, asked for its name, and if that is "yes", a second command runs. */
static uint32_t build(struct builder *b)
{
	struct routine *r = build_fn(b, "f", ROLE_INDUCE, TYPE(T_NONE));
	uint32_t otherwise = routine_label(r);
	PUT(r, CONST, build_text(b, "ask"));
	PUT(r, HERE);
	PUT(r, RUNNER);
	PUT(r, LIST, 2);
	PUT(r, BUILTIN, B_pick);
	PUT(r, CONST, build_duration(b, NS_PER_S));
	PUT(r, RUN, RUN_ON);
	PUT(r, FIELD, F_result_stdout);
	PUT(r, BUILTIN, B_trim);
	PUT(r, CONST, build_text(b, "yes"));
	PUT(r, EQ);
	PUT(r, BRANCH_FALSE, otherwise, otherwise);
	PUT(r, CONST, build_text(b, "second"));
	PUT(r, CONST, build_duration(b, NS_PER_S));
	PUT(r, RUN, 0);
	PUT(r, POP);
	routine_bind(r, otherwise);
	PUT(r, RETURN);
	return b->fn;
}

/* What the world says, by a number: every combination of draws, answers and exits. */
static struct outcome world_says(struct builder *b, const struct effect *e, unsigned way)
{
	struct outcome o = ran(b, way & 4 ? 3 : 0, way & 2 ? "yes\n" : "no\n", "");
	if (e->kind == EFFECT_RANDOM) o = (struct outcome){ .number = way & 1 };
	return o;
}

static struct recording record(struct builder *b, const struct vm *vm, uint32_t fn, unsigned way, enum fiber_state *end)
{
	struct recording r = { .arena = b->arena };
	struct fiber *f = fiber_new(vm, fn, NULL, 1);
	struct outcome o = { 0 };
	while ((*end = fiber_resume(f, &o)) == FIBER_EFFECT) {
		o = world_says(b, fiber_effect(f), way);
		recording_add(&r, vm, f, &o);
	}
	fiber_free(f);
	return r;
}

static void the_same_answers_make_the_same_decisions(void **state)
{
	(void)state;
	struct builder *b = builder_new();
	uint32_t fn = build(b);
	struct vm vm = { .image = builder_image(b), .hosts = &machine_hosts };
	for (unsigned way = 0; way < 8; way++) {
		enum fiber_state end;
		struct recording r = record(b, &vm, fn, way, &end);
		assert_int_equal(r.at.n, (way & 4) || !(way & 2) ? 2 : 3);
		struct fiber *f = fiber_new(&vm, fn, NULL, 1);
		struct err e = { 0 };
		assert_true(replay_run(f, &vm, &r, &e));
		assert_int_equal(fiber_state(f), end);
		fiber_free(f);
	}
	builder_free(b);
}

static void another_way_is_found_out(void **state)
{
	(void)state;
	struct builder *b = builder_new();
	uint32_t fn = build(b);
	struct vm vm = { .image = builder_image(b), .hosts = &machine_hosts };
	enum fiber_state end;
	struct err e = { 0 };
	struct recording r = record(b, &vm, fn, 2, &end);
	r.at.n = 2;
	struct fiber *f = fiber_new(&vm, fn, NULL, 1);
	assert_false(replay_run(f, &vm, &r, &e));
	assert_string_equal(e.what, "after 2 effects it wants another, and no more were recorded");
	fiber_free(f);
	r.at.n = 3;
	r.at.at[2].wanted = "third";
	f = fiber_new(&vm, fn, NULL, 1);
	assert_false(replay_run(f, &vm, &r, &e));
	assert_string_equal(e.what, "effect 3 is another than was recorded: \"second\" instead of \"third\"");
	fiber_free(f);
	r.at.at[1].outcome.run.exit = 1;
	f = fiber_new(&vm, fn, NULL, 1);
	assert_false(replay_run(f, &vm, &r, &e));
	assert_string_equal(e.what, "it ends after 2 effects, and 3 were recorded");
	fiber_free(f);
	builder_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_answers_make_the_same_decisions),
		cmocka_unit_test(another_way_is_found_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
