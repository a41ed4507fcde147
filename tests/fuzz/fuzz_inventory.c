/* Inventories: whatever is accepted has hosts with names and addresses that can stand in an argument vector, and groups that end. */
#include <stdint.h>
#include <stdlib.h>

#include "irs/inventory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void use(struct inventory *inv)
{
	for (size_t i = 0; i < inv->hosts.n; i++) {
		const struct inventory_host *h = inv->hosts.entry[i].value;
		if (!*h->name || *h->name == '-' || !*h->address || *h->address == '-' || strlen(h->name) > INVENTORY_MAX_NAME) abort();
	}
	for (size_t i = 0; i < inv->sources.n && i < 100; i++) {
		const struct inventory_group *g = inventory_group(inv, inv->sources.entry[i].key);
		if (!g || g->hosts.n > inv->hosts.n) abort();
	}
	inventory_group(inv, STR("all"));
	inventory_nearest(inv, STR("databse"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0);
	struct err e = { 0 };
	struct inventory *inv = inventory_parse(a, "fuzz", (struct str){ (const char *)data, size }, &e);
	if (inv) use(inv);
	else if (!e.what[0]) abort();
	arena_free(a);
	return 0;
}
