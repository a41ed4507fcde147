#include "irs/vec.h"

#include <stdlib.h>
#include <string.h>

void vec_grow(struct arena *a, void **at, uint32_t n, uint32_t *cap, size_t size)
{
	if (*cap > UINT32_MAX / 2) abort();
	uint32_t bigger = *cap ? *cap * 2 : 8;
	void *p = arena_alloc(a, bigger * size);
	if (n) memcpy(p, *at, n * size);
	*at = p;
	*cap = bigger;
}
