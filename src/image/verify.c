#include "verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const rule_text[RULES] = {
#define RULE(id, text) text,
#include "irs/tbl/verify.def"
#undef RULE
};

bool rule_broken(struct err *e, enum rule r, const char *fmt, ...)
{
	char where[sizeof e->where];
	va_list ap;
	va_start(ap, fmt);
	vsnprintf(where, sizeof where, fmt, ap);
	va_end(ap);
	return err_set(e, IRS_USAGE, where, "%s", rule_text[r]);
}

#define BROKEN(rule, ...) rule_broken(v->e, RULE_##rule, __VA_ARGS__)
#define MUST(condition, rule, ...)                             \
	do {                                                       \
		if (!(condition)) return BROKEN(rule, __VA_ARGS__);    \
	} while (0)

const char *function_place(struct verifier *v, uint32_t function)
{
	struct str name = image_str(v->img, v->img->function[function].name);
	struct buf b = { 0 };
	buf_printf(&b, "function %u (", (unsigned)function);
	buf_safe(&b, (struct str){ name.p, name.n < 100 ? name.n : 100 });
	buf_putc(&b, ')');
	char *place = arena_strndup(v->scratch, b.p, b.n);
	buf_free(&b);
	return place;
}

/* ---- every field by its kind ------------------------------------------------------------------------ */

struct field_place {
	const char *record, *field;
	size_t index;
};
#define AT_FIELD "%s %zu, %s", at->record, at->index, at->field

static bool check_index(struct verifier *v, const struct field_place *at, enum rule r, uint32_t i, size_t n)
{
	return i < n || rule_broken(v->e, r, AT_FIELD);
}

static bool check_index0(struct verifier *v, const struct field_place *at, enum rule r, uint32_t i, size_t n)
{
	return i == IMAGE_NONE || check_index(v, at, r, i, n);
}

static bool check_level(struct verifier *v, const struct field_place *at, uint32_t level)
{
	MUST(level <= 1, level, AT_FIELD);
	return true;
}

static bool check_role(struct verifier *v, const struct field_place *at, uint32_t role)
{
	MUST(role < ROLES, enumeration, AT_FIELD);
	return true;
}

/* Lists, code and plain numbers are looked at where their meaning is known. */
#define CHECK_U32(x) (void)(x)
#define CHECK_I64(x) (void)(x)
#define CHECK_TYPE(x) (void)(x)
#define CHECK_FRAME(x) (void)(x)
#define CHECK_FNLIST(x) (void)(x)
#define CHECK_TYPELIST(x) (void)(x)
#define CHECK_NEEDLIST(x) (void)(x)
#define CHECK_CODE(x) (void)(x)
#define CHECK_STR(x) if (!check_index(v, at, RULE_string_index, x, v->img->nstring)) return false
#define CHECK_STR0(x) if (!check_index0(v, at, RULE_string_index, x, v->img->nstring)) return false
#define CHECK_CONST0(x) if (!check_index0(v, at, RULE_constant_index, x, v->img->nconstant)) return false
#define CHECK_GLOBAL(x) if (!check_index(v, at, RULE_global_index, x, v->img->nglobal)) return false
#define CHECK_FN(x) if (!check_index(v, at, RULE_function_index, x, v->img->nfunction)) return false
#define CHECK_FN0(x) if (!check_index0(v, at, RULE_function_index, x, v->img->nfunction)) return false
#define CHECK_LEVEL(x) if (!check_level(v, at, x)) return false
#define CHECK_ROLE(x) if (!check_role(v, at, x)) return false
#define F(name, kind)   \
	at->field = #name;  \
	CHECK_##kind(r->name);
#define SECTION(id, name, fields)                                                                                \
	static bool check_##name##_fields(struct verifier *v, struct field_place *at, const struct image_##name *r)  \
	{                                                                                                            \
		fields return true;                                                                                      \
	}
#include "irs/tbl/image.def"
#undef SECTION
#undef F

static bool check_fields(struct verifier *v)
{
	struct field_place place, *at = &place;
#define SECTION(id, name, fields)                                                     \
	for (size_t i = 0; i < v->img->n##name; i++) {                                    \
		*at = (struct field_place){ #name, "", i };                                   \
		if (!check_##name##_fields(v, at, &v->img->name[i])) return false;            \
	}
#include "irs/tbl/image.def"
#undef SECTION
	return true;
}

/* ---- constants, functions ---------------------------------------------------------------------------- */

static bool check_constants(struct verifier *v)
{
	for (size_t i = 0; i < v->img->nconstant; i++) {
		const struct image_constant *c = &v->img->constant[i];
		bool plain = c->type.lists == 0 && c->type.base >= T_BOOL && c->type.base <= T_PERCENT;
		MUST(plain, constant, "constant %zu", i);
		if (c->type.base == T_BOOL) MUST(c->bits == 0 || c->bits == 1, constant, "constant %zu", i);
		if (c->type.base == T_STRING) MUST(c->bits >= 0 && (uint64_t)c->bits < v->img->nstring, constant, "constant %zu", i);
	}
	return true;
}

static bool role_result_fits(const char *wanted, struct type t)
{
	switch (wanted[0]) {
	case 'N': return type_is(t, T_NONE);
	case 'B': return type_is(t, T_BOOL);
	case 'S': return type_is(t, T_STRING);
	case 'V': return t.base != T_NONE && t.base != T_RESPONSE;
	case 'H': return t.base == T_HOST && t.lists <= 1;
	default: return t.base != T_NONE || t.lists == 0; /* ANY, also nothing */
	}
}

static bool check_role_signature(struct verifier *v, uint32_t i)
{
	static const struct {
		const char *params, *result;
	} roles[ROLES] = {
#define ROLE(name, params, result, effects, doc) { #params, #result },
#include "irs/tbl/role.def"
#undef ROLE
	};
	const struct image_function *f = &v->img->function[i];
	bool params_fit = roles[f->role].params[0] != 'N' || f->nparams == 0;
	MUST(params_fit && role_result_fits(roles[f->role].result, f->result), role_signature, "%s", function_place(v, i));
	return true;
}

static bool check_function(struct verifier *v, uint32_t i)
{
	const struct image_function *f = &v->img->function[i];
	MUST(f->nparams <= f->ntypes, params, "%s", function_place(v, i));
	MUST(f->ntypes <= IMAGE_MAX_LOCALS, locals, "%s", function_place(v, i));
	MUST(f->max_stack <= IMAGE_MAX_STACK, stack_cap, "%s", function_place(v, i));
	MUST(f->code_len > 0, code_empty, "%s", function_place(v, i));
	for (uint32_t t = 0; t < f->ntypes; t++)
		MUST(!type_is(v->img->type[f->types + t], T_NONE), local_type, "%s, local %u", function_place(v, i), (unsigned)t);
	return check_role_signature(v, i);
}

/* Lists of types, and code: each function's begin where those of the one before end, and all is used up. */
static bool check_functions(struct verifier *v)
{
	const struct image *img = v->img;
	size_t types = 0, code = 0;
	for (uint32_t i = 0; i < img->nfunction; i++) {
		const struct image_function *f = &img->function[i];
		MUST(f->types == types && f->ntypes <= img->ntype - types, list, "%s, types", function_place(v, i));
		MUST(f->code == code && f->code_len <= img->ncode - code, code_place, "%s", function_place(v, i));
		types += f->ntypes;
		code += f->code_len;
		if (!check_function(v, i)) return false;
	}
	MUST(types == img->ntype, list, "types behind the last function's");
	MUST(code == img->ncode, code_place, "code behind the last function's");
	return true;
}

static int by_text(const void *a, const void *b)
{
	const struct str *x = a, *y = b;
	size_t n = x->n < y->n ? x->n : y->n;
	int order = n ? memcmp(x->p, y->p, n) : 0;
	return order ? order : (x->n > y->n) - (x->n < y->n);
}

/* One string as the name of many functions is found first: sorting compares texts that are different, and so no longer together than the file. */
static bool check_function_names(struct verifier *v)
{
	const struct image *img = v->img;
	struct str *names = arena_array_of(v->scratch, struct str, img->nfunction);
	bool *is_name = arena_array_of(v->scratch, bool, img->nstring);
	for (uint32_t i = 0; i < img->nfunction; i++) {
		uint32_t name = img->function[i].name;
		MUST(!is_name[name], function_name, "%s", function_place(v, i));
		is_name[name] = true;
		names[i] = img->string[name];
	}
	if (img->nfunction) qsort(names, img->nfunction, sizeof *names, by_text);
	for (size_t i = 1; i < img->nfunction; i++)
		MUST(!str_eq(names[i - 1], names[i]), function_name, "function %.*s", (int)(names[i].n < 100 ? names[i].n : 100), names[i].p);
	return true;
}

static bool check_line_order(struct verifier *v)
{
	const struct image *img = v->img;
	for (size_t i = 0; i < img->nline; i++) {
		const struct image_line *l = &img->line[i];
		MUST(l->pc < img->function[l->function].code_len, line_place, "line record %zu", i);
		if (i == 0) continue;
		const struct image_line *before = l - 1;
		bool rises = before->function < l->function || (before->function == l->function && before->pc < l->pc);
		MUST(rises, line_order, "line record %zu", i);
	}
	return true;
}

/* ---- what the scenario says -------------------------------------------------------------------------- */

static bool role_is(struct verifier *v, uint32_t fn, enum fn_role role, const char *use)
{
	MUST(fn == IMAGE_NONE || v->img->function[fn].role == role, role, "%s as %s", function_place(v, fn), use);
	return true;
}

static bool constant_fits(const struct image *img, uint32_t constant, struct type t)
{
	return constant == IMAGE_NONE || type_eq(img->constant[constant].type, t);
}

static bool constant_public(const struct image *img, uint32_t constant)
{
	return constant == IMAGE_NONE || img->constant[constant].level == 0;
}

static bool range_rises(const struct image *img, uint32_t low, uint32_t high)
{
	if (low == IMAGE_NONE) return high == IMAGE_NONE;
	if (high == IMAGE_NONE) return false;
	const struct image_constant *l = &img->constant[low], *h = &img->constant[high];
	if (l->type.base == T_STRING || l->type.base == T_BOOL) return false;
	if (l->type.base != T_FLOAT) return l->bits <= h->bits;
	double a, b;
	memcpy(&a, &l->bits, sizeof a);
	memcpy(&b, &h->bits, sizeof b);
	return a <= b;
}

static bool check_global(struct verifier *v, uint32_t i)
{
	const struct image *img = v->img;
	const struct image_global *g = &img->global[i];
	bool has_range = g->low != IMAGE_NONE || g->high != IMAGE_NONE;
	MUST(g->kind <= GLOBAL_LET, enumeration, "global %u, kind", (unsigned)i);
	MUST(g->type.base != T_NONE || g->type.lists, global_type, "global %u", (unsigned)i);
	if (g->kind == GLOBAL_TARGET) MUST(g->init == IMAGE_NONE && g->value == IMAGE_NONE && !has_range, global_value, "global %u", (unsigned)i);
	if (g->kind == GLOBAL_LET) MUST(g->init != IMAGE_NONE && g->value == IMAGE_NONE && !has_range, global_value, "global %u", (unsigned)i);
	MUST(g->init == IMAGE_NONE || g->value == IMAGE_NONE, global_value, "global %u", (unsigned)i);
	bool fits = constant_fits(img, g->value, g->type) && constant_fits(img, g->low, g->type) && constant_fits(img, g->high, g->type);
	MUST(fits, global_type, "global %u", (unsigned)i);
	MUST(range_rises(img, g->low, g->high), range, "global %u", (unsigned)i);
	if (g->level == 0) {
		bool open = constant_public(img, g->value) && constant_public(img, g->low) && constant_public(img, g->high);
		MUST(open, global_level, "global %u", (unsigned)i);
	}
	if (g->init == IMAGE_NONE) return true;
	if (!role_is(v, g->init, ROLE_INIT, "an init")) return false;
	MUST(type_eq(img->function[g->init].result, g->type), global_type, "global %u", (unsigned)i);
	return true;
}

static bool check_scenario(struct verifier *v)
{
	const struct image *img = v->img;
	MUST(img->nscenario == 1, one_scenario, "%zu of them", img->nscenario);
	const struct image_scenario *s = img->scenario;
	MUST(s->lasts_low >= 0 && s->longest >= 0, negative, "scenario");
	MUST(s->lasts_low <= s->lasts_high, range, "scenario, lasts");
	for (size_t i = 0; i < img->nfact; i++) MUST(img->fact[i].kind < FACTS, enumeration, "fact %zu, kind", i);
	return role_is(v, s->resolved, ROLE_RESOLVED, "resolved");
}

/* Targets and the globals of kind target are the same things, in the same order. */
static bool check_targets(struct verifier *v)
{
	const struct image *img = v->img;
	size_t n = 0;
	MUST(img->ntarget <= IMAGE_MAX_TARGETS, too_many_targets, "%zu of them", img->ntarget);
	for (uint32_t g = 0; g < img->nglobal; g++) {
		if (img->global[g].kind != GLOBAL_TARGET) continue;
		MUST(n < img->ntarget && img->target[n].global == g, target, "global %u", (unsigned)g);
		const struct image_target *t = &img->target[n++];
		MUST(t->low <= t->high && t->high > 0, range, "target %zu", n - 1);
		struct type wanted = t->low == 1 && t->high == 1 ? TYPE(T_HOST) : TYPE_LIST(T_HOST);
		MUST(type_eq(img->global[g].type, wanted), target, "target %zu, type", n - 1);
	}
	MUST(n == img->ntarget, target, "target %zu", n);
	return true;
}

static bool check_fanout(struct verifier *v, uint32_t on, uint32_t fanout, int64_t limit, const char *what, size_t i)
{
	MUST(fanout <= IMAGE_AT_MOST_SHARE, enumeration, "%s %zu, fanout", what, i);
	MUST(fanout != IMAGE_ALL_AT_ONCE ? on != IMAGE_NONE && limit > 0 : limit == 0, fanout, "%s %zu", what, i);
	return role_is(v, on, ROLE_ON, "where something runs");
}

static bool check_preconditions(struct verifier *v)
{
	for (size_t i = 0; i < v->img->nprecondition; i++) {
		const struct image_precondition *p = &v->img->precondition[i];
		if (!check_fanout(v, p->on, p->fanout, p->limit, "precondition", i)) return false;
		if (!role_is(v, p->fn, ROLE_PRECONDITION, "a precondition")) return false;
		MUST(p->longest >= 0, negative, "precondition %zu", i);
	}
	return true;
}

static bool check_needs(struct verifier *v)
{
	for (size_t i = 0; i < v->img->nneed; i++) {
		const struct image_need *n = &v->img->need[i];
		MUST(n->kind < IMAGE_NEEDS, enumeration, "need %zu, kind", i);
		MUST((n->kind == IMAGE_NEED_ROOT) == (n->text == IMAGE_NONE), need_text, "need %zu", i);
	}
	return true;
}

static bool check_others(struct verifier *v)
{
	const struct image *img = v->img;
	for (size_t i = 0; i < img->nprobe; i++) {
		const struct image_probe *p = &img->probe[i];
		MUST(p->every > 0 && p->timeout > 0, negative, "probe %zu", i);
		if (!role_is(v, p->fn, ROLE_PROBE, "a probe") || !role_is(v, p->from, ROLE_ON, "where a probe runs")) return false;
		MUST(p->from == IMAGE_NONE || type_is(img->function[p->from].result, T_HOST), role, "probe %zu, from", i);
	}
	for (size_t i = 0; i < img->nalarm; i++) {
		MUST(img->alarm[i].severity < ALARM_SEVERITIES, enumeration, "alarm %zu, severity", i);
		MUST(img->alarm[i].latest >= -1, negative, "alarm %zu", i);
		if (!role_is(v, img->alarm[i].when, ROLE_CONDITION, "an alarm's condition")) return false;
	}
	for (size_t i = 0; i < img->nmessage; i++) {
		MUST(img->message[i].after >= 0, negative, "message %zu", i);
		if (!role_is(v, img->message[i].text, ROLE_TEXT, "a message's text")) return false;
	}
	for (size_t i = 0; i < img->nhint; i++)
		MUST(img->hint[i].kind >= FACT_MAN && img->hint[i].kind < FACTS, enumeration, "hint %zu, kind", i);
	for (size_t i = 0; i < img->ncapability; i++)
		MUST(img->capability[i].kind <= CAPABILITY_TCP && img->capability[i].root <= 1, enumeration, "capability %zu", i);
	return true;
}

/* ---- steps and frames -------------------------------------------------------------------------------- */

struct cursors { /* how far the lists of steps and frames have used up their sections */
	size_t frames, refs, needs;
};

/* A list of functions of one role, whose parameters are the captures `of` (a function's, or none). */
static bool check_refs(struct verifier *v, struct cursors *c, uint32_t first, uint32_t n, enum fn_role role, const char *what)
{
	MUST(first == c->refs && n <= v->img->nfunction_ref - c->refs, list, "%s", what);
	c->refs += n;
	for (uint32_t i = 0; i < n; i++)
		if (!role_is(v, v->img->function_ref[first + i].fn, role, what)) return false;
	return true;
}

static bool check_frame(struct verifier *v, struct cursors *c, uint32_t i)
{
	const struct image_frame *f = &v->img->frame[i];
	if (!role_is(v, f->capture, ROLE_CAPTURE, "a frame's captures") || !role_is(v, f->induce, ROLE_INDUCE, "induce") ||
	    !role_is(v, f->restore, ROLE_RESTORE, "restore") || !check_refs(v, c, f->verify, f->nverify, ROLE_VERIFY, "verify") ||
	    !check_refs(v, c, f->superseded, f->nsuperseded, ROLE_SUPERSEDED, "superseded"))
		return false;
	MUST(f->needs == c->needs && f->nneeds <= v->img->nneed - c->needs, list, "frame %u, needs", (unsigned)i);
	c->needs += f->nneeds;
	MUST((f->restore == IMAGE_NONE) != (f->because == IMAGE_NONE), undo, "frame %u", (unsigned)i);
	MUST(f->renderable <= 1, enumeration, "frame %u, renderable", (unsigned)i);
	bool is_retry = f->retry_group > 0;
	MUST(is_retry ? f->retry_times > 0 && f->retry_every >= 0 : f->retry_times == 0 && f->retry_every == 0, retry_group, "frame %u", (unsigned)i);
	return true;
}

/* Frames of one retry stand side by side and say the same. */
static bool check_retry_groups(struct verifier *v, const struct image_step *s)
{
	uint32_t highest = 0;
	for (uint32_t i = s->frames; i < s->frames + s->nframes; i++) {
		const struct image_frame *f = &v->img->frame[i], *before = f - 1;
		if (f->retry_group == 0) continue;
		bool goes_on = i > s->frames && before->retry_group == f->retry_group;
		MUST(goes_on || f->retry_group > highest, retry_group, "frame %u", (unsigned)i);
		if (goes_on)
			MUST(before->retry_times == f->retry_times && before->retry_every == f->retry_every, retry_group, "frame %u", (unsigned)i);
		highest = f->retry_group;
	}
	return true;
}

static bool check_failsafe(struct verifier *v, const struct image_step *s, size_t i)
{
	MUST(s->failsafe <= FAILSAFE_SAID, enumeration, "step %zu, failsafe", i);
	if (s->failsafe == FAILSAFE_NONE) return true;
	MUST(s->silent >= -1 && s->latest >= -1 && (s->silent >= 0 || s->latest >= 0), failsafe, "step %zu", i);
	for (uint32_t f = s->frames; f < s->frames + s->nframes; f++)
		MUST(v->img->frame[f].renderable || v->img->frame[f].restore == IMAGE_NONE, failsafe, "step %zu, frame %u", i, (unsigned)f);
	return true;
}

static bool check_step(struct verifier *v, struct cursors *c, size_t i)
{
	const struct image_step *s = &v->img->step[i];
	MUST(s->when <= STEP_MITIGATED && s->unless_resolved <= 1, enumeration, "step %zu, when", i);
	MUST(s->after >= 0 && s->longest_induce >= 0 && s->longest_verify >= 0 && s->longest_restore >= 0, negative, "step %zu", i);
	if (!check_fanout(v, s->on, s->fanout, s->limit, "step", i) || !role_is(v, s->capture, ROLE_CAPTURE, "a step's captures") ||
	    !check_refs(v, c, s->superseded, s->nsuperseded, ROLE_SUPERSEDED, "a step's superseded"))
		return false;
	MUST(s->frames == c->frames && s->nframes <= v->img->nframe - c->frames, list, "step %zu, frames", i);
	MUST(s->nframes > 0, frames, "step %zu", i);
	c->frames += s->nframes;
	for (uint32_t f = s->frames; f < s->frames + s->nframes; f++)
		if (!check_frame(v, c, f)) return false;
	return check_retry_groups(v, s) && check_failsafe(v, s, i);
}

static bool check_steps(struct verifier *v)
{
	struct cursors c = { 0 };
	for (size_t i = 0; i < v->img->nstep; i++)
		if (!check_step(v, &c, i)) return false;
	MUST(c.frames == v->img->nframe, list, "frames behind the last step's");
	MUST(c.refs == v->img->nfunction_ref, list, "functions behind the last frame's");
	MUST(c.needs == v->img->nneed, list, "needs behind the last frame's");
	return true;
}

/* ---- captures: what verify_code found out must be what the blocks take -------------------------------- */

static uint32_t captures_of(const struct verifier *v, uint32_t capture)
{
	return capture == IMAGE_NONE ? 0 : v->captured[capture];
}

static bool takes(struct verifier *v, uint32_t fn, uint32_t captures)
{
	MUST(fn == IMAGE_NONE || v->params[fn] == captures, captures, "%s", function_place(v, fn));
	return true;
}

static bool takes_all(struct verifier *v, uint32_t first, uint32_t n, uint32_t captures)
{
	for (uint32_t i = first; i < first + n; i++)
		if (!takes(v, v->img->function_ref[i].fn, captures)) return false;
	return true;
}

static bool check_captures(struct verifier *v)
{
	for (size_t i = 0; i < v->img->nstep; i++) {
		const struct image_step *s = &v->img->step[i];
		uint32_t of_step = captures_of(v, s->capture);
		if (!takes(v, s->capture, 0) || !takes_all(v, s->superseded, s->nsuperseded, of_step)) return false;
		for (uint32_t n = s->frames; n < s->frames + s->nframes; n++) {
			const struct image_frame *f = &v->img->frame[n];
			uint32_t of_frame = f->capture == IMAGE_NONE ? of_step : captures_of(v, f->capture);
			if (!takes(v, f->capture, of_step) || !takes(v, f->induce, of_frame) || !takes(v, f->restore, of_frame) ||
			    !takes_all(v, f->verify, f->nverify, of_frame) || !takes_all(v, f->superseded, f->nsuperseded, of_frame))
				return false;
		}
	}
	return true;
}

/* ---- capabilities ------------------------------------------------------------------------------------ */

static uint64_t bits_of_name(const struct image *img, struct str name)
{
	if (str_eq(name, STR("runner"))) return UINT64_C(1) << USES_RUNNER;
	if (str_eq(name, STR("*"))) return UINT64_C(1) << USES_ANYTHING;
	for (size_t i = 0; i < img->ntarget; i++)
		if (str_eq(img->string[img->target[i].name], name)) return UINT64_C(1) << i;
	return 0;
}

enum { MOST_CAPABILITIES = 4 * 64 };

static bool check_capabilities(struct verifier *v)
{
	struct image_uses declared = { 0 }, used = verify_uses(v);
	MUST(v->img->ncapability <= MOST_CAPABILITIES, capability_list, "%zu of them", v->img->ncapability);
	for (size_t i = 0; i < v->img->ncapability; i++) {
		const struct image_capability *c = &v->img->capability[i];
		uint64_t bits = bits_of_name(v->img, v->img->string[c->target]);
		MUST(bits, capability_list, "capability %zu", i);
		if (c->kind == CAPABILITY_HTTP) declared.http |= bits;
		if (c->kind == CAPABILITY_TCP) declared.tcp |= bits;
		if (c->kind == CAPABILITY_SHELL) declared.shell |= bits;
		if (c->kind == CAPABILITY_SHELL && c->root) declared.shell_root |= bits;
	}
	MUST((used.shell & ~declared.shell) == 0, capability, "it runs commands");
	MUST((used.shell_root & ~declared.shell_root) == 0, capability, "it runs commands as root");
	MUST((used.http & ~declared.http) == 0, capability, "it sends HTTP requests");
	MUST((used.tcp & ~declared.tcp) == 0, capability, "it opens connections");
	return true;
}

static bool verify_all(struct verifier *v)
{
	if (!check_fields(v) || !check_constants(v) || !check_functions(v) || !check_function_names(v) || !check_line_order(v)) return false;
	for (uint32_t i = 0; i < v->img->nglobal; i++)
		if (!check_global(v, i)) return false;
	return check_scenario(v) && check_targets(v) && check_preconditions(v) && check_needs(v) && check_others(v) && check_steps(v) &&
	       verify_code(v) && check_captures(v) && verify_calls(v) && check_capabilities(v);
}

bool image_verify(const struct image *img, struct err *e)
{
	struct verifier v = { .img = img, .e = e, .scratch = arena_new(0) };
	bool ok = verify_all(&v);
	arena_free(v.scratch);
	return ok;
}
