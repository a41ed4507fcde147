/* Targets and parameters come from the command line; a scenario's lets, and parameters whose default is no constant, are computed
 * here: once, in their order, on the runner. */
#include "state.h"

#include <stdlib.h>

#include "effect_note.h"

struct computing {
	struct session *s;
	size_t at;
	char item[160];
	void (*done)(struct session *s, bool ok);
};

static void next(struct computing *c);

static struct value constant_value(struct session *s, uint32_t i)
{
	const struct image_constant *c = &s->o.image->constant[i];
	struct value v = { .tag = V_INT, .i = c->bits };
	switch (c->type.base) {
	case T_BOOL: v.tag = V_BOOL; break;
	case T_DURATION: v.tag = V_DURATION; break;
	case T_SIZE: v.tag = V_SIZE; break;
	case T_PERCENT: v.tag = V_PERCENT; break;
	case T_FLOAT:
		v.tag = V_FLOAT;
		memcpy(&v.f, &c->bits, sizeof v.f);
		break;
	case T_STRING: return value_string(s->a, s->o.image->string[c->bits]);
	default: break;
	}
	return v;
}

static void computed(void *owner, struct task *t)
{
	struct computing *c = owner;
	struct session *s = c->s;
	const struct task_end *end = task_end(t);
	if (end->state == FIBER_DONE) {
		s->globals[c->at++] = value_copy(s->a, end->value);
	} else {
		const struct image_global *g = &s->o.image->global[c->at];
		if (!end->cancelled)
			finding(s, "let", NULL, NULL, "%.*s can't be computed: %s", STR_ARG(image_str(s->o.image, g->name)),
			        end->failure ? end->failure->what : "?");
		c->at = s->o.image->nglobal + 1;
	}
	next(c);
}

void globals_write(struct session *s, enum event ev)
{
	json_t *values = json_object();
	for (size_t i = 0; i < s->o.image->nglobal; i++) {
		struct str name = image_str(s->o.image, s->o.image->global[i].name);
		if (s->globals[i].tag == V_NONE) continue;
		json_object_setn_new(values, name.p, name.n, value_to_json(s->globals[i], s->o.hosts));
	}
	journal_add(s->o.journal, ev, json_pack("{s:o}", "values", values));
}

static void next(struct computing *c)
{
	struct session *s = c->s;
	const struct image *img = s->o.image;
	while (c->at < img->nglobal) {
		const struct image_global *g = &img->global[c->at];
		if (s->globals[c->at].tag == V_NONE && g->init == IMAGE_NONE) s->globals[c->at] = constant_value(s, g->value);
		if (s->globals[c->at].tag == V_NONE) {
			snprintf(c->item, sizeof c->item, "let %.*s", STR_ARG(image_str(img, g->name)));
			task_start(&s->d, &(struct task_options){ .fn = g->init, .item = c->item, .done = computed, .owner = c });
			return;
		}
		c->at++;
	}
	bool ok = c->at == img->nglobal;
	if (ok) globals_write(s, EV_globals);
	c->done(s, ok);
	free(c);
}

void globals_start(struct session *s, void (*done)(struct session *s, bool ok))
{
	struct computing *c = calloc(1, sizeof *c);
	if (!c) abort();
	*c = (struct computing){ .s = s, .done = done };
	next(c);
}

bool globals_from_json(struct session *s, const json_t *line, struct err *e)
{
	const struct image *img = s->o.image;
	json_t *values = json_object_get(line, "values");
	for (size_t i = 0; img && i < img->nglobal; i++) {
		struct str name = image_str(img, img->global[i].name);
		json_t *v = json_object_getn(values, name.p, name.n);
		if (!v || !value_from_json(&s->globals[i], v, s->a, s->o.hosts, e))
			return err_set(e, IRS_USAGE, NULL, "the journal doesn't say what %.*s was", STR_ARG(name));
	}
	return true;
}
