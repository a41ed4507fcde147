/*
 * From text to code: whatever the checker finds no error in is emitted, the verifier accepts it (unless it is larger than an image can be), and it
 * runs without anything for the sanitizers to say.
 */
#include <stdint.h>
#include <stdlib.h>
#include <stdio.h>

#include "irs/emit.h"
#include "../unit/image/exercise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum rule {
#define RULE(id, text) RULE_##id,
#include "irs/tbl/verify.def"
#undef RULE
	RULES
};

static bool is_limit(const char *what)
{
	static const char *const text[RULES] = {
#define RULE(id, text) text,
#include "irs/tbl/verify.def"
#undef RULE
	};
	static const enum rule limits[] = { RULE_too_many_targets, RULE_locals, RULE_stack_cap, RULE_stack_cap_code, RULE_call_depth };
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		if (strcmp(what, text[limits[i]]) == 0) return true;
	return false;
}

static void emit(const struct program *p, struct arena *a, uint64_t seed)
{
	struct image img;
	struct err e = { 0 };
	if (!emit_image(p, &img, a, &e)) {
		if (is_limit(e.what)) return;
		fprintf(stderr, "%s (%s)\n", e.what, e.where);
		abort();
	}
	struct buf file = { 0 };
	image_save(&file, &img);
	const struct image *loaded = image_load(a, file.p, file.n, &e);
	if (!loaded) abort();
	exercise_image(loaded, seed, true);
	exercise_image(loaded, seed, false);
	buf_free(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 1 << 14) return 0;
	struct arena *a = arena_new(0);
	struct sources ss = { .arena = a };
	struct diags ds = { .arena = a };
	struct check_options o = { .stdlib_dir = "stdlib" };
	struct str text = { (const char *)data, size };
	struct program *p = check_program(a, &ss, source_add(&ss, "fuzz/x.irs", text), &o, &ds);
	if (!ds.errors && p->scenario) emit(p, a, size);
	arena_free(a);
	return 0;
}
