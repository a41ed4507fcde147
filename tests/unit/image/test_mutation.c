/*
 * Every single-byte change of valid images: as it is, the checksum refuses it; with the checksum made again, either the verifier refuses it, or
 * what it has accepted runs without anything for the sanitizers to say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sodium.h>
#include <stdio.h>

#include "irs/emit.h"
#include "whole.h"
#include "exercise.h"

enum { DIGEST = 16, COVERED = 48 };

static void seal(struct buf *f)
{
	crypto_hash_sha256((uint8_t *)f->p + DIGEST, (const uint8_t *)f->p + COVERED, f->n - COVERED);
}

/* Accepted images run; returns whether it was. */
static bool try_image(const struct buf *f, uint64_t seed)
{
	struct arena *a = arena_new(0);
	struct err e = { 0 };
	struct image *img = image_load(a, f->p, f->n, &e);
	if (img) {
		exercise_image(img, seed, true);
		exercise_image(img, seed, false);
	} else {
		assert_true(e.what[0]);
	}
	arena_free(a);
	return img != NULL;
}

static void change_to(struct buf *f, size_t at, uint8_t value, unsigned counts[2])
{
	char old = f->p[at];
	struct arena *a = arena_new(0);
	struct err e = { 0 };
	f->p[at] = (char)value;
	if (f->p[at] == old) goto out;
	if (image_load(a, f->p, f->n, &e)) fail_msg("byte %zu as %u was accepted", at, value);
	if (at < COVERED) goto out; /* the header has nothing behind the checksum */
	seal(f);
	counts[try_image(f, at * 256 + value)]++;
out:
	f->p[at] = old;
	seal(f);
	arena_free(a);
}

/* Each byte gets these values; for the smallest image, all. */
static void change_all(struct buf *f, bool every_value)
{
	unsigned counts[2] = { 0 };
	for (size_t at = 0; at < f->n; at++) {
		uint8_t old = (uint8_t)f->p[at];
		if (every_value) {
			for (unsigned v = 0; v < 256; v++) change_to(f, at, (uint8_t)v, counts);
			continue;
		}
		const uint8_t some[] = { 0, 1, 0xff, (uint8_t)(old + 1), (uint8_t)(old - 1), old ^ 0x80, old ^ 4 };
		for (size_t i = 0; i < sizeof some; i++) change_to(f, at, some[i], counts);
	}
	print_message("# %zu bytes: %u changes refused by the verifier, %u harmless\n", f->n, counts[0], counts[1]);
	assert_true(counts[0] > 0 && counts[1] > 0);
	assert_true(try_image(f, 1));
}

static void of_the_smallest_image(void **state)
{
	(void)state;
	struct builder *b = builder_new();
	struct routine *r = build_fn(b, "f", ROLE_HELPER, TYPE(T_INT));
	uint32_t end = routine_label(r);
	PUT(r, CONST, build_int(b, 2));
	PUT(r, CONST, build_int(b, 3));
	PUT(r, LT);
	PUT(r, BRANCH_FALSE, end, end);
	PUT(r, CONST, build_text(b, "x"));
	PUT(r, LOG);
	routine_bind(r, end);
	PUT(r, CONST, build_int(b, 2));
	PUT(r, RETURN);
	struct buf f = { 0 };
	image_save(&f, builder_image(b));
	change_all(&f, true);
	buf_free(&f);
	builder_free(b);
}

static void of_one_with_everything(void **state)
{
	(void)state;
	struct builder *b = builder_new();
	struct whole w;
	struct buf f = { 0 };
	whole_build(b, &w);
	image_save(&f, builder_image(b));
	change_all(&f, false);
	buf_free(&f);
	builder_free(b);
}

static void of_a_compiled_scenario(void **state)
{
	(void)state;
	static const char text[] =
		"fn writers(servers: list<host>) -> list<string> {\n"
		"  let all = [s.name for s in servers if try run(\"true\", on: s).exit == 0]\n"
		"  if len(all) == 0 { fail \"none of #{servers}\" }\n"
		"  for a in all at most 3 { if a.starts_with(\"x\") { return [a] } }\n"
		"  return all\n}\n"
		"scenario \"Mutants\" {\n  target db: 2..5 hosts\n  let w = writers(db)\n"
		"  step s on pick(db) {\n    let p = process(\"1 2 b\")\n"
		"    induce {\n retry 2 every 1s { run \"kill -STOP #{p} #{w}\" }\n wait 1s\n }\n"
		"    verify {\n expect w.len() > 1 within 3s\n expect http get \"http://#{here.address}/\" expect status == 200 or body.trim() == \"x\" for 2s\n }\n"
		"    restore { run [\"kill\", \"-CONT\", p] }\n  }\n}\n";
	struct arena *a = arena_new(0);
	struct sources ss = { .arena = a };
	struct diags ds = { .arena = a };
	struct check_options o = { .stdlib_dir = "stdlib" };
	struct image img;
	struct err e = { 0 };
	struct buf f = { 0 };
	struct program *p = check_program(a, &ss, source_add(&ss, "t.irs", str_of(text)), &o, &ds);
	if (ds.errors) fail_msg("%s", ds.list.at[0]->message);
	if (!emit_image(p, &img, a, &e)) fail_msg("%s (%s)", e.what, e.where);
	image_save(&f, &img);
	change_all(&f, false);
	buf_free(&f);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(of_the_smallest_image),
		cmocka_unit_test(of_one_with_everything),
		cmocka_unit_test(of_a_compiled_scenario),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
