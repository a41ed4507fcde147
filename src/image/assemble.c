#include "irs/assemble.h"

#include "irs/map.h"
#include "verify.h"

#include <string.h>

struct routine {
	struct assembly *as;
	struct image_function record;
	VEC(uint8_t) code;
	VEC(struct type) types;
	VEC(struct image_line) lines;
	VEC(uint32_t) labels;        /* where they are; UNBOUND until then */
	VEC(uint32_t) patches;       /* places in the code that hold a label's number */
	VEC(bool) entered;           /* a jump that can be reached goes to that label */
	struct image_line place;
	bool dead;
};
#define UNBOUND UINT32_MAX

struct assembly {
	struct arena *arena;
	struct map strings;   /* text → index + 1 as a pointer's bits */
	struct map constants; /* the record's bytes → the same */
	VEC(struct str) string;
	VEC(struct routine *) routine;
#define SECTION(id, name, fields) VEC(struct image_##name) name;
#include "irs/tbl/image.def"
#undef SECTION
};

struct assembly *assembly_new(struct arena *a)
{
	struct assembly *as = arena_new_of(a, struct assembly);
	as->arena = a;
	return as;
}

#define SECTION(id, name, fields)                                                       \
	uint32_t assembly_add_##name(struct assembly *as, struct image_##name record)       \
	{                                                                                   \
		vec_push(as->arena, &as->name, record);                                         \
		return (uint32_t)(as->name.n - 1);                                              \
	}                                                                                   \
	uint32_t assembly_count_##name(const struct assembly *as) { return (uint32_t)as->name.n; }
#include "irs/tbl/image.def"
#undef SECTION

uint32_t assembly_string(struct assembly *as, struct str s)
{
	uintptr_t found = (uintptr_t)map_get(&as->strings, s);
	if (found) return (uint32_t)(found - 1);
	s.p = arena_strndup(as->arena, s.p, s.n);
	vec_push(as->arena, &as->string, s);
	map_put(as->arena, &as->strings, s, (void *)(uintptr_t)as->string.n);
	return (uint32_t)(as->string.n - 1);
}

uint32_t assembly_constant(struct assembly *as, struct type t, uint32_t level, int64_t bits)
{
	struct image_constant record = { .type = t, .level = level, .bits = bits };
	uint8_t key[16] = { t.base, t.lists, (uint8_t)level };
	memcpy(key + 8, &bits, sizeof bits);
	struct str name = { (const char *)key, sizeof key };
	uintptr_t found = (uintptr_t)map_get(&as->constants, name);
	if (found) return (uint32_t)(found - 1);
	uint32_t index = assembly_add_constant(as, record);
	name.p = arena_memdup(as->arena, key, sizeof key);
	map_put(as->arena, &as->constants, name, (void *)((uintptr_t)index + 1));
	return index;
}

uint32_t assembly_text(struct assembly *as, uint32_t level, struct str s)
{
	return assembly_constant(as, TYPE(T_STRING), level, assembly_string(as, s));
}

int64_t float_bits(double v)
{
	int64_t bits;
	memcpy(&bits, &v, sizeof bits);
	return bits;
}

/* ---- routines ----------------------------------------------------------------------------------------- */

uint32_t assembly_function(struct assembly *as, struct str name, enum fn_role role, uint32_t level)
{
	struct routine *r = arena_new_of(as->arena, struct routine);
	*r = (struct routine){ .as = as };
	r->record = (struct image_function){ .name = assembly_string(as, name), .role = role, .level = level, .file = IMAGE_NONE };
	vec_push(as->arena, &as->routine, r);
	return (uint32_t)(as->routine.n - 1);
}

struct routine *assembly_routine(struct assembly *as, uint32_t function) { return as->routine.at[function]; }

void routine_file(struct routine *r, struct str path) { r->record.file = assembly_string(r->as, path); }
void routine_result(struct routine *r, struct type t) { r->record.result = t; }

uint32_t routine_local(struct routine *r, struct type t)
{
	vec_push(r->as->arena, &r->types, t);
	return (uint32_t)(r->types.n - 1);
}

uint32_t routine_param(struct routine *r, struct type t)
{
	r->record.nparams++;
	return routine_local(r, t);
}

void routine_place(struct routine *r, uint32_t line, uint32_t column)
{
	r->place.line = line;
	r->place.column = column;
}

static void note_place(struct routine *r)
{
	const struct image_line *last = r->lines.n ? &vec_last(&r->lines) : NULL;
	if (r->place.line == 0 || (last && last->line == r->place.line && last->column == r->place.column)) return;
	struct image_line l = { .pc = (uint32_t)r->code.n, .line = r->place.line, .column = r->place.column };
	vec_push(r->as->arena, &r->lines, l);
}

static void put_number(struct routine *r, uint32_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++) vec_push(r->as->arena, &r->code, (uint8_t)(v >> 8 * i & 0xff));
}

static void put_label(struct routine *r, uint32_t label, bool enters)
{
	vec_push(r->as->arena, &r->patches, (uint32_t)r->code.n);
	if (enters) r->entered.at[label] = true;
	put_number(r, label, 4);
}

static void put_operands(struct routine *r, struct instruction i)
{
	switch (opcode_table[i.op].shape) {
	case SHAPE_U8: case SHAPE_FIELD: case SHAPE_BUILTIN: case SHAPE_RUN:
		put_number(r, i.a, 1);
		break;
	case SHAPE_N16: case SHAPE_LOCAL: case SHAPE_GLOBAL: case SHAPE_TYPE:
		put_number(r, i.a, 2);
		break;
	case SHAPE_CONST: case SHAPE_FN:
		put_number(r, i.a, 4);
		break;
	case SHAPE_JUMP:
		put_label(r, i.a, true);
		break;
	case SHAPE_FORK:
		put_label(r, i.a, true);
		put_label(r, i.b, false);
		break;
	case SHAPE_CATCH:
		put_number(r, i.b, 1);
		put_label(r, i.a, true);
		break;
	case SHAPE_PROBE:
		put_number(r, i.a, 2), put_number(r, i.b, 1), put_number(r, i.c, 2), put_number(r, i.d, 2);
		break;
	case SHAPE_HTTP:
		put_number(r, i.a, 1), put_number(r, i.b, 1);
		break;
	case SHAPE_NONE: case SHAPES:
		break;
	}
}

static bool leaves(enum opcode op)
{
	return op == OP_JUMP || op == OP_RETURN || op == OP_CAPTURE || op == OP_FAIL || op == OP_RETRY_NEXT;
}

void routine_put(struct routine *r, struct instruction i)
{
	if (r->dead) return;
	note_place(r);
	put_number(r, i.op, 1);
	put_operands(r, i);
	r->dead = leaves(i.op);
}

uint32_t routine_label(struct routine *r)
{
	vec_push(r->as->arena, &r->labels, UNBOUND);
	vec_push(r->as->arena, &r->entered, false);
	return (uint32_t)(r->labels.n - 1);
}

void routine_bind(struct routine *r, uint32_t label)
{
	if (r->dead && !r->entered.at[label]) return; /* a join that no way reaches */
	r->labels.at[label] = (uint32_t)r->code.n;
	r->dead = false;
}

bool routine_reachable(const struct routine *r) { return !r->dead; }

/* ---- the whole ---------------------------------------------------------------------------------------- */

static void resolve_labels(struct routine *r)
{
	for (size_t i = 0; i < r->patches.n; i++) {
		uint8_t *p = r->code.at + r->patches.at[i];
		uint32_t label = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
		for (unsigned b = 0; b < 4; b++) p[b] = (uint8_t)(r->labels.at[label] >> 8 * b & 0xff);
	}
}

static void count_all(const struct assembly *as, size_t *code, size_t *types)
{
	for (size_t i = 0; i < as->routine.n; i++) {
		*code += as->routine.at[i]->code.n;
		*types += as->routine.at[i]->types.n;
	}
}

static void copy_bytes(void *to, const void *from, size_t n)
{
	if (n) memcpy(to, from, n);
}

static void place_routine(struct assembly *as, struct routine *r, uint32_t index, uint8_t *code, struct image *out)
{
	struct image_function f = r->record;
	f.code = (uint32_t)out->ncode;
	f.code_len = (uint32_t)r->code.n;
	f.types = (uint32_t)out->ntype;
	f.ntypes = (uint32_t)r->types.n;
	f.max_stack = IMAGE_MAX_STACK;
	resolve_labels(r);
	copy_bytes(code + out->ncode, r->code.at, r->code.n);
	copy_bytes(out->type + out->ntype, r->types.at, r->types.n * sizeof *r->types.at);
	out->ncode += r->code.n;
	out->ntype += r->types.n;
	assembly_add_function(as, f);
	for (size_t i = 0; i < r->lines.n; i++) {
		r->lines.at[i].function = index;
		assembly_add_line(as, r->lines.at[i]);
	}
}

static void place_routines(struct assembly *as, struct image *out)
{
	size_t ncode = 0, ntypes = 0;
	count_all(as, &ncode, &ntypes);
	uint8_t *code = arena_array_of(as->arena, uint8_t, ncode);
	out->type = arena_array_of(as->arena, struct type, ntypes);
	for (uint32_t i = 0; i < as->routine.n; i++) place_routine(as, as->routine.at[i], i, code, out);
	out->code = code;
}

static void take_records(const struct assembly *as, struct image *out)
{
#define SECTION(id, name, fields)  \
	out->name = as->name.at;       \
	out->n##name = as->name.n;
#include "irs/tbl/image.def"
#undef SECTION
	out->string = as->string.at;
	out->nstring = as->string.n;
}

static void add_capabilities(struct assembly *as, const struct image *img, uint64_t bits, enum capability_kind kind, uint32_t root)
{
	for (unsigned i = 0; i < 64; i++) {
		if (!(bits >> i & 1)) continue;
		uint32_t name = i == USES_RUNNER ? assembly_string(as, STR("runner")) : i == USES_ANYTHING ? assembly_string(as, STR("*")) :
				img->target[i].name;
		assembly_add_capability(as, (struct image_capability){ .target = name, .kind = kind, .root = root });
	}
}

/* What is worked out instead of counted by hand: verifies the code and keeps what that found out. */
static bool measure(struct assembly *as, struct image *img, struct err *e)
{
	if (img->ntarget > IMAGE_MAX_TARGETS) return rule_broken(e, RULE_too_many_targets, "%zu of them", img->ntarget);
	struct verifier v = { .img = img, .e = e, .scratch = arena_new(0) };
	bool ok = verify_code(&v) && verify_calls(&v);
	if (ok) {
		struct image_uses uses = verify_uses(&v);
		for (size_t i = 0; i < img->nfunction; i++) img->function[i].max_stack = v.depth[i];
		add_capabilities(as, img, uses.shell & ~uses.shell_root, CAPABILITY_SHELL, 0);
		add_capabilities(as, img, uses.shell_root, CAPABILITY_SHELL, 1);
		add_capabilities(as, img, uses.http, CAPABILITY_HTTP, 0);
		add_capabilities(as, img, uses.tcp, CAPABILITY_TCP, 0);
	}
	arena_free(v.scratch);
	return ok;
}

bool assembly_finish(struct assembly *as, struct image *out, struct err *e)
{
	*out = (struct image){ 0 };
	place_routines(as, out);
	take_records(as, out);
	bool ok = measure(as, out, e);
	take_records(as, out);
	return ok;
}
