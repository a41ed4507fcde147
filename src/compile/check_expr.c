/* check_expr: the type of each expression. */
#include "check_private.h"

#include <stdio.h>

static const struct field_row {
	const char *name;
	struct type of, result;
} fields[] = {
#define FIELD(id, name, base, result, lists, doc) { name, { base, 0 }, { result, lists } },
#include "irs/tbl/field.def"
#undef FIELD
};
enum { FIELDS = sizeof fields / sizeof *fields };

/* ---- names and fields ---- */

static struct type check_name(struct checker *c, struct expr *e)
{
	struct symbol *s = find_value(c, &e->name.name);
	e->name.symbol = s;
	return s ? s->type : TYPE(T_ERROR);
}

static int field_row(struct type of, struct str name)
{
	for (int i = 0; i < FIELDS; i++)
		if (type_eq(fields[i].of, of) && str_eq(str_of(fields[i].name), name)) return i;
	return -1;
}

/* `process.state`: a function `process_state` of the prelude. */
static struct symbol *property(struct checker *c, struct type of, struct str name)
{
	char full[64];
	if (of.lists || name.n > 40) return NULL;
	int n = snprintf(full, sizeof full, "%s_%.*s", type_text(c, of), STR_ARG(name));
	struct symbol *s = map_get(&c->p->modules.at[1]->names, (struct str){ full, (size_t)n });
	return s && s->kind == SYM_FN ? s : NULL;
}

/* Fields of `of` in words: "`.exit`, `.stdout`, …". */
static const char *field_list(struct checker *c, struct type of)
{
	struct buf b = { 0 };
	for (int i = 0; i < FIELDS; i++)
		if (type_eq(fields[i].of, of)) buf_printf(&b, "%s`.%s`", b.n ? ", " : "", fields[i].name);
	struct str prefix = str_of(arena_printf(c->a, "%s_", type_text(c, of)));
	const struct map *prelude = &c->p->modules.at[1]->names;
	for (size_t i = 0; i < prelude->n && !of.lists; i++)
		if (str_starts(prelude->entry[i].key, prefix))
			buf_printf(&b, "%s`.%.*s`", b.n ? ", " : "", (int)(prelude->entry[i].key.n - prefix.n),
				prelude->entry[i].key.p + prefix.n);
	const char *text = b.n ? arena_strndup(c->a, b.p, b.n) : NULL;
	buf_free(&b);
	return text;
}

static void suggest_field(struct checker *c, struct diag *d, const struct expr *e, struct type of)
{
	const char *names[FIELDS];
	size_t n = 0;
	for (int i = 0; i < FIELDS; i++)
		if (type_eq(fields[i].of, of)) names[n++] = fields[i].name;
	const struct name *name = &e->field.field;
	const char *near = str_nearest(name->text, names, n);
	if (near) {
		diag_help(c->ds, d, "did you mean `.%s`?", near);
		diag_fix(c->ds, d, name->span, "%s", near);
	} else if (of.lists && (field_row(type_element(of), name->text) >= 0 || property(c, type_element(of), name->text))) {
		diag_help(c->ds, d, "each element has one: [x.%.*s for x in …]", STR_ARG(name->text));
	} else if (find_function(c, name->text)) {
		diag_help(c->ds, d, "it is a function: .%.*s(…)", STR_ARG(name->text));
	} else if (type_is(of, T_JSON)) {
		diag_help(c->ds, d, "an object's member is .get(\"%.*s\")", STR_ARG(name->text));
	} else if (field_list(c, of)) {
		diag_help(c->ds, d, "it has %s", field_list(c, of));
	}
}

/* Somebody looks at the exit of a run: then no exit fails it. */
static void note_exit(struct expr *object)
{
	if (object->kind == E_NAME && object->name.symbol && object->name.symbol->value) object = object->name.symbol->value;
	if (object->kind == E_RUN) object->run.exit_compared = true;
}

static struct type check_plain_field(struct checker *c, struct expr *e, struct type of)
{
	const struct name *name = &e->field.field;
	e->field.field_id = field_row(of, name->text);
	if (e->field.field_id >= 0) {
		if (type_is(of, T_RESULT) && str_eq(name->text, STR("exit"))) note_exit(e->field.object);
		return fields[e->field.field_id].result;
	}
	struct symbol *s = property(c, of, name->text);
	if (s) {
		s->uses++;
		e->field.symbol = s;
		note_call(c, s, e->span, false);
		return s->type;
	}
	if (c->p->modules.at[1]->ast->broken) return TYPE(T_ERROR);
	struct diag *d = diag_add(c->ds, D_unknown_field, name->span, "%s has no field `%.*s`", type_phrase(c, of), STR_ARG(name->text));
	suggest_field(c, d, e, of);
	return TYPE(T_ERROR);
}

struct type check_field(struct checker *c, struct expr *e)
{
	e->field.field_id = -1;
	struct symbol *module = module_of(c, e->field.object);
	if (!module) {
		struct type of = check_expr(c, e->field.object);
		return is_error(of) ? of : check_plain_field(c, e, of);
	}
	module->uses++;
	if (!module->module) return TYPE(T_ERROR);
	struct symbol *member = find_member(c, module->module, e->field.field.text);
	if (!member) return report_unknown_member(c, module, &e->field.field), TYPE(T_ERROR);
	struct diag *d = diag_add(c->ds, D_not_a_value, e->span, "`%.*s` is a %s, not a value", STR_ARG(member->name),
		member->kind == SYM_FN ? "function" : "fault");
	if (member->kind == SYM_FN) diag_help(c->ds, d, "call it: %.*s.%.*s(…)", STR_ARG(module->name), STR_ARG(member->name));
	else diag_help(c->ds, d, "a step induces it: do %.*s.%.*s(…)", STR_ARG(module->name), STR_ARG(member->name));
	return TYPE(T_ERROR);
}

/* ---- texts ---- */

/* What can stand in a command is the business of the shell's scanner. */
static void check_hole(struct checker *c, struct template_part *part, bool command)
{
	struct type t = check_expr(c, part->hole);
	if (!type_is(t, T_NONE) && (command || !type_is(t, T_RESULT))) return;
	struct diag *d = diag_add(c->ds, D_not_printable, part->hole->span, "%s can't be put into a text", type_phrase(c, t));
	if (type_is(t, T_RESULT)) diag_help(c->ds, d, "its output is `.stdout`, perhaps `.stdout.trim()`");
	part->hole->type = TYPE(T_ERROR);
}

void check_template(struct checker *c, struct template *t, bool command)
{
	for (size_t i = 0; i < t->parts.n; i++) {
		struct template_part *part = &t->parts.at[i];
		if (!part->hole) continue;
		check_hole(c, part, command);
		if (command || !part->raw) continue;
		struct diag *d = diag_add(c->ds, D_raw_outside, part->span, "`raw` has a meaning only in a command");
		diag_help(c->ds, d, "a text takes every value as it is: leave `raw` out");
	}
}

/* ---- lists ---- */

static void report_elements(struct checker *c, const struct expr *first, struct expr *other)
{
	struct diag *d = diag_add(c->ds, D_mixed_list, other->span, "a list holds values of one type, but this is %s",
		type_phrase(c, other->type));
	diag_label(c->ds, d, first->span, "the list begins with %s", type_phrase(c, first->type));
}

/* The type that all elements fit: that of the first which is no empty list. */
static struct type check_list(struct checker *c, struct expr *e)
{
	struct expr *typed = NULL;
	for (size_t i = 0; i < e->list.elements.n; i++) {
		struct expr *x = e->list.elements.at[i];
		check_expr(c, x);
		if (type_is(x->type, T_NONE)) {
			require(c, x, TYPE(T_STRING), "an element");
			continue;
		}
		if (!typed || (typed->type.base == T_NONE && x->type.lists >= typed->type.lists)) typed = is_error(x->type) ? typed : x;
	}
	if (!typed) return e->list.elements.n ? TYPE(T_ERROR) : TYPE_LIST(T_NONE);
	if (typed->type.lists >= TYPE_MAX_LISTS) {
		diag_add(c->ds, D_mixed_list, e->span, "lists stand in each other more than %d deep", TYPE_MAX_LISTS);
		return TYPE(T_ERROR);
	}
	for (size_t i = 0; i < e->list.elements.n; i++) {
		struct expr *x = e->list.elements.at[i];
		if (!is_error(x->type) && !adopt(x, typed->type)) report_elements(c, typed, x);
	}
	return type_list_of(typed->type);
}

static struct type element_of(struct checker *c, struct expr *list, const char *what)
{
	if (is_error(list->type)) return list->type;
	if (list->type.lists) return list->type.base == T_NONE && list->type.lists == 1 ? TYPE(T_ERROR) : type_element(list->type);
	struct diag *d = diag_add(c->ds, D_type_mismatch, list->span, "%s goes through a list, but this is %s", what,
		type_phrase(c, list->type));
	if (type_is(list->type, T_STRING)) diag_help(c->ds, d, "`.lines()` is the list of its lines, `.split(\",\")` that of its parts");
	return TYPE(T_ERROR);
}

static struct type check_comprehension(struct checker *c, struct expr *e)
{
	c->unsure = true;
	check_expr(c, e->comprehension.list);
	struct type element = element_of(c, e->comprehension.list, "a comprehension");
	size_t mark = scope_enter(&c->scope);
	e->comprehension.symbol = symbol_new(c, SYM_LOCAL, e->comprehension.variable, element);
	declare_value(c, e->comprehension.symbol);
	check_expr_as(c, e->comprehension.condition, TYPE(T_BOOL), "the condition");
	struct type t = check_expr(c, e->comprehension.element);
	scope_leave(&c->scope, mark);
	if (type_is(t, T_NONE)) return require(c, e->comprehension.element, TYPE(T_STRING), "an element"), TYPE(T_ERROR);
	return is_error(t) || t.lists >= TYPE_MAX_LISTS ? TYPE(T_ERROR) : type_list_of(t);
}

/* ---- all of them ---- */

static struct type check_here(struct checker *c, struct expr *e)
{
	note_here(c, e->span, "`here`");
	return TYPE(T_HOST);
}

static struct type check_string(struct checker *c, struct expr *e)
{
	check_template(c, e->string, false);
	return TYPE(T_STRING);
}

static struct type type_of(struct checker *c, struct expr *e)
{
	switch (e->kind) {
	case E_BOOL: return TYPE(T_BOOL);
	case E_INT: return TYPE(T_INT);
	case E_FLOAT: return TYPE(T_FLOAT);
	case E_DURATION: return TYPE(T_DURATION);
	case E_SIZE: return TYPE(T_SIZE);
	case E_PERCENT: return TYPE(T_PERCENT);
	case E_STRING: return check_string(c, e);
	case E_LIST: return check_list(c, e);
	case E_NAME: return check_name(c, e);
	case E_HERE: return check_here(c, e);
	case E_RUNNER: return TYPE(T_HOST);
	case E_FIELD: return check_field(c, e);
	case E_CALL: return check_call(c, e);
	case E_UNARY: return check_unary(c, e);
	case E_BINARY: return check_binary(c, e);
	case E_COMPREHENSION: return check_comprehension(c, e);
	case E_RUN: return check_run(c, e);
	case E_HTTP: return check_http(c, e);
	case E_TCP: return check_tcp(c, e);
	case E_PROBE: return check_probe_read(c, e);
	case E_ERROR:
	case E_KINDS: break;
	}
	return TYPE(T_ERROR);
}

struct type check_expr(struct checker *c, struct expr *e)
{
	struct type t = type_of(c, e);
	return e->type = t;
}

void check_time(struct checker *c, struct expr *e, const char *what)
{
	if (!e) return;
	c->unsure |= e->kind != E_DURATION;
	check_expr_as(c, e, TYPE(T_DURATION), what);
}

void check_expr_as(struct checker *c, struct expr *e, struct type want, const char *what)
{
	if (!e) return;
	check_expr(c, e);
	require(c, e, want, what);
}
