/* map: names to pointers, in an arena; insertion order is kept for whoever walks it. Keys are not copied. */
#ifndef IRS_MAP_H
#define IRS_MAP_H

#include "irs/arena.h"
#include "irs/str.h"

struct map_entry {
	struct str key;
	void *value;
};

/* Zero-initialised is empty. */
struct map {
	struct map_entry *entry; /* in order of insertion */
	uint32_t *slot;          /* open addressing: index into entry + 1 */
	size_t n, cap, nslots;
};

/* The value, or NULL. */
void *map_get(const struct map *m, struct str key);
/* Adds or replaces; returns the value that stood there before, or NULL. */
void *map_put(struct arena *a, struct map *m, struct str key, void *value);

#endif
