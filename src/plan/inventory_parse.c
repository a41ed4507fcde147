#include "irs/inventory.h"

#include "inventory_source.h"
#include "irs/buf.h"
#include "irs/file.h"

bool inventory_wrong(struct inventory_reader *r, const char *host, const char *fmt, ...)
{
	struct buf safe = { 0 }, raw = { 0 };
	va_list ap;
	va_start(ap, fmt);
	buf_vprintf(&raw, fmt, ap);
	va_end(ap);
	if (host) buf_printf(&raw, " (host %s)", host);
	buf_safe(&safe, buf_view(&raw));
	err_set(r->e, IRS_USAGE, r->inv->path, "%s", safe.p);
	buf_free(&safe);
	buf_free(&raw);
	return false;
}

/* The host of that name, made on its first mention. */
static struct inventory_host *host_of(struct inventory_reader *r, json_t *name)
{
	const char *s = json_string_value(name);
	size_t n = json_string_length(name);
	if (!s || !inventory_name_ok(s, n)) return inventory_wrong(r, NULL, "`%.60s` is not a host's name", s ? s : "(no string)"), NULL;
	struct inventory_host *h = map_get(&r->inv->hosts, (struct str){ s, n });
	if (h) return h;
	h = arena_new_of(r->a, struct inventory_host);
	h->name = arena_strndup(r->a, s, n);
	map_put(r->a, &r->inv->hosts, (struct str){ h->name, n }, h);
	return h;
}

static bool read_hosts(struct inventory_reader *r, struct inventory_source *src, json_t *hosts)
{
	size_t i;
	json_t *name;
	if (hosts && !json_is_array(hosts)) return inventory_wrong(r, NULL, "`hosts` is a list of names");
	json_array_foreach(hosts, i, name) {
		struct inventory_host *h = host_of(r, name);
		if (!h) return false;
		vec_push(r->a, &src->hosts, h);
	}
	return true;
}

static bool read_children(struct inventory_reader *r, struct inventory_source *src, json_t *children)
{
	size_t i;
	json_t *name;
	if (children && !json_is_array(children)) return inventory_wrong(r, NULL, "`children` is a list of names");
	json_array_foreach(children, i, name) {
		if (!json_is_string(name)) return inventory_wrong(r, NULL, "`children` is a list of names");
		vec_push(r->a, &src->children, arena_strdup(r->a, json_string_value(name)));
	}
	return true;
}

/* A group is an object, or, in the oldest form, just its list of hosts. */
static bool read_group(struct inventory_reader *r, const char *name, json_t *group)
{
	struct inventory_source *src = arena_new_of(r->a, struct inventory_source);
	char *key = arena_strdup(r->a, name);
	map_put(r->a, &r->inv->sources, str_of(key), src);
	if (json_is_array(group)) return read_hosts(r, src, group);
	if (!json_is_object(group)) return inventory_wrong(r, NULL, "the group `%.60s` is neither an object nor a list", name);
	return read_hosts(r, src, json_object_get(group, "hosts")) && read_children(r, src, json_object_get(group, "children"));
}

static bool read_groups(struct inventory_reader *r)
{
	const char *name;
	json_t *group;
	json_object_foreach(r->root, name, group)
		if (strcmp(name, "_meta") != 0 && !read_group(r, name, group)) return false;
	json_t *vars;
	json_object_foreach(r->hostvars, name, vars) {
		json_t *s = json_string(name);
		struct inventory_host *h = host_of(r, s);
		json_decref(s);
		if (!h) return false;
	}
	return true;
}

/* A group's own host takes what its group says; two groups that say different things of it, and the host nothing, is nobody's intention. */
static bool take_from_group(struct inventory_reader *r, struct inventory_host *h, json_t *vars, struct map *taken)
{
	const char *name;
	json_t *v, *own = json_object_get(r->hostvars, h->name), *of_group = json_object();
	bool ok = true;
	json_object_foreach(vars, name, v) {
		const char *key = arena_printf(r->a, "%s %s", h->name, name);
		if (json_object_get(own, name)) continue;
		json_t *before = map_put(r->a, taken, str_of(key), v);
		if (before && !json_equal(before, v) && inventory_variable_known(name)) {
			ok = inventory_wrong(r, h->name, "two of its groups say different things of `%s`", name);
			err_remedy(r->e, "say in the host's own variables which it is");
			break;
		}
		json_object_set(of_group, name, v);
	}
	ok = ok && inventory_variables(r, h, of_group);
	json_decref(of_group);
	return ok;
}

static bool read_group_variables(struct inventory_reader *r, struct str group, const struct inventory_source *src, struct map *taken)
{
	json_t *vars = json_object_get(json_object_get(r->root, group.p), "vars");
	if (!vars || str_eq(group, STR("all"))) return true;
	if (!json_is_object(vars)) return inventory_wrong(r, NULL, "`vars` of the group `%.60s` are no object", group.p);
	for (size_t i = 0; i < src->hosts.n; i++)
		if (!take_from_group(r, src->hosts.at[i], vars, taken)) return false;
	if (json_object_size(vars) && src->children.n)
		vec_push(r->a, &r->inv->warnings,
		         arena_printf(r->a, "variables of the group `%s` are read for its own hosts, not for those of its children", group.p));
	return true;
}

/* ansible-inventory has merged the groups' variables into the hosts'; inventories written by hand may say them once for `all`, or for a
 * group's own hosts. */
static bool read_variables(struct inventory_reader *r)
{
	json_t *all = json_object_get(json_object_get(r->root, "all"), "vars");
	struct map taken = { 0 };
	for (size_t i = 0; i < r->inv->hosts.n; i++)
		if (!inventory_variables(r, r->inv->hosts.entry[i].value, all)) return false;
	for (size_t i = 0; i < r->inv->sources.n; i++)
		if (!read_group_variables(r, r->inv->sources.entry[i].key, r->inv->sources.entry[i].value, &taken)) return false;
	for (size_t i = 0; i < r->inv->hosts.n; i++) {
		struct inventory_host *h = r->inv->hosts.entry[i].value;
		if (!inventory_variables(r, h, json_object_get(r->hostvars, h->name)) || !inventory_host_finish(r, h)) return false;
	}
	return true;
}

static bool read_root(struct inventory_reader *r)
{
	if (!json_is_object(r->root)) return inventory_wrong(r, NULL, "an inventory is an object of groups");
	json_t *meta = json_object_get(r->root, "_meta");
	r->hostvars = json_object_get(meta, "hostvars");
	if (r->hostvars && !json_is_object(r->hostvars)) return inventory_wrong(r, NULL, "`_meta.hostvars` is an object");
	return read_groups(r) && read_variables(r);
}

struct inventory *inventory_parse(struct arena *a, const char *path, struct str text, struct err *e)
{
	struct inventory_reader r = { .a = a, .e = e, .inv = arena_new_of(a, struct inventory) };
	json_error_t je;
	r.inv->arena = a;
	r.inv->path = arena_strdup(a, path);
	r.root = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &je);
	if (!r.root) {
		inventory_wrong(&r, NULL, "not JSON: %s at line %d", je.text, je.line);
		err_remedy(e, "give it what `ansible-inventory --list` prints");
		return NULL;
	}
	bool ok = read_root(&r);
	json_decref(r.root);
	return ok ? r.inv : NULL;
}

struct inventory *inventory_read(struct arena *a, const char *path, struct err *e)
{
	struct str text;
	if (!strncmp(path, "exec:", 5)) {
		if (!inventory_run(a, path + 5, &text, e)) return NULL;
	} else if (!file_read(a, path, INVENTORY_MAX_BYTES, &text, e)) {
		return NULL;
	}
	return inventory_parse(a, path, text, e);
}
