/*
 * arena: memory that is freed as one.  One arena a compilation, one a session,
 * one an effect; nothing in it is freed by itself.  Memory comes zeroed and
 * aligned for pointers and numbers of 64 bits.
 */
#ifndef IRS_ARENA_H
#define IRS_ARENA_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

/* A new arena that hands out at most `limit` bytes (0: as much as there is). Owned by the caller. */
struct arena *arena_new(size_t limit);
/* Frees the arena and all that came from it; NULL is fine. */
void arena_free(struct arena *a);
/* `n` zeroed bytes, never NULL: out of memory (or above the limit) aborts the program, as nothing
 * that is bounded by its input's size can go on from there. */
void *arena_alloc(struct arena *a, size_t n);
/* The same, but NULL above the limit: for memory whose amount a program from outside decides. */
void *arena_try(struct arena *a, size_t n);
/* Bytes handed out so far. */
size_t arena_used(const struct arena *a);
/* Bytes taken from the system for it. */
size_t arena_held(const struct arena *a);

/* A moment in an arena's life; arena_release gives back all that was handed out since. Later marks are void then. */
struct arena_mark {
	void *chunk;
	size_t chunk_used, used;
};
struct arena_mark arena_mark(const struct arena *a);
void arena_release(struct arena *a, struct arena_mark m);
/* Whether `p` points into what was handed out since: what arena_release would make void. */
bool arena_is_since(const struct arena *a, struct arena_mark m, const void *p);

void *arena_memdup(struct arena *a, const void *p, size_t n);
char *arena_strdup(struct arena *a, const char *s);
/* `n` bytes of `s` and a NUL. */
char *arena_strndup(struct arena *a, const char *s, size_t n);
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define arena_new_of(a, T) ((T *)arena_alloc((a), sizeof(T)))
#define arena_array_of(a, T, n) ((T *)arena_alloc((a), sizeof(T) * (size_t)(n)))

#endif
