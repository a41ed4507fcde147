/*
 * Images. The first byte says what the rest is: 0, a file (what the header says of its length and checksum is made right); 1, changes to an image
 * that holds one of everything; above, to one that is drawn by this byte. A change is an offset (2 bytes), a kind, and a value. What is accepted is
 * run, disassembled, and saved as it was.
 */
#include <stdint.h>
#include <stdlib.h>

#include <sodium.h>

#define fail_msg(...) abort() /* for builder.h, which is made for cmocka */
#include "../unit/image/exercise.h"
#include "../unit/image/generate.h"
#include "../unit/image/whole.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { VERSION = 8, TOTAL = 12, DIGEST = 16, COVERED = 48, CHANGE = 4 };

static void seal(struct buf *f)
{
	for (unsigned i = 0; i < 4; i++) {
		f->p[VERSION + i] = (char)(IMAGE_VERSION >> 8 * i & 0xff);
		f->p[TOTAL + i] = (char)(f->n >> 8 * i & 0xff);
	}
	crypto_hash_sha256((uint8_t *)f->p + DIGEST, (const uint8_t *)f->p + COVERED, f->n - COVERED);
}

static void valid_image(struct buf *f, uint8_t which)
{
	struct builder *b = which == 1 ? builder_new() : generate(which);
	struct whole w;
	struct err e = { 0 };
	if (which == 1) whole_build(b, &w);
	image_save(f, builder_raw(b, &e));
	builder_free(b);
}

static void change(struct buf *f, const uint8_t *c)
{
	size_t at = COVERED + (c[0] | (size_t)c[1] << 8) % (f->n - COVERED);
	switch (c[2] % 4) {
	case 0: f->p[at] = (char)c[3]; break;
	case 1: f->p[at] = (char)(f->p[at] + c[3]); break;
	case 2: f->p[at] = (char)(f->p[at] ^ c[3]); break;
	default: f->p[at] = f->p[COVERED + c[3] % (f->n - COVERED)]; break;
	}
}

static void look_at(const struct image *img, const struct buf *f, uint64_t seed)
{
	struct buf text = { 0 }, again = { 0 };
	image_disassemble(&text, img, NULL, NULL);
	image_save(&again, img);
	if (again.n != f->n || memcmp(again.p, f->p, f->n) != 0) abort();
	exercise_image(img, seed, true);
	exercise_image(img, seed, false);
	buf_free(&text);
	buf_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2 || size > 1 << 16) return 0;
	struct buf f = { 0 };
	struct arena *a = arena_new(0);
	struct err e = { 0 };
	if (data[0] == 0) buf_add(&f, data + 1, size - 1);
	else valid_image(&f, data[0]);
	for (size_t i = 1; data[0] && i + CHANGE <= size; i += CHANGE) change(&f, data + i);
	if (f.n > COVERED) seal(&f);
	struct image *img = image_load(a, f.p, f.n, &e);
	if (img) look_at(img, &f, size * 31 + data[size - 1]);
	else if (!e.what[0]) abort();
	arena_free(a);
	buf_free(&f);
	return 0;
}
