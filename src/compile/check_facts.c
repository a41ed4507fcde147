/* check_facts: what functions do, over all that they call; and the calls that could not be judged before that was known. */
#include "check_longest.h"
#include "check_private.h"

struct visit { /* a function that is being looked at, and how far */
	struct symbol *fn;
	size_t next;
};
struct visits {
	VEC(struct visit) at;
};

/* ---- recursion ---- */

static struct span call_span(const struct visit *v)
{
	return v->fn->facts->calls.at[v->next - 1].at;
}

static void report_recursion(struct checker *c, const struct visits *path, const struct symbol *again)
{
	size_t i = 0;
	while (path->at.at[i].fn != again) i++;
	struct diag *d = diag_add(c->ds, D_recursion, call_span(&path->at.at[i]), "`%.*s` calls itself%s", STR_ARG(again->name),
		i + 1 < path->at.n ? " by way of others" : "");
	for (size_t k = i + 1; k < path->at.n && k < i + 8; k++)
		diag_label(c->ds, d, call_span(&path->at.at[k]), "here `%.*s` calls `%.*s`", STR_ARG(path->at.at[k].fn->name),
			STR_ARG(path->at.at[k].fn->facts->calls.at[path->at.at[k].next - 1].callee->name));
	diag_note(c->ds, d, "every program ends, and irsc says how long it may take: so nothing calls itself");
	diag_help(c->ds, d, "go through a list with `for`, or repeat with `retry`");
}

/* ---- facts ---- */

static void take_over(struct symbol *fn, const struct fn_call *call)
{
	const struct symbol *callee = call->callee;
	fn->observes |= callee->observes;
	fn->on_other_hosts |= callee->on_other_hosts;
	fn->facts->draws |= callee->facts->draws;
	if (!callee->needs_here || fn->needs_here) return;
	fn->needs_here = true;
	fn->facts->here_at = call->at;
	fn->facts->here_why = "calls a function that needs a host";
}

/* Depth first, without the C stack: chains of calls may be as long as a file. */
static void visit_from(struct checker *c, struct visits *path, struct symbol *start)
{
	if (start->facts->state != FACTS_NONE) return;
	start->facts->state = FACTS_OPEN;
	vec_push(c->a, &path->at, ((struct visit){ start, 0 }));
	while (path->at.n) {
		struct visit *v = &vec_last(&path->at);
		if (v->next == v->fn->facts->calls.n) {
			v->fn->facts->state = FACTS_DONE;
			for (size_t i = 0; i < v->fn->facts->calls.n; i++) take_over(v->fn, &v->fn->facts->calls.at[i]);
			longest_of_function(c->p, v->fn);
			path->at.n--;
			continue;
		}
		struct symbol *callee = v->fn->facts->calls.at[v->next++].callee;
		if (callee->facts->state == FACTS_OPEN) {
			report_recursion(c, path, callee);
		} else if (callee->facts->state == FACTS_NONE) {
			callee->facts->state = FACTS_OPEN;
			vec_push(c->a, &path->at, ((struct visit){ callee, 0 }));
		}
	}
}

void work_out_facts(struct checker *c)
{
	struct visits path = { 0 };
	for (size_t i = 0; i < c->p->modules.n; i++) {
		const struct map *names = &c->p->modules.at[i]->names;
		for (size_t k = 0; k < names->n; k++) {
			struct symbol *s = names->entry[k].value;
			if (s->kind == SYM_FN) visit_from(c, &path, s);
		}
	}
}

/* ---- calls ---- */

static void judge(struct checker *c, const struct call_check *k)
{
	const struct place_info *place = &place_table[k->place];
	const struct fn_facts *facts = k->fn->facts;
	struct diag *d;
	if (k->statement) {
		if (k->fn->observes) return;
		d = diag_add(c->ds, D_unused_result, k->at, "this does nothing: what `%.*s` returns goes unused", STR_ARG(k->fn->name));
		diag_help(c->ds, d, "keep it by `let name = …`, or leave it out");
	} else if (k->fn->needs_here && !place->here) {
		d = diag_add(c->ds, D_here_nowhere, k->at, "`%.*s` needs a host, and %s belongs to none", STR_ARG(k->fn->name),
			place->what);
		diag_label(c->ds, d, facts->here_at, "it %s here", facts->here_why);
		diag_help(c->ds, d, "call it where a host is: in a step's let, a precondition; or give it the host: run(…, on: h)");
	} else if (facts->draws && !place->draws) {
		d = diag_add(c->ds, D_draw_here, k->at, "`%.*s` draws, and that can't stand in %s", STR_ARG(k->fn->name), place->what);
		diag_help(c->ds, d, "put it into a `let` before: its value is kept in the journal");
	} else if (k->fn->observes && !place->effects) {
		diag_add(c->ds, D_effect_here, k->at, "`%.*s` asks the world, and that can't stand in %s", STR_ARG(k->fn->name),
			place->what);
	}
}

void check_calls(struct checker *c)
{
	for (size_t i = 0; i < c->calls.n; i++) judge(c, &c->calls.at[i]);
}
