/* The checker over small texts: which diagnostics they get, and no others: an error has no echo. */
#include "check_support.h"

#define SCENARIO(items) "scenario \"s\" {\n target h: 1 host\n target hs: 2..5 hosts\n" items "\n" STEP "}\n"
#define STEP "step on h { induce { run \"a\" }\n verify { run \"b\" }\n restore { run \"c\" } }\n"
#define IN_STEP(items) "scenario \"s\" {\n target h: 1 host\n target hs: 2..5 hosts\n step on h {\n" items "\n} }\n"
#define BLOCKS "induce { run \"a\" }\n verify { run \"b\" }\n restore { run \"c\" }\n"
#define FN(body) "use process\nfn f(i: int, s: string, d: duration, p: process, hs: list<host>) {\n" body "\n}\n"

#define RESTORE(body) IN_STEP("induce { run \"a\" }\n verify { run \"b\" }\n restore { " body " }\n failsafe silent 10m")

struct sample {
	const char *text, *codes;
};

static void expect_codes(const struct sample *t, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct checked k;
		check_text(&k, t[i].text, false);
		if (strcmp(codes_of(&k.diags), t[i].codes) != 0) {
			for (size_t d = 0; d < k.diags.list.n; d++) print_message("%s\n", k.diags.list.at[d]->message);
			fail_msg("%s\n got:    %s\n wanted: %s", t[i].text, codes_of(&k.diags), t[i].codes);
		}
		arena_free(k.a);
	}
}
#define EXPECT_CODES(t) expect_codes(t, sizeof t / sizeof *t)

static void names(void **state)
{
	(void)state;
	static const struct sample t[] = {
		{ SCENARIO(""), "" },
		{ FN("let x = i"), "" },
		{ FN("let x = y"), "unknown_name" },
		{ FN("let x = y\n let z = x + 1\n let w = z.foo"), "unknown_name" },
		{ FN("let x = 1\n let x = 2"), "shadowed" },
		{ FN("log \"#{y}\"\n log \"#{y} #{y}\"\n g()\n g()"), "unknown_name unknown_function" },
		{ FN("let i = 1"), "shadowed" },
		{ FN("if i > 1 { let x = 1 }\n let x = 2"), "" },
		{ FN("if i > 1 { let x = 1 }\n let y = x"), "used_too_early" },
		{ FN("let y = x\n let x = 1"), "used_too_early" },
		{ FN("let x = x"), "used_too_early" },
		{ IN_STEP("let a = b\n let b = 1\n" BLOCKS), "used_too_early" },
		{ FN("let y = [x for x in [1, 2]]\n let x = y"), "" },
		{ FN("let process = p"), "shadowed" },
		{ FN("let first = [1].first()\n log \"#{first}\""), "" },
		{ FN("let x = f"), "not_a_value" },
		{ FN("let x = process.oldest"), "not_a_value" },
		{ FN("let x = process"), "not_a_value" },
		{ FN("g()"), "unknown_function" },
		{ FN("process.g()"), "unknown_member" },
		{ FN("process.freeze(s)"), "fault_called" },
		{ FN("let x = status"), "unknown_name" },
		{ FN("http get s expect status == 200"), "" },
		{ FN("let status = 3\n http get s expect status == 200"), "shadowed" },
		{ SCENARIO("let a = b\n let b = 1"), "used_too_early" },
		{ SCENARIO("let a = 1\n let b = a"), "" },
		{ SCENARIO("let a = x\n param x: int = 1"), "" },
		{ SCENARIO("let h = 1"), "shadowed" },
		{ "fn f() { g() }\nfn g() { f() }", "recursion" },
		{ "fn f() { f() }", "recursion" },
		{ "fn f() { g()\n g() }\nfn g() { }", "" },
		{ "fn f() { }\nfn f() { }", "duplicate_name" },
		{ "use net, nett", "unknown_module" },
		{ "use \"../x.irs\" as x", "module_outside" },
		{ "use \"/x.irs\" as x", "module_outside" },
		{ "use \"./a/../../x.irs\" as x", "module_outside" },
		{ "use \"./absent.irs\" as x\nfn f() { x.y() }", "unreadable" },
		{ "use \"./#{1}.irs\" as x", "module_outside" },
		{ "", "empty_file" },
		{ SCENARIO("") SCENARIO(""), "two_scenarios" },
	};
	EXPECT_CODES(t);
}

static void without_the_standard_library_there_is_one_error(void **state)
{
	(void)state;
	struct checked k = { .a = arena_new(0) };
	k.sources.arena = k.diags.arena = k.a;
	struct check_options o = { .stdlib_dir = "no/such/directory" };
	uint32_t file = source_add(&k.sources, "test.irs", STR("fn f(p: process) -> string { return p.state }\n"));
	check_program(k.a, &k.sources, file, &o, &k.diags);
	assert_string_equal(codes_of(&k.diags), "no_stdlib");
	arena_free(k.a);
}

static void types(void **state)
{
	(void)state;
	static const struct sample t[] = {
		{ FN("let x = 300ms > 5"), "unit_missing" },
		{ FN("let x = 5 > 300ms"), "unit_missing" },
		{ FN("let x = 5s + 1"), "unit_missing" },
		{ FN("let x = 5s * 2 / 3 + 1m"), "" },
		{ FN("let x = 2 * 1.5"), "bad_operands" },
		{ FN("let x = 5s + 64KiB"), "bad_operands" },
		{ FN("let x = 20% * 64KiB + 1B"), "" },
		{ FN("let x = 1h / 1m + 0.5"), "" },
		{ FN("let x = s + s"), "bad_operands" },
		{ FN("let x = hs + [here] + []"), "" },
		{ FN("let x = [] == hs"), "" },
		{ FN("let x = 7 % 2 == 1 and not (s == \"a\") or i in [1, 2]"), "" },
		{ FN("let x = \"a\" in s"), "" },
		{ FN("let x = s in i"), "bad_operands" },
		{ FN("let x = not i"), "bad_operands" },
		{ FN("let x = -s"), "bad_operands" },
		{ FN("let x = i and true"), "type_mismatch" },
		{ FN("let x = run(\"a\") == run(\"b\")"), "bad_operands" },
		{ FN("let x = here < here"), "bad_operands" },
		{ FN("let x = []"), "empty_list" },
		{ FN("let x = [1, \"a\", 2]"), "mixed_list" },
		{ FN("let x = [[], [1]]\n let y = x.first().first() + 1"), "" },
		{ FN("let x = [[1], []]\n let y = x.first().first() + 1"), "" },
		{ FN("let x = s.len() + hs.len()"), "" },
		{ FN("let x = s.lenn()"), "unknown_function" },
		{ FN("let x = len(i)"), "no_overload" },
		{ FN("let x = s.matches(\"^[a-z]+$\") and s.matches('\\\\d')"), "" },
		{ FN("let x = s.matches(\"[\")"), "bad_pattern" },
		{ FN("let x = s.matches(\"[#{i}\")"), "" },
		{ FN("let x = i / 0"), "out_of_range" },
		{ FN("let x = 1.0 / 0.0"), "out_of_range" },
		{ FN("let x = i % 0"), "out_of_range" },
		{ FN("let x = pick(3, [1, 2])"), "out_of_range" },
		{ SCENARIO("let x = pick(6, hs)"), "out_of_range" },
		{ SCENARIO("let x = pick(5, hs)"), "" },
		{ FN("http get \"web/x\""), "bad_address" },
		{ FN("http get \"http://web/x\"\n http get s\n http get \"#{s}/x\""), "" },
		{ FN("tcp connect \"web\""), "bad_address" },
		{ FN("tcp connect \"web:http\""), "bad_address" },
		{ FN("tcp connect \"web:70000\""), "bad_address" },
		{ FN("tcp connect \":80\""), "bad_address" },
		{ FN("tcp connect \"web:80\"\n tcp connect \"#{s}:80\"\n tcp connect \"web:#{i}\"\n tcp connect s"), "" },
		{ FN("let x = pick(2, hs).first().address + 1"), "bad_operands" },
		{ FN("let x = min(1, 2) + max(3, 4)"), "" },
		{ FN("let x = min(here, here)"), "bad_operands" },
		{ FN("let x = min(1, 1s)"), "no_overload" },
		{ FN("let x = [h.address for h in hs if h != here].join(\",\")"), "" },
		{ FN("let x = [h for h in s]"), "type_mismatch" },
		{ FN("for l in s { log l }"), "type_mismatch" },
		{ FN("for l in s.lines() { log l }"), "" },
		{ FN("let x = hs.address"), "unknown_field" },
		{ FN("let x = here.adress"), "unknown_field" },
		{ FN("let x = p.state == \"T\" and p.alive"), "" },
		{ FN("let x = p.stat"), "unknown_field" },
		{ FN("if i { log s }"), "type_mismatch" },
		{ FN("expect i"), "type_mismatch" },
		{ FN("expect true within 5"), "unit_missing" },
		{ FN("wait 5"), "unit_missing" },
		{ FN("wait s"), "type_mismatch" },
		{ FN("log i"), "type_mismatch" },
		{ FN("log \"#{i} #{d} #{p} #{hs}\""), "" },
		{ FN("log \"#{run(\"a\")}\""), "not_printable" },
		{ FN("run s"), "not_a_command" },
		{ FN("run [s, i, p]"), "" },
		{ FN("run [s, d]"), "type_mismatch" },
		{ FN("run []"), "empty_command" },
		{ FN("let x = [s]\n run x"), "" },
		{ FN("run \"a\" on: s"), "type_mismatch" },
		{ FN("run \"a\" timeout: 5"), "unit_missing" },
		{ FN("http git s"), "no_such_word" },
		{ FN("tcp connect i"), "type_mismatch" },
		{ FN("1 + 1"), "unused_result" },
		{ FN("s.trim()"), "unused_result" },
		{ FN("s == \"a\""), "" },
		{ "fn g() -> int { return 1 }\n" FN("g()"), "unused_result" },
		{ "fn g() -> int { run \"a\"\n return 1 }\n" FN("g()"), "" },
		{ "fn g() { }\n" FN("let x = g()"), "no_value" },
		{ "fn f() -> int { }", "missing_return" },
		{ "fn f(b: bool) -> int { if b { return 1 } else { fail \"x\" } }", "" },
		{ "fn f(b: bool) -> int { if b { return 1 } }", "missing_return" },
		{ "fn f(b: bool) -> int { for x in [1] { return x } }", "missing_return" },
		{ "fn f() -> int { return \"a\" }", "type_mismatch" },
		{ "fn f() -> int { return }", "bad_return" },
		{ "fn f() { return 1 }", "bad_return" },
		{ "fn f() -> list<host> { return [] }", "" },
		{ "fn f(a: int = b) { }", "unknown_name" },
		{ "fn f(a: int = \"x\") { }", "type_mismatch" },
		{ "fn f(a: int, b: string = \"x\", c: list<int> = []) { f2(a: 1)\n f2(1, c: [2]) }\nfn f2(a: int, b: string = \"x\", c: list<int> = []) { }", "" },
		{ "fn f() { g() }\nfn g(a: int) { }", "argument_count" },
		{ "fn f() { g(1, 2) }\nfn g(a: int) { }", "argument_count" },
		{ "fn f() { g(1, a: 2) }\nfn g(a: int) { }", "argument_twice" },
		{ "fn f() { g(b: 2) }\nfn g(a: int) { }", "unknown_label" },
		{ "fn f() { g(2s) }\nfn g(a: int) { }", "type_mismatch" },
		{ "fn f() { g(2) }\nfn g(a: duration) { }", "unit_missing" },
		{ "fn f() { \"a\".g(2) }\nfn g(s: string, i: int) { }", "" },
		{ "fn f() { let x = len(s: \"a\") }", "unknown_label" },
	};
	EXPECT_CODES(t);
}

static void steps(void **state)
{
	(void)state;
	static const struct sample t[] = {
		{ IN_STEP(BLOCKS), "" },
		{ IN_STEP("induce { run \"a\" }\n verify { run \"b\" }"), "no_undo" },
		{ IN_STEP("induce { run \"a\" }\n restore { run \"b\" }"), "no_verify" },
		{ IN_STEP("induce { run \"a\" }"), "no_undo no_verify" },
		{ IN_STEP("verify { run \"a\" }\n restore { run \"b\" }"), "no_induce" },
		{ IN_STEP(""), "no_induce" },
		{ IN_STEP("induce { run \"a\" }\n verify { run \"b\" }\n restore none because \"it is\""), "" },
		{ IN_STEP(BLOCKS "verify { run \"d\" }\n superseded { run \"e\" }"), "" },
		{ IN_STEP(BLOCKS "restore { run \"d\" }"), "given_twice" },
		{ "use process\n" IN_STEP("do process.freeze(\"a\")"), "" },
		{ "use process\n" IN_STEP("let x = \"a\"\n do process.freeze(x)\n superseded { run \"b\" }"), "" },
		{ "use process\n" IN_STEP("do process.freeze(\"a\")\n induce { run \"b\" }"), "own_and_do" },
		{ "use process\n" IN_STEP("retry 3 every 5s { do process.freeze(\"a\") }"), "" },
		{ "use process\n" IN_STEP("retry 3 every 5s { run \"a\" }"), "do_outside" },
		{ "use process\n" IN_STEP("do process.oldest(\"a\")"), "not_a_fault" },
		{ "use process\n" IN_STEP("induce { do process.freeze(\"a\") }\n verify { run \"b\" }\n restore { run \"c\" }"), "do_outside" },
		{ "use net\n" IN_STEP("do net.loss(to: h.address, share: 20%)"), "failsafe_required" },
		{ "use net\n" IN_STEP("do net.loss(to: h.address, share: 20%)\n failsafe none"), "failsafe_required" },
		{ "use net\n" IN_STEP("do net.loss(to: h.address, share: 20%)\n failsafe silent 10m, latest 4h"), "" },
		{ "use net\n" IN_STEP("do net.loss(to: h.address, share: 20)\n failsafe silent 10m"), "unit_missing" },
		{ IN_STEP(BLOCKS "failsafe required"), "failsafe_misplaced" },
		{ "fault f() {\n" BLOCKS "failsafe silent 10m\n}", "failsafe_misplaced" },
		{ "fault f() {\n" BLOCKS "failsafe required\n}", "" },
		{ "fault f() {\n induce { run \"a\" }\n }", "no_undo no_verify" },
		{ IN_STEP("let m = mark()\n induce { spawn \"sleep 1\" mark m }\n verify { run \"b\" }\n restore { run \"c\" }"), "" },
		{ IN_STEP("let m = mark()\n induce { run \"a\" }\n verify { run \"b\" }\n restore { spawn \"c\" mark m }"), "spawn_outside" },
		{ IN_STEP("induce { let x = 1\n run \"a #{x}\" }\n verify { run \"b\" }\n restore { run \"c #{x}\" }"), "value_of_induce" },
		{ IN_STEP("induce { if true { let x = 1 } }\n verify { expect x == 1 }\n restore { run \"c\" }"), "value_of_induce" },
		{ IN_STEP("induce { return }\n verify { run \"b\" }\n restore { run \"c\" }"), "return_outside" },
		{ IN_STEP("induce { h == here }\n verify { h == here }\n restore { run \"c\" }"), "bool_statement" },
		{ IN_STEP("let a = pick(hs)\n" BLOCKS), "" },
		{ IN_STEP("induce { run \"a\" }\n verify { expect pick(hs) == h }\n restore { run \"c\" }"), "draw_here" },
		{ "fn p(hs: list<host>) -> host { return pick(hs) }\n" IN_STEP("induce { run \"a\" }\n verify { expect p(hs) == h }\n restore { run \"c\" }"), "draw_here" },
		{ SCENARIO("let a = here"), "here_nowhere" },
		{ SCENARIO("let a = run(\"x\")"), "here_nowhere" },
		{ SCENARIO("let a = run(\"x\", on: h)"), "" },
		{ "use process\n" SCENARIO("let a = process.oldest(\"x\")"), "here_nowhere" },
		{ "fn a() { run \"x\" }\nfn b() -> bool { a()\n return true }\n" SCENARIO("let c = b()"), "here_nowhere" },
		{ "fn a(x: host) -> bool { run \"x\" on: x\n return true }\n" SCENARIO("let c = a(h)"), "" },
		{ SCENARIO("probe p \"t\" every 1s { http get \"http://x/\" }\n alarm \"a\" critical when p fails 3 of 5"), "" },
		{ SCENARIO("alarm \"a\" critical when p fails 3 of 5"), "unknown_probe" },
		{ SCENARIO("probe p \"t\" every 1s { http get \"http://x/\" }\n alarm \"a\" critical when p fails 6 of 5"), "out_of_range" },
		{ SCENARIO("probe p \"t\" every 1s { http get \"http://x/\" }\n precondition \"a\" { expect p healthy }"), "probe_here" },
		{ SCENARIO("probe p \"t\" every 1s { http get \"http://x/\" }\n resolved { p healthy for 2m }"), "" },
		{ SCENARIO("precondition \"p\" on 3 { run \"a\" }"), "type_mismatch" },
		{ SCENARIO("precondition \"p\" on hs at most 0 { run \"a\" }"), "out_of_range" },
		{ SCENARIO("precondition \"p\" on hs at most 120% { run \"a\" }"), "out_of_range" },
		{ SCENARIO("param a: int = 5 in 1..3"), "out_of_range" },
		{ SCENARIO("param a: duration = 5s in 3s..1s"), "out_of_range" },
		{ SCENARIO("param a: duration = 5"), "unit_missing" },
		{ SCENARIO("param a: string = \"x\" in 1..3"), "type_mismatch" },
		{ SCENARIO("brief \"#{h}\""), "hole_in_fixed_text" },
		{ SCENARIO("message \"x\" after 10m \"#{h}\""), "" },
		{ SCENARIO("message \"x\" after 10 \"y\""), "unit_missing" },
		{ SCENARIO("message \"x\" after 2 * 5m + 1h / 2 - 60s \"y\""), "" },
		{ SCENARIO("message \"x\" after 10m * 2.5 \"y\""), "not_constant" },
		{ SCENARIO("message \"x\" after 5m - 10m \"y\""), "out_of_range" },
		{ SCENARIO("message \"x\" after -5m \"y\""), "out_of_range" },
		{ SCENARIO("message \"x\" after 9223372036854775807ns + 1s \"y\""), "number_too_large" },
		{ SCENARIO("param a: size = 5MiB in 64KiB..1GiB"), "" },
		{ SCENARIO("param a: size = 5KiB in 64KiB..1GiB"), "out_of_range" },
		{ SCENARIO("param a: int = -(7 % 4) in -3..3"), "" },
		{ SCENARIO("param a: list<int> = [1, -2]"), "" },
		{ SCENARIO("param a: list<int> = [1, len(hs)]"), "not_constant" },
		{ SCENARIO("param a: bool = false"), "" },
		{ SCENARIO("param a: float = 0.5"), "" },
		{ SCENARIO("param a: string = \"x#{h.name}\""), "not_constant" },
		{ SCENARIO("precondition \"p\" on hs at most 1 + 1 { run \"a\" }"), "" },
		{ SCENARIO("target none: 0 hosts"), "out_of_range" },
		{ "scenario \"s\" { }", "no_step" },
	};
	EXPECT_CODES(t);
}

static void rules(void **state)
{
	(void)state;
	static const struct sample t[] = {
		{ IN_STEP("let a = run(\"x\").stdout\n induce { run \"a\" }\n verify { run \"b\" }\n restore { if a == \"\" { run \"c\" } else { wait 2s } }\n failsafe silent 10m"), "" },
		{ IN_STEP("induce { run \"a\" }\n verify { run \"b\" }\n restore { let r = try run(\"c\") }\n failsafe silent 10m"), "" },
		{ IN_STEP("induce { run \"a\" }\n verify { run \"b\" }\n restore { let r = try run(\"c\")\n if r.exit == 1 { run \"d\" } }\n failsafe silent 10m"), "not_renderable" },
		{ IN_STEP("induce { run \"a\" }\n verify { run \"b\" }\n restore { run \"c\" on: runner }\n failsafe silent 10m"), "not_renderable" },
		{ IN_STEP("induce { run \"a\" }\n verify { run \"b\" }\n restore { retry 3 { run \"c\" } }\n failsafe silent 10m"), "not_renderable" },
		{ IN_STEP("induce { run \"a\" }\n verify { run \"b\" }\n restore { expect true within 5s }\n failsafe none"), "" },
		{ "use process\n" IN_STEP("let p = process.oldest(\"x\")\n induce { run \"a\" }\n verify { run \"b\" }\n restore { if p.alive { run \"c\" } }\n failsafe silent 10m"),
			"not_renderable" },
		{ "use process\n" IN_STEP("let p = process.oldest(\"x\")\n induce { run \"a\" }\n verify { run \"b\" }\n restore { run \"kill #{p}\" }\n failsafe silent 10m"), "" },
		{ IN_STEP("induce { for l in run(\"x\").stdout.lines() { run \"a\" } }\n verify { run \"b\" }\n restore { run \"c\" }"), "unbounded" },
		{ IN_STEP("induce { for l in run(\"x\").stdout.lines() at most 3 { run \"a\" } }\n verify { run \"b\" }\n restore { run \"c\" }"), "" },
		{ IN_STEP("induce { for l in run(\"x\").stdout.lines() { log l } }\n verify { run \"b\" }\n restore { run \"c\" }"), "" },
		{ IN_STEP("induce { for x in hs { run \"a\" on: x } }\n verify { run \"b\" }\n restore { run \"c\" }"), "" },
		{ "fn f(l: list<string>) { for x in l { run \"a\" } }\n" IN_STEP("let a = run(\"x\").stdout.lines()\n induce { f([\"a\"]) }\n verify { run \"b\" }\n restore { run \"c\" }"), "" },
		{ "fn f(l: list<string>) { for x in l { run \"a\" } }\n" IN_STEP("let a = run(\"x\").stdout.lines()\n induce { f(a) }\n verify { run \"b\" }\n restore { run \"c\" }"), "unbounded" },
		{ "fault f(l: list<string>) {\n induce { for x in l { run \"a\" } }\n verify { run \"b\" }\n restore { run \"c\" }\n}", "" },
		{ "scenario \"s\" { param d: duration = 5s\n step { induce { wait d }\n verify { run \"b\" }\n restore { run \"c\" } } }", "unbounded" },
		{ IN_STEP("let ps = run(\"x\").stdout.lines()\n induce { wait seconds(len(ps)) }\n verify { run \"b\" }\n restore { run \"c\" }"), "unbounded" },
		{ IN_STEP("let ps = run(\"x\").stdout.lines()\n induce { retry len(ps) { run \"a\" } }\n verify { run \"b\" }\n restore { run \"c\" }"), "unbounded" },
		{ IN_STEP("let ps = run(\"x\").stdout.lines()\n induce { let r = [run(p_of(q)).exit for q in ps] }\n verify { run \"b\" }\n restore { run \"c\" }")
			"fn p_of(s: string) -> list<string> { return [s] }", "unbounded" },
		{ RESTORE("let a = [x for x in [h.name, \"b\"] if not (x == \"c\")]\n for x in a { run [\"d\", x] }\n log \"#{a}\"\n wait 1s"), "" },
		{ RESTORE("http get \"http://x/\" expect true"), "bool_statement not_renderable" },
		{ RESTORE("if tcp connect \"x:1\" { run \"c\" }"), "not_renderable" },
		{ RESTORE("fail \"no\""), "not_renderable" },
		{ RESTORE("expect here == h"), "not_renderable" },
		{ RESTORE("let r = try run(\"a\", on: h)"), "not_renderable" },
		{ RESTORE("let r = run(\"a\")\n let s = [r.exit]"), "not_renderable" },
		{ RESTORE("for x in asked() at most 3 { run \"c #{x}\" }") "fn asked() -> list<string> { return run(\"a\").stdout.lines() }", "not_renderable" },
		{ RESTORE("run \"c #{shout(h.name)}\"") "fn shout(s: string) -> string { return s.upper() }", "" },
		{ "scenario \"s\" { param d: duration = 5s in 1s..10s\n step { induce { wait d }\n verify { run \"b\" }\n restore { run \"c\" } } }", "" },
	};
	EXPECT_CODES(t);
}

/* ---- what the emitter reads --------------------------------------------------------------------------------------- */

static struct item *scenario_item(struct checked *k, enum item_kind kind)
{
	const items_t *items = &k->p->scenario->scenario.items;
	for (size_t i = 0; i < items->n; i++)
		if (items->at[i]->kind == kind) return items->at[i];
	return NULL;
}

static struct item *step_item(struct checked *k, enum item_kind kind)
{
	const items_t *items = &scenario_item(k, I_STEP)->step.items;
	for (size_t i = 0; i < items->n; i++)
		if (items->at[i]->kind == kind) return items->at[i];
	return NULL;
}

static void arguments_stand_in_their_places(void **state)
{
	(void)state;
	struct checked k;
	check_text(&k, "fn f() { \"a\".g(c: 3) }\nfn g(a: string, b: int = 2, c: int = 4) { run \"x\" }\n", false);
	assert_string_equal(codes_of(&k.diags), "");
	const struct expr *call = k.p->modules.at[0]->ast->items.at[0]->fn.body->stmts.at[0]->expr;
	assert_int_equal(call->call.resolved.n, 3);
	assert_int_equal(call->call.resolved.at[0]->kind, E_STRING);
	assert_int_equal(call->call.resolved.at[1]->integer, 2);
	assert_int_equal(call->call.resolved.at[2]->integer, 3);
	assert_int_equal(call->call.symbol->kind, SYM_FN);
	assert_true(call->call.symbol->observes);
	assert_true(call->call.symbol->needs_here);
	arena_free(k.a);
}

static void a_field_is_a_row_or_a_function_of_the_prelude(void **state)
{
	(void)state;
	struct checked k;
	check_text(&k, "fn f(p: process) -> bool { return p.pid == 1 and p.alive }\n", false);
	assert_string_equal(codes_of(&k.diags), "");
	const struct expr *e = k.p->modules.at[0]->ast->items.at[0]->fn.body->stmts.at[0]->expr;
	const struct expr *pid = e->binary.left->binary.left, *alive = e->binary.right;
	assert_int_equal(pid->field.field_id, 2);
	assert_null(pid->field.symbol);
	assert_int_equal(alive->field.field_id, -1);
	assert_true(str_eq(alive->field.symbol->name, STR("process_alive")));
	arena_free(k.a);
}

static void looking_at_exit_is_noted_at_the_command(void **state)
{
	(void)state;
	struct checked k;
	check_text(&k, "fn f() { let r = run(\"a\")\n let s = run(\"b\")\n expect r.exit == 1 and s.stdout == \"\" }\n", false);
	assert_string_equal(codes_of(&k.diags), "");
	const struct block *b = k.p->modules.at[0]->ast->items.at[0]->fn.body;
	assert_true(b->stmts.at[0]->let.value->run.exit_compared);
	assert_false(b->stmts.at[1]->let.value->run.exit_compared);
	arena_free(k.a);
}

static void one_host_is_a_host_and_several_are_a_list(void **state)
{
	(void)state;
	struct checked k;
	check_text(&k, SCENARIO("let a = h.address\n let b = hs.first().address"), false);
	assert_string_equal(codes_of(&k.diags), "");
	assert_int_equal(k.p->hosts, 6);
	arena_free(k.a);
}

static void an_argument_vector_holds_texts(void **state)
{
	(void)state;
	struct checked k;
	check_text(&k, "fn f(p: process) { run [\"kill\", p] }\n", false);
	assert_string_equal(codes_of(&k.diags), "");
	const struct expr *v = k.p->modules.at[0]->ast->items.at[0]->fn.body->stmts.at[0]->expr->run.command;
	assert_true(type_eq(v->type, TYPE_LIST(T_STRING)));
	assert_int_equal(v->list.elements.at[1]->kind, E_STRING);
	assert_int_equal(v->list.elements.at[1]->string->parts.at[0].hole->kind, E_NAME);
	arena_free(k.a);
}

static int64_t longest_induce(const char *induce)
{
	struct checked k;
	struct arena *a = arena_new(0);
	check_text(&k, arena_printf(a, "use process\n" IN_STEP("let ps = run(\"x\").stdout.lines()\n induce { %s }\n verify { run \"b\" }\n restore { run \"c\" }"), induce), false);
	assert_string_equal(codes_of(&k.diags), "");
	int64_t t = longest_time(k.p, step_item(&k, I_INDUCE)->body.body, NULL);
	arena_free(k.a);
	arena_free(a);
	return t;
}

static void the_longest_time_adds_up(void **state)
{
	(void)state;
	static const struct {
		const char *induce;
		int64_t seconds;
	} t[] = {
		{ "log \"a\"", 0 },
		{ "run \"a\"", 32 },
		{ "run \"a\" timeout: 5s", 7 },
		{ "wait 5s\n wait 1m", 65 },
		{ "expect try run(\"a\", timeout: 1s).exit == 0 within 10s", 13 },
		{ "expect tcp connect \"x:1\" timeout 1s for 30s", 31 },
		{ "expect http get \"http://x/\"", 5 },
		{ "if here == h { run \"a\" } else { wait 40s }", 40 },
		{ "retry 3 every 2s { wait 10s }", 34 },
		{ "retry 3 { wait 10s }", 32 },
		{ "for x in hs { wait 10s }", 50 },
		{ "for x in [1, 2, 3] { wait 10s }", 30 },
		{ "for x in ps at most 7 { wait 10s }", 70 },
		{ "for x in pick(2, hs) { wait 10s }", 20 },
		{ "let x = [try run(\"a\", on: y).exit for y in hs]", 160 },
		{ "let p = process.oldest(\"a\")", 32 },
		{ "wait 2 * 10s + 1m / 2", 50 },
		{ "wait min(10s, 1h)", 10 },
		{ "wait max(10s, 20s)", 20 },
		{ "let d = 3s\n wait d + d * 2", 9 },
		{ "wait seconds(len(hs)) * 2", 10 },
		{ "wait min(10s, seconds(len(ps)))", 10 },
		{ "wait -5s", 0 },
		{ "retry len(hs) every 1s { wait 1s }", 9 },
		{ "for x in sort([3, 1]) + unique([2]) { wait 10s }", 30 },
		{ "for x in [h] + hs { wait 10s }", 60 },
		{ "for x in [y.name for y in hs if y != here] { wait 10s }", 50 },
		{ "for x in pick(len(hs), hs) { wait 1s }", 5 },
		{ "let x = not tcp connect \"x:1\" timeout 2s and h == here", 2 },
		{ "log \"#{run(\"a\").stdout}\"", 32 },
		{ "run \"a\" input: run(\"b\", timeout: 1s).stdout", 35 },
		{ "spawn \"a\" mark \"m\"", 32 },
		{ "retry 2 every 1s { run [\"a\", string(len(ps))] timeout: 3s }", 11 },
	};
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) assert_int_equal(longest_induce(t[i].induce), t[i].seconds * NS_PER_S);
}

static void arguments_bound_the_loops_of_a_fault(void **state)
{
	(void)state;
	struct checked k;
	check_text(&k,
		"fault f(l: list<host>, d: duration) { induce { for x in l { wait d } }\n verify { run \"b\" }\n restore { run \"c\" } }\n" IN_STEP("do f(hs, 2s)"), false);
	assert_string_equal(codes_of(&k.diags), "");
	const struct expr *call = step_item(&k, I_DO)->stmt->call;
	const struct block *induce = call->call.symbol->item->fault.items.at[0]->body.body;
	assert_int_equal(longest_time(k.p, induce, call), 10 * NS_PER_S);
	assert_int_equal(longest_time(k.p, induce, NULL), DURATION_UNBOUNDED);
	arena_free(k.a);
}

static void calls_that_multiply_come_to_an_end(void **state)
{
	(void)state;
	struct checked k;
	struct buf b = { 0 };
	for (int i = 0; i < 60; i++) buf_printf(&b, "fn f%d(l: list<host>) { f%d(l)\n f%d(l + l) }\n", i, i + 1, i + 1);
	buf_puts(&b, "fn f60(l: list<host>) { for x in l { run \"a\" on: x } }\n");
	buf_puts(&b, IN_STEP("induce { f0(hs) }\n verify { run \"b\" }\n restore { run \"c\" }"));
	check_text(&k, b.p, false);
	assert_string_equal(codes_of(&k.diags), "unbounded");
	arena_free(k.a);
	buf_free(&b);
}

static void a_long_chain_of_calls_needs_no_stack(void **state)
{
	(void)state;
	struct checked k;
	struct buf b = { 0 };
	for (int i = 0; i < 50000; i++) buf_printf(&b, "fn f%d() { f%d() }\n", i, i + 1);
	buf_puts(&b, "fn f50000() { run \"a\" }\n");
	check_text(&k, b.p, false);
	assert_string_equal(codes_of(&k.diags), "");
	arena_free(k.a);
	buf_free(&b);
}

static void lints(void **state)
{
	(void)state;
#define WHOLE(items)                                                                                                             \
	"scenario \"s\" {\n brief \"Some see nothing.\"\n level beginner\n lasts 1h..2h\n target h: 1 host\n" items                 \
	"\n resolved { run \"e\" on: h }\n hidden resolution { cause \"Gremlins.\"\n fix \"Feed them.\"\n }\n}\n"
	static const struct sample t[] = {
		{ WHOLE(STEP), "" },
		{ WHOLE("let a = 1\n" STEP), "unused_value" },
		{ WHOLE("let _a = 1\n" STEP), "" },
		{ "use net\n" WHOLE(STEP), "unused_module" },
		{ "fn f() { }\n" WHOLE(STEP), "unused_function" },
		{ "## Known.\nfn f() { }\n", "" },
		{ "fn f() { }\n", "unused_function" },
		{ "## Known.\nfn f() { fail \"a\"\n log \"b\" }\n", "unreachable" },
		{ WHOLE("message \"x\" after 3h \"y\"\n" STEP), "after_the_end" },
		{ WHOLE("step after 2h on h { " BLOCKS "}"), "after_the_end" },
		{ WHOLE("step on h { " BLOCKS "failsafe silent 10m, latest 1h\n }"), "early_latest" },
		{ WHOLE("step on h { induce { run \"a\" }\n verify { expect true }\n restore { run \"b\" } }"), "idle_condition" },
		{ WHOLE("step on h { induce { run \"a\" }\n verify { }\n restore { run \"b\" } }"), "idle_condition" },
		{ WHOLE("step on h { induce { run \"a\" }\n verify { run \"c\" }\n restore { retry 2 { run \"b\" } } }"), "no_failsafe" },
		{ WHOLE("step gremlins on h { " BLOCKS "}"), "" },
		{ WHOLE("step nothingness \"Some nonsense\" on h { " BLOCKS "}\n reading man \"nonsense(7)\""), "leak" },
	};
	for (size_t i = 0; i < sizeof t / sizeof *t; i++) {
		struct checked k;
		check_text(&k, t[i].text, true);
		if (strcmp(codes_of(&k.diags), t[i].codes) != 0) fail_msg("%s\n got:    %s\n wanted: %s", t[i].text, codes_of(&k.diags), t[i].codes);
		arena_free(k.a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(without_the_standard_library_there_is_one_error),
		cmocka_unit_test(types),
		cmocka_unit_test(steps),
		cmocka_unit_test(rules),
		cmocka_unit_test(arguments_stand_in_their_places),
		cmocka_unit_test(a_field_is_a_row_or_a_function_of_the_prelude),
		cmocka_unit_test(looking_at_exit_is_noted_at_the_command),
		cmocka_unit_test(one_host_is_a_host_and_several_are_a_list),
		cmocka_unit_test(an_argument_vector_holds_texts),
		cmocka_unit_test(the_longest_time_adds_up),
		cmocka_unit_test(arguments_bound_the_loops_of_a_fault),
		cmocka_unit_test(calls_that_multiply_come_to_an_end),
		cmocka_unit_test(a_long_chain_of_calls_needs_no_stack),
		cmocka_unit_test(lints),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
