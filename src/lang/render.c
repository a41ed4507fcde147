#include "render.h"

#include <stdlib.h>

static int compare(const void *a, const void *b)
{
	const struct diag *x = *(struct diag *const *)a, *y = *(struct diag *const *)b;
	if (x->span.file != y->span.file) return x->span.file < y->span.file ? -1 : 1;
	if (x->span.start != y->span.start) return x->span.start < y->span.start ? -1 : 1;
	if (x->severity != y->severity) return x->severity < y->severity ? -1 : 1;
	if (x->code != y->code) return x->code < y->code ? -1 : 1;
	return strcmp(x->message, y->message);
}

struct diag **render_order(const struct diags *ds)
{
	struct diag **order = arena_memdup(ds->arena, ds->list.at, ds->list.n * sizeof *order);
	if (ds->list.n) qsort(order, ds->list.n, sizeof *order, compare);
	return order;
}

const char *render_severity(enum diag_severity s)
{
	static const char *const words[] = { "error", "warning", "lint", "note" };
	return words[s];
}

void render_diags(struct buf *out, const struct diags *ds, struct sources *ss, const struct render_options *o)
{
	switch (o->format) {
	case RENDER_HUMAN: render_human(out, ds, ss, o); break;
	case RENDER_JSON: render_json(out, ds, ss); break;
	case RENDER_SARIF: render_sarif(out, ds, ss); break;
	}
}
