/* check_dump: what the checker found out, as text: each value with its type, each function with what it does. */
#include "irs/check.h"

static void put_place(struct buf *b, const struct program *p, struct span at)
{
	struct place place = source_place(p->sources, at.file, at.start);
	buf_printf(b, "%u:%u ", place.line, place.column);
}

static void put_function(struct buf *b, const struct program *p, const struct symbol *s)
{
	put_place(b, p, s->span);
	buf_printf(b, "%s %.*s", s->kind == SYM_FN ? "fn" : "fault", STR_ARG(s->name));
	if (!type_is(s->type, T_NONE)) {
		buf_puts(b, " -> ");
		type_put(b, s->type);
	}
	if (s->observes) buf_puts(b, " observes");
	if (s->on_other_hosts) buf_puts(b, " on other hosts");
	if (s->needs_here) buf_puts(b, " needs here");
	buf_putc(b, '\n');
}

void types_dump(struct buf *out, const struct program *p)
{
	const struct module *m = p->modules.at[0];
	for (size_t i = 0; i < m->names.n; i++) {
		const struct symbol *s = m->names.entry[i].value;
		if (s->kind == SYM_FN || s->kind == SYM_FAULT) put_function(out, p, s);
	}
	for (size_t i = 0; i < p->values.n; i++) {
		const struct symbol *s = p->values.at[i];
		if (s->module != m) continue;
		put_place(out, p, s->span);
		buf_printf(out, "%.*s: ", STR_ARG(s->name));
		type_put(out, s->type);
		buf_putc(out, '\n');
	}
}
