#include "irs/vec.h"

#include <string.h>

void vec_grow(struct arena *a, void **at, size_t n, size_t *cap, size_t size)
{
	size_t bigger = *cap ? *cap * 2 : 8;
	void *p = arena_alloc(a, bigger * size);
	if (n) memcpy(p, *at, n * size);
	*at = p;
	*cap = bigger;
}
