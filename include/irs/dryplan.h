/*
 * dryplan: makes the plan of an image, by running all of it in the dry world.
 * Nothing is asked of any host; what only a host can tell stands in the plan
 * by name.
 */
#ifndef IRS_DRYPLAN_H
#define IRS_DRYPLAN_H

#include "irs/plan.h"
#include "irs/setup.h"

/* The plan of what `s` has set up; it lives in the setup's arena. Computes the lets into `s->globals`. */
struct plan *dryplan_make(struct setup *s, bool inventory);

#endif
