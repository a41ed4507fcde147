#include "irs/summary.h"

#include "irs/journal.h"

struct reading {
	struct arena *a;
	struct summary *s;
	struct map records; /* by number as text */
};

static const char *text(struct reading *r, const json_t *line, const char *name)
{
	const char *s = json_string_value(json_object_get(line, name));
	return s ? arena_strdup(r->a, s) : NULL;
}

static const char *number_text(struct reading *r, const json_t *line, const char *name)
{
	return arena_printf(r->a, "%lld", (long long)json_integer_value(json_object_get(line, name)));
}

static void read_undo(struct reading *r, const json_t *line)
{
	struct summary_record *u = arena_new_of(r->a, struct summary_record);
	const char *key = number_text(r, line, "record"), *step = number_text(r, line, "step");
	u->number = json_integer_value(json_object_get(line, "record"));
	u->step = json_integer_value(json_object_get(line, "step"));
	u->label = map_get(&r->s->steps, str_of(step));
	if (!u->label) u->label = arena_printf(r->a, "step %lld", u->step + 1);
	u->host = text(r, line, "host");
	if (!u->host) u->host = "?";
	u->script = text(r, line, "script");
	map_put(r->a, &r->records, str_of(key), u);
}

static void read_left(struct reading *r, const json_t *line)
{
	const char *why = text(r, line, "why");
	struct summary_record *u = map_get(&r->records, str_of(number_text(r, line, "record")));
	if (!why) why = "?";
	if (u) u->why = why;
	else vec_push(r->a, &r->s->left, arena_printf(r->a, "%s: %s", text(r, line, "host") ? text(r, line, "host") : "?", why));
}

static void read_phase(struct reading *r, const json_t *line)
{
	const char *phase = text(r, line, "phase");
	if (!phase) return;
	r->s->phase = phase;
	r->s->closed = false;
	if (!strcmp(phase, "settled")) r->s->damaged = false;
	if (!strcmp(phase, "interrupted") || !strcmp(phase, "settled")) r->s->left.n = 0; /* another attempt */
}

static bool read_line(void *ctx, enum event ev, const json_t *line)
{
	struct reading *r = ctx;
	struct summary *s = r->s;
	if (text(r, line, "t")) s->last = text(r, line, "t");
	switch (ev) {
	case EV_session:
		s->id = text(r, line, "id");
		s->scenario = text(r, line, "scenario");
		s->machine = text(r, line, "machine");
		s->began = s->last;
		break;
	case EV_step:
		if (text(r, line, "label")) map_put(r->a, &s->steps, str_of(number_text(r, line, "step")), (void *)text(r, line, "label"));
		break;
	case EV_hosts: s->hosts = true; break;
	case EV_phase: read_phase(r, line); break;
	case EV_undo: read_undo(r, line); break;
	case EV_undone: map_put(r->a, &r->records, str_of(number_text(r, line, "record")), NULL); break;
	case EV_left: read_left(r, line); break;
	case EV_damaged: s->damaged = true; break;
	case EV_closed:
		s->closed = true;
		s->exit = (int)json_integer_value(json_object_get(line, "exit"));
		break;
	default: break;
	}
	return true;
}

bool summary_read(struct arena *a, const char *path, struct summary *out, struct err *e)
{
	struct reading r = { .a = a, .s = out };
	*out = (struct summary){ .phase = "planned" };
	bool ok = journal_read(path, read_line, &r, e);
	for (size_t i = 0; i < r.records.n; i++)
		if (r.records.entry[i].value) vec_push(a, &out->open, r.records.entry[i].value);
	if (out->damaged) vec_push(a, &out->left, "the journal: lines of it are damaged, and nobody knows what they said");
	return ok;
}

bool summary_is_dirty(const struct summary *s)
{
	return s->open.n || s->left.n;
}
