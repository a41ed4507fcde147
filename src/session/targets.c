#include <string.h>

#include "irs/setup.h"
#include "setup.h"

struct hosts { /* the machine's table while it grows */
	VEC(struct vm_host) at;
	VEC(const struct inventory_host *) from;
};

static uint32_t host_index(struct setup *s, struct hosts *h, struct map *known, const struct inventory_host *host)
{
	uintptr_t found = (uintptr_t)map_get(known, str_of(host->name));
	if (found) return (uint32_t)found;
	struct vm_host entry = { str_of(host->name), str_of(host->address) };
	vec_push(s->arena, &h->at, entry);
	vec_push(s->arena, &h->from, host);
	map_put(s->arena, known, str_of(host->name), (void *)(uintptr_t)(h->at.n - 1));
	return (uint32_t)(h->at.n - 1);
}

static const char *count_of(struct setup *s, uint32_t low, uint32_t high)
{
	if (low == high) return arena_printf(s->arena, "%u host%s", low, low == 1 ? "" : "s");
	return arena_printf(s->arena, "%u to %u hosts", low, high);
}

/* The group that `map` gives a target, or the target's own name. */
static struct str group_of(struct str target, const char *const *map, size_t nmap)
{
	struct str group = target;
	for (size_t i = 0; i < nmap; i++) {
		const char *equals = strchr(map[i], '=');
		if (equals && str_eq((struct str){ map[i], (size_t)(equals - map[i]) }, target)) group = str_of(equals + 1);
	}
	return group;
}

static const struct image_target *find_target(const struct setup *s, struct str name)
{
	for (size_t i = 0; i < s->image->ntarget; i++)
		if (str_eq(image_str(s->image, s->image->target[i].name), name)) return &s->image->target[i];
	return NULL;
}

static const char *nearest_target(struct setup *s, struct str name)
{
	const char **names = arena_array_of(s->arena, const char *, s->image->ntarget + 1);
	for (size_t i = 0; i < s->image->ntarget; i++) {
		struct str known = image_str(s->image, s->image->target[i].name);
		names[i] = arena_strndup(s->arena, known.p, known.n);
	}
	const char *near = str_nearest(name, names, s->image->ntarget);
	return near ? arena_printf(s->arena, "did you mean `%s`?", near) : "write --target TARGET=GROUP";
}

static void check_map(struct setup *s, const char *const *map, size_t nmap)
{
	for (size_t i = 0; i < nmap; i++) {
		struct str name;
		const char *rest;
		if (!setup_split(s, "--target TARGET=GROUP", map[i], &name, &rest)) continue;
		const struct image_target *t = find_target(s, name);
		if (t) setup_give(s, t->global);
		else setup_find(s, D_unknown_target, name, nearest_target(s, name), arena_printf(s->arena, "the scenario has no target `%.*s`", STR_ARG(name)));
	}
}

static void no_group(struct setup *s, struct inventory *inv, struct str target, struct str group)
{
	const char *near = inventory_nearest(inv, group);
	const char *help = near ? arena_printf(s->arena, "did you mean --target %.*s=%s?", STR_ARG(target), near)
	                        : arena_printf(s->arena, "add the group, or name another with --target %.*s=GROUP", STR_ARG(target));
	setup_find(s, D_no_group, target, help,
	           arena_printf(s->arena, "the inventory %s has no group or host `%.*s` for the target `%.*s`", inv->path ? inv->path : "", STR_ARG(group),
	                        STR_ARG(target)));
}

static void place(struct setup *s, struct inventory *inv, const struct image_target *t, struct str group, struct hosts *h, struct map *known)
{
	const struct image_global *g = &s->image->global[t->global];
	struct str target = image_str(s->image, t->name);
	const struct inventory_group *found = inventory_group(inv, group);
	if (!found) {
		no_group(s, inv, target, group);
		return;
	}
	if (found->hosts.n < t->low || found->hosts.n > t->high) {
		setup_find(s, D_host_count, target, "change the group, or name another with --target",
		           arena_printf(s->arena, "the target `%.*s` needs %s, and the group `%.*s` has %u", STR_ARG(target), count_of(s, t->low, t->high),
		                        STR_ARG(group), found->hosts.n));
		return;
	}
	struct value *hosts = arena_array_of(s->arena, struct value, found->hosts.n + 1);
	for (size_t i = 0; i < found->hosts.n; i++) hosts[i] = value_host(host_index(s, h, known, found->hosts.at[i]));
	s->globals[t->global] = g->type.lists ? value_list(s->arena, TYPE(T_HOST), hosts, found->hosts.n) : hosts[0];
}

void setup_targets(struct setup *s, struct inventory *inv, const char *const *map, size_t nmap)
{
	struct hosts h = { 0 };
	struct map known = { 0 };
	check_map(s, map, nmap);
	vec_push(s->arena, &h.at, s->hosts.at[0]);
	vec_push(s->arena, &h.from, NULL);
	for (size_t i = 0; i < s->image->ntarget; i++) {
		const struct image_target *t = &s->image->target[i];
		place(s, inv, t, group_of(image_str(s->image, t->name), map, nmap), &h, &known);
	}
	s->hosts = (struct vm_hosts){ h.at.n, h.at.at };
	s->host = h.from.at;
}
