/*
 * builder: images made by hand, for tests of the image and of the machine.
 *
 *     struct builder *b = builder_new();
 *     struct routine *r = build_fn(b, "twice", ROLE_HELPER, TYPE(T_INT));   // b->fn is its index
 *     uint32_t x = routine_param(r, TYPE(T_INT));
 *     PUT(r, LOCAL, x);
 *     PUT(r, CONST, build_int(b, 2));
 *     PUT(r, MUL);
 *     PUT(r, RETURN);
 *     struct image *img = builder_image(b);      // verified; lives until builder_free
 *
 * Include it behind cmocka.h.
 */
#ifndef TESTS_UNIT_IMAGE_BUILDER_H
#define TESTS_UNIT_IMAGE_BUILDER_H

#include "irs/assemble.h"

struct builder {
	struct arena *arena;
	struct assembly *as;
	uint32_t fn;    /* the last function */
	bool has_scenario;
};

__attribute__((unused)) static struct builder *builder_new(void)
{
	struct arena *a = arena_new(0);
	struct builder *b = arena_new_of(a, struct builder);
	*b = (struct builder){ .arena = a, .as = assembly_new(a) };
	return b;
}

__attribute__((unused)) static void builder_free(struct builder *b) { arena_free(b->arena); }

__attribute__((unused)) static struct routine *build_fn(struct builder *b, const char *name, enum fn_role role, struct type result)
{
	b->fn = assembly_function(b->as, str_of(name), role, 1);
	struct routine *r = assembly_routine(b->as, b->fn);
	routine_result(r, result);
	return r;
}

__attribute__((unused)) static uint32_t build_text(struct builder *b, const char *z) { return assembly_text(b->as, 1, str_of(z)); }
__attribute__((unused)) static uint32_t build_string(struct builder *b, const char *z) { return assembly_string(b->as, str_of(z)); }
__attribute__((unused)) static uint32_t build_const(struct builder *b, enum type_base base, int64_t bits)
{
	return assembly_constant(b->as, TYPE(base), 1, bits);
}
__attribute__((unused)) static uint32_t build_int(struct builder *b, int64_t v) { return build_const(b, T_INT, v); }
__attribute__((unused)) static uint32_t build_float(struct builder *b, double v) { return build_const(b, T_FLOAT, float_bits(v)); }
__attribute__((unused)) static uint32_t build_duration(struct builder *b, int64_t ns) { return build_const(b, T_DURATION, ns); }

/* A function that does nothing but end well. */
__attribute__((unused)) static uint32_t build_nothing(struct builder *b, const char *name, enum fn_role role)
{
	PUT(build_fn(b, name, role, TYPE(T_NONE)), RETURN);
	return b->fn;
}

/* A target of one host (a host) or of low..high (a list); returns the global. */
__attribute__((unused)) static uint32_t build_target(struct builder *b, const char *name, uint32_t low, uint32_t high)
{
	struct type t = low == 1 && high == 1 ? TYPE(T_HOST) : TYPE_LIST(T_HOST);
	uint32_t text = build_string(b, name);
	uint32_t g = assembly_add_global(b->as, (struct image_global){ text, GLOBAL_TARGET, t, 0, IMAGE_NONE, IMAGE_NONE, IMAGE_NONE, IMAGE_NONE });
	assembly_add_target(b->as, (struct image_target){ text, g, low, high });
	return g;
}

/* A scenario's let that `init` computes; returns the global. */
__attribute__((unused)) static uint32_t build_let(struct builder *b, const char *name, struct type t, uint32_t init)
{
	return assembly_add_global(b->as,
		(struct image_global){ build_string(b, name), GLOBAL_LET, t, 1, init, IMAGE_NONE, IMAGE_NONE, IMAGE_NONE });
}

/* Makes the image as it is, right or wrong: what the verifier says about it is up to the test. */
__attribute__((unused)) static struct image *builder_raw(struct builder *b, struct err *e)
{
	struct image *img = arena_new_of(b->arena, struct image);
	if (!b->has_scenario)
		assembly_add_scenario(b->as, (struct image_scenario){ build_string(b, "Built by hand"), IMAGE_NONE, IMAGE_NONE, 0, 0, IMAGE_NONE, 0 });
	b->has_scenario = true;
	assembly_finish(b->as, img, e);
	return img;
}

/* The image, after a way through a file: saved, loaded and so verified. */
__attribute__((unused)) static struct image *builder_image(struct builder *b)
{
	struct err e = { 0 };
	struct buf file = { 0 };
	image_save(&file, builder_raw(b, &e));
	struct image *img = image_load(b->arena, file.p, file.n, &e);
	buf_free(&file);
	if (!img) fail_msg("%s (%s)", e.what, e.where);
	return img;
}

#endif
