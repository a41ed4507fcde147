/* check_names: what names stand for, and what to say when they stand for nothing. */
#include "check_private.h"

enum { CANDIDATES = 4096, COMPARING = 20 /* looks that comparing a candidate is worth */ };

struct candidates {
	VEC(const char *) at;
};

/* A name that means nothing is reported once in a file; where else it stands is shown beside. */
enum missing { MISSING_VALUE, MISSING_FUNCTION };
enum { OTHER_PLACES = 4 };

static bool reported_before(struct checker *c, enum missing kind, const struct name *name)
{
	struct diag *d = map_get(&c->missing[kind], name->text);
	if (!d || d->span.file != name->span.file) return false;
	if (d->labels.n < OTHER_PLACES) diag_label(c->ds, d, name->span, "and here");
	return true;
}

/* ---- what could not be read ---- */

static bool is_word_byte(char b)
{
	return (b >= '0' && b <= '9') || ((b | 32) >= 'a' && (b | 32) <= 'z') || b == '_';
}

static void gather_unread(struct checker *c, struct module *m)
{
	struct str text = c->p->sources->file.at[m->file]->text;
	for (size_t i = 0; i < m->ast->unread.n; i++) {
		const struct span *s = &m->ast->unread.at[i];
		for (size_t at = s->start, end; at < s->end; at = end + 1) {
			for (end = at; end < s->end && is_word_byte(text.p[end]); end++) {}
			if (end > at) map_put(c->a, &m->unread, (struct str){ text.p + at, end - at }, m);
		}
	}
}

bool may_be_unread(struct checker *c, struct module *m, struct str name)
{
	if (!m->ast->unread.n) return false;
	if (!m->unread.n) gather_unread(c, m);
	return map_get(&m->unread, name) != NULL;
}

bool is_unread_within(struct checker *c, struct span at)
{
	const struct ast *ast = c->m->ast;
	if (!may_look(c, ast->unread.n)) return true;
	for (size_t i = 0; i < ast->unread.n; i++)
		if (ast->unread.at[i].start < at.end && ast->unread.at[i].end > at.start) return true;
	return false;
}

static const char *const builtin_names[] = {
#define BUILTIN(id, name, signature, effect, doc) name,
#include "irs/tbl/builtin.def"
#undef BUILTIN
};
enum { BUILTINS = sizeof builtin_names / sizeof *builtin_names };

int builtin_row(struct checker *c, struct str name)
{
	if (!c->builtins.n)
		for (size_t i = 0; i < BUILTINS; i++)
			if (!map_get(&c->builtins, str_of(builtin_names[i])))
				map_put(c->a, &c->builtins, str_of(builtin_names[i]), (void *)(uintptr_t)(i + 1));
	return (int)(uintptr_t)map_get(&c->builtins, name) - 1;
}

struct symbol *symbol_new(struct checker *c, enum symbol_kind kind, struct name name, struct type type)
{
	struct symbol *s = arena_new_of(c->a, struct symbol);
	*s = (struct symbol){ .kind = kind, .name = name.text, .span = name.span, .type = type, .module = c->m, .builtin = -1, .level = LEVEL_SECRET };
	return s;
}

/* ---- top level ---- */

static const char *kind_phrase(const struct symbol *s)
{
	switch (s->kind) {
	case SYM_MODULE: return "a module";
	case SYM_FN: return "a function";
	case SYM_FAULT: return "a fault";
	case SYM_BUILTIN: return "a built-in function";
	case SYM_PARAM: return "a parameter";
	case SYM_LOCAL:
	case SYM_CAPTURE: return "a value";
	case SYM_GLOBAL: return s->item->kind == I_TARGET ? "a target" : s->item->kind == I_PARAM ? "a parameter" : "a value";
	case SYM_PROBE: return "a probe";
	case SYM_STEP: return "a step";
	case SYM_RESPONSE_FIELD: return "a field of the answer";
	}
	return "a name";
}

static void declare_top(struct checker *c, struct module *m, struct item *item, enum symbol_kind kind)
{
	struct type result = item->kind == I_FN && item->fn.has_result ? item->fn.result : TYPE(T_NONE);
	struct symbol *s = symbol_new(c, kind, item->name, result);
	s->item = item;
	s->level = item->level;
	s->module = m;
	s->facts = kind == SYM_FN ? arena_new_of(c->a, struct fn_facts) : NULL;
	item->symbol = s;
	if (!item->name.text.n) return;
	struct symbol *before = map_get(&m->names, s->name);
	if (!before) {
		map_put(c->a, &m->names, s->name, s);
		return;
	}
	struct diag *d = diag_add(c->ds, D_duplicate_name, s->span, "`%.*s` is declared twice", STR_ARG(s->name));
	diag_label(c->ds, d, before->span, "first, as %s", kind_phrase(before));
}

void declare_module(struct checker *c, struct module *m)
{
	c->m = m;
	for (size_t i = 0; i < m->ast->items.n; i++) {
		struct item *item = m->ast->items.at[i];
		if (item->kind == I_FN) declare_top(c, m, item, SYM_FN);
		if (item->kind == I_FAULT) declare_top(c, m, item, SYM_FAULT);
	}
}

/* ---- did you mean ---- */

bool may_look(struct checker *c, size_t looks)
{
	if (c->looks < looks) return false;
	c->looks -= looks;
	return true;
}

static void consider(struct checker *c, struct candidates *all, struct str word, struct str name)
{
	size_t difference = word.n > name.n ? word.n - name.n : name.n - word.n;
	if (difference > 3 || all->at.n >= CANDIDATES || !may_look(c, COMPARING)) return;
	vec_push(c->a, &all->at, arena_strndup(c->a, name.p, name.n));
}

static void suggest(struct checker *c, struct diag *d, const struct name *name, const struct candidates *all)
{
	const char *near = str_nearest(name->text, all->at.at, all->at.n);
	if (!near) return;
	diag_help(c->ds, d, "did you mean `%s`?", near);
	diag_fix(c->ds, d, name->span, "%s", near);
}

static void consider_values(struct checker *c, struct candidates *all, struct str word)
{
	for (size_t i = c->scope.entry.n; i-- > 0 && may_look(c, 1);) consider(c, all, word, c->scope.entry.at[i].symbol->name);
}

static void consider_top(struct checker *c, struct candidates *all, const struct module *m, struct str word, enum symbol_kind kind)
{
	for (size_t i = 0; i < m->names.n && may_look(c, 1); i++) {
		const struct symbol *s = m->names.entry[i].value;
		if (s->kind == kind) consider(c, all, word, s->name);
	}
}

/* ---- values ---- */

void declare_value(struct checker *c, struct symbol *s)
{
	if (is_own_module(c, c->m)) vec_push(c->a, &c->p->values, s);
	if (!s->name.n) return;
	struct symbol *before = scope_find(&c->scope, s->name);
	if (!before) {
		struct symbol *top = map_get(&c->m->names, s->name);
		if (top && top->kind == SYM_MODULE) before = top;
	}
	if (before) {
		struct diag *d = diag_add(c->ds, D_shadowed, s->span, "`%.*s` stands for something else already", STR_ARG(s->name));
		diag_label(c->ds, d, before->span, "this is %s", kind_phrase(before));
		diag_help(c->ds, d, "choose another name: each stands for one thing wherever it can be seen");
		s = arena_memdup(c->a, s, sizeof *s); /* nobody knows which one is meant from here on */
		s->type = TYPE(T_ERROR);
	}
	scope_add(c->a, &c->scope, s);
}

static const struct stmt *find_let(struct checker *c, const struct block *b, struct str name);

static const struct stmt *find_let_within(struct checker *c, const struct stmt *s, struct str name)
{
	switch (s->kind) {
	case S_LET: return str_eq(s->let.name.text, name) ? s : NULL;
	case S_IF: {
		const struct stmt *found = find_let(c, s->branch.then, name);
		return found ? found : find_let(c, s->branch.otherwise, name);
	}
	case S_FOR: return find_let(c, s->loop.body, name);
	case S_RETRY: return find_let(c, s->retry.body, name);
	default: return NULL;
	}
}

static const struct stmt *find_let(struct checker *c, const struct block *b, struct str name)
{
	for (size_t i = 0; b && i < b->stmts.n && may_look(c, 1); i++) {
		const struct stmt *found = find_let_within(c, b->stmts.at[i], name);
		if (found) return found;
	}
	return NULL;
}

static const items_t *owner_items(const struct item *owner)
{
	return owner->kind == I_STEP ? &owner->step.items : &owner->fault.items;
}

/* A let of that name in the induce block of the step or fault that is being read, while another of its blocks is. */
static const struct stmt *let_of_induce(struct checker *c, struct str name)
{
	if (!c->owner || c->place == PLACE_INDUCE) return NULL;
	const items_t *items = owner_items(c->owner);
	for (size_t i = 0; i < items->n; i++) {
		if (items->at[i]->kind != I_INDUCE) continue;
		const struct stmt *found = find_let(c, items->at[i]->body.body, name);
		if (found) return found;
	}
	return NULL;
}

static void report_induce_value(struct checker *c, const struct name *name, const struct stmt *let)
{
	struct diag *d = diag_add(c->ds, D_value_of_induce, name->span, "`%.*s` is born in induce and can't be seen in %s",
		STR_ARG(name->text), place_table[c->place].what);
	diag_label(c->ds, d, let->let.name.span, "it gets its value while inducing");
	diag_note(c->ds, d, "undoing must be possible after any crash, and then nobody knows what induce computed");
	diag_help(c->ds, d, "compute it in a `let` of the %s before induce; what induce creates is named beforehand with mark()",
		c->owner->kind == I_STEP ? "step" : "fault");
}

static const struct item *let_among(struct checker *c, const items_t *items, struct str name)
{
	for (size_t i = 0; i < items->n && may_look(c, 1); i++)
		if (items->at[i]->kind == I_LET && str_eq(items->at[i]->name.text, name)) return items->at[i];
	return NULL;
}

/* Where a let of that name stands which can't be seen here: further down, or in a block that has ended. */
static const struct span *unseen_let(struct checker *c, struct str name)
{
	const struct item *item = c->in_let ? let_among(c, &c->p->scenario->scenario.items, name) : NULL;
	if (!item && c->owner && c->place == PLACE_CAPTURE) item = let_among(c, owner_items(c->owner), name);
	if (item) return &item->name.span;
	const struct stmt *let = find_let(c, c->body, name);
	return let ? &let->let.name.span : NULL;
}

static bool report_unseen(struct checker *c, const struct name *name)
{
	const struct span *let = unseen_let(c, name->text);
	if (!let) return false;
	bool before = let->start < name->span.start;
	const char *what = before ? "can't be seen here: it ends with its block" : "has no value yet here";
	struct diag *d = diag_add(c->ds, D_used_too_early, name->span, "`%.*s` %s", STR_ARG(name->text), what);
	diag_label(c->ds, d, *let, "it gets its value here");
	if (before) diag_help(c->ds, d, "move its `let` before the block, or what uses it into the block");
	else diag_help(c->ds, d, "values are computed in their order: move this below it");
	return true;
}

static void report_no_value(struct checker *c, const struct name *name, const struct symbol *s)
{
	struct diag *d = diag_add(c->ds, D_not_a_value, name->span, "`%.*s` is %s, not a value", STR_ARG(name->text), kind_phrase(s));
	if (s->kind == SYM_FN || s->kind == SYM_BUILTIN) diag_help(c->ds, d, "call it: %.*s(…)", STR_ARG(name->text));
	if (s->kind == SYM_FAULT) diag_help(c->ds, d, "a step induces it: do %.*s(…)", STR_ARG(name->text));
	if (s->kind == SYM_PROBE) diag_help(c->ds, d, "ask it: %.*s healthy for 1m", STR_ARG(name->text));
	if (s->kind != SYM_BUILTIN) diag_label(c->ds, d, s->span, "declared here");
}

static void report_unknown_value(struct checker *c, const struct name *name)
{
	const struct stmt *let = let_of_induce(c, name->text);
	if (let) {
		report_induce_value(c, name, let);
		return;
	}
	if (report_unseen(c, name) || may_be_unread(c, c->m, name->text)) return;
	struct symbol *top = map_get(&c->m->names, name->text);
	if (!top) top = map_get(&c->probes, name->text);
	if (!top) top = map_get(&c->steps, name->text);
	if (!top) top = find_function(c, name->text);
	if (top) {
		report_no_value(c, name, top);
		return;
	}
	if (reported_before(c, MISSING_VALUE, name)) return;
	struct diag *d = diag_add(c->ds, D_unknown_name, name->span, "there is no value `%.*s` here", STR_ARG(name->text));
	map_put(c->a, &c->missing[MISSING_VALUE], name->text, d);
	if (stdlib_has(c, name->text)) {
		diag_help(c->ds, d, "the standard library has a module of that name: write `use %.*s` at the top of the file", STR_ARG(name->text));
		return;
	}
	struct candidates all = { 0 };
	consider_values(c, &all, name->text);
	suggest(c, d, name, &all);
}

/* A response's field, behind the `expect` of an http. A value of that name can't be meant as well. */
static struct symbol *find_response_field(struct checker *c, const struct name *name)
{
	if (!c->responding) return NULL;
	for (size_t i = 0; i < sizeof c->response / sizeof *c->response; i++) {
		struct symbol *field = c->response[i];
		if (!str_eq(field->name, name->text)) continue;
		struct symbol *other = scope_find(&c->scope, name->text);
		if (other) {
			struct diag *d = diag_add(c->ds, D_shadowed, name->span,
				"`%.*s` is the answer's here, and a value of that name is in sight", STR_ARG(name->text));
			diag_label(c->ds, d, other->span, "this is %s", kind_phrase(other));
			diag_help(c->ds, d, "give the value another name");
			other->uses++;
		}
		return field;
	}
	return NULL;
}

struct symbol *find_value(struct checker *c, const struct name *name)
{
	struct symbol *s = find_response_field(c, name);
	if (!s) s = scope_find(&c->scope, name->text);
	if (!s) return report_unknown_value(c, name), NULL;
	s->uses++;
	return s;
}

/* ---- functions and modules ---- */

struct symbol *module_of(struct checker *c, const struct expr *e)
{
	if (e->kind != E_NAME || scope_find(&c->scope, e->name.name.text)) return NULL;
	struct symbol *s = map_get(&c->m->names, e->name.name.text);
	return s && s->kind == SYM_MODULE ? s : NULL;
}

struct symbol *builtin_symbol(struct checker *c, int row)
{
	if (!c->builtin) c->builtin = arena_array_of(c->a, struct symbol *, BUILTINS);
	if (c->builtin[row]) return c->builtin[row];
	struct symbol *s = symbol_new(c, SYM_BUILTIN, (struct name){ str_of(builtin_names[row]), { 0 } }, TYPE(T_NONE));
	s->builtin = row;
	s->level = LEVEL_PUBLIC;
	return c->builtin[row] = s;
}

struct symbol *find_function(struct checker *c, struct str name)
{
	struct symbol *s = map_get(&c->m->names, name);
	if (s && s->kind == SYM_FN) return s;
	s = map_get(&c->p->modules.at[1]->names, name);
	if (s && s->kind == SYM_FN) return s;
	int row = builtin_row(c, name);
	return row < 0 ? NULL : builtin_symbol(c, row);
}

struct symbol *find_member(struct checker *c, struct module *m, struct str name)
{
	(void)c;
	struct symbol *s = map_get(&m->names, name);
	return s && (s->kind == SYM_FN || s->kind == SYM_FAULT) ? s : NULL;
}

void report_unknown_function(struct checker *c, const struct name *name, bool want_fault)
{
	if (may_be_unread(c, c->m, name->text) || reported_before(c, MISSING_FUNCTION, name)) return;
	struct candidates all = { 0 };
	struct diag *d = diag_add(c->ds, D_unknown_function, name->span, "there is no %s `%.*s`", want_fault ? "fault" : "function",
		STR_ARG(name->text));
	map_put(c->a, &c->missing[MISSING_FUNCTION], name->text, d);
	consider_top(c, &all, c->m, name->text, want_fault ? SYM_FAULT : SYM_FN);
	if (!want_fault) {
		consider_top(c, &all, c->p->modules.at[1], name->text, SYM_FN);
		for (size_t i = 0; i < BUILTINS; i++) consider(c, &all, name->text, str_of(builtin_names[i]));
	}
	suggest(c, d, name, &all);
	if (d->help) return;
	for (size_t i = 0; i < c->m->names.n && may_look(c, 1); i++) {
		const struct symbol *s = c->m->names.entry[i].value;
		if (s->kind != SYM_MODULE || !s->module || !map_get(&s->module->names, name->text)) continue;
		diag_help(c->ds, d, "the module `%.*s` has one: %.*s.%.*s(…)", STR_ARG(s->name), STR_ARG(s->name), STR_ARG(name->text));
		diag_fix(c->ds, d, name->span, "%.*s.%.*s", STR_ARG(s->name), STR_ARG(name->text));
		return;
	}
}

void report_unknown_member(struct checker *c, const struct symbol *module, const struct name *name)
{
	if (!module->module || may_be_unread(c, module->module, name->text) || reported_before(c, MISSING_FUNCTION, name)) return;
	struct diag *d = diag_add(c->ds, D_unknown_member, name->span, "the module `%.*s` has no `%.*s`", STR_ARG(module->name),
		STR_ARG(name->text));
	map_put(c->a, &c->missing[MISSING_FUNCTION], name->text, d);
	struct candidates all = { 0 };
	consider_top(c, &all, module->module, name->text, SYM_FN);
	consider_top(c, &all, module->module, name->text, SYM_FAULT);
	suggest(c, d, name, &all);
	diag_label(c->ds, d, module->span, "the module is used here");
}
