/*
 * vec: a growing array of one type in an arena.
 *
 *     VEC(struct token) toks = {0};
 *     vec_push(arena, &toks, tok);
 *     for (size_t i = 0; i < toks.n; i++) use(toks.at[i]);
 */
#ifndef IRS_VEC_H
#define IRS_VEC_H

#include <stdint.h>

#include "irs/arena.h"

#define VEC(T)           \
	struct {             \
		T *at;           \
		uint32_t n, cap; \
	}

/* Grows `*at` (elements of `size` bytes) so that one more fits. Aborts beyond 2^32 elements, as the arena does where memory ends. */
void vec_grow(struct arena *a, void **at, uint32_t n, uint32_t *cap, size_t size);

#define vec_push(a, v, x)                                                                                \
	do {                                                                                                 \
		if ((v)->n == (v)->cap) vec_grow((a), (void **)&(v)->at, (v)->n, &(v)->cap, sizeof *(v)->at); \
		(v)->at[(v)->n++] = (x);                                                                         \
	} while (0)
#define vec_last(v) ((v)->at[(v)->n - 1])

#endif
