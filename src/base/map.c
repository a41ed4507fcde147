#include "irs/map.h"

static uint64_t hash_of(struct str s) /* FNV-1a, 64 bit */
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);
	for (size_t i = 0; i < s.n; i++) h = (h ^ (unsigned char)s.p[i]) * UINT64_C(0x100000001b3);
	return h ^ h >> 32;
}

/* The slot that holds `key`, or the free one where it would go. */
static uint32_t *slot_of(const struct map *m, struct str key)
{
	size_t i = hash_of(key) & (m->nslots - 1);
	while (m->slot[i] && !str_eq(m->entry[m->slot[i] - 1].key, key)) i = (i + 1) & (m->nslots - 1);
	return &m->slot[i];
}

void *map_get(const struct map *m, struct str key)
{
	if (!m->n) return NULL;
	uint32_t s = *slot_of(m, key);
	return s ? m->entry[s - 1].value : NULL;
}

static void grow(struct arena *a, struct map *m)
{
	size_t cap = m->cap ? m->cap * 2 : 8;
	struct map_entry *entry = arena_array_of(a, struct map_entry, cap);
	if (m->n) memcpy(entry, m->entry, m->n * sizeof *entry);
	m->entry = entry;
	m->cap = cap;
	m->nslots = cap * 2;
	m->slot = arena_array_of(a, uint32_t, m->nslots);
	for (size_t i = 0; i < m->n; i++) *slot_of(m, entry[i].key) = (uint32_t)i + 1;
}

void *map_put(struct arena *a, struct map *m, struct str key, void *value)
{
	if (m->n == m->cap) grow(a, m);
	uint32_t *s = slot_of(m, key);
	if (*s) {
		void *old = m->entry[*s - 1].value;
		m->entry[*s - 1].value = value;
		return old;
	}
	m->entry[m->n] = (struct map_entry){ key, value };
	*s = (uint32_t)++m->n;
	return NULL;
}
