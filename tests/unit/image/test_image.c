#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "builder.h"

static struct image *twice_image(struct builder *b)
{
	struct routine *r = build_fn(b, "twice", ROLE_HELPER, TYPE(T_INT));
	uint32_t x = routine_param(r, TYPE(T_INT));
	routine_place(r, 3, 5);
	PUT(r, LOCAL, x);
	routine_place(r, 4, 9);
	PUT(r, CONST, build_int(b, 2));
	PUT(r, MUL);
	PUT(r, RETURN);
	return builder_image(b);
}

static void survives_a_file(void **state)
{
	(void)state;
	struct builder *b = builder_new();
	struct image *img = twice_image(b);
	assert_int_equal(img->nfunction, 1);
	assert_int_equal(img->function[0].max_stack, 2);
	assert_int_equal(img->function[0].nparams, 1);
	assert_true(str_eq(image_str(img, img->scenario->title), STR("Built by hand")));
	struct buf one = { 0 }, two = { 0 };
	image_save(&one, img);
	struct err e = { 0 };
	image_save(&two, image_load(b->arena, one.p, one.n, &e));
	assert_int_equal(one.n, two.n);
	assert_memory_equal(one.p, two.p, one.n);
	buf_free(&one);
	buf_free(&two);
	builder_free(b);
}

static void finds_functions_and_places(void **state)
{
	(void)state;
	struct builder *b = builder_new();
	struct image *img = twice_image(b);
	uint32_t line = 0, column = 0;
	assert_int_equal(image_find_function(img, STR("twice")), 0);
	assert_int_equal(image_find_function(img, STR("thrice")), IMAGE_NONE);
	assert_true(image_place(img, 0, 0, &line, &column));
	assert_int_equal(line, 3);
	assert_true(image_place(img, 0, 9, &line, &column));
	assert_int_equal(line, 4);
	assert_int_equal(column, 9);
	assert_false(image_place(img, 1, 0, &line, &column));
	builder_free(b);
}

static void leaves_out_what_nothing_reaches(void **state)
{
	(void)state;
	struct builder *b = builder_new();
	struct routine *r = build_fn(b, "f", ROLE_HELPER, TYPE(T_BOOL));
	uint32_t otherwise = routine_label(r), join = routine_label(r);
	PUT(r, TRUE);
	PUT(r, BRANCH_FALSE, otherwise, join);
	PUT(r, TRUE);
	PUT(r, RETURN);
	PUT(r, JUMP, join);
	routine_bind(r, otherwise);
	PUT(r, FALSE);
	PUT(r, RETURN);
	routine_bind(r, join);
	PUT(r, TRUE);
	struct image *img = builder_image(b);
	assert_int_equal(img->ncode, 1 + 9 + 2 + 2);
	struct instruction i;
	assert_true(image_instruction(img->code, (uint32_t)img->ncode, 1, &i));
	assert_int_equal(i.a, 12);
	assert_int_equal(i.b, IMAGE_NONE);
	builder_free(b);
}

static void truncations_are_refused(void **state)
{
	(void)state;
	struct builder *b = builder_new();
	struct buf file = { 0 };
	image_save(&file, twice_image(b));
	for (size_t n = 0; n < file.n; n++) {
		struct arena *a = arena_new(0);
		struct err e = { 0 };
		char *copy = arena_memdup(a, file.p, n);
		assert_null(image_load(a, copy, n, &e));
		assert_int_equal(e.exit, IRS_USAGE);
		assert_true(e.what[0]);
		arena_free(a);
	}
	buf_free(&file);
	builder_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(survives_a_file),
		cmocka_unit_test(finds_functions_and_places),
		cmocka_unit_test(leaves_out_what_nothing_reaches),
		cmocka_unit_test(truncations_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
