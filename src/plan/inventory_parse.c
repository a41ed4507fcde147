#include "irs/inventory.h"

#include <jansson.h>

#include "inventory_source.h"
#include "irs/buf.h"
#include "irs/file.h"

struct reader {
	struct inventory *inv;
	struct arena *a;
	json_t *root, *hostvars;
	struct map warned; /* variables */
	struct err *e;
};

/* The variables that mean something here. Those of ansible that change how a host is reached and that we don't honour are warned of. */
enum variable { VAR_ADDRESS, VAR_TRANSPORT, VAR_PRACTICE, VAR_ANSIBLE_HOST, VARIABLES };
static const char *const variable_names[VARIABLES] = { "irs_address", "irs_transport", "irs_practice", "ansible_host" };
static const char *const silent_names[] = { "ansible_facts", "ansible_python_interpreter", "ansible_playbook_python", "ansible_version",
	                                    "ansible_check_mode", "ansible_diff_mode", "ansible_forks", "ansible_inventory_sources",
	                                    "ansible_run_tags", "ansible_skip_tags", "ansible_verbosity" };

static const char *host_chars(void) { return "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-"; }

static bool name_ok(const char *s, size_t n)
{
	return n > 0 && n <= INVENTORY_MAX_NAME && strspn(s, host_chars()) == n && *s != '-' && *s != '.';
}

static bool address_ok(const char *s, size_t n)
{
	size_t zone = strcspn(s, "%");
	if (zone == n) return name_ok(s, n);
	return zone > 0 && strspn(s, host_chars()) == zone && *s != '-' && n - zone - 1 < 16 && name_ok(s + zone + 1, n - zone - 1);
}

static bool wrong(struct reader *r, const char *host, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
static bool wrong(struct reader *r, const char *host, const char *fmt, ...)
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

static void warn(struct reader *r, const char *name)
{
	struct str key = { arena_strdup(r->a, name), strlen(name) };
	if (map_put(r->a, &r->warned, key, r)) return;
	const char *near = str_nearest(key, variable_names, VARIABLES);
	vec_push(r->a, &r->inv->warnings,
	         near ? arena_printf(r->a, "the inventory's variable `%s` means nothing here; did you mean `%s`?", name, near)
	              : arena_printf(r->a, "the inventory's variable `%s` is not honoured", name));
}

static bool is_silent(const char *name)
{
	for (size_t i = 0; i < sizeof silent_names / sizeof *silent_names; i++)
		if (!strcmp(name, silent_names[i])) return true;
	return false;
}

static bool set_address(struct reader *r, struct inventory_host *h, const char *variable, json_t *v)
{
	const char *s = json_string_value(v);
	if (!s || !address_ok(s, json_string_length(v)))
		return wrong(r, h->name, "`%s` is not an address or host name", variable);
	bool ours = !strcmp(variable, variable_names[VAR_ADDRESS]);
	if (ours || !h->address_said) h->address = arena_strdup(r->a, s);
	h->address_said |= ours;
	return true;
}

static bool set_transport(struct reader *r, struct inventory_host *h, json_t *v)
{
	const char *s = json_string_value(v);
	for (enum inventory_transport t = TRANSPORT_SSH; s && t <= TRANSPORT_EXEC; t++)
		if (!strcmp(s, inventory_transport_name(t))) {
			h->transport = t;
			return true;
		}
	return wrong(r, h->name, "`irs_transport` is `ssh`, `local` or `exec`, not `%.40s`", s ? s : "a value that is no string");
}

/* INI inventories know only strings: ansible prints their `true` as one. */
static bool set_practice(struct reader *r, struct inventory_host *h, json_t *v)
{
	const char *s = json_string_value(v);
	bool yes = json_is_true(v) || (s && (!strcmp(s, "true") || !strcmp(s, "True") || !strcmp(s, "yes")));
	bool no = json_is_false(v) || (s && (!strcmp(s, "false") || !strcmp(s, "False") || !strcmp(s, "no")));
	if (!yes && !no) return wrong(r, h->name, "`irs_practice` is true or false");
	h->practice = yes;
	return true;
}

static bool set_variable(struct reader *r, struct inventory_host *h, const char *name, json_t *v)
{
	if (!strcmp(name, variable_names[VAR_ADDRESS]) || !strcmp(name, variable_names[VAR_ANSIBLE_HOST])) return set_address(r, h, name, v);
	if (!strcmp(name, variable_names[VAR_TRANSPORT])) return set_transport(r, h, v);
	if (!strcmp(name, variable_names[VAR_PRACTICE])) return set_practice(r, h, v);
	if ((!strncmp(name, "irs_", 4) || !strncmp(name, "ansible_", 8)) && !is_silent(name)) warn(r, name);
	return true;
}

static bool set_variables(struct reader *r, struct inventory_host *h, json_t *vars)
{
	const char *name;
	json_t *v;
	if (!vars) return true;
	if (!json_is_object(vars)) return wrong(r, h->name, "variables are an object");
	json_object_foreach(vars, name, v)
		if (!set_variable(r, h, name, v)) return false;
	return true;
}

/* The host of that name, made on its first mention. */
static struct inventory_host *host_of(struct reader *r, json_t *name)
{
	const char *s = json_string_value(name);
	size_t n = json_string_length(name);
	if (!s || !name_ok(s, n)) return wrong(r, NULL, "`%.60s` is not a host's name", s ? s : "(no string)"), NULL;
	struct inventory_host *h = map_get(&r->inv->hosts, (struct str){ s, n });
	if (h) return h;
	h = arena_new_of(r->a, struct inventory_host);
	h->name = arena_strndup(r->a, s, n);
	h->address = h->name;
	map_put(r->a, &r->inv->hosts, (struct str){ h->name, n }, h);
	return h;
}

static bool read_hosts(struct reader *r, struct inventory_source *src, json_t *hosts)
{
	size_t i;
	json_t *name;
	if (hosts && !json_is_array(hosts)) return wrong(r, NULL, "`hosts` is a list of names");
	json_array_foreach(hosts, i, name) {
		struct inventory_host *h = host_of(r, name);
		if (!h) return false;
		vec_push(r->a, &src->hosts, h);
	}
	return true;
}

static bool read_children(struct reader *r, struct inventory_source *src, json_t *children)
{
	size_t i;
	json_t *name;
	if (children && !json_is_array(children)) return wrong(r, NULL, "`children` is a list of names");
	json_array_foreach(children, i, name) {
		if (!json_is_string(name)) return wrong(r, NULL, "`children` is a list of names");
		vec_push(r->a, &src->children, arena_strdup(r->a, json_string_value(name)));
	}
	return true;
}

/* A group is an object, or, in the oldest form, just its list of hosts. */
static bool read_group(struct reader *r, const char *name, json_t *group)
{
	struct inventory_source *src = arena_new_of(r->a, struct inventory_source);
	char *key = arena_strdup(r->a, name);
	map_put(r->a, &r->inv->sources, str_of(key), src);
	if (json_is_array(group)) return read_hosts(r, src, group);
	if (!json_is_object(group)) return wrong(r, NULL, "the group `%.60s` is neither an object nor a list", name);
	return read_hosts(r, src, json_object_get(group, "hosts")) && read_children(r, src, json_object_get(group, "children"));
}

static bool read_groups(struct reader *r)
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

/* ansible-inventory has merged the groups' variables into the hosts'; inventories written by hand may say them once for `all`, or for a
 * group's own hosts. */
static bool read_variables(struct reader *r)
{
	json_t *all = json_object_get(json_object_get(r->root, "all"), "vars");
	for (size_t i = 0; i < r->inv->hosts.n; i++)
		if (!set_variables(r, r->inv->hosts.entry[i].value, all)) return false;
	for (size_t i = 0; i < r->inv->sources.n; i++) {
		struct str key = r->inv->sources.entry[i].key;
		struct inventory_source *src = r->inv->sources.entry[i].value;
		json_t *vars = json_object_get(json_object_get(r->root, key.p), "vars");
		if (str_eq(key, STR("all"))) continue;
		for (size_t k = 0; k < src->hosts.n; k++)
			if (!set_variables(r, src->hosts.at[k], vars)) return false;
		if (json_object_size(vars) && src->children.n)
			vec_push(r->a, &r->inv->warnings,
			         arena_printf(r->a, "variables of the group `%s` are read for its own hosts, not for those of its children", key.p));
	}
	for (size_t i = 0; i < r->inv->hosts.n; i++) {
		struct inventory_host *h = r->inv->hosts.entry[i].value;
		if (!set_variables(r, h, json_object_get(r->hostvars, h->name))) return false;
	}
	return true;
}

static bool read_root(struct reader *r)
{
	if (!json_is_object(r->root)) return wrong(r, NULL, "an inventory is an object of groups");
	json_t *meta = json_object_get(r->root, "_meta");
	r->hostvars = json_object_get(meta, "hostvars");
	if (r->hostvars && !json_is_object(r->hostvars)) return wrong(r, NULL, "`_meta.hostvars` is an object");
	return read_groups(r) && read_variables(r);
}

struct inventory *inventory_parse(struct arena *a, const char *path, struct str text, struct err *e)
{
	struct reader r = { .a = a, .e = e, .inv = arena_new_of(a, struct inventory) };
	json_error_t je;
	r.inv->arena = a;
	r.inv->path = arena_strdup(a, path);
	r.root = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &je);
	if (!r.root) {
		wrong(&r, NULL, "not JSON: %s at line %d", je.text, je.line);
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
