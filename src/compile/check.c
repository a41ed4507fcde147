/* check: the order of a check. */
#include "check_private.h"

enum { LOOKS = 2000000 };

static struct symbol *response_field(struct checker *c, const char *name, enum type_base type)
{
	static const char *const names[] = {
#define FIELD(id, name, of, result, lists, doc) #of name,
#include "irs/tbl/field.def"
#undef FIELD
	};
	struct symbol *s = symbol_new(c, SYM_RESPONSE_FIELD, (struct name){ str_of(name), { 0 } }, TYPE(type));
	const char *full = arena_printf(c->a, "T_RESPONSE%s", name);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], full) == 0) s->builtin = (int)i;
	return s;
}

static void declare_response(struct checker *c)
{
	c->response[0] = response_field(c, "status", T_INT);
	c->response[1] = response_field(c, "body", T_STRING);
	c->response[2] = response_field(c, "elapsed", T_DURATION);
}

/* Calls `f` for each module once: the prelude may be the file itself. */
static void each_module(struct checker *c, void (*f)(struct checker *, struct module *))
{
	for (size_t i = 0; i < c->p->modules.n; i++)
		if (i == 0 || c->p->modules.at[i] != c->p->modules.at[0]) f(c, c->p->modules.at[i]);
}

bool is_own_module(const struct checker *c, const struct module *m)
{
	return m == c->p->modules.at[0] || !m->from_stdlib;
}

static bool is_own_file(const struct checker *c, uint32_t file)
{
	for (size_t i = 0; i < c->p->modules.n; i++)
		if (c->p->modules.at[i]->file == file) return is_own_module(c, c->p->modules.at[i]);
	return false;
}

/* Lints are for what its author can change, and for who asks for them. */
static void drop_lints(struct checker *c)
{
	struct diags *ds = c->ds;
	size_t kept = 0;
	for (size_t i = 0; i < ds->list.n; i++) {
		struct diag *d = ds->list.at[i];
		bool drop = d->severity == DIAG_LINT && (!c->o->lints || !is_own_file(c, d->span.file));
		if (drop) ds->warnings--;
		else ds->list.at[kept++] = d;
	}
	ds->list.n = kept;
}

struct program *check_program(struct arena *a, struct sources *ss, uint32_t file, const struct check_options *o, struct diags *ds)
{
	struct program *p = arena_new_of(a, struct program);
	*p = (struct program){ .arena = a, .sources = ss, .diags = ds };
	struct checker c = { .a = a, .p = p, .o = o, .ds = ds, .looks = LOOKS };
	declare_response(&c);
	module_load_all(&c, file);
	each_module(&c, declare_module);
	each_module(&c, check_signatures);
	each_module(&c, check_module_bodies);
	work_out_facts(&c);
	check_calls(&c);
	check_rules(&c);
	if (o->lints && !ds->errors) {
		each_module(&c, lint_module);
		lint_program(&c);
	}
	drop_lints(&c);
	return p;
}
