/*
 * What functions do together.  Functions and globals are the nodes of one graph: a function depends on what it calls and on the globals it
 * reads, a global on the function that makes it.  Taken in an order in which everything comes after what it depends on (Kahn), each is
 * looked at once; what is left over depends on itself.
 */
#include "verify.h"

#include <string.h>

struct graph {
	const struct image *img;
	uint32_t functions, nodes;  /* globals are the nodes from `functions` on */
	uint32_t *first, *user;     /* user[first[n] … first[n + 1]): who depends on n */
	uint32_t *open;             /* dependencies that are not done */
	uint32_t *order;            /* nodes, those that depend on nothing first */
	uint32_t done;
};

static uint32_t global_node(const struct graph *g, uint32_t global) { return g->functions + global; }

static void count(struct graph *g, uint32_t user, uint32_t on)
{
	g->first[on + 1]++;
	g->open[user]++;
}

/* Calls `visit` for each dependency. */
static void dependencies(struct graph *g, const struct verifier *v, void (*visit)(struct graph *g, uint32_t user, uint32_t on))
{
	for (size_t i = 0; i < v->calls.n; i++) visit(g, v->calls.at[i].from, v->calls.at[i].to);
	for (size_t i = 0; i < v->reads.n; i++) visit(g, v->reads.at[i].from, global_node(g, v->reads.at[i].to));
	for (uint32_t i = 0; i < v->img->nglobal; i++)
		if (v->img->global[i].init != IMAGE_NONE) visit(g, global_node(g, i), v->img->global[i].init);
}

/* `first` holds ends and is counted down to beginnings. */
static void place(struct graph *g, uint32_t user, uint32_t on) { g->user[--g->first[on + 1]] = user; }

static void graph_build(struct graph *g, const struct verifier *v)
{
	struct arena *a = v->scratch;
	size_t n = v->img->nfunction + v->img->nglobal;
	*g = (struct graph){ .img = v->img, .functions = (uint32_t)v->img->nfunction, .nodes = (uint32_t)n };
	g->first = arena_array_of(a, uint32_t, n + 2);
	g->open = arena_array_of(a, uint32_t, n);
	g->order = arena_array_of(a, uint32_t, n);
	dependencies(g, v, count);
	for (size_t i = 1; i <= n; i++) g->first[i] += g->first[i - 1];
	uint32_t all = g->first[n];
	g->user = arena_array_of(a, uint32_t, all);
	dependencies(g, v, place);
	memmove(g->first, g->first + 1, n * sizeof *g->first);
	g->first[n] = all;
}

static void graph_sort(struct graph *g)
{
	for (uint32_t i = 0; i < g->nodes; i++)
		if (g->open[i] == 0) g->order[g->done++] = i;
	for (uint32_t i = 0; i < g->done; i++) {
		uint32_t n = g->order[i];
		for (uint32_t u = g->first[n]; u < g->first[n + 1]; u++)
			if (--g->open[g->user[u]] == 0) g->order[g->done++] = g->user[u];
	}
}

static bool find_circle(struct verifier *v, const struct graph *g)
{
	if (g->done == g->nodes) return true;
	for (size_t i = 0; i < v->reads.n; i++) {
		struct edge e = v->reads.at[i];
		bool both = g->open[e.from] && g->open[global_node(g, e.to)];
		if (both) return rule_broken(v->e, RULE_global_order, "global %u, read in %s", (unsigned)e.to, function_place(v, e.from));
	}
	uint32_t i = 0;
	while (!g->open[i]) i++;
	return rule_broken(v->e, RULE_recursion, "%s", function_place(v, i));
}

struct summary { /* of a node, with all that it depends on */
	uint32_t may, calls; /* effects; how deep it calls, itself included */
	uint32_t globals;    /* one more than the highest global that it reads */
	uint64_t targets;
};

static void add_to_user(const struct graph *g, const struct summary *from, struct summary *to, uint32_t node)
{
	to->targets |= from->targets;
	if (node >= g->functions) {
		uint32_t global = node - g->functions;
		if (to->globals < global + 1) to->globals = global + 1;
		return;
	}
	to->may |= from->may;
	if (to->calls < from->calls + 1) to->calls = from->calls + 1;
	if (to->globals < from->globals) to->globals = from->globals;
}

static void own_targets(struct verifier *v, struct summary *s, const struct graph *g)
{
	for (uint32_t i = 0; i < v->img->ntarget; i++) s[global_node(g, v->img->target[i].global)].targets |= UINT64_C(1) << i;
}

static struct summary *summarize(struct verifier *v, const struct graph *g)
{
	struct summary *s = arena_array_of(v->scratch, struct summary, g->nodes);
	for (uint32_t i = 0; i < g->functions; i++) {
		s[i].may = v->may[i];
		s[i].calls = 1;
		s[i].targets = v->targets[i];
	}
	own_targets(v, s, g);
	for (uint32_t i = 0; i < g->nodes; i++) {
		uint32_t n = g->order[i];
		for (uint32_t u = g->first[n]; u < g->first[n + 1]; u++) add_to_user(g, &s[n], &s[g->user[u]], n);
	}
	return s;
}

static bool check_effects(struct verifier *v, uint32_t i)
{
	static const uint32_t allowed[ROLES] = {
#define ROLE(name, params, result, effects, doc) effects,
#include "irs/tbl/role.def"
#undef ROLE
	};
	uint32_t forbidden = v->may_all[i] & ~allowed[v->img->function[i].role];
	return !forbidden || rule_broken(v->e, RULE_effect, "%s", function_place(v, i));
}

bool verify_calls(struct verifier *v)
{
	struct graph g;
	graph_build(&g, v);
	graph_sort(&g);
	if (!find_circle(v, &g)) return false;
	struct summary *s = summarize(v, &g);
	v->may_all = arena_array_of(v->scratch, uint32_t, g.functions);
	for (uint32_t i = 0; i < g.functions; i++) {
		v->may_all[i] = s[i].may;
		v->targets[i] = s[i].targets;
		if (s[i].calls > IMAGE_MAX_CALLS) return rule_broken(v->e, RULE_call_depth, "%s", function_place(v, i));
		if (!check_effects(v, i)) return false;
	}
	for (uint32_t i = 0; i < v->img->nglobal; i++) {
		uint32_t init = v->img->global[i].init;
		if (init != IMAGE_NONE && s[init].globals > i) return rule_broken(v->e, RULE_global_order, "global %u", (unsigned)i);
	}
	return true;
}

/* ---- who is commanded and asked ----------------------------------------------------------------------- */

struct tally { /* over the functions of one item */
	uint32_t may;
	uint64_t targets;
};

static void add(const struct verifier *v, struct tally *t, uint32_t fn)
{
	if (fn == IMAGE_NONE) return;
	t->may |= v->may_all[fn];
	t->targets |= v->targets[fn];
}

static void add_list(const struct verifier *v, struct tally *t, uint32_t first, uint32_t n)
{
	for (uint32_t i = first; i < first + n; i++) add(v, t, v->img->function_ref[i].fn);
}

static uint64_t or_anything(uint64_t targets) { return targets ? targets : UINT64_C(1) << USES_ANYTHING; }

/* `on`: where the item runs; IMAGE_NONE: on the runner. */
static void use(const struct verifier *v, struct image_uses *uses, struct tally t, uint32_t on, bool root)
{
	uint64_t here = on == IMAGE_NONE ? UINT64_C(1) << USES_RUNNER : or_anything(v->targets[on]);
	uint64_t shell = (t.may & MAY_RUN_HERE ? here : 0) | (t.may & MAY_RUN_ON ? or_anything(t.targets) : 0);
	uses->shell |= shell;
	if (root && (t.may & MAY_RUN_HERE)) uses->shell_root |= here;
	if (t.may & MAY_HTTP) uses->http |= or_anything(t.targets);
	if (t.may & MAY_TCP) uses->tcp |= or_anything(t.targets);
}

static bool needs_root(const struct image *img, const struct image_frame *f)
{
	for (uint32_t i = f->needs; i < f->needs + f->nneeds; i++)
		if (img->need[i].kind == IMAGE_NEED_ROOT) return true;
	return false;
}

static void use_step(const struct verifier *v, struct image_uses *uses, const struct image_step *s)
{
	struct tally of_step = { 0 };
	bool root = false;
	add(v, &of_step, s->capture);
	add_list(v, &of_step, s->superseded, s->nsuperseded);
	for (uint32_t i = s->frames; i < s->frames + s->nframes; i++) {
		const struct image_frame *f = &v->img->frame[i];
		add(v, &of_step, f->capture);
		add(v, &of_step, f->induce);
		add(v, &of_step, f->restore);
		add_list(v, &of_step, f->verify, f->nverify);
		add_list(v, &of_step, f->superseded, f->nsuperseded);
		root |= needs_root(v->img, f);
	}
	use(v, uses, of_step, s->on, root);
}

static void use_function(const struct verifier *v, struct image_uses *uses, uint32_t fn, uint32_t on)
{
	struct tally t = { 0 };
	add(v, &t, fn);
	use(v, uses, t, on, false);
}

struct image_uses verify_uses(const struct verifier *v)
{
	const struct image *img = v->img;
	struct image_uses uses = { 0 };
	for (size_t i = 0; i < img->nglobal; i++) use_function(v, &uses, img->global[i].init, IMAGE_NONE);
	for (size_t i = 0; i < img->nstep; i++) {
		use_step(v, &uses, &img->step[i]);
		use_function(v, &uses, img->step[i].on, IMAGE_NONE);
	}
	for (size_t i = 0; i < img->nprecondition; i++) {
		use_function(v, &uses, img->precondition[i].fn, img->precondition[i].on);
		use_function(v, &uses, img->precondition[i].on, IMAGE_NONE);
	}
	for (size_t i = 0; i < img->nprobe; i++) {
		use_function(v, &uses, img->probe[i].fn, img->probe[i].from);
		use_function(v, &uses, img->probe[i].from, IMAGE_NONE);
	}
	use_function(v, &uses, img->scenario->resolved, IMAGE_NONE);
	return uses;
}
