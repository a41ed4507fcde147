/* What dryplan.c and dryplan_step.c share: how a plan is made from an image's records. */
#ifndef SESSION_PLANNER_H
#define SESSION_PLANNER_H

#include "irs/dryplan.h"
#include "irs/world.h"

struct planner {
	struct arena *a;
	struct setup *setup;
	const struct image *image;
	struct vm vm;
	struct plan *plan;
};

/* Hosts that something runs at; each may be unknown. */
struct places {
	const struct value *at;
	size_t n;
};

const char *planner_text(struct planner *p, uint32_t string); /* NULL: none */
const char *planner_shown(struct planner *p, struct value v);
void planner_doubt(struct planner *p, const char *doubt);
static inline int64_t planner_time(int64_t ns) { return ns == INT64_MAX ? -1 : ns; }

/* Where `on` (or the runner, if it is none) says, and which hosts these are. */
struct plan_place planner_place(struct planner *p, uint32_t on, uint32_t fanout, int64_t limit, struct places *out);
/* Adds a variant, or its hosts to one that does the same. */
#define planner_add_variant(p, variants, v)                                                                   \
	do {                                                                                                  \
		struct plan_variant *same_ = planner_same((variants)->at, (variants)->n, &(v));               \
		if (same_) same_->hosts = arena_printf((p)->a, "%s, %s", same_->hosts, (v).hosts);            \
		else vec_push((p)->a, (variants), (v));                                                       \
	} while (0)
struct plan_variant *planner_same(struct plan_variant *at, size_t n, const struct plan_variant *v);

/* dryplan_step.c: adds all steps to the plan. */
void planner_steps(struct planner *p);

#endif
