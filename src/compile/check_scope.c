#include "check_scope.h"

enum { FIRST_BUCKETS = 64 };

static uint64_t hash_of(struct str s) /* FNV-1a, 64 bit */
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < s.n; i++) h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
	return h ^ h >> 32;
}

struct symbol *scope_find(const struct scope *s, struct str name)
{
	if (!s->nbuckets) return NULL;
	uint64_t h = hash_of(name);
	for (uint32_t i = s->bucket[h & (s->nbuckets - 1)]; i; i = s->entry.at[i - 1].below) {
		const struct scope_entry *e = &s->entry.at[i - 1];
		if (e->hash == h && str_eq(e->symbol->name, name)) return e->symbol;
	}
	return NULL;
}

static void hang(struct scope *s, uint32_t i)
{
	struct scope_entry *e = &s->entry.at[i];
	uint32_t *b = &s->bucket[e->hash & (s->nbuckets - 1)];
	e->below = *b;
	*b = i + 1;
}

static void grow(struct arena *a, struct scope *s)
{
	s->nbuckets = s->nbuckets ? s->nbuckets * 4 : FIRST_BUCKETS;
	s->bucket = arena_array_of(a, uint32_t, s->nbuckets);
	for (size_t i = 0; i < s->entry.n; i++) hang(s, (uint32_t)i);
}

void scope_add(struct arena *a, struct scope *s, struct symbol *symbol)
{
	if (s->entry.n >= s->nbuckets) grow(a, s);
	vec_push(a, &s->entry, ((struct scope_entry){ .symbol = symbol, .hash = hash_of(symbol->name) }));
	hang(s, (uint32_t)s->entry.n - 1);
}

size_t scope_enter(const struct scope *s)
{
	return s->entry.n;
}

void scope_leave(struct scope *s, size_t mark)
{
	while (s->entry.n > mark) {
		const struct scope_entry *e = &vec_last(&s->entry);
		s->bucket[e->hash & (s->nbuckets - 1)] = e->below;
		s->entry.n--;
	}
}
