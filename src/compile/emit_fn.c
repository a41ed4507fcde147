/* emit_fn: functions, their names and files, and those that wait for their code. */
#include "emit_private.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* ---- names and places ----------------------------------------------------------------------------------- */

struct str fn_name(struct emitter *m, const char *fmt, ...)
{
	struct buf b = { 0 };
	va_list ap;
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	struct str s = { arena_strndup(m->a, b.p, b.n), b.n };
	buf_free(&b);
	return s;
}

/* The value behind a name counts how often it was taken. */
static struct str unique(struct emitter *m, struct str name)
{
	struct str free_name = name;
	uintptr_t taken = (uintptr_t)map_get(&m->names, name);
	while (map_get(&m->names, free_name)) free_name = fn_name(m, "%.*s %u", STR_ARG(name), (unsigned)++taken);
	if (taken) map_put(m->a, &m->names, name, (void *)taken);
	map_put(m->a, &m->names, free_name, (void *)(uintptr_t)1);
	return free_name;
}

static struct str folder_of(struct str path)
{
	while (path.n && path.p[path.n - 1] != '/') path.n--;
	return path;
}

static const struct module *module_of_file(const struct program *p, uint32_t file)
{
	for (size_t i = 0; i < p->modules.n; i++)
		if (p->modules.at[i]->file == file) return p->modules.at[i];
	return NULL;
}

struct str emit_file_name(const struct program *p, uint32_t file, struct arena *a)
{
	struct str path = str_of(p->sources->file.at[file]->path);
	struct str folder = folder_of(str_of(p->sources->file.at[p->modules.at[0]->file]->path));
	const struct module *module = module_of_file(p, file);
	if (module && module->from_stdlib) {
		size_t n = folder_of(path).n;
		return str_of(arena_printf(a, "stdlib/%.*s", (int)(path.n - n), path.p + n));
	}
	return str_starts(path, folder) ? (struct str){ path.p + folder.n, path.n - folder.n } : path;
}

/* Lines may be as long as a file: from one place to the next on its line only what lies between is counted. */
static struct place place_of(struct emitter *m, struct span s)
{
	const struct source *source = m->p->sources->file.at[s.file];
	bool near = m->last.place.line && m->last.file == s.file && m->last.offset <= s.start;
	struct str between = near ? (struct str){ source->text.p + m->last.offset, s.start - m->last.offset } : STR("");
	if (near && between.n < 4096 && !memchr(between.p, '\n', between.n)) m->last.place.column += (uint32_t)str_chars(between);
	else m->last.place = source_place(m->p->sources, s.file, s.start);
	m->last.file = s.file;
	m->last.offset = s.start;
	return m->last.place;
}

void mark_place(struct emitter *m, struct span s)
{
	if (!routine_reachable(m->r) || s.file != m->file) return; /* a fault's let in a step's frame: the `do` is its place */
	struct place at = place_of(m, s);
	routine_place(m->r, at.line, at.column);
}

/* ---- functions -------------------------------------------------------------------------------------------- */

static void write_into(struct emitter *m, uint32_t fn, enum fn_role role, uint32_t level, uint32_t file)
{
	m->r = assembly_routine(m->as, fn);
	m->file = file;
	routine_file(m->r, emit_file_name(m->p, file, m->a));
	m->level = level;
	m->response = IMAGE_NONE;
	switch (role) {
	case ROLE_HELPER: case ROLE_VERIFY: case ROLE_SUPERSEDED: case ROLE_PRECONDITION: case ROLE_PROBE: case ROLE_RESOLVED:
		m->observes = true;
		break;
	default:
		m->observes = false;
	}
}

uint32_t fn_begin(struct emitter *m, struct str name, enum fn_role role, enum level level, uint32_t file)
{
	uint32_t fn = assembly_function(m->as, unique(m, name), role, level_number(level));
	write_into(m, fn, role, level_number(level), file);
	return fn;
}

void fn_end(struct emitter *m) { PUT(m->r, RETURN); }

static struct str qualified(struct emitter *m, const struct symbol *s)
{
	if (!s->module || s->module->name.n == 0) return s->name;
	return fn_name(m, "%.*s.%.*s", STR_ARG(s->module->name), STR_ARG(s->name));
}

uint32_t fn_of_symbol(struct emitter *m, struct symbol *s)
{
	if (s->index) return s->index - 1;
	uint32_t fn = assembly_function(m->as, unique(m, qualified(m, s)), ROLE_HELPER, 1);
	s->index = fn + 1;
	vec_push(m->a, &m->fns, s);
	return fn;
}

static void write_fn(struct emitter *m, struct symbol *s)
{
	const struct item *item = s->item;
	write_into(m, s->index - 1, ROLE_HELPER, 1, item->span.file);
	routine_result(m->r, item->fn.has_result ? item->fn.result : TYPE(T_NONE));
	for (size_t i = 0; i < item->fn.params.n; i++) {
		struct param *p = &item->fn.params.at[i];
		p->symbol->index = routine_param(m->r, p->type);
	}
	emit_block(m, item->fn.body);
	fn_end(m);
}

void fn_flush(struct emitter *m)
{
	while (m->fns.n) write_fn(m, m->fns.at[--m->fns.n]);
}

uint32_t fn_of_expr(struct emitter *m, struct str name, enum fn_role role, enum level level, const struct expr *e)
{
	uint32_t fn = fn_begin(m, name, role, level, e->span.file);
	routine_result(m->r, e->type);
	mark_place(m, e->span);
	emit_expr(m, e);
	PUT(m->r, RETURN);
	return fn;
}

uint32_t fn_of_block(struct emitter *m, struct str name, enum fn_role role, const struct block *b)
{
	uint32_t fn = fn_begin(m, name, role, LEVEL_SECRET, b->span.file);
	emit_block(m, b);
	fn_end(m);
	return fn;
}
