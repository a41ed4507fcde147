#include "irs/arena.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Under ASan what has not been handed out is poisoned, and a gap stands behind each piece. */
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
enum { GAP = 16 };
#else
enum { GAP = 0 };
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

enum { FIRST_CHUNK = 1024, LARGEST_CHUNK = 4 << 20, HUGE_PAGE = 2 << 20, ALIGN = 8 };

struct chunk {
	struct chunk *next;
	size_t used, size;
	max_align_t data[];
};

struct arena {
	struct chunk *head;
	size_t used, limit, next_size;
};

struct arena *arena_new(size_t limit)
{
	struct arena *a = calloc(1, sizeof *a);
	if (!a) abort();
	a->limit = limit ? limit : SIZE_MAX;
	a->next_size = FIRST_CHUNK;
	return a;
}

void arena_free(struct arena *a)
{
	if (!a) return;
	for (struct chunk *c = a->head, *next; c; c = next) {
		next = c->next;
		free(c);
	}
	free(a);
}

/* Large chunks ask for huge pages: a large scenario's time was a third page faults. */
static struct chunk *chunk_memory(size_t *size)
{
	size_t all = sizeof(struct chunk) + *size;
	if (all < HUGE_PAGE) return malloc(all);
	all = (all + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE;
	struct chunk *c = aligned_alloc(HUGE_PAGE, all);
	if (!c) return NULL;
	madvise(c, all, MADV_HUGEPAGE);
	*size = all - sizeof *c;
	return c;
}

static struct chunk *chunk_new(struct arena *a, size_t need)
{
	size_t size = need > a->next_size ? need : a->next_size;
	struct chunk *c = chunk_memory(&size);
	if (!c) return NULL;
	*c = (struct chunk){ .next = a->head, .size = size };
	ASAN_POISON_MEMORY_REGION(c->data, size);
	a->head = c;
	if (a->next_size < LARGEST_CHUNK) a->next_size *= 2;
	return c;
}

void *arena_try(struct arena *a, size_t n)
{
	if (n > SIZE_MAX / 2 || n > a->limit - a->used) return NULL;
	size_t need = (n + GAP + ALIGN - 1) / ALIGN * ALIGN;
	struct chunk *c = a->head;
	if (!c || c->size - c->used < need) c = chunk_new(a, need);
	if (!c) return NULL;
	void *p = (char *)c->data + c->used;
	c->used += need;
	a->used += n;
	ASAN_UNPOISON_MEMORY_REGION(p, n);
	return memset(p, 0, n);
}

void *arena_alloc(struct arena *a, size_t n)
{
	void *p = arena_try(a, n);
	if (!p) abort();
	return p;
}

size_t arena_used(const struct arena *a)
{
	return a->used;
}

size_t arena_held(const struct arena *a)
{
	size_t held = sizeof *a;
	for (const struct chunk *c = a->head; c; c = c->next) held += sizeof *c + c->size;
	return held;
}

struct arena_mark arena_mark(const struct arena *a)
{
	return (struct arena_mark){ .chunk = a->head, .chunk_used = a->head ? a->head->used : 0, .used = a->used };
}

bool arena_is_since(const struct arena *a, struct arena_mark m, const void *p)
{
	for (const struct chunk *c = a->head; c; c = c->next) {
		const char *data = (const char *)c->data, *first = c == m.chunk ? data + m.chunk_used : data;
		if ((const char *)p >= first && (const char *)p < data + c->used) return true;
		if (c == m.chunk) return false;
	}
	return false;
}

void arena_release(struct arena *a, struct arena_mark m)
{
	while (a->head != m.chunk) {
		struct chunk *newest = a->head;
		a->head = newest->next;
		free(newest);
	}
	if (a->head) {
		ASAN_POISON_MEMORY_REGION((char *)a->head->data + m.chunk_used, a->head->used - m.chunk_used);
		a->head->used = m.chunk_used;
	}
	a->used = m.used;
}

void *arena_memdup(struct arena *a, const void *p, size_t n)
{
	void *q = arena_alloc(a, n);
	if (n) memcpy(q, p, n);
	return q;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *q = arena_alloc(a, n + 1);
	if (n) memcpy(q, s, n);
	return q;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return arena_strndup(a, s, strlen(s));
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	int n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0) abort();
	char *s = arena_alloc(a, (size_t)n + 1);
	va_start(ap, fmt);
	vsnprintf(s, (size_t)n + 1, fmt, ap);
	va_end(ap);
	return s;
}
