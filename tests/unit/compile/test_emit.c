/* What becomes of each construct: the opcodes of a function, the fields of a record. Every image here has passed the verifier. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "irs/emit.h"
#include "irs/literal.h"

struct compiled {
	struct arena *arena;
	struct image image;
};

static struct compiled compile(const char *text)
{
	struct compiled c = { .arena = arena_new(0) };
	struct sources *ss = arena_new_of(c.arena, struct sources);
	struct diags *ds = arena_new_of(c.arena, struct diags);
	struct check_options o = { .stdlib_dir = "stdlib" };
	struct err e = { 0 };
	ss->arena = ds->arena = c.arena;
	uint32_t file = source_add(ss, "folder/test.irs", str_of(text));
	struct program *p = check_program(c.arena, ss, file, &o, ds);
	if (ds->errors) fail_msg("%s", ds->list.at[0]->message);
	if (!emit_image(p, &c.image, c.arena, &e)) fail_msg("%s (%s)", e.what, e.where);
	return c;
}

static const struct image_function *function_named(const struct compiled *c, const char *name)
{
	uint32_t i = image_find_function(&c->image, str_of(name));
	if (i == IMAGE_NONE) fail_msg("no function %s", name);
	return &c->image.function[i];
}

/* "CONST QUOTE CONCAT": the function's opcodes. */
static const char *opcodes(const struct compiled *c, const char *name)
{
	const struct image_function *f = function_named(c, name);
	struct instruction i;
	struct buf b = { 0 };
	for (uint32_t pc = 0; image_instruction(c->image.code + f->code, f->code_len, pc, &i); pc += i.size)
		buf_printf(&b, "%s%s", pc ? " " : "", opcode_table[i.op].name);
	const char *text = arena_strndup(c->arena, b.p, b.n);
	buf_free(&b);
	return text;
}

/* The n-th instruction of that opcode. */
static struct instruction find(const struct compiled *c, const char *name, enum opcode op, unsigned n)
{
	const struct image_function *f = function_named(c, name);
	struct instruction i;
	for (uint32_t pc = 0; image_instruction(c->image.code + f->code, f->code_len, pc, &i); pc += i.size)
		if (i.op == op && n-- == 0) return i;
	fail_msg("no %s in %s", opcode_table[op].name, name);
	return (struct instruction){ 0 };
}

static struct str text_of(const struct compiled *c, struct instruction i)
{
	return image_str(&c->image, (uint32_t)c->image.constant[i.a].bits);
}

#define STEP(verify) "scenario \"s\" {\n target db: 2..5 hosts\n target one: 1 host\n step a on db {\n let p = \"x\"\n induce { run \"true\" }\n" \
	" restore { run \"true\" }\n verify {\n" verify "\n}\n }\n}\n"
#define INDUCE(body) "scenario \"s\" {\n target db: 2..5 hosts\n step a on db {\n let p = \"x\"\n induce {\n" body "\n}\n" \
	" restore { run \"true\" }\n verify { run \"true\" }\n }\n}\n"

static void is_code(const char *text, const char *fn, const char *wanted)
{
	struct compiled c = compile(text);
	assert_string_equal(opcodes(&c, fn), wanted);
	arena_free(c.arena);
}

/* ---- expressions ---------------------------------------------------------------------------------------------- */

static void templates_are_texts_and_holes(void **state)
{
	(void)state;
	is_code(INDUCE("log \"plain\""), "step a/induce", "CONST LOG RETURN");
	is_code(INDUCE("log \"\""), "step a/induce", "CONST LOG RETURN");
	is_code(INDUCE("log \"#{p}\""), "step a/induce", "LOCAL LOG RETURN");
	is_code(INDUCE("log \"a#{p}b#{1}\""), "step a/induce", "CONST LOCAL CONST CONST TEXT CONCAT LOG RETURN");
}

static void commands_are_quoted_by_place(void **state)
{
	(void)state;
	struct compiled c = compile(INDUCE("run \"ls -- #{p} '#{p}'\""));
	assert_string_equal(opcodes(&c, "step a/induce"), "CONST LOCAL QUOTE CONST LOCAL QUOTE CONST CONCAT CONST RUN POP RETURN");
	assert_int_equal(find(&c, "step a/induce", OP_QUOTE, 0).a, HOLE_BARE);
	assert_int_equal(find(&c, "step a/induce", OP_QUOTE, 1).a, HOLE_SINGLE);
	assert_int_equal(find(&c, "step a/induce", OP_RUN, 0).a, 0);
	arena_free(c.arena);
}

static void operators_are_one_opcode(void **state)
{
	(void)state;
	is_code(INDUCE("let x = 1 + 2 * 3\nlog \"#{x}\""), "step a/induce", "CONST CONST CONST MUL ADD NAME SET LOCAL TEXT LOG RETURN");
	is_code(STEP("expect p in [\"x\"]"), "step a/verify", "CONST LIST LOCAL BUILTIN EXPECT RETURN");
	is_code(STEP("expect not p.contains(\"x\")"), "step a/verify", "LOCAL CONST BUILTIN NOT EXPECT RETURN");
}

static void and_or_join_both_sides(void **state)
{
	(void)state;
	is_code(STEP("expect p == \"a\" and p == \"b\" or p == \"c\""), "step a/verify",
		"LOCAL CONST EQ AND LOCAL CONST EQ KAND OR LOCAL CONST EQ KOR EXPECT RETURN");
}

static void comprehensions_gather(void **state)
{
	(void)state;
	struct compiled c = compile(STEP("expect [h.name for h in db if h != one] == []"));
	assert_string_equal(opcodes(&c, "step a/verify"), "GLOBAL GATHER NEXT_GATHER SET LOCAL GLOBAL NE FILTER LOCAL FIELD KEEP JUMP LIST EQ EXPECT RETURN");
	assert_int_equal(find(&c, "step a/verify", OP_GATHER, 0).a, T_STRING);
	arena_free(c.arena);
}

static void runs_say_what_is_on_the_stack(void **state)
{
	(void)state;
	struct compiled c = compile(STEP("let r = try run([\"cat\", \"#{p}\"], on: one, timeout: 3s, input: p)\nexpect r.exit == 0\nrun \"true\""));
	assert_int_equal(find(&c, "step a/verify", OP_RUN, 0).a, RUN_ARGV | RUN_ON | RUN_INPUT | RUN_TRY | RUN_OBSERVE);
	assert_int_equal(find(&c, "step a/verify", OP_RUN, 1).a, RUN_OBSERVE);
	arena_free(c.arena);
	c = compile(STEP("let r = run(\"true\")\nexpect r.exit == 3"));
	assert_int_equal(find(&c, "step a/verify", OP_RUN, 0).a, RUN_TRY | RUN_OBSERVE);
	arena_free(c.arena);
}

static void http_is_ok_and_what_is_expected(void **state)
{
	(void)state;
	is_code(STEP("http get \"http://x/\""), "step a/verify",
		"CONST CONST HTTP SET LOCAL FIELD AND LOCAL FIELD CONST LT KAND EXPECT RETURN");
	struct compiled c = compile(STEP("http post \"http://x/\" body \"b\" timeout 1s expect status == 201 and body != \"\""));
	assert_string_equal(opcodes(&c, "step a/verify"),
		"CONST CONST CONST HTTP SET LOCAL FIELD AND LOCAL FIELD CONST EQ AND LOCAL FIELD CONST NE KAND KAND EXPECT RETURN");
	assert_int_equal(find(&c, "step a/verify", OP_HTTP, 0).a, HTTP_POST);
	assert_int_equal(find(&c, "step a/verify", OP_HTTP, 0).b, 1);
	arena_free(c.arena);
	is_code(STEP("tcp connect \"x:80\""), "step a/verify", "CONST CONST TCP EXPECT RETURN");
}

/* ---- statements -------------------------------------------------------------------------------------------------- */

static void polls_catch_what_is_unknown(void **state)
{
	(void)state;
	struct compiled c = compile(STEP("expect p   ==\n \"a\" within 5s"));
	assert_string_equal(opcodes(&c, "step a/verify"), "CONST POLL_BEGIN CATCH LOCAL CONST EQ UNCATCH POLL_WITHIN POLL_END RETURN");
	assert_true(str_eq(text_of(&c, find(&c, "step a/verify", OP_POLL_END, 0)), STR("p == \"a\"")));
	arena_free(c.arena);
	is_code(STEP("expect p == \"a\" for 5s"), "step a/verify", "CONST POLL_BEGIN CATCH LOCAL CONST EQ UNCATCH POLL_FOR POLL_END RETURN");
}

static void branches_know_their_join(void **state)
{
	(void)state;
	struct compiled c = compile(INDUCE("if p == \"a\" { log \"a\" } else { log \"b\" }"));
	assert_string_equal(opcodes(&c, "step a/induce"), "LOCAL CONST EQ BRANCH_FALSE CONST LOG JUMP CONST LOG RETURN");
	struct instruction fork = find(&c, "step a/induce", OP_BRANCH_FALSE, 0);
	assert_int_equal(fork.b, find(&c, "step a/induce", OP_JUMP, 0).a);
	arena_free(c.arena);
	c = compile("fn f(x: bool) -> int { if x { return 1 } else { return 2 } }\n" INDUCE("log \"#{f(p == p)}\""));
	assert_string_equal(opcodes(&c, "f"), "LOCAL BRANCH_FALSE CONST RETURN CONST RETURN");
	assert_int_equal(find(&c, "f", OP_BRANCH_FALSE, 0).b, IMAGE_NONE);
	arena_free(c.arena);
}

static void loops_and_retries(void **state)
{
	(void)state;
	is_code(INDUCE("for l in p.lines() at most 3 { log l }"), "step a/induce", "LOCAL BUILTIN CONST AT_MOST EACH NEXT SET LOCAL LOG JUMP RETURN");
	is_code(INDUCE("for l in [] { log \"never\" }"), "step a/induce", "LIST POP RETURN");
	is_code(INDUCE("retry 3 every 2s { run \"x\" }"), "step a/induce",
		"CONST CONST RETRY_BEGIN CATCH CONST CONST RUN POP UNCATCH JUMP RETRY_NEXT RETRY_END RETURN");
	is_code(INDUCE("retry 2 { fail \"x\" }"), "step a/induce", "CONST CONST RETRY_BEGIN CATCH CONST FAIL RETRY_NEXT");
}

static void returns_within_loops_leave(void **state)
{
	(void)state;
	is_code("fn f(l: list<int>) -> int { for x in l { if x > 1 { return x } }\n return 0 }\n" INDUCE("log \"#{f([1])}\""), "f",
		"LOCAL EACH NEXT SET LOCAL CONST GT BRANCH_FALSE LOCAL RETURN JUMP CONST RETURN");
}

static void other_statements(void **state)
{
	(void)state;
	is_code(INDUCE("wait 1s\nspawn \"sleep 1\" mark p"), "step a/induce", "CONST SLEEP CONST LOCAL SPAWN RETURN");
}

/* ---- long things --------------------------------------------------------------------------------------------------- */

static void long_chains_need_no_stack(void **state)
{
	(void)state;
	struct buf b = { 0 };
	buf_puts(&b, "scenario \"s\" {\n let sum = 1");
	for (unsigned i = 0; i < 900; i++) buf_puts(&b, " + 1");
	buf_puts(&b, "\n let all = [0");
	for (unsigned i = 0; i < 3000; i++) buf_printf(&b, ", %u", i);
	buf_puts(&b, "]\n let text = \"");
	for (unsigned i = 0; i < 3000; i++) buf_puts(&b, "#{sum} ");
	buf_puts(&b, "\"\n step a {\n induce { log \"#{text}#{all}\" }\n restore none because \"-\"\n verify { run \"true\" }\n}\n}\n");
	struct compiled c = compile(b.p);
	assert_int_equal(function_named(&c, "let sum")->max_stack, 2);
	assert_in_range(function_named(&c, "let all")->max_stack, 1, 600);
	assert_in_range(function_named(&c, "let text")->max_stack, 1, 600);
	buf_free(&b);
	arena_free(c.arena);
}

/* ---- the scenario ---------------------------------------------------------------------------------------------------- */

static const char *const full =
	"use process\n"
	"fault f(n: int, s: string = \"d\") {\n"
	"  needs tool \"nft\"\n"
	"  let both = \"#{n}#{s}\"\n"
	"  induce { run \"echo #{both}\" }\n"
	"  verify { run \"one\" }\n"
	"  verify { run \"two\" }\n"
	"  restore { run \"echo #{both}\" }\n"
	"  superseded { run \"test -e #{s}\" }\n"
	"}\n"
	"scenario \"Title\" {\n"
	"  brief \"Brief\"\n  level advanced\n  lasts 1h..2h\n  components \"a\", \"b\"\n  requires \"vpn\"\n  reading man \"x(1)\", url \"https://x\"\n"
	"  let early = pick(db)\n"
	"  target one: 1 host\n  target db: 2..5 hosts\n"
	"  param public: int = 3 in 1..9\n  secret param hush: string = \"psst\"\n  param list: list<int> = [1, 2]\n"
	"  let late = early.name\n"
	"  probe web \"asks\" every 2s timeout 1s from one { http get \"http://#{one.address}/\" }\n"
	"  alarm \"slow\" warning when web healthy for 3s or web fails 2 of 4, latest 5m\n"
	"  precondition \"all well\" on db at most 2 { run \"true\" }\n"
	"  step first \"one\" on early after 5m unless resolved {\n"
	"    needs root\n"
	"    let c = late\n"
	"    do f(1)\n"
	"    retry 3 every 5s {\n      do f(2, s: c)\n      do f(3)\n    }\n"
	"    superseded { expect c == \"x\" }\n"
	"    failsafe silent 10m, latest 3h\n"
	"  }\n"
	"  step on db at most 20% when mitigated {\n"
	"    induce { run \"true\" }\n    verify { run \"true\" }\n    restore none because \"why not\"\n  }\n"
	"  message \"support\" after 10m \"late: #{late}\"\n"
	"  hint man \"ps(1)\"\n  hint ask \"Why?\"\n"
	"  resolved { web healthy for 2m }\n"
	"  hidden resolution { cause \"SESAME\"\n path \"WALDO\"\n fix \"XYZZY\" }\n"
	"}\n";

static void globals_come_in_an_order_that_works(void **state)
{
	(void)state;
	struct compiled c = compile(full);
	const char *const names[] = { "one", "db", "public", "hush", "list", "early", "late" };
	assert_int_equal(c.image.nglobal, 7);
	for (size_t i = 0; i < 7; i++) assert_true(str_eq(image_str(&c.image, c.image.global[i].name), str_of(names[i])));
	assert_int_equal(c.image.target[1].low, 2);
	assert_int_equal(c.image.target[1].high, 5);
	assert_int_equal(c.image.global[2].level, 0);
	assert_int_equal(c.image.constant[c.image.global[2].high].bits, 9);
	assert_int_equal(c.image.global[3].level, 1);
	assert_int_equal(c.image.constant[c.image.global[3].value].level, 1);
	assert_int_equal(c.image.global[4].value, IMAGE_NONE);
	assert_int_equal(c.image.function[c.image.global[4].init].level, 0);
	arena_free(c.arena);
}

static void faults_become_frames(void **state)
{
	(void)state;
	struct compiled c = compile(full);
	const struct image_step *s = &c.image.step[0];
	assert_int_equal(s->nframes, 3);
	assert_int_equal(s->nsuperseded, 1);
	const struct image_frame *f = &c.image.frame[s->frames];
	assert_int_equal(f[0].induce, f[2].induce);
	assert_int_equal(f[0].nverify, 2);
	assert_int_equal(f[0].nsuperseded, 1);
	assert_int_equal(f[0].nneeds, 2);
	assert_int_equal(c.image.need[f[0].needs].kind, IMAGE_NEED_ROOT);
	assert_int_equal(c.image.need[f[2].needs + 1].kind, IMAGE_NEED_TOOL);
	assert_int_equal(f[0].retry_group, 0);
	assert_int_equal(f[1].retry_group, 1);
	assert_int_equal(f[2].retry_times, 3);
	assert_int_equal(f[2].retry_every, 5 * NS_PER_S);
	assert_string_equal(opcodes(&c, "step first/2 f"), "CONST SET LOCAL SET LOCAL TEXT LOCAL CONCAT NAME SET LOCAL LOCAL LOCAL CAPTURE");
	assert_int_equal(function_named(&c, "fault f/induce")->nparams, 3);
	assert_int_equal(function_named(&c, "step first/superseded")->nparams, 1);
	function_named(&c, "fault f/verify 2");
	arena_free(c.arena);
}

static void steps_say_when_where_and_how_long(void **state)
{
	(void)state;
	struct compiled c = compile(full);
	const struct image_step *s = c.image.step;
	assert_int_equal(s[0].when, STEP_AFTER);
	assert_int_equal(s[0].after, 300 * NS_PER_S);
	assert_int_equal(s[0].unless_resolved, 1);
	assert_int_equal(s[0].failsafe, FAILSAFE_SAID);
	assert_int_equal(s[0].silent, 600 * NS_PER_S);
	assert_int_equal(s[0].longest_induce, (32 + 2 * (3 * 32 + 2 * (32 + 5))) * NS_PER_S);
	assert_int_equal(s[0].longest_verify, 6 * 32 * NS_PER_S);
	assert_int_equal(s[1].when, STEP_MITIGATED);
	assert_int_equal(s[1].fanout, IMAGE_AT_MOST_SHARE);
	assert_int_equal(s[1].limit, 20 * PERCENT_ONE);
	assert_int_equal(s[1].failsafe, FAILSAFE_NONE);
	assert_int_equal(s[1].name, IMAGE_NONE);
	assert_int_equal(s[1].longest_induce, 5 * 32 * NS_PER_S);
	assert_true(str_eq(image_str(&c.image, c.image.frame[s[1].frames].because), STR("why not")));
	assert_int_equal(c.image.precondition[0].longest, 3 * 32 * NS_PER_S);
	arena_free(c.arena);
}

static void the_rest_is_there(void **state)
{
	(void)state;
	struct compiled c = compile(full);
	const struct image *i = &c.image;
	assert_true(str_eq(image_str(i, i->scenario->title), STR("Title")));
	assert_true(str_eq(image_str(i, i->scenario->level_word), STR("advanced")));
	assert_int_equal(i->scenario->lasts_high, 7200 * NS_PER_S);
	assert_int_equal(i->nfact, 5);
	assert_int_equal(i->fact[4].kind, FACT_URL);
	assert_int_equal(i->probe[0].every, 2 * NS_PER_S);
	assert_int_equal(i->alarm[0].severity, ALARM_WARNING);
	assert_int_equal(i->alarm[0].latest, 300 * NS_PER_S);
	assert_string_equal(opcodes(&c, "alarm 1"), "CONST PROBE OR CONST PROBE KOR RETURN");
	assert_int_equal(find(&c, "alarm 1", OP_PROBE, 1).d, 4);
	assert_int_equal(i->message[0].after, 600 * NS_PER_S);
	assert_int_equal(i->hint[1].kind, FACT_ASK);
	assert_true(i->scenario->resolved != IMAGE_NONE);
	arena_free(c.arena);
}

static bool declares(const struct image *img, const char *target, enum capability_kind kind, bool root)
{
	for (size_t i = 0; i < img->ncapability; i++)
		if (str_eq(image_str(img, img->capability[i].target), str_of(target)) && img->capability[i].kind == kind && img->capability[i].root == root)
			return true;
	return false;
}

static void capabilities_are_what_it_does(void **state)
{
	(void)state;
	struct compiled c = compile(full);
	assert_true(declares(&c.image, "db", CAPABILITY_SHELL, true));
	assert_true(declares(&c.image, "one", CAPABILITY_HTTP, false));
	assert_int_equal(c.image.ncapability, 2);
	arena_free(c.arena);
	c = compile("scenario \"s\" { step a {\n induce { run \"true\" }\n verify { tcp connect \"x:1\" }\n restore { run \"true\" }\n } }\n");
	assert_true(declares(&c.image, "runner", CAPABILITY_SHELL, false));
	assert_true(declares(&c.image, "*", CAPABILITY_TCP, false));
	assert_int_equal(c.image.ncapability, 2);
	arena_free(c.arena);
}

static void nothing_hidden_gets_in(void **state)
{
	(void)state;
	struct compiled c = compile(full);
	struct buf file = { 0 };
	image_save(&file, &c.image);
	const char *const secrets[] = { "SESAME", "WALDO", "XYZZY", "resolution" };
	for (size_t i = 0; i < 4; i++) assert_null(memmem(file.p, file.n, secrets[i], strlen(secrets[i])));
	assert_non_null(memmem(file.p, file.n, "psst", 4));
	buf_free(&file);
	arena_free(c.arena);
}

static void an_image_is_the_same_each_time(void **state)
{
	(void)state;
	struct compiled a = compile(full), b = compile(full);
	struct buf one = { 0 }, two = { 0 };
	image_save(&one, &a.image);
	image_save(&two, &b.image);
	assert_int_equal(one.n, two.n);
	assert_memory_equal(one.p, two.p, one.n);
	buf_free(&one);
	buf_free(&two);
	arena_free(a.arena);
	arena_free(b.arena);
}

static void too_many_targets_are_refused(void **state)
{
	(void)state;
	struct arena *a = arena_new(0);
	struct sources ss = { .arena = a };
	struct diags ds = { .arena = a };
	struct check_options o = { .stdlib_dir = "stdlib" };
	struct image img;
	struct err e = { 0 };
	struct buf b = { 0 };
	buf_puts(&b, "scenario \"s\" {\n");
	for (unsigned i = 0; i < 70; i++) buf_printf(&b, "target t%u: 1 host\n", i);
	buf_puts(&b, "step a {\n induce { run \"true\" }\n verify { run \"true\" }\n restore { run \"true\" }\n }\n}\n");
	struct program *p = check_program(a, &ss, source_add(&ss, "t.irs", buf_view(&b)), &o, &ds);
	assert_int_equal(ds.errors, 0);
	assert_false(emit_image(p, &img, a, &e));
	assert_string_equal(e.what, "the scenario has more targets than the machine allows");
	buf_free(&b);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(templates_are_texts_and_holes),
		cmocka_unit_test(commands_are_quoted_by_place),
		cmocka_unit_test(operators_are_one_opcode),
		cmocka_unit_test(and_or_join_both_sides),
		cmocka_unit_test(comprehensions_gather),
		cmocka_unit_test(runs_say_what_is_on_the_stack),
		cmocka_unit_test(http_is_ok_and_what_is_expected),
		cmocka_unit_test(polls_catch_what_is_unknown),
		cmocka_unit_test(branches_know_their_join),
		cmocka_unit_test(loops_and_retries),
		cmocka_unit_test(returns_within_loops_leave),
		cmocka_unit_test(other_statements),
		cmocka_unit_test(long_chains_need_no_stack),
		cmocka_unit_test(globals_come_in_an_order_that_works),
		cmocka_unit_test(faults_become_frames),
		cmocka_unit_test(steps_say_when_where_and_how_long),
		cmocka_unit_test(the_rest_is_there),
		cmocka_unit_test(capabilities_are_what_it_does),
		cmocka_unit_test(nothing_hidden_gets_in),
		cmocka_unit_test(an_image_is_the_same_each_time),
		cmocka_unit_test(too_many_targets_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
