/* check_module: finds, reads and parses the files that a file uses. */
#include "check_private.h"

#include <dirent.h>
#include <limits.h>
#include <stdlib.h>

#include "irs/parse.h"

enum { MODULES = 1000 }; /* of a directory, to suggest one from */

static struct source *source_of(struct checker *c, uint32_t file)
{
	return c->p->sources->file.at[file];
}

/* The directory of a path as people wrote it: "scenarios/", or "". */
static struct str folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? (struct str){ path, (size_t)(slash - path) + 1 } : (struct str){ "", 0 };
}

static const char *real_path(struct checker *c, const char *path)
{
	char resolved[PATH_MAX];
	return realpath(path, resolved) ? arena_strdup(c->a, resolved) : NULL;
}

static const char *real_folder(struct checker *c, const char *path)
{
	struct str folder = folder_of(path);
	return real_path(c, folder.n ? arena_strndup(c->a, folder.p, folder.n) : ".");
}

static bool is_below(const char *path, const char *folder)
{
	size_t n = strlen(folder);
	return strncmp(path, folder, n) == 0 && (path[n] == '/' || (n && folder[n - 1] == '/'));
}

static struct module *module_new(struct checker *c, struct str name, uint32_t file, bool from_stdlib)
{
	struct module *m = arena_new_of(c->a, struct module);
	*m = (struct module){ .name = name, .file = file, .from_stdlib = from_stdlib };
	vec_push(c->a, &c->p->modules, m);
	return m;
}

static void load_uses(struct checker *c, struct module *m);

static void parse_module(struct checker *c, struct module *m)
{
	m->ast = parse_file(c->a, c->p->sources, m->file, c->ds);
	vec_push(c->a, &c->loading, m);
	load_uses(c, m);
	c->loading.n--;
}

static void report_unreadable(struct checker *c, struct span at, const struct err *e)
{
	struct diag *d = diag_add(c->ds, D_unreadable, at, "this module can't be read: %s", e->what);
	if (e->where[0]) diag_note(c->ds, d, "it was looked for at %s", e->where);
	if (e->remedy[0]) diag_help(c->ds, d, "%s", e->remedy);
}

static void report_cycle(struct checker *c, struct span at, const struct module *again)
{
	struct buf chain = { 0 };
	size_t i = 0;
	while (c->loading.at[i] != again) i++;
	for (; i < c->loading.n; i++) buf_printf(&chain, "%s → ", source_of(c, c->loading.at[i]->file)->path);
	buf_puts(&chain, source_of(c, again->file)->path);
	struct diag *d = diag_add(c->ds, D_module_cycle, at, "modules use each other in a circle");
	diag_caption(c->ds, d, "uses a file that uses this one");
	diag_note(c->ds, d, "%s", chain.p);
	diag_help(c->ds, d, "move what both need into a third module");
	buf_free(&chain);
}

static bool is_loading(const struct checker *c, const struct module *m)
{
	for (size_t i = 0; i < c->loading.n; i++)
		if (c->loading.at[i] == m) return true;
	return false;
}

/* The module at `path`, loaded now or before; NULL after a report at `at`. */
static struct module *load(struct checker *c, const char *path, const char *real, struct str name, bool from_stdlib, struct span at)
{
	struct module *known = map_get(&c->by_path, str_of(real));
	if (known && is_loading(c, known)) return report_cycle(c, at, known), NULL;
	if (known) return known;
	struct err e = { 0 };
	uint32_t file;
	if (!source_read(c->p->sources, path, &file, &e)) return report_unreadable(c, at, &e), NULL;
	struct module *m = module_new(c, name, file, from_stdlib);
	map_put(c->a, &c->by_path, str_of(real), m);
	parse_module(c, m);
	return m;
}

static void bind(struct checker *c, struct module *user, struct name name, struct module *used, struct item *item)
{
	struct symbol *s = symbol_new(c, SYM_MODULE, name, TYPE(T_NONE));
	s->module = used;
	s->item = item;
	item->symbol = s;
	struct symbol *before = map_get(&user->names, name.text);
	if (before) {
		struct diag *d = diag_add(c->ds, D_duplicate_name, name.span, "a second module by the name `%.*s`", STR_ARG(name.text));
		diag_label(c->ds, d, before->span, "the first one");
		return;
	}
	map_put(c->a, &user->names, name.text, s);
}

bool stdlib_has(struct checker *c, struct str name)
{
	return real_path(c, arena_printf(c->a, "%s/%.*s.irs", c->o->stdlib_dir, STR_ARG(name))) != NULL;
}

/* The module of the standard library whose name is nearest, or NULL. */
static const char *nearest_module(struct checker *c, struct str name)
{
	VEC(const char *) names = { 0 };
	DIR *dir = opendir(c->o->stdlib_dir);
	for (struct dirent *e; dir && names.n < MODULES && (e = readdir(dir));) {
		size_t n = strlen(e->d_name);
		if (n > 4 && strcmp(e->d_name + n - 4, ".irs") == 0) vec_push(c->a, &names, arena_strndup(c->a, e->d_name, n - 4));
	}
	if (dir) closedir(dir);
	return str_nearest(name, names.at, names.n);
}

static void report_unknown(struct checker *c, const struct name *name)
{
	struct diag *d = diag_add(c->ds, D_unknown_module, name->span, "the standard library has no module `%.*s`", STR_ARG(name->text));
	const char *near = nearest_module(c, name->text);
	if (near) {
		diag_help(c->ds, d, "did you mean `%s`?", near);
		diag_fix(c->ds, d, name->span, "%s", near);
	} else {
		diag_help(c->ds, d, "a module of your own is used by its path: use \"./%.*s.irs\" as %.*s", STR_ARG(name->text),
			STR_ARG(name->text));
	}
}

static void load_from_stdlib(struct checker *c, struct module *user, struct item *use, struct name name)
{
	const char *path = arena_printf(c->a, "%s/%.*s.irs", c->o->stdlib_dir, STR_ARG(name.text));
	const char *real = real_path(c, path);
	struct module *m = NULL;
	if (real) {
		m = load(c, path, real, name.text, true, name.span);
	} else {
		if (c->p->modules.n < 2 || !c->p->modules.at[1]->ast->broken) report_unknown(c, &name);
	}
	bind(c, user, name, m, use);
}

/* Why a path in `use "…"` may not even be looked at, or NULL. */
static const char *path_fault(struct str path)
{
	if (!path.n) return "is empty";
	if (memchr(path.p, 0, path.n)) return "holds a NUL byte";
	if (path.p[0] == '/') return "is absolute";
	for (size_t i = 0; i + 1 < path.n; i++) {
		bool starts = i == 0 || path.p[i - 1] == '/', ends = i + 2 == path.n || path.p[i + 2] == '/';
		if (starts && ends && path.p[i] == '.' && path.p[i + 1] == '.') return "leads upwards by `..`";
	}
	return NULL;
}

static void report_outside(struct checker *c, const struct template *t, const char *why)
{
	struct diag *d = diag_add(c->ds, D_module_outside, t->span, "the path of a module %s", why);
	diag_help(c->ds, d, "keep modules beside the scenario or below its folder: \"./faults/disk.irs\"");
}

static struct str template_text(const struct template *t)
{
	return t->parts.n ? t->parts.at[0].text : (struct str){ "", 0 };
}

static struct module *load_beside(struct checker *c, struct module *user, const struct item *use)
{
	const struct template *t = use->use.path;
	for (size_t i = 0; i < t->parts.n; i++)
		if (t->parts.at[i].hole) return report_outside(c, t, "can't depend on a value"), NULL;
	struct str text = template_text(t);
	const char *fault = path_fault(text);
	if (fault) return report_outside(c, t, fault), NULL;
	if (str_starts(text, STR("./"))) text = (struct str){ text.p + 2, text.n - 2 };
	struct str folder = folder_of(source_of(c, user->file)->path);
	const char *path = arena_printf(c->a, "%.*s%.*s", STR_ARG(folder), STR_ARG(text));
	const char *real = real_path(c, path);
	const char *scenario = source_of(c, c->p->modules.at[0]->file)->path;
	const char *root = user->from_stdlib ? real_path(c, c->o->stdlib_dir) : real_folder(c, scenario);
	if (real && root && !is_below(real, root)) {
		report_outside(c, t, "leads out of the scenario's folder by a symbolic link");
		return NULL;
	}
	return load(c, path, real ? real : path, use->use.alias.text, user->from_stdlib, t->span);
}

static void load_uses(struct checker *c, struct module *m)
{
	for (size_t i = 0; i < m->ast->items.n; i++) {
		struct item *item = m->ast->items.at[i];
		if (item->kind != I_USE) continue;
		if (item->use.path) bind(c, m, item->use.alias, load_beside(c, m, item), item);
		else
			for (size_t k = 0; k < item->use.modules.n; k++) load_from_stdlib(c, m, item, item->use.modules.at[k]);
	}
}

/* What every file sees without `use`. A file that is the prelude itself is loaded once. */
static void load_prelude(struct checker *c, struct module *file)
{
	const char *path = arena_printf(c->a, "%s/prelude.irs", c->o->stdlib_dir);
	const char *real = real_path(c, path);
	if (real && map_get(&c->by_path, str_of(real))) {
		vec_push(c->a, &c->p->modules, file);
		file->from_stdlib = true;
		return;
	}
	struct err e = { 0 };
	uint32_t index;
	if (real && source_read(c->p->sources, path, &index, &e)) {
		struct module *m = module_new(c, STR("prelude"), index, true);
		map_put(c->a, &c->by_path, str_of(real), m);
		parse_module(c, m);
		return;
	}
	struct diag *d = diag_add(c->ds, D_no_stdlib, (struct span){ file->file, 0, 0 }, "the standard library is not at %s",
		c->o->stdlib_dir);
	diag_help(c->ds, d, "IRS_STDLIB names its directory; `make install` puts it where irsc looks");
	struct module *none = module_new(c, STR("prelude"), file->file, true);
	none->ast = arena_new_of(c->a, struct ast);
	none->ast->broken = true; /* what it lacks is no error of its own */
}

void module_load_all(struct checker *c, uint32_t file)
{
	const char *path = source_of(c, file)->path;
	const char *real = real_path(c, path);
	struct module *m = module_new(c, (struct str){ "", 0 }, file, false);
	if (real) map_put(c->a, &c->by_path, str_of(real), m);
	m->ast = parse_file(c->a, c->p->sources, file, c->ds);
	load_prelude(c, m);
	vec_push(c->a, &c->loading, m);
	load_uses(c, m);
	c->loading.n--;
}
