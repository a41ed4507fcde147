/* The formatter: small texts, and every file of ours: nothing but white space changes, and twice is once. */
#include "parsed.h"

#include <glob.h>

#include "irs/file.h"

static void check_fmt(const char *text, const char *wanted)
{
	struct parsed p;
	struct buf b = { 0 };
	parse_text(&p, text);
	assert_string_equal(codes_of(&p), "");
	fmt_put(&b, p.ast, &p.sources);
	assert_string_equal(b.p ? b.p : "", wanted);
	buf_free(&b);
	parse_done(&p);
}

static void in_block(const char *text, const char *wanted)
{
	struct buf a = { 0 }, b = { 0 };
	buf_printf(&a, "fn f() {\n%s\n}\n", text);
	buf_printf(&b, "fn f() {\n    %s\n}\n", wanted);
	check_fmt(a.p, b.p);
	buf_free(&a);
	buf_free(&b);
}

static void test_spaces(void **state)
{
	(void)state;
	in_block("let   x=1+2*-3", "let x = 1 + 2 * -3");
	in_block("let x=-  a- -b", "let x = -a - -b");
	in_block("let x = f ( a,b ) . c ( )", "let x = f(a, b).c()");
	in_block("let x = [ 1,2 ,3 ]", "let x = [1, 2, 3]");
	in_block("let x = [a for a in(b)if(c)]", "let x = [a for a in (b) if (c)]");
	in_block("let x = not(a)and(b)", "let x = not (a) and (b)");
	in_block("if(a){log \"x\"}else{log \"y\"}", "if (a) { log \"x\" } else { log \"y\" }");
	in_block("run\"x\"on:here,timeout:3s", "run \"x\" on: here, timeout: 3s");
	in_block("run [\"x\"]", "run [\"x\"]");
	in_block("let r = try run ( \"x\",on:here ).exit", "let r = try run(\"x\", on: here).exit");
	in_block("expect http get(u)expect status==200", "expect http get (u) expect status == 200");
	in_block("log \"a  #{ x }  b\"#comment", "log \"a  #{ x }  b\"  #comment");
	check_fmt("fn f(a:list < list<int> >)->bool{ }", "fn f(a: list<list<int>>) -> bool { }\n");
	check_fmt("scenario \"x\" {\nlasts 1h .. 4h\ntarget a :1 host\n}", "scenario \"x\" {\n    lasts 1h..4h\n    target a: 1 host\n}\n");
}

static void test_lines(void **state)
{
	(void)state;
	check_fmt("\n\n\nfn f() { }\n\n\n\nfn g() { }\n\n\n", "fn f() { }\n\nfn g() { }\n");
	check_fmt("fn f() {\n\tif a {\n\t\t\twait 5s\n\n\n}\n\n}", "fn f() {\n    if a {\n        wait 5s\n    }\n}\n");
	check_fmt("fn f() {\nlet x =\n1 +\n2\nlog \"x\"\n}", "fn f() {\n    let x =\n        1 +\n        2\n    log \"x\"\n}\n");
	check_fmt("fn f() {\nlet x = a\n.b()\n  .c()\n}", "fn f() {\n    let x = a\n        .b()\n        .c()\n}\n");
	check_fmt("fn f() {\nlet x = g(\n1,\n[2,\n3]\n)\n}", "fn f() {\n    let x = g(\n        1,\n        [2,\n            3]\n    )\n}\n");
	check_fmt("# a\n   # b\nfn f() {\n# c\n}\n# d", "# a\n# b\nfn f() {\n    # c\n}\n# d\n");
	check_fmt("fn f() {\r\n    wait 5s\r\n}\r\n", "fn f() {\n    wait 5s\n}\n");
	check_fmt("\xef\xbb\xbf" "fn f() { }\n", "fn f() { }\n");
	check_fmt("# only a comment   ", "# only a comment\n");
	check_fmt("", "");
}

static void test_long_lines_are_wrapped(void **state)
{
	(void)state;
	struct buf text = { 0 };
	buf_puts(&text, "scenario \"x\" {\n    components ");
	for (int i = 0; i < 20; i++) buf_printf(&text, "%s\"component-%d\"", i ? ", " : "", i);
	buf_puts(&text, "\n}\n");
	struct parsed p, again;
	struct buf once = { 0 }, twice = { 0 };
	parse_text(&p, text.p);
	fmt_put(&once, p.ast, &p.sources);
	size_t lines = 0;
	for (const char *line = once.p, *nl; (nl = strchr(line, '\n')); line = nl + 1, lines++) assert_true(nl - line <= 120);
	assert_true(lines > 4);
	assert_non_null(strstr(once.p, ",\n        \"component-"));
	parse_text(&again, once.p);
	fmt_put(&twice, again.ast, &again.sources);
	assert_string_equal(once.p, twice.p);
	parse_done(&p);
	parse_done(&again);
	buf_free(&text);
	buf_free(&once);
	buf_free(&twice);
}

static void test_columns(void **state)
{
	(void)state;
	check_fmt("scenario \"x\" {\nlevel beginner\nlasts 1h\ncomponents \"a\"\n}\n",
		"scenario \"x\" {\n    level      beginner\n    lasts      1h\n    components \"a\"\n}\n");
	check_fmt("fn f() {\nlet a = 1\nlet long = 2\n\nlet b = 3\n}\n", "fn f() {\n    let a    = 1\n    let long = 2\n\n    let b = 3\n}\n");
	check_fmt("fn f() {\nwait 1s # a\nwait 10m # b\n}\n", "fn f() {\n    wait 1s   # a\n    wait 10m  # b\n}\n");
	/* What is aligned already, with more room than it needs, stays. */
	check_fmt("fn f() {\n    wait 1s         # a\n    wait 10m        # b\n}\n", "fn f() {\n    wait 1s         # a\n    wait 10m        # b\n}\n");
	check_fmt("scenario \"x\" {\n    level    beginner\n    lasts    1h\n}\n", "scenario \"x\" {\n    level    beginner\n    lasts    1h\n}\n");
}

static void test_blocks_move_with_their_line(void **state)
{
	(void)state;
	check_fmt("scenario \"x\" {\nbrief \"\"\"\na\n  b\n\n\"\"\"\n}\n",
		"scenario \"x\" {\n    brief \"\"\"\n        a\n          b\n\n        \"\"\"\n}\n");
	check_fmt("fn f() {\n            log '''\n              a\n                b'''\n}\n",
		"fn f() {\n    log '''\n        a\n          b'''\n}\n");
	/* Text behind the quotes, or a hole of several lines: as it stands. */
	check_fmt("fn f() {\n  log \"\"\"a\n  b\"\"\"\n}\n", "fn f() {\n    log \"\"\"a\n  b\"\"\"\n}\n");
	check_fmt("fn f() {\n  log \"\"\"\n  a #{b(\n1)}\n  \"\"\"\n}\n", "fn f() {\n    log \"\"\"\n  a #{b(\n1)}\n  \"\"\"\n}\n");
}

static void check_file(const char *path)
{
	struct parsed p = { .a = arena_new(0) }, again;
	struct err e;
	uint32_t file;
	struct buf once = { 0 }, twice = { 0 };
	p.sources.arena = p.diags.arena = p.a;
	assert_true(source_read(&p.sources, path, &file, &e));
	p.ast = parse_file(p.a, &p.sources, file, &p.diags);
	if (!p.ast->broken) {
		fmt_put(&once, p.ast, &p.sources);
		parse_bytes(&again, buf_view(&once));
		assert_string_equal(tree_of(&p), tree_of(&again));
		fmt_put(&twice, again.ast, &again.sources);
		assert_string_equal(once.p ? once.p : "", twice.p ? twice.p : "");
		parse_done(&again);
	}
	parse_done(&p);
	buf_free(&once);
	buf_free(&twice);
}

static void test_all_files(void **state)
{
	(void)state;
	static const char *const patterns[] = { "stdlib/*.irs", "scenarios/*.irs", "scenarios/*/*.irs", "tests/*/*.irs", "tests/*/*/*.irs" };
	size_t files = 0;
	for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
		glob_t g;
		if (glob(patterns[i], 0, NULL, &g) != 0) continue;
		for (size_t k = 0; k < g.gl_pathc; k++) check_file(g.gl_pathv[k]);
		files += g.gl_pathc;
		globfree(&g);
	}
	assert_true(files > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spaces),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_long_lines_are_wrapped),
		cmocka_unit_test(test_columns),
		cmocka_unit_test(test_blocks_move_with_their_line),
		cmocka_unit_test(test_all_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
