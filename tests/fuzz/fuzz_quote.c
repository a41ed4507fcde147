/* The shell scanner: any text, with a hole wherever `#{x}` stands; x says its type. */
#include "../unit/compile/template.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 1 << 16) return 0;
	struct arena *a = arena_new(0);
	struct diags ds = { .arena = a };
	struct buf sample = { 0 };
	struct template *t = template_of(a, arena_strndup(a, (const char *)data, size));
	quote_template(&ds, t);
	quote_sample(&sample, t);
	for (size_t i = 0; i < ds.list.n; i++)
		if (ds.list.at[i]->span.start > t->span.end) __builtin_trap();
	for (size_t i = 0; i < t->parts.n; i++)
		if (t->parts.at[i].hole && t->parts.at[i].context == HOLE_TEXT) __builtin_trap();
	buf_free(&sample);
	arena_free(a);
	return 0;
}
