#include <string.h>

#include "irs/file.h"
#include "irs/literal.h"
#include "irs/setup.h"
#include "setup.h"

enum { LARGEST_PARAM = 1 << 20 };

static struct value constant_value(struct setup *s, uint32_t index)
{
	static const uint8_t tags[T_BASES] = { [T_BOOL] = V_BOOL, [T_INT] = V_INT, [T_DURATION] = V_DURATION, [T_SIZE] = V_SIZE,
		                               [T_PERCENT] = V_PERCENT };
	const struct image_constant *c = &s->image->constant[index];
	struct value v = { .tag = tags[c->type.base], .i = c->bits };
	if (c->type.base == T_STRING) return value_string(s->arena, s->image->string[c->bits]);
	if (c->type.base != T_FLOAT) return v;
	v.tag = V_FLOAT;
	memcpy(&v.f, &c->bits, sizeof v.f);
	return v;
}

static void take_defaults(struct setup *s)
{
	for (size_t i = 0; i < s->image->nglobal; i++) {
		const struct image_global *g = &s->image->global[i];
		const char *name = arena_strndup(s->arena, image_str(s->image, g->name).p, image_str(s->image, g->name).n);
		if (g->kind == GLOBAL_TARGET) s->globals[i] = value_unknown(s->arena, g->type, PLACED, name);
		else if (g->value != IMAGE_NONE) s->globals[i] = constant_value(s, g->value);
	}
}

struct setup *setup_new(struct arena *a, const struct image *img)
{
	struct setup *s = arena_new_of(a, struct setup);
	struct vm_host *runner = arena_new_of(a, struct vm_host);
	*runner = (struct vm_host){ STR("runner"), STR("127.0.0.1") };
	*s = (struct setup){ .arena = a, .image = img, .hosts = { 1, runner } };
	s->globals = arena_array_of(a, struct value, img->nglobal + 1);
	s->host = arena_array_of(a, const struct inventory_host *, 1);
	s->given = arena_array_of(a, bool, img->nglobal + 1);
	take_defaults(s);
	return s;
}

void setup_find(struct setup *s, enum diag_code code, struct str item, const char *help, const char *message)
{
	struct setup_finding f = { .code = code, .item = item, .message = message, .help = help };
	vec_push(s->arena, &s->findings, f);
}

void setup_give(struct setup *s, uint32_t global)
{
	struct str name = image_str(s->image, s->image->global[global].name);
	if (s->given[global]) setup_find(s, D_option_twice, name, "say it once", arena_printf(s->arena, "`%.*s` is given twice", STR_ARG(name)));
	s->given[global] = true;
}

static const struct image_global *find_param(struct setup *s, struct str name)
{
	for (size_t i = 0; i < s->image->nglobal; i++) {
		const struct image_global *g = &s->image->global[i];
		if (g->kind == GLOBAL_PARAM && str_eq(image_str(s->image, g->name), name)) return g;
	}
	return NULL;
}

static const char *nearest_param(struct setup *s, struct str name)
{
	const char **names = arena_array_of(s->arena, const char *, s->image->nglobal + 1);
	size_t n = 0;
	for (size_t i = 0; i < s->image->nglobal; i++) {
		struct str known = image_str(s->image, s->image->global[i].name);
		if (s->image->global[i].kind == GLOBAL_PARAM) names[n++] = arena_strndup(s->arena, known.p, known.n);
	}
	const char *near = str_nearest(name, names, n);
	if (near) return arena_printf(s->arena, "did you mean `%s`?", near);
	if (!n) return "the scenario has no params";
	struct buf all = { 0 };
	buf_puts(&all, "its params are ");
	for (size_t i = 0; i < n; i++) buf_printf(&all, "%s`%s`", i ? ", " : "", names[i]);
	const char *help = arena_strndup(s->arena, all.p, all.n);
	buf_free(&all);
	return help;
}

/* False: the text is no value of that type. */
static bool parse_value(struct setup *s, struct type t, struct str text, struct value *out)
{
	struct value v = { 0 };
	enum literal_fault fault = LIT_OK;
	if (t.lists) return false;
	switch ((enum type_base)t.base) {
	case T_BOOL:
		v.tag = V_BOOL;
		v.i = str_eq(text, STR("true")) ? TRUE3 : FALSE3;
		if (!v.i && !str_eq(text, STR("false"))) return false;
		break;
	case T_INT: {
		bool negative = text.n && text.p[0] == '-';
		v.tag = V_INT;
		fault = literal_int((struct str){ text.p + negative, text.n - negative }, &v.i);
		if (negative) v.i = -v.i;
		break;
	}
	case T_FLOAT: {
		bool negative = text.n && text.p[0] == '-';
		v.tag = V_FLOAT;
		fault = literal_float((struct str){ text.p + negative, text.n - negative }, &v.f);
		if (negative) v.f = -v.f;
		break;
	}
	case T_DURATION: v.tag = V_DURATION; fault = literal_duration(text, &v.i); break;
	case T_SIZE: v.tag = V_SIZE; fault = literal_size(text, &v.i); break;
	case T_PERCENT: v.tag = V_PERCENT; fault = literal_percent(text, &v.i); break;
	case T_STRING:
		if (memchr(text.p, 0, text.n) || utf8_valid(text.p, text.n) != text.n) return false;
		v = value_string(s->arena, text);
		break;
	default: return false;
	}
	if (fault != LIT_OK) return false;
	*out = v;
	return true;
}

static const char *example_of(struct type t)
{
	if (t.lists) return "a list can't be given on the command line";
	switch ((enum type_base)t.base) {
	case T_BOOL: return "write true or false";
	case T_INT: return "write a whole number, such as 3";
	case T_FLOAT: return "write a number with a dot, such as 0.5";
	case T_DURATION: return "write a duration, such as 300ms or 1h30m";
	case T_SIZE: return "write a size, such as 64KiB";
	case T_PERCENT: return "write a percentage, such as 5%";
	case T_STRING: return "it must be UTF-8 without a NUL byte";
	default: return "a value of this type can't be given on the command line";
	}
}

static int order(struct value a, struct value b)
{
	if (a.tag == V_FLOAT) return (a.f > b.f) - (a.f < b.f);
	return (a.i > b.i) - (a.i < b.i);
}

static const char *shown(struct setup *s, struct value v)
{
	struct buf b = { 0 };
	value_put(&b, v, NULL);
	const char *text = arena_strndup(s->arena, b.p ? b.p : "", b.n);
	buf_free(&b);
	return text;
}

static void check_range(struct setup *s, const struct image_global *g, struct value v)
{
	if (g->low == IMAGE_NONE || g->high == IMAGE_NONE) return;
	struct value low = constant_value(s, g->low), high = constant_value(s, g->high);
	if (order(v, low) >= 0 && order(v, high) <= 0) return;
	struct str name = image_str(s->image, g->name);
	setup_find(s, D_param_range, name, arena_printf(s->arena, "choose a value in %s..%s", shown(s, low), shown(s, high)),
	           arena_printf(s->arena, "the param `%.*s` is %s, outside of %s..%s", STR_ARG(name), shown(s, v), shown(s, low), shown(s, high)));
}

static void set_param(struct setup *s, struct str name, struct str text)
{
	const struct image_global *g = find_param(s, name);
	struct value v;
	if (!g) {
		setup_find(s, D_unknown_param, name, nearest_param(s, name), arena_printf(s->arena, "the scenario has no param `%.*s`", STR_ARG(name)));
		return;
	}
	setup_give(s, (uint32_t)(g - s->image->global));
	if (!parse_value(s, g->type, text, &v)) {
		struct buf type = { 0 };
		type_put(&type, g->type);
		setup_find(s, D_param_value, name, example_of(g->type),
		           arena_printf(s->arena, "the param `%.*s` is of type %s, and `%.*s` is no such value", STR_ARG(name), type.p, text.n > 60 ? 60 : (int)text.n, text.p));
		buf_free(&type);
		return;
	}
	check_range(s, g, v);
	s->globals[g - s->image->global] = v;
}

/* "name=rest"; a finding and false where there is no name. */
bool setup_split(struct setup *s, const char *option, const char *assignment, struct str *name, const char **rest)
{
	const char *equals = strchr(assignment, '=');
	if (equals && equals > assignment) {
		*name = (struct str){ assignment, (size_t)(equals - assignment) };
		*rest = equals + 1;
		return true;
	}
	setup_find(s, D_option_without_value, STR(""), arena_printf(s->arena, "write %s", option),
	           arena_printf(s->arena, "`%s` says no name and value", assignment));
	return false;
}

void setup_param(struct setup *s, const char *assignment)
{
	struct str name;
	const char *rest;
	if (setup_split(s, "--set NAME=VALUE", assignment, &name, &rest)) set_param(s, name, str_of(rest));
}

void setup_param_file(struct setup *s, const char *assignment)
{
	struct str name, text;
	const char *path;
	struct err e = { 0 };
	if (!setup_split(s, "--set-file NAME=FILE", assignment, &name, &path)) return;
	if (!file_read(s->arena, path, LARGEST_PARAM, &text, &e)) {
		setup_find(s, D_param_file, name, *e.remedy ? arena_strdup(s->arena, e.remedy) : NULL,
		           arena_printf(s->arena, "the file for the param `%.*s` can't be read: %s", STR_ARG(name), e.what));
		return;
	}
	if (text.n && text.p[text.n - 1] == '\n') text.n--;
	if (text.n && text.p[text.n - 1] == '\r') text.n--;
	set_param(s, name, text);
}

bool setup_ok(const struct setup *s, struct err *e)
{
	if (!s->findings.n) return true;
	const struct setup_finding *first = &s->findings.at[0];
	struct buf rest = { 0 };
	for (size_t i = 1; i < s->findings.n; i++) buf_printf(&rest, "; %s", s->findings.at[i].message);
	err_set(e, IRS_USAGE, NULL, "%s%s", first->message, rest.p ? rest.p : "");
	if (first->help) err_remedy(e, "%s", first->help);
	buf_free(&rest);
	return false;
}
