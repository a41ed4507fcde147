/* check_step: steps and faults, and that nothing is induced without its undo. */
#include "check_private.h"

struct parts { /* of a step or fault: the first of each kind, and how many */
	struct item *first[I_KINDS];
	size_t n[I_KINDS];
};

static struct parts parts_of(const items_t *items)
{
	struct parts p = { 0 };
	for (size_t i = 0; i < items->n; i++) {
		struct item *item = items->at[i];
		if (p.n[item->kind]++ == 0) p.first[item->kind] = item;
	}
	return p;
}

/* ---- what must be there ---- */

static void check_single(struct checker *c, const items_t *items, const struct parts *p)
{
	static const char *const what[I_KINDS] = { [I_INDUCE] = "`induce`", [I_RESTORE] = "`restore`", [I_FAILSAFE] = "`failsafe`" };
	for (size_t i = 0; i < items->n; i++) {
		const struct item *item = items->at[i];
		if (!what[item->kind] || item == p->first[item->kind]) continue;
		struct diag *d = diag_add(c->ds, D_given_twice, item->keyword, "%s stands twice in one %s", what[item->kind],
			c->owner->kind == I_STEP ? "step" : "fault");
		diag_label(c->ds, d, p->first[item->kind]->keyword, "here already");
		if (item->kind != I_FAILSAFE) diag_help(c->ds, d, "join them, or make them two steps, each with its own verify");
	}
}

static void report_no_undo(struct checker *c, const struct item *induce)
{
	struct diag *d = diag_add(c->ds, D_no_undo, induce->keyword, "this is induced and never undone");
	diag_label(c->ds, d, c->owner->keyword, "the %s has no restore", c->owner->kind == I_STEP ? "step" : "fault");
	diag_help(c->ds, d, "add `restore { … }`, or say why none is needed: restore none because \"…\"");
}

/* What is there in name only: a block in which nothing happens, a reason of blanks. */
static bool does_nothing(const struct block *b)
{
	for (size_t i = 0; i < b->stmts.n; i++)
		if (b->stmts.at[i]->kind != S_LOG) return false;
	return true;
}

static bool says_nothing(const struct template *t)
{
	for (size_t i = 0; i < t->parts.n; i++)
		if (t->parts.at[i].hole || str_trim(t->parts.at[i].text).n) return false;
	return true;
}

static void report_hollow_restore(struct checker *c, const struct item *restore)
{
	if (restore->restore.body ? !does_nothing(restore->restore.body) : !says_nothing(restore->restore.because)) return;
	bool block = restore->restore.body;
	struct diag *d = diag_add(c->ds, D_no_undo, block ? restore->restore.body->span : restore->restore.because->span,
		block ? "this restore undoes nothing" : "the reason is missing");
	diag_help(c->ds, d, block ? "say how it is undone, or why nothing needs to be: restore none because \"…\""
		: "every plan shows why nothing is undone: \"its supervisor starts the worker again\"");
}

static void report_no_verify(struct checker *c, const struct item *induce)
{
	struct diag *d = diag_add(c->ds, D_no_verify, induce->keyword, "nobody would know whether this took effect");
	diag_label(c->ds, d, c->owner->keyword, "the %s has no verify", c->owner->kind == I_STEP ? "step" : "fault");
	diag_help(c->ds, d, "add `verify { … }`: false before inducing and after restoring, true in between");
}

static void report_no_induce(struct checker *c, const struct parts *p)
{
	const struct item *lonely = p->first[I_RESTORE] ? p->first[I_RESTORE] : p->first[I_VERIFY];
	bool step = c->owner->kind == I_STEP;
	struct span at = lonely ? lonely->keyword : c->owner->keyword;
	struct diag *d = diag_add(c->ds, D_no_induce, at, lonely ? "this %s has nothing to %s" : "this %s induces nothing",
		step ? "step" : "fault", lonely && lonely->kind == I_RESTORE ? "undo" : "verify");
	diag_help(c->ds, d, step ? "add `induce { … }`, or take a fault as a whole: do fault(…)" : "add `induce { … }`");
}

static void check_complete(struct checker *c, const struct parts *p)
{
	if (is_unread_within(c, c->owner->span)) return;
	if (!p->n[I_INDUCE]) {
		report_no_induce(c, p);
		return;
	}
	if (p->n[I_RESTORE]) report_hollow_restore(c, p->first[I_RESTORE]);
	else report_no_undo(c, p->first[I_INDUCE]);
	if (!p->n[I_VERIFY]) report_no_verify(c, p->first[I_INDUCE]);
}

/* ---- blocks ---- */

static void check_capture(struct checker *c, struct item *item)
{
	c->place = PLACE_CAPTURE;
	struct type t = check_let_value(c, item->let.value);
	struct symbol *s = symbol_new(c, SYM_CAPTURE, item->name, t);
	s->item = item;
	s->value = item->let.value;
	item->symbol = s;
	declare_value(c, s);
}

static void check_needs(struct checker *c, struct item *item)
{
	if (item->needs.text) check_fixed(c, item->needs.text, "what is needed");
}

static void check_restore(struct checker *c, struct item *item)
{
	if (item->restore.body) check_block(c, item->restore.body, PLACE_RESTORE);
	else check_fixed(c, item->restore.because, "the reason");
}

static void check_part(struct checker *c, struct item *item)
{
	switch (item->kind) {
	case I_NEEDS: check_needs(c, item); break;
	case I_INDUCE: check_block(c, item->body.body, PLACE_INDUCE); break;
	case I_VERIFY: check_block(c, item->body.body, PLACE_VERIFY); break;
	case I_SUPERSEDED: check_block(c, item->body.body, PLACE_SUPERSEDED); break;
	case I_RESTORE: check_restore(c, item); break;
	case I_FAILSAFE:
		check_constant(c, item->failsafe.silent, TYPE(T_DURATION), "`silent`", 1000000000);
		check_constant(c, item->failsafe.latest, TYPE(T_DURATION), "`latest`", 1000000000);
		break;
	default: break;
	}
}

/* Captures come first, in their order: every block sees all of them. */
static void check_parts(struct checker *c, items_t *items)
{
	for (size_t i = 0; i < items->n; i++)
		if (items->at[i]->kind == I_LET) check_capture(c, items->at[i]);
	for (size_t i = 0; i < items->n; i++) check_part(c, items->at[i]);
}

/* ---- do ---- */

static void check_do_retry(struct checker *c, struct stmt *s)
{
	check_constant(c, s->retry.times, TYPE(T_INT), "how often", 1);
	check_constant(c, s->retry.every, TYPE(T_DURATION), "`every`", 0);
	for (size_t i = 0; i < s->retry.body->stmts.n; i++) {
		struct stmt *inner = s->retry.body->stmts.at[i];
		if (inner->kind == S_DO) {
			check_do(c, inner->call);
		} else if (inner->kind != S_ERROR) {
			struct diag *d = diag_add(c->ds, D_do_outside, inner->span, "in a step, `retry` repeats faults and nothing else");
			diag_help(c->ds, d, "write `do fault(…)` here, or put the retry into an induce block");
		}
	}
}

static void check_does(struct checker *c, items_t *items)
{
	c->place = PLACE_CAPTURE;
	for (size_t i = 0; i < items->n; i++) {
		struct item *item = items->at[i];
		if (item->kind != I_DO) continue;
		if (item->stmt->kind == S_DO) check_do(c, item->stmt->call);
		else if (item->stmt->kind == S_RETRY) check_do_retry(c, item->stmt);
	}
}

/* ---- failsafe ---- */

static void check_failsafe_place(struct checker *c, const struct item *failsafe)
{
	bool in_step = c->owner->kind == I_STEP;
	if (!failsafe || failsafe->failsafe.required != in_step) return;
	if (in_step) {
		struct diag *d = diag_add(c->ds, D_failsafe_misplaced, failsafe->span, "a step says its failsafe, it doesn't require one");
		diag_help(c->ds, d, "failsafe silent 10m, latest 4h");
	} else {
		struct diag *d = diag_add(c->ds, D_failsafe_misplaced, failsafe->span, "a fault only says that a failsafe is required");
		diag_help(c->ds, d, "write `failsafe required`; the step that uses it says how long");
	}
}

static const struct item *requirement_of(const struct symbol *fault)
{
	const struct item *failsafe = fault && fault->kind == SYM_FAULT ? first_item(&fault->item->fault.items, I_FAILSAFE) : NULL;
	return failsafe && failsafe->failsafe.required ? failsafe : NULL;
}

static void require_failsafe(struct checker *c, const struct item *step, const struct expr *call, void *with)
{
	const struct item *said = with, *required = call->kind == E_CALL ? requirement_of(call->call.symbol) : NULL;
	if (!required || (said && !said->failsafe.none)) return;
	struct diag *d = diag_add(c->ds, D_failsafe_required, said ? said->span : call->span,
		"`%.*s` needs a failsafe: it may cut the host off", STR_ARG(call->call.symbol->name));
	diag_label(c->ds, d, required->span, "required here");
	if (said) diag_label(c->ds, d, step->keyword, "the step that uses it");
	diag_help(c->ds, d, "say in the step: failsafe silent 10m, latest 4h");
}

/* ---- steps and faults ---- */

static void check_own_or_do(struct checker *c, const struct parts *p)
{
	static const enum item_kind own[] = { I_INDUCE, I_VERIFY, I_RESTORE };
	for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
		const struct item *block = p->first[own[i]];
		if (!block) continue;
		struct diag *d = diag_add(c->ds, D_own_and_do, block->keyword, "a step has blocks of its own, or faults, not both");
		diag_label(c->ds, d, p->first[I_DO]->keyword, "this fault brings its own induce, verify and restore");
		diag_help(c->ds, d, "make it two steps");
		return;
	}
}

void check_step(struct checker *c, struct item *step)
{
	items_t *items = &step->step.items;
	struct parts p = parts_of(items);
	check_fixed(c, step->title, "a step's title");
	check_on(c, step->step.on);
	check_fanout(c, &step->step.fanout);
	check_constant(c, step->step.after, TYPE(T_DURATION), "`after`", 0);
	c->owner = step;
	size_t mark = scope_enter(&c->scope);
	check_parts(c, items);
	check_does(c, items);
	scope_leave(&c->scope, mark);
	check_single(c, items, &p);
	if (p.n[I_DO]) check_own_or_do(c, &p);
	else check_complete(c, &p);
	check_failsafe_place(c, p.first[I_FAILSAFE]);
	for_each_do(c, step, require_failsafe, p.first[I_FAILSAFE]);
	c->unsure |= p.n[I_DO] || p.n[I_FAILSAFE];
	check_later(c, step);
	c->owner = NULL;
}

void check_fault(struct checker *c, struct item *fault)
{
	items_t *items = &fault->fault.items;
	struct parts p = parts_of(items);
	c->owner = fault;
	size_t mark = scope_enter(&c->scope);
	for (size_t i = 0; i < fault->fault.params.n; i++) declare_value(c, fault->fault.params.at[i].symbol);
	check_parts(c, items);
	scope_leave(&c->scope, mark);
	check_single(c, items, &p);
	check_complete(c, &p);
	check_failsafe_place(c, p.first[I_FAILSAFE]);
	c->unsure |= p.n[I_FAILSAFE] > 0;
	check_later(c, fault);
	c->owner = NULL;
}
