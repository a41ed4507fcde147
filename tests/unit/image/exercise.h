/*
 * exercise: runs every function of an image that the verifier has accepted, in a dry and in a real machine, with values of the right types and
 * answers that a seed draws.  What it proves is for the sanitizers to say: "accepted" must mean "nothing to report", whatever the image does.
 */
#ifndef TESTS_UNIT_IMAGE_EXERCISE_H
#define TESTS_UNIT_IMAGE_EXERCISE_H

#include <string.h>

#include "irs/world.h"

struct exercise {
	struct arena *arena;
	struct vm vm;
	uint64_t seed;
};
enum { EXERCISE_EFFECTS = 24, EXERCISE_FUEL = 3000, EXERCISE_HEAP = 1 << 20, EXERCISE_FUNCTIONS = 64 };

static uint64_t exercise_draw(struct exercise *x, uint64_t bound)
{
	x->seed = x->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (x->seed >> 33) % bound;
}

static struct value exercise_text(struct exercise *x)
{
	static const char *const texts[] = { "", "x", "12", "-c", "a\nb\n", "1 2 00000000-0000-0000-0000-000000000000", "{\"a\":[1,true]}", "it's", "caf\xc3\xa9" };
	return value_string(x->arena, str_of(texts[exercise_draw(x, sizeof texts / sizeof *texts)]));
}

static struct process_id *exercise_process(struct exercise *x)
{
	struct process_id *p = arena_new_of(x->arena, struct process_id);
	*p = (struct process_id){ .pid = 4711, .start = 99, .boot = "00000000-0000-0000-0000-000000000000" };
	return p;
}

static struct run_result exercise_result(struct exercise *x)
{
	static const int exits[] = { 0, 0, 1, 2, 127, 255, -1 };
	struct run_result r = { .exit = exits[exercise_draw(x, 7)], .elapsed = 5, .stdout_text = exercise_text(x).text, .stderr_text = exercise_text(x).text };
	if (r.exit < 0 && exercise_draw(x, 2)) r.signal = 9;
	else if (r.exit < 0 && exercise_draw(x, 2)) r.timed_out = true;
	else if (r.exit < 0) r.lost = true;
	return r;
}

static struct value exercise_base(struct exercise *x, uint8_t base)
{
	struct value v = { .of = TYPE(base) };
	switch (base) {
	case T_BOOL: v.tag = V_BOOL, v.i = (int64_t)exercise_draw(x, 3); return v;
	case T_INT: v.tag = V_INT, v.i = exercise_draw(x, 4) ? (int64_t)exercise_draw(x, 7) - 2 : INT64_MAX; return v;
	case T_FLOAT: v.tag = V_FLOAT, v.f = exercise_draw(x, 3) ? 1.5 : 1e300; return v;
	case T_DURATION: v.tag = V_DURATION, v.i = (int64_t)exercise_draw(x, 5); return v;
	case T_SIZE: v.tag = V_SIZE, v.i = INT64_MIN; return v;
	case T_PERCENT: v.tag = V_PERCENT, v.i = 20000000; return v;
	case T_HOST: v.tag = V_HOST, v.i = (int64_t)exercise_draw(x, 3); return v;
	case T_PROCESS: v.tag = V_PROCESS, v.process = exercise_process(x); return v;
	case T_RESULT:
		v.tag = V_RESULT, v.result = arena_new_of(x->arena, struct run_result);
		*v.result = exercise_result(x);
		return v;
	case T_JSON:
		v.tag = V_JSON, v.json = value_string(x->arena, STR("{\"a\":[1,2]}")).text;
		return v;
	case T_RESPONSE:
		v.tag = V_RESPONSE, v.response = arena_new_of(x->arena, struct http_response);
		*v.response = (struct http_response){ .ok = true, .status = 200, .body = exercise_text(x).text };
		return v;
	default: return exercise_text(x);
	}
}

static struct value exercise_value(struct exercise *x, struct type t)
{
	if (x->vm.dry && exercise_draw(x, 3))
		return (struct value){ .tag = V_UNKNOWN, .certainty = HOSTLY, .of = t, .text = value_string(x->arena, STR("thing")).text };
	if (t.lists == 0) return exercise_base(x, t.base);
	size_t n = t.base == T_NONE && t.lists == 1 ? 0 : exercise_draw(x, 3);
	struct value_list *l = arena_alloc(x->arena, sizeof *l + n * sizeof l->at[0]);
	l->n = n;
	for (size_t i = 0; i < n; i++) l->at[i] = exercise_value(x, type_element(t));
	return (struct value){ .tag = V_LIST, .of = t, .list = l };
}

static struct outcome exercise_outcome(struct exercise *x, const struct effect *e)
{
	struct outcome o = { .run = exercise_result(x), .clock = (int64_t)exercise_draw(x, 1000), .mark = STR("m0123"), .again = exercise_draw(x, 2) };
	o.http = (struct http_response){ .ok = exercise_draw(x, 2), .status = 200 + (int)exercise_draw(x, 300), .body = exercise_text(x).text };
	o.yes = (enum bool3)exercise_draw(x, e->kind == EFFECT_TCP ? 2 : 3);
	if (e->kind == EFFECT_RANDOM) o.number = e->random.bound ? exercise_draw(x, e->random.bound) : 0;
	if (x->vm.dry && exercise_draw(x, 2)) o.unknown = "thing", o.certainty = HOSTLY;
	return o;
}

static void exercise_fiber(struct exercise *x, struct fiber *f)
{
	enum fiber_state s = fiber_resume(f, NULL);
	for (unsigned i = 0; i < EXERCISE_EFFECTS && (s == FIBER_EFFECT || s == FIBER_FORK); i++) {
		if (s == FIBER_FORK) {
			fiber_take_branch(f, exercise_draw(x, 2));
			s = fiber_resume(f, NULL);
		} else {
			struct outcome o = exercise_outcome(x, fiber_effect(f));
			s = fiber_resume(f, &o);
		}
		if (exercise_draw(x, 8) == 0) fiber_free(fiber_copy(f));
	}
}

static void exercise_function(struct exercise *x, uint32_t fn)
{
	const struct image_function *f = &x->vm.image->function[fn];
	struct value *args = arena_array_of(x->arena, struct value, f->nparams);
	for (uint32_t i = 0; i < f->nparams; i++) args[i] = exercise_value(x, x->vm.image->type[f->types + i]);
	struct fiber *fiber = fiber_new(&x->vm, fn, args, 1);
	exercise_fiber(x, fiber);
	fiber_free(fiber);
	if (x->vm.dry) dry_run(x->arena, &x->vm, fn, args, (struct value){ .tag = V_HOST, .of = TYPE(T_HOST), .i = 1 });
}

__attribute__((unused)) static void exercise_image(const struct image *img, uint64_t seed, bool dry)
{
	static const struct vm_host host[] = { { { "runner", 6 }, { "::1", 3 } }, { { "db1", 3 }, { "10.0.0.1", 8 } }, { { "db2", 3 }, { "10.0.0.2", 8 } } };
	static const struct vm_hosts hosts = { 3, host };
	struct exercise x = { .arena = arena_new(0), .seed = seed };
	x.vm = (struct vm){ .image = img, .hosts = &hosts, .dry = dry, .limits = { EXERCISE_FUEL, 0, EXERCISE_HEAP, 0 } };
	struct value *globals = arena_array_of(x.arena, struct value, img->nglobal);
	for (size_t i = 0; i < img->nglobal; i++) globals[i] = exercise_value(&x, img->global[i].type);
	x.vm.globals = globals;
	for (uint32_t i = 0; i < img->nfunction && i < EXERCISE_FUNCTIONS; i++) exercise_function(&x, i);
	arena_free(x.arena);
}

#endif
