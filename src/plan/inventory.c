#include "irs/inventory.h"

#include "inventory_source.h"

static const char *const transport_names[] = { "ssh", "local", "exec" };

const char *inventory_transport_name(enum inventory_transport t)
{
	return transport_names[t];
}

struct inventory *inventory_local(struct arena *a)
{
	struct inventory *inv = arena_new_of(a, struct inventory);
	struct inventory_host *h = arena_new_of(a, struct inventory_host);
	*h = (struct inventory_host){ .name = "localhost", .address = "127.0.0.1", .ssh_name = "localhost", .transport = TRANSPORT_LOCAL, .practice = true };
	inv->arena = a;
	map_put(a, &inv->hosts, STR("localhost"), h);
	return inv;
}

/* Walks a group and those below it, each once: cycles end by themselves. */
struct walk {
	struct inventory *inv;
	struct map groups, hosts; /* seen */
	VEC(const char *) todo;   /* the next one last */
	struct inventory_group *found;
};

static void take_host(struct walk *w, struct inventory_host *h)
{
	if (map_put(w->inv->arena, &w->hosts, str_of(h->name), h)) return;
	vec_push(w->inv->arena, &w->found->hosts, h);
}

static void take_group(struct walk *w, const char *name)
{
	struct inventory_source *src = map_get(&w->inv->sources, str_of(name));
	if (!src || map_put(w->inv->arena, &w->groups, str_of(name), src)) return;
	for (size_t i = 0; i < src->hosts.n; i++) take_host(w, src->hosts.at[i]);
	for (size_t i = src->children.n; i-- > 0;) vec_push(w->inv->arena, &w->todo, src->children.at[i]);
}

static void take_all(struct walk *w)
{
	for (size_t i = 0; i < w->inv->hosts.n; i++) take_host(w, w->inv->hosts.entry[i].value);
}

const struct inventory_group *inventory_group(struct inventory *inv, struct str name)
{
	struct inventory_group *g = map_get(&inv->groups, name);
	if (g) return g;
	struct inventory_host *host = map_get(&inv->hosts, name);
	bool all = !inv->path || str_eq(name, STR("all"));
	if (!all && !host && !map_get(&inv->sources, name)) return NULL;

	g = arena_new_of(inv->arena, struct inventory_group);
	g->name = arena_strndup(inv->arena, name.p, name.n);
	struct walk w = { .inv = inv, .found = g };
	if (all) take_all(&w);
	else vec_push(inv->arena, &w.todo, g->name);
	while (w.todo.n) take_group(&w, w.todo.at[--w.todo.n]);
	if (!g->hosts.n && host) take_host(&w, host);
	map_put(inv->arena, &inv->groups, str_of(g->name), g);
	return g;
}

const struct inventory_host *inventory_host(const struct inventory *inv, struct str name)
{
	return map_get(&inv->hosts, name);
}

const char *inventory_nearest(const struct inventory *inv, struct str name)
{
	size_t n = 0, most = inv->sources.n + inv->hosts.n;
	const char **names = arena_array_of(inv->arena, const char *, most + 1);
	for (size_t i = 0; i < inv->sources.n; i++)
		names[n++] = arena_strndup(inv->arena, inv->sources.entry[i].key.p, inv->sources.entry[i].key.n);
	for (size_t i = 0; i < inv->hosts.n; i++) {
		const struct inventory_host *h = inv->hosts.entry[i].value;
		names[n++] = h->name;
	}
	return str_nearest(name, names, n);
}
