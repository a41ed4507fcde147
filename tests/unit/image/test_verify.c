/*
 * One image that breaks it for each rule of tbl/verify.def: a rule without one does not compile here.
 *   OF_FILE(rule)    changes the bytes of a file; the checksum is made again unless the rule is about what is before it
 *   OF_RECORD(rule)  changes a decoded image
 *   OF_CODE(rule)    adds a helper function whose code is wrong
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "whole.h"

struct subject {
	struct builder *b;
	struct whole w;
	struct err e;
};

static struct image *finished(struct subject *s)
{
	return builder_raw(s->b, &s->e);
}

/* ---- tools -------------------------------------------------------------------------------------------------- */

enum { DIGEST = 16, COVERED = 48, TABLE = 52, ENTRY = 12 };

static void seal(struct buf *f)
{
	uint32_t total = (uint32_t)f->n;
	for (unsigned i = 0; i < 4; i++) f->p[12 + i] = (char)(total >> 8 * i & 0xff);
	crypto_hash_sha256((uint8_t *)f->p + DIGEST, (const uint8_t *)f->p + COVERED, f->n - COVERED);
}

static uint32_t number_at(const struct buf *f, size_t at)
{
	const uint8_t *p = (const uint8_t *)f->p + at;
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void set_number(struct buf *f, size_t at, uint32_t v)
{
	for (unsigned i = 0; i < 4; i++) f->p[at + i] = (char)(v >> 8 * i & 0xff);
}

/* Where the section with that number in the table begins. */
static size_t section_at(const struct buf *f, unsigned i) { return number_at(f, TABLE + i * ENTRY + 4); }
enum { NTH_CONSTANT, NTH_FUNCTION, NTH_STRINGS = 17, NTH_TYPES };

static void load(struct subject *s, const struct buf *f)
{
	assert_null(image_load(s->b->arena, f->p, f->n, &s->e));
}

#define OF_FILE(rule)                                             \
	static void change_##rule(struct buf *f);                     \
	static void break_##rule(struct subject *s)                   \
	{                                                             \
		struct buf f = { 0 };                                     \
		image_save(&f, finished(s));                              \
		change_##rule(&f);                                        \
		load(s, &f);                                              \
		buf_free(&f);                                             \
	}                                                             \
	static void change_##rule(struct buf *f)

#define OF_RECORD(rule)                                                        \
	static void change_##rule(struct image *img, struct subject *s);           \
	static void break_##rule(struct subject *s)                                \
	{                                                                          \
		struct image *img = finished(s);                                       \
		assert_true(image_verify(img, &s->e));                                 \
		change_##rule(img, s);                                                 \
		assert_false(image_verify(img, &s->e));                                \
	}                                                                          \
	static void change_##rule(struct image *img, __attribute__((unused)) struct subject *s)

#define OF_CODE(rule)                                                          \
	static void code_##rule(struct routine *r, struct builder *b, struct subject *s); \
	static void break_##rule(struct subject *s)                                \
	{                                                                          \
		struct routine *r = build_fn(s->b, "wrong", ROLE_HELPER, TYPE(T_NONE)); \
		code_##rule(r, s->b, s);                                               \
		assert_false(image_verify(finished(s), &s->e));                        \
	}                                                                          \
	static void code_##rule(struct routine *r, __attribute__((unused)) struct builder *b, __attribute__((unused)) struct subject *s)

/* ---- the file ------------------------------------------------------------------------------------------------- */

OF_FILE(magic) { f->p[0] = 'X'; }
OF_FILE(version) { f->p[8] = 99; }
OF_FILE(truncated) { f->n -= 1; }
OF_FILE(trailing) { buf_putc(f, 0); }
OF_FILE(checksum) { f->p[f->n - 1] ^= 1; }

OF_FILE(too_large)
{
	buf_pad(f, 0, (size_t)IMAGE_MAX_BYTES);
	seal(f);
}

OF_FILE(sections)
{
	set_number(f, TABLE, 77);
	seal(f);
}

OF_FILE(section_place)
{
	set_number(f, TABLE + ENTRY + 4, number_at(f, TABLE + ENTRY + 4) + 1);
	seal(f);
}

OF_FILE(section_length)
{
	set_number(f, section_at(f, NTH_FUNCTION), 0x10000001);
	seal(f);
}

OF_FILE(string_place)
{
	set_number(f, section_at(f, NTH_STRINGS) + 4, 1);
	seal(f);
}

OF_FILE(utf8)
{
	size_t text = section_at(f, NTH_STRINGS) + 4 + 8 * (size_t)number_at(f, section_at(f, NTH_STRINGS));
	f->p[text] = (char)0xff;
	seal(f);
}

OF_FILE(type)
{
	f->p[section_at(f, NTH_TYPES) + 4] = T_ERROR;
	seal(f);
}

/* ---- records, each by itself ------------------------------------------------------------------------------------ */

OF_RECORD(string_index) { img->scenario->title = (uint32_t)img->nstring; }
OF_RECORD(constant_index) { img->global[s->w.share].value = (uint32_t)img->nconstant; }
OF_RECORD(global_index) { img->target[0].global = (uint32_t)img->nglobal; }
OF_RECORD(function_index) { img->frame[0].induce = IMAGE_NONE; }
OF_RECORD(level) { img->function[0].level = 2; }
OF_RECORD(enumeration) { img->alarm[0].severity = ALARM_SEVERITIES; }
OF_RECORD(negative) { img->message[0].after = -1; }
OF_RECORD(range) { img->scenario->lasts_low = 3; }
OF_RECORD(list) { img->frame[1].verify = 1; }
OF_RECORD(role) { img->frame[0].induce = s->w.restore; }
OF_RECORD(role_signature) { img->function[s->w.on].result = TYPE(T_STRING); }

/* ---- constants, functions, lines ---------------------------------------------------------------------------------- */

OF_RECORD(constant)
{
	img->constant[0].type = TYPE(T_HOST);
}

OF_RECORD(code_place) { img->function[1].code -= 1; }

OF_RECORD(code_empty)
{
	img->function[1].code_len += img->function[0].code_len;
	img->function[1].code = 0;
	img->function[0].code_len = 0;
}

OF_RECORD(params) { img->function[s->w.on].nparams = 1; }
OF_CODE(locals)
{
	for (unsigned i = 0; i <= IMAGE_MAX_LOCALS; i++) routine_local(r, TYPE(T_INT));
	PUT(r, RETURN);
}
OF_CODE(local_type)
{
	routine_local(r, TYPE(T_NONE));
	PUT(r, RETURN);
}
OF_RECORD(stack_cap) { img->function[0].max_stack = IMAGE_MAX_STACK + 1; }
OF_CODE(function_name)
{
	build_nothing(b, "twice", ROLE_HELPER);
	build_nothing(b, "twice", ROLE_HELPER);
	PUT(r, RETURN);
}
OF_RECORD(line_order) { img->line[1].function = img->line[0].function; }
OF_RECORD(line_place) { img->line[0].pc = 1; }

/* ---- globals and what the scenario says ---------------------------------------------------------------------------- */

OF_RECORD(global_value) { img->global[s->w.db].value = img->global[s->w.share].value; }
OF_RECORD(global_type) { img->global[s->w.share].type = TYPE(T_INT); }
OF_RECORD(global_level) { img->global[s->w.share].level = 0; }
OF_RECORD(one_scenario) { img->nscenario = 0; }
OF_RECORD(target) { img->target[1].low = img->target[1].high = 1; }
OF_RECORD(need_text) { img->need[0].text = 0; }
OF_RECORD(fanout) { img->step[0].limit = 0; }

OF_RECORD(frames)
{
	img->step[0].nframes = 0;
}

OF_RECORD(undo) { img->frame[0].because = 0; }
OF_RECORD(captures) { img->frame[0].induce = s->w.fault_induce; }
OF_RECORD(retry_group) { img->frame[1].retry_times = 0; }
OF_RECORD(failsafe) { img->frame[0].renderable = 0; }
OF_RECORD(capability) { img->ncapability--; }
OF_RECORD(capability_list) { img->capability[0].target = img->scenario->title; }

static void break_global_order(struct subject *s)
{
	struct routine *r = build_fn(s->b, "let early", ROLE_INIT, TYPE(T_HOST));
	uint32_t global = build_let(s->b, "early", TYPE(T_HOST), s->b->fn);
	PUT(r, GLOBAL, global + 1);
	PUT(r, RETURN);
	r = build_fn(s->b, "let late", ROLE_INIT, TYPE(T_HOST));
	PUT(r, GLOBAL, s->w.lb);
	PUT(r, RETURN);
	build_let(s->b, "late", TYPE(T_HOST), s->b->fn);
	assert_false(image_verify(finished(s), &s->e));
}

static void break_too_many_targets(struct subject *s)
{
	for (unsigned i = 0; i < IMAGE_MAX_TARGETS; i++) build_target(s->b, "more", 1, 1);
	assert_false(image_verify(finished(s), &s->e));
}

/* ---- code ------------------------------------------------------------------------------------------------------------- */

/* Changes the first byte of the first function's code. */
OF_RECORD(opcode) { ((uint8_t *)(uintptr_t)img->code)[0] = OPCODES; }

OF_RECORD(operand_cut)
{
	uint8_t *code = (uint8_t *)(uintptr_t)img->code;
	const struct image_function *last = &img->function[img->nfunction - 1];
	code[last->code + last->code_len - 1] = OP_CONST;
}

OF_CODE(code_end) { PUT(r, TRUE); }

OF_RECORD(jump_target)
{
	uint8_t *code = (uint8_t *)(uintptr_t)img->code + img->function[s->w.sum].code; /* LOCAL 0, LOCAL 1, ADD, RETURN: 8 bytes */
	memcpy(code, (const uint8_t[]){ OP_JUMP, 6, 0, 0, 0, OP_LOCAL, 0, 0 }, 8);
}

OF_CODE(jump_back)
{
	uint32_t label = routine_label(r);
	routine_bind(r, label);
	PUT(r, TRUE);
	PUT(r, POP);
	PUT(r, JUMP, label);
}

OF_CODE(jump_forward)
{
	uint32_t label = routine_label(r);
	routine_bind(r, label);
	PUT(r, TRUE);
	PUT(r, BRANCH_FALSE, label, label);
	PUT(r, RETURN);
}

OF_RECORD(unreachable)
{
	uint8_t *code = (uint8_t *)(uintptr_t)img->code + img->function[s->w.sum].code;
	memcpy(code, (const uint8_t[]){ OP_LOCAL, 0, 0, OP_RETURN, OP_HERE, OP_HERE, OP_HERE, OP_RETURN }, 8);
}

OF_CODE(underflow)
{
	PUT(r, POP);
	PUT(r, RETURN);
}

OF_CODE(stack_type)
{
	PUT(r, CONST, build_int(b, 1));
	PUT(r, NOT);
	PUT(r, POP);
	PUT(r, RETURN);
}

OF_CODE(join)
{
	uint32_t otherwise = routine_label(r), join = routine_label(r);
	PUT(r, TRUE);
	PUT(r, BRANCH_FALSE, otherwise, join);
	PUT(r, TRUE);
	PUT(r, JUMP, join);
	routine_bind(r, otherwise);
	PUT(r, TRUE);
	routine_bind(r, join);
	PUT(r, RETURN);
}

OF_CODE(stack_cap_code)
{
	for (unsigned i = 0; i <= IMAGE_MAX_STACK; i++) PUT(r, TRUE);
	PUT(r, RETURN);
}

OF_RECORD(max_stack) { img->function[s->w.sum].max_stack = 1; }

OF_CODE(catch_balance)
{
	PUT(r, UNCATCH);
	PUT(r, RETURN);
}

OF_CODE(catch_below)
{
	uint32_t handler = routine_label(r);
	PUT(r, TRUE);
	PUT(r, CATCH, handler, CATCH_UNKNOWN);
	PUT(r, POP);
	PUT(r, TRUE);
	PUT(r, UNCATCH);
	routine_bind(r, handler);
	PUT(r, RETURN);
}

OF_CODE(local_index)
{
	PUT(r, LOCAL, 0);
	PUT(r, RETURN);
}

OF_CODE(local_unset)
{
	uint32_t otherwise = routine_label(r), x = routine_local(r, TYPE(T_BOOL));
	PUT(r, TRUE);
	PUT(r, BRANCH_FALSE, otherwise, otherwise);
	PUT(r, TRUE);
	PUT(r, SET, x);
	routine_bind(r, otherwise);
	PUT(r, LOCAL, x);
	PUT(r, RETURN);
}

OF_CODE(local_set)
{
	uint32_t x = routine_local(r, TYPE(T_BOOL));
	PUT(r, TRUE);
	PUT(r, SET, x);
	PUT(r, TRUE);
	PUT(r, SET, x);
	PUT(r, RETURN);
}

OF_CODE(field)
{
	PUT(r, RUNNER);
	PUT(r, FIELD, 200);
	PUT(r, RETURN);
}

OF_CODE(builtin)
{
	PUT(r, RUNNER);
	PUT(r, BUILTIN, 200);
	PUT(r, RETURN);
}

OF_CODE(signature)
{
	PUT(r, RUNNER);
	PUT(r, BUILTIN, 2);
	PUT(r, RETURN);
}

OF_CODE(probe)
{
	PUT(r, CONST, build_duration(b, 0));
	PUT(r, PROBE, 0, 1, 5, 3);
	PUT(r, RETURN);
}

OF_CODE(arithmetic)
{
	PUT(r, CONST, build_duration(b, 1));
	PUT(r, CONST, build_int(b, 1));
	PUT(r, ADD);
	PUT(r, RETURN);
}

OF_CODE(elements)
{
	PUT(r, CONST, build_int(b, 1));
	PUT(r, TRUE);
	PUT(r, LIST, 2);
	PUT(r, RETURN);
}

OF_CODE(quote)
{
	PUT(r, RUNNER);
	PUT(r, QUOTE, 1);
	PUT(r, RETURN);
}

OF_CODE(flags)
{
	PUT(r, CONST, build_text(b, "true"));
	PUT(r, CONST, build_duration(b, 1));
	PUT(r, RUN, 64);
	PUT(r, RETURN);
}

static void break_code_level(struct subject *s)
{
	uint32_t fn = assembly_function(s->b->as, STR("wrong"), ROLE_HELPER, 0);
	struct routine *r = assembly_routine(s->b->as, fn);
	PUT(r, CONST, build_text(s->b, "secret"));
	PUT(r, RETURN);
	assert_false(image_verify(finished(s), &s->e));
}

OF_CODE(return_kind) { PUT(r, CAPTURE, 0); }

OF_CODE(result)
{
	routine_result(r, TYPE(T_INT));
	PUT(r, TRUE);
	PUT(r, RETURN);
}

static void break_one_capture(struct subject *s)
{
	struct routine *r = build_fn(s->b, "wrong", ROLE_CAPTURE, TYPE(T_NONE));
	uint32_t otherwise = routine_label(r);
	PUT(r, TRUE);
	PUT(r, BRANCH_FALSE, otherwise, otherwise);
	PUT(r, CAPTURE, 0);
	routine_bind(r, otherwise);
	PUT(r, TRUE);
	PUT(r, CAPTURE, 1);
	assert_false(image_verify(finished(s), &s->e));
}

static void break_effect(struct subject *s)
{
	struct routine *r = build_fn(s->b, "wrong", ROLE_TEXT, TYPE(T_STRING));
	PUT(r, HERE);
	PUT(r, FIELD, 0);
	PUT(r, RETURN);
	assert_false(image_verify(finished(s), &s->e));
}

OF_CODE(recursion)
{
	PUT(r, CALL, b->fn);
	PUT(r, RETURN);
}

static void break_call_depth(struct subject *s)
{
	build_nothing(s->b, "deepest", ROLE_HELPER);
	for (unsigned i = 0; i < IMAGE_MAX_CALLS; i++) {
		char name[16];
		snprintf(name, sizeof name, "call %u", i);
		uint32_t below = s->b->fn;
		struct routine *r = build_fn(s->b, name, ROLE_HELPER, TYPE(T_NONE));
		PUT(r, CALL, below);
		PUT(r, RETURN);
	}
	assert_false(image_verify(finished(s), &s->e));
}

/* ---- all of them ---------------------------------------------------------------------------------------------------------- */

struct rule_case {
	const char *text;
	void (*breaks)(struct subject *s);
};

static struct rule_case cases[] = {
#define RULE(id, text) { text, break_##id },
#include "irs/tbl/verify.def"
#undef RULE
};

static void check_rule(void **state)
{
	const struct rule_case *c = *state;
	struct subject s = { .b = builder_new() };
	whole_build(s.b, &s.w);
	c->breaks(&s);
	if (strcmp(s.e.what, c->text) != 0) fail_msg("wanted \"%s\", got \"%s\" (%s)", c->text, s.e.what, s.e.where);
	assert_int_equal(s.e.exit, IRS_USAGE);
	builder_free(s.b);
}

/* Also where the name stands in the image twice, as two strings. */
static void names_are_compared_as_text(void **state)
{
	(void)state;
	struct subject s = { .b = builder_new() };
	whole_build(s.b, &s.w);
	struct image *img = finished(&s);
	img->string[img->function[1].name] = img->string[img->function[2].name];
	assert_false(image_verify(img, &s.e));
	assert_string_equal(s.e.what, "two functions have one name");
	builder_free(s.b);
}

static void the_whole_is_valid(void **state)
{
	(void)state;
	struct subject s = { .b = builder_new() };
	whole_build(s.b, &s.w);
	builder_image(s.b);
	builder_free(s.b);
}

int main(void)
{
	enum { N = sizeof cases / sizeof *cases };
	static const char *const names[N] = {
#define RULE(id, text) "rule " #id,
#include "irs/tbl/verify.def"
#undef RULE
	};
	struct CMUnitTest tests[N + 2] = { cmocka_unit_test(the_whole_is_valid), cmocka_unit_test(names_are_compared_as_text) };
	for (size_t i = 0; i < N; i++) tests[i + 2] = (struct CMUnitTest){ names[i], check_rule, NULL, NULL, &cases[i] };
	return _cmocka_run_group_tests("verify", tests, N + 2, NULL, NULL);
}
