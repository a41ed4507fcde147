/* check_call: whose function is meant, and which argument is whose. */
#include "check_private.h"

/* ---- the function that is meant ---- */

struct callee {
	struct symbol *symbol;   /* NULL: reported */
	const struct name *name;
	struct expr *object;     /* x of x.f(…), or NULL */
};

static struct callee member_callee(struct checker *c, struct symbol *module, const struct name *name)
{
	struct callee found = { .name = name };
	module->uses++;
	if (!module->module) return found;
	found.symbol = find_member(c, module->module, name->text);
	if (!found.symbol) report_unknown_member(c, module, name);
	return found;
}

/* Whether it is a name that means nothing, or a field of one: that is reported, and not besides what stands behind its dot. */
static bool is_unknown_name(struct checker *c, const struct expr *e)
{
	while (e && e->kind == E_FIELD) e = e->field.object;
	return e && e->kind == E_NAME && !scope_find(&c->scope, e->name.name.text) && !map_get(&c->m->names, e->name.name.text);
}

static struct callee find_callee(struct checker *c, struct expr *callee, bool want_fault)
{
	if (callee->kind == E_FIELD) {
		struct symbol *module = module_of(c, callee->field.object);
		if (module) return member_callee(c, module, &callee->field.field);
	}
	struct callee found = { .name = callee->kind == E_FIELD ? &callee->field.field : &callee->name.name };
	if (callee->kind == E_FIELD) found.object = callee->field.object;
	struct symbol *own = map_get(&c->m->names, found.name->text);
	if (want_fault && own && own->kind == SYM_FAULT) found.symbol = own;
	else found.symbol = find_function(c, found.name->text);
	if (!found.symbol && own && own->kind == SYM_FAULT) found.symbol = own;
	if (!found.symbol && !is_unknown_name(c, found.object)) report_unknown_function(c, found.name, want_fault);
	return found;
}

static bool is_callable(struct checker *c, const struct expr *callee)
{
	if (callee->kind == E_NAME || callee->kind == E_FIELD) return true;
	if (callee->kind != E_ERROR) diag_add(c->ds, D_unknown_function, callee->span, "only functions can be called, by their name");
	return false;
}

/* ---- arguments ---- */

static params_t *params_of(const struct symbol *s)
{
	return s->kind == SYM_FN ? &s->item->fn.params : &s->item->fault.params;
}

static int param_named(const params_t *params, struct str label)
{
	for (size_t i = 0; i < params->n; i++)
		if (str_eq(params->at[i].name.text, label)) return (int)i;
	return -1;
}

static void report_label(struct checker *c, const struct symbol *s, const struct name *label)
{
	const params_t *params = params_of(s);
	struct diag *d = diag_add(c->ds, D_unknown_label, label->span, "`%.*s` has no parameter `%.*s`", STR_ARG(s->name),
		STR_ARG(label->text));
	diag_label(c->ds, d, s->span, "declared here");
	if (!may_look(c, params->n)) return;
	const char **names = arena_array_of(c->a, const char *, params->n + 1);
	for (size_t i = 0; i < params->n; i++) names[i] = arena_strndup(c->a, params->at[i].name.text.p, params->at[i].name.text.n);
	const char *near = str_nearest(label->text, names, params->n);
	if (near) {
		diag_help(c->ds, d, "did you mean `%s:`?", near);
		diag_fix(c->ds, d, label->span, "%s", near);
	}
}

static void report_twice(struct checker *c, const struct param *p, const struct expr *again, const struct expr *before)
{
	struct diag *d = diag_add(c->ds, D_argument_twice, again->span, "`%.*s` is given twice", STR_ARG(p->name.text));
	diag_label(c->ds, d, before->span, "here already");
}

static const char *signature_text(struct checker *c, const struct symbol *s)
{
	const params_t *params = params_of(s);
	struct buf b = { 0 };
	buf_str(&b, s->name);
	buf_putc(&b, '(');
	for (size_t i = 0; i < params->n; i++) {
		buf_printf(&b, "%s%.*s: ", i ? ", " : "", STR_ARG(params->at[i].name.text));
		type_put(&b, params->at[i].type);
		if (params->at[i].default_value) buf_puts(&b, " = …");
	}
	buf_putc(&b, ')');
	const char *text = arena_strndup(c->a, b.p, b.n);
	buf_free(&b);
	return text;
}

static void report_too_many(struct checker *c, const struct symbol *s, const struct expr *surplus)
{
	struct diag *d = diag_add(c->ds, D_argument_count, surplus->span, "too many arguments: `%.*s` takes %u", STR_ARG(s->name),
		params_of(s)->n);
	diag_label(c->ds, d, s->span, "declared here");
	if (may_look(c, params_of(s)->n)) diag_note(c->ds, d, "it is %s", signature_text(c, s));
}

/* Puts each argument in its parameter's place; false if one has none. */
static bool place_arguments(struct checker *c, struct expr *call, const struct symbol *s, struct expr *object)
{
	params_t *params = params_of(s);
	struct expr **slot = arena_array_of(c->a, struct expr *, params->n + 1);
	size_t next = 0;
	size_t errors = c->ds->errors;
	if (object && params->n) slot[next++] = object;
	else if (object) report_too_many(c, s, object);
	for (size_t i = 0; i < call->call.args.n; i++) {
		struct arg *arg = &call->call.args.at[i];
		int k = arg->label.text.n ? param_named(params, arg->label.text) : (int)next++;
		if (k < 0) report_label(c, s, &arg->label);
		else if ((size_t)k == params->n) report_too_many(c, s, arg->value); /* once */
		else if ((size_t)k > params->n) continue;
		else if (slot[k]) report_twice(c, &params->at[k], arg->value, slot[k]);
		else slot[k] = arg->value;
	}
	call->call.resolved = (exprs_t){ slot, params->n, params->n + 1 };
	return errors == c->ds->errors;
}

static void report_missing(struct checker *c, const struct expr *call, const struct symbol *s, const struct param *p)
{
	struct diag *d = diag_add(c->ds, D_argument_count, call->span, "`%.*s` needs a `%.*s`", STR_ARG(s->name), STR_ARG(p->name.text));
	diag_label(c->ds, d, p->name.span, "this parameter has no default");
	if (may_look(c, params_of(s)->n)) diag_note(c->ds, d, "it is %s", signature_text(c, s));
}

static void fit_arguments(struct checker *c, struct expr *call, const struct symbol *s, struct expr *object)
{
	params_t *params = params_of(s);
	bool all_placed = place_arguments(c, call, s, object);
	for (size_t i = 0; i < params->n; i++) {
		struct expr **arg = &call->call.resolved.at[i];
		const struct param *p = &params->at[i];
		if (*arg) require(c, *arg, p->type, arena_printf(c->a, "the argument `%.*s`", STR_ARG(p->name.text)));
		else if (p->default_value) *arg = p->default_value;
		else if (all_placed) report_missing(c, call, s, p);
	}
}

/* ---- calls ---- */

static void check_arguments(struct checker *c, struct expr *call, struct expr *object)
{
	if (object) check_expr(c, object);
	for (size_t i = 0; i < call->call.args.n; i++) check_expr(c, call->call.args.at[i].value);
}

static struct type call_builtin(struct checker *c, struct expr *e, const struct callee *f)
{
	exprs_t args = { 0 };
	if (f->object) vec_push(c->a, &args, f->object);
	for (size_t i = 0; i < e->call.args.n; i++) {
		struct arg *arg = &e->call.args.at[i];
		if (arg->label.text.n)
			diag_add(c->ds, D_unknown_label, arg->label.span,
				"built-in functions have no names for their arguments: leave out `%.*s:`", STR_ARG(arg->label.text));
		vec_push(c->a, &args, arg->value);
	}
	struct type result = TYPE(T_ERROR);
	int row = resolve_builtin(c, f->symbol->builtin, e, &args, &result);
	e->call.symbol = NULL;
	if (row < 0) return TYPE(T_ERROR);
	e->call.symbol = builtin_symbol(c, row);
	e->call.resolved = args;
	return result;
}

static struct type refuse_fault(struct checker *c, struct expr *e, const struct symbol *fault)
{
	struct diag *d = diag_add(c->ds, D_fault_called, e->call.callee->span, "`%.*s` is a fault: it can't be called",
		STR_ARG(fault->name));
	diag_label(c->ds, d, fault->span, "declared here");
	const struct source *s = c->p->sources->file.at[e->span.file];
	struct str callee = { s->text.p + e->call.callee->span.start, e->call.callee->span.end - e->call.callee->span.start };
	diag_help(c->ds, d, "a step takes it as a whole, with its verify and restore: do %.*s(…)", STR_ARG(callee));
	return TYPE(T_ERROR);
}

struct type check_call(struct checker *c, struct expr *e)
{
	if (!is_callable(c, e->call.callee)) return check_arguments(c, e, NULL), TYPE(T_ERROR);
	struct callee f = find_callee(c, e->call.callee, false);
	check_arguments(c, e, f.object);
	e->call.symbol = f.symbol;
	if (!f.symbol) return TYPE(T_ERROR);
	f.symbol->uses++;
	if (f.symbol->kind == SYM_FAULT) return refuse_fault(c, e, f.symbol);
	if (f.symbol->kind == SYM_BUILTIN) return call_builtin(c, e, &f);
	fit_arguments(c, e, f.symbol, f.object);
	note_call(c, f.symbol, e->span, false);
	return f.symbol->type;
}

void check_do(struct checker *c, struct expr *e)
{
	if (e->kind != E_CALL) return;
	if (!is_callable(c, e->call.callee)) return;
	struct callee f = find_callee(c, e->call.callee, true);
	check_arguments(c, e, f.object);
	e->call.symbol = f.symbol;
	if (!f.symbol) return;
	f.symbol->uses++;
	if (f.symbol->kind != SYM_FAULT) {
		struct diag *d = diag_add(c->ds, D_not_a_fault, e->call.callee->span, "`%.*s` is a function, not a fault",
			STR_ARG(f.symbol->name));
		if (f.symbol->kind == SYM_FN) diag_label(c->ds, d, f.symbol->span, "declared here");
		diag_help(c->ds, d, "`do` takes a fault, which knows how it is undone");
		return;
	}
	fit_arguments(c, e, f.symbol, f.object);
}
