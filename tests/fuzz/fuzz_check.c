/* Any text as a scenario: read, checked, linted. What is right becomes an image that the verifier accepts. */
#include "irs/check.h"
#include "irs/emit.h"
#include "irs/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every place that a diagnostic names is one of the text's. */
static void look_at_places(const struct diags *ds, const struct sources *ss)
{
	for (size_t i = 0; i < ds->list.n; i++) {
		const struct diag *d = ds->list.at[i];
		if (d->span.file >= ss->file.n || d->span.start > d->span.end || d->span.end > ss->file.at[d->span.file]->text.n) __builtin_trap();
		for (size_t k = 0; k < d->labels.n; k++)
			if (d->labels.at[k].span.end > ss->file.at[d->labels.at[k].span.file]->text.n) __builtin_trap();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 1 << 14) return 0;
	struct arena *a = arena_new(0);
	struct sources ss = { .arena = a };
	struct diags ds = { .arena = a };
	struct check_options o = { .stdlib_dir = "stdlib", .lints = true };
	uint32_t file = source_add(&ss, "fuzz.irs", (struct str){ (const char *)data, size });
	struct program *p = check_program(a, &ss, file, &o, &ds);
	look_at_places(&ds, &ss);
	struct image image;
	struct err e = { 0 };
	if (!ds.errors && p->scenario && !emit_image(p, &image, a, &e) && !strstr(e.what, "more ")) __builtin_trap();
	arena_free(a);
	return 0;
}
