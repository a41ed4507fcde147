/* check_effect: what asks the world or changes it, and where that may stand. */
#include "check_private.h"

#include "irs/quote.h"

/*                       what                               here   observes effects draws  probes */
const struct place_info place_table[PLACES] = {
	[PLACE_FIXED] = { "a fixed value", false, false, false, false, false },
	[PLACE_FN] = { "a function", true, true, true, true, false },
	[PLACE_LET] = { "a scenario's let", false, false, true, true, false },
	[PLACE_ON] = { "an `on`", false, false, true, true, false },
	[PLACE_ALARM] = { "an alarm's condition", false, false, false, false, true },
	[PLACE_TEXT] = { "a message", false, false, false, false, false },
	[PLACE_CAPTURE] = { "a let", true, false, true, true, false },
	[PLACE_INDUCE] = { "an induce block", true, false, true, true, false },
	[PLACE_VERIFY] = { "a verify block", true, true, true, false, false },
	[PLACE_RESTORE] = { "a restore block", true, false, true, false, false },
	[PLACE_SUPERSEDED] = { "a superseded block", true, true, true, false, false },
	[PLACE_PRECONDITION] = { "a precondition", true, true, true, false, false },
	[PLACE_PROBE] = { "a probe", true, true, true, false, false },
	[PLACE_RESOLVED] = { "a resolved block", true, true, true, false, true },
};

/* ---- where it may stand ---- */

static void fn_needs_here(struct checker *c, struct span at, const char *what)
{
	if (c->fn->needs_here) return;
	c->fn->needs_here = true;
	c->fn->facts->here_at = at;
	c->fn->facts->here_why = what;
}

void note_here(struct checker *c, struct span at, const char *what)
{
	if (c->fn) {
		fn_needs_here(c, at, "uses `here`");
		return;
	}
	if (place_table[c->place].here) return;
	struct diag *d = diag_add(c->ds, D_here_nowhere, at, "%s has no meaning in %s", what, place_table[c->place].what);
	diag_note(c->ds, d, "it belongs to the session, and so to no host");
	diag_help(c->ds, d, "name the host: a target, a value, or `runner`");
}

static void effect_in_fixed(struct checker *c, struct span at, const char *what)
{
	struct diag *d = diag_add(c->ds, D_effect_here, at, "%s can't stand in %s", what, place_table[c->place].what);
	if (c->place == PLACE_ALARM) diag_help(c->ds, d, "let a probe ask, and look at what it found: when NAME fails 3 of 5");
	else if (c->place == PLACE_TEXT) diag_help(c->ds, d, "put it into a `let` of the scenario, and its value into the text");
	else diag_help(c->ds, d, "write the value itself: it is needed before anything runs");
}

static void effect_nowhere(struct checker *c, struct span at, const char *what)
{
	struct diag *d = diag_add(c->ds, D_here_nowhere, at, "%s in %s must say on which host", what, place_table[c->place].what);
	diag_note(c->ds, d, "it belongs to the session, and so to no host");
	diag_help(c->ds, d, "run(\"…\", on: h), or `on: runner` for the machine that runs the session");
}

/* An effect at `at`: whether it may stand in this place; `on` says that it names its host. */
static void note_effect(struct checker *c, struct span at, bool on, const char *what)
{
	if (c->fn) {
		c->fn->observes = true;
		c->fn->on_other_hosts |= on;
		if (!on) fn_needs_here(c, at, "runs a command");
	} else if (!place_table[c->place].effects) {
		effect_in_fixed(c, at, what);
	} else if (!on && !place_table[c->place].here) {
		effect_nowhere(c, at, what);
	}
}

/* The network is asked by the machine that runs the session: no host is needed. */
static void note_request(struct checker *c, struct span at, const char *what)
{
	if (c->fn) c->fn->observes = true;
	else if (!place_table[c->place].effects) effect_in_fixed(c, at, what);
}

void note_call(struct checker *c, struct symbol *fn, struct span at, bool statement)
{
	c->unsure = true;
	if (c->fn) vec_push(c->a, &c->fn->facts->calls, ((struct fn_call){ fn, at }));
	const struct place_info *place = &place_table[c->place];
	bool free = c->fn || (place->here && place->effects && place->draws);
	if (!free || statement) vec_push(c->a, &c->calls, ((struct call_check){ fn, at, c->place, statement }));
}

/* ---- commands ---- */

/* An element of an argument vector as text: `pid` becomes "#{pid}". */
static void make_text(struct checker *c, struct expr **element)
{
	struct expr *e = *element;
	if (type_is(e->type, T_STRING) || is_error(e->type)) return;
	if (!type_is(e->type, T_INT) && !type_is(e->type, T_PROCESS) && !type_is(e->type, T_FLOAT)) {
		require(c, e, TYPE(T_STRING), "an argument of a command");
		return;
	}
	struct template *t = arena_new_of(c->a, struct template);
	t->span = e->span;
	vec_push(c->a, &t->parts, ((struct template_part){ .hole = e, .span = e->span }));
	struct expr *text = arena_new_of(c->a, struct expr);
	*text = (struct expr){ .kind = E_STRING, .span = e->span, .type = TYPE(T_STRING), .string = t };
	*element = text;
}

static void check_vector(struct checker *c, struct expr *list)
{
	for (size_t i = 0; i < list->list.elements.n; i++) {
		check_expr(c, list->list.elements.at[i]);
		make_text(c, &list->list.elements.at[i]);
	}
	if (!list->list.elements.n)
		diag_add(c->ds, D_empty_command, list->span, "this command has no words: the first one names the program");
	list->type = TYPE_LIST(T_STRING);
}

static bool is_blank(const struct template *t)
{
	for (size_t i = 0; i < t->parts.n; i++)
		if (t->parts.at[i].hole || str_trim(t->parts.at[i].text).n) return false;
	return true;
}

void check_command(struct checker *c, struct expr *command)
{
	if (command->kind == E_STRING) {
		if (is_blank(command->string)) diag_add(c->ds, D_empty_command, command->span, "this command is empty: nothing would be run");
		check_template(c, command->string, true);
		quote_template(c->ds, command->string);
		if (is_own_module(c, c->m)) vec_push(c->a, &c->p->commands, command->string);
		command->type = TYPE(T_STRING);
	} else if (command->kind == E_LIST) {
		check_vector(c, command);
	} else {
		check_expr(c, command);
		if (is_error(command->type) || type_eq(command->type, TYPE_LIST(T_STRING))) return;
		struct diag *d = diag_add(c->ds, D_not_a_command, command->span, "a command is a text or a list of strings, but this is %s",
			type_phrase(c, command->type));
		if (type_is(command->type, T_STRING))
			diag_help(c->ds, d,
				"write the text here, with holes for what varies: only then can it be quoted; or take a list of words");
		command->type = TYPE(T_ERROR);
	}
}

struct type check_run(struct checker *c, struct expr *e)
{
	note_effect(c, e->span, e->run.on != NULL, "a command");
	check_command(c, e->run.command);
	check_expr_as(c, e->run.on, TYPE(T_HOST), "`on`");
	check_time(c, e->run.timeout, "`timeout`");
	check_expr_as(c, e->run.input, TYPE(T_STRING), "`input`");
	return TYPE(T_RESULT);
}

/* ---- http, tcp, probes ---- */

static void check_method(struct checker *c, const struct name *method)
{
	static const char *const methods[] = { "get", "head", "post", "put", "delete" };
	enum { N = sizeof methods / sizeof *methods };
	for (size_t i = 0; i < N; i++)
		if (str_eq(method->text, str_of(methods[i]))) return;
	struct diag *d = diag_add(c->ds, D_no_such_word, method->span, "there is no method of http `%.*s`", STR_ARG(method->text));
	const char *near = str_nearest(method->text, methods, N);
	if (near) {
		diag_help(c->ds, d, "did you mean `%s`?", near);
		diag_fix(c->ds, d, method->span, "%s", near);
	} else {
		diag_help(c->ds, d, "it is `get`, `head`, `post`, `put` or `delete`");
	}
}

struct type check_http(struct checker *c, struct expr *e)
{
	note_request(c, e->span, "an http request");
	check_method(c, &e->http.method);
	check_expr_as(c, e->http.url, TYPE(T_STRING), "the address");
	check_url(c, e->http.url);
	check_time(c, e->http.timeout, "`timeout`");
	check_expr_as(c, e->http.body, TYPE(T_STRING), "`body`");
	bool before = c->responding;
	c->responding = true;
	check_expr_as(c, e->http.expect, TYPE(T_BOOL), "what is expected of the answer");
	c->responding = before;
	return TYPE(T_BOOL);
}

struct type check_tcp(struct checker *c, struct expr *e)
{
	note_request(c, e->span, "a tcp connection");
	check_expr_as(c, e->tcp.address, TYPE(T_STRING), "the address");
	check_endpoint(c, e->tcp.address);
	check_time(c, e->tcp.timeout, "`timeout`");
	return TYPE(T_BOOL);
}

static struct symbol *find_probe(struct checker *c, const struct name *name)
{
	struct symbol *s = map_get(&c->probes, name->text);
	if (s || may_be_unread(c, c->m, name->text)) return s;
	struct diag *d = diag_add(c->ds, D_unknown_probe, name->span, "there is no probe `%.*s`", STR_ARG(name->text));
	if (!may_look(c, c->probes.n)) return NULL;
	const char **names = arena_array_of(c->a, const char *, c->probes.n + 1);
	size_t n = 0;
	for (; n < c->probes.n; n++) names[n] = arena_strndup(c->a, c->probes.entry[n].key.p, c->probes.entry[n].key.n);
	const char *near = str_nearest(name->text, names, n);
	if (near) {
		diag_help(c->ds, d, "did you mean `%s`?", near);
		diag_fix(c->ds, d, name->span, "%s", near);
	} else {
		diag_help(c->ds, d, "declare it: probe %.*s \"what is asked\" every 1s { … }", STR_ARG(name->text));
	}
	return NULL;
}

static void check_share(struct checker *c, const struct expr *e)
{
	if (e->probe.healthy) return;
	if (e->probe.fails >= 1 && e->probe.of >= e->probe.fails && e->probe.of <= 1000) return;
	struct diag *d = diag_add(c->ds, D_out_of_range, e->span, "a probe can't fail %lld of %lld times",
		(long long)e->probe.fails, (long long)e->probe.of);
	diag_help(c->ds, d, "at least 1, and of at most 1000 samples: fails 3 of 5");
}

struct type check_probe_read(struct checker *c, struct expr *e)
{
	struct symbol *s = find_probe(c, &e->probe.probe);
	e->probe.symbol = s;
	if (s) s->uses++;
	check_expr_as(c, e->probe.hold, TYPE(T_DURATION), "how long it was healthy");
	check_share(c, e);
	if (!c->fn && place_table[c->place].probes) return TYPE(T_BOOL);
	struct diag *d = diag_add(c->ds, D_probe_here, e->span, "a probe's samples can't be asked in %s",
		c->fn ? place_table[PLACE_FN].what : place_table[c->place].what);
	diag_help(c->ds, d, "they can in an alarm's `when` and in `resolved`; a verify asks for itself: http get \"…\"");
	return TYPE(T_BOOL);
}
