/* The parser: newlines, words, texts, and input that is too deep, broken or no text at all. */
#include "parsed.h"


static void expect_codes(const char *text, const char *codes)
{
	struct parsed p;
	parse_text(&p, text);
	if (strcmp(codes_of(&p), codes) != 0) print_message("in: %s\n", text);
	assert_string_equal(codes_of(&p), codes);
	assert_int_equal(p.ast->broken, *codes != 0);
	parse_done(&p);
}

static size_t statements_of(const char *body)
{
	struct parsed p;
	struct buf b = { 0 };
	buf_printf(&b, "fn f() {\n%s\n}\n", body);
	parse_text(&p, b.p);
	assert_string_equal(codes_of(&p), "");
	size_t n = p.ast->items.at[0]->fn.body->stmts.n;
	parse_done(&p);
	buf_free(&b);
	return n;
}

/* ---- newlines ---- */

static void test_newlines_end_statements(void **state)
{
	(void)state;
	assert_int_equal(statements_of(""), 0);
	assert_int_equal(statements_of("\n\n # nothing\n\n"), 0);
	assert_int_equal(statements_of("log \"a\"\nlog \"b\""), 2);
	assert_int_equal(statements_of("log \"a\" # with a comment\n\n# another\n\nlog \"b\"\n"), 2);
	assert_int_equal(statements_of("if a { log \"a\" }\nlog \"b\""), 2);
	assert_int_equal(statements_of("return\nreturn\nreturn"), 3);
}

static void test_newlines_that_end_nothing(void **state)
{
	(void)state;
	static const char *const bodies[] = {
		"let x = [1,\n2\n,\n3\n]", "let x = max(\n1,\n\n# comment\n2\n)", "let x =\n1", "let x = a +\nb *\nc", "let x = a and\nb or\nnot\nc",
		"let x = a\n.b\n  .c()\n # comment\n .d", "if a { log \"x\" }\nelse { log \"y\" }", "if a { log \"x\" }\n\n\nelse if b { log \"y\" }\nelse { }",
		"let x = a ==\nb", "let x = a in\nb", "let x = (a\n+ b)", "let x = \"#{max(1, 2)} #{a}\"", "let x = \"\"\"\n#{a +\nb}\n\"\"\"",
		"let x = [a\nfor a in b\nif a > 3]", "let x = (http get \"u\"\nexpect status == 200)",
	};
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) assert_int_equal(statements_of(bodies[i]), 1);
	/* A reserved word behind a dot is a name, and its line ends. */
	assert_int_equal(statements_of("let x = a.in\nlet y = b.not\nlet z = c.and"), 3);
}

static void test_line_endings_and_marks(void **state)
{
	(void)state;
	static const char lf[] = "fn f() {\n    log \"\"\"\n        a\n          b\n        \"\"\"\n    wait 5s # x\n}\n";
	struct buf crlf = { 0 };
	buf_puts(&crlf, "\xef\xbb\xbf");
	for (const char *c = lf; *c; c++) {
		if (*c == '\n') buf_putc(&crlf, '\r');
		buf_putc(&crlf, *c);
	}
	struct parsed a, b;
	parse_text(&a, lf);
	parse_text(&b, crlf.p);
	assert_string_equal(codes_of(&b), "");
	assert_string_equal(tree_of(&a), tree_of(&b));
	parse_done(&a);
	parse_done(&b);
	buf_free(&crlf);
}

/* ---- texts ---- */
static struct template *text_of(struct parsed *p, const char *literal)
{
	struct buf b = { 0 };
	buf_printf(&b, "fn f() {\n    log %s\n}\n", literal);
	parse_text(p, b.p);
	buf_free(&b);
	assert_string_equal(codes_of(p), "");
	return p->ast->items.at[0]->fn.body->stmts.at[0]->expr->string;
}

static void check_text(const char *literal, const char *wanted)
{
	struct parsed p;
	struct template *t = text_of(&p, literal);
	struct buf b = { 0 };
	for (size_t i = 0; i < t->parts.n; i++) {
		if (t->parts.at[i].hole) buf_puts(&b, "<hole>");
		else buf_str(&b, t->parts.at[i].text);
	}
	assert_string_equal(b.p ? b.p : "", wanted);
	buf_free(&b);
	parse_done(&p);
}

static void test_texts(void **state)
{
	(void)state;
	check_text("\"\"", "");
	check_text("''", "");
	check_text("\"a\\n\\t\\r\\\\\\\"\\#{x}\\u{41}\\u{1F525}\"", "a\n\t\r\\\"#{x}A\xf0\x9f\x94\xa5");
	check_text("'a\\n#{x}\"'", "a\\n#{x}\"");
	check_text("\"a#{x}b#{y}\"", "a<hole>b<hole>");
	check_text("\"#{x}\"", "<hole>");
	check_text("\"#{f(\"a#{b}c\")}d\"", "<hole>d");
	check_text("\"# ## #\"", "# ## #");
	check_text("\"#\"", "#");
}

static void test_blocks_lose_their_margin(void **state)
{
	(void)state;
	check_text("\"\"\"a\"\"\"", "a");
	check_text("\"\"\"\n        a\n          b\n\n        c\n        \"\"\"", "a\n  b\n\nc");
	check_text("\"\"\"\n    a\n  b\"\"\"", "  a\nb");
	check_text("\"\"\"a\n    b\n    c\"\"\"", "a\nb\nc");
	check_text("\"\"\"\n    #{x} a\n      #{y}\n    \"\"\"", "<hole> a\n  <hole>");
	check_text("\"\"\"\n    a\\n\n      b\\tc \"quoted\" \\\"\"\\\"\n    \"\"\"", "a\n\n  b\tc \"quoted\" \"\"\"");
	check_text("'''\n    a\\n\n      #{b}\n    '''", "a\\n\n  #{b}");
	check_text("\"\"\"\n\ta\n\t  b\n\t\"\"\"", "a\n  b");
	check_text("\"\"\"\n\ta\n    b\n\"\"\"", "\ta\n    b");
	check_text("\"\"\"\n\"\"\"", "");
	check_text("\"\"\"   \n   \n\"\"\"", "");
}

/* Each byte of a text that is not what stands in the source knows where it came from. */
static void test_origins(void **state)
{
	(void)state;
	struct parsed p;
	struct template *t = text_of(&p, "\"\"\"\n        ab\n          \\u{e9}c\n        \"\"\"");
	const struct template_part *part = &t->parts.at[0];
	const char *source = p.sources.file.at[0]->text.p;
	assert_int_equal(part->text.n, 8); /* a b newline, two blanks, two bytes of é, c */
	assert_int_equal(source[part->origin[0]], 'a');
	assert_int_equal(source[part->origin[2]], '\n');
	assert_memory_equal(source + part->origin[5], "\\u{e9}c", 7);
	assert_int_equal(part->origin[5], part->origin[6]);
	assert_int_equal(source[part->origin[7]], 'c');
	parse_done(&p);
}

/* ---- input that is too much ---- */

static void expect_repeated(const char *head, const char *body, size_t times, const char *tail, const char *codes)
{
	struct buf b = repeated(head, body, times, tail);
	expect_codes(b.p, codes);
	buf_free(&b);
}

static void test_depth_is_bounded(void **state)
{
	(void)state;
	expect_repeated("fn f() {\n    let x = ", "(", 200, "1", "unclosed_bracket unclosed_brace");
	expect_repeated("fn f() {\n    let x = ", "(", 10000, "", "nested_too_deeply");
	expect_repeated("fn f() {\n    let x = ", "[", 10000, "\n", "nested_too_deeply");
	expect_repeated("fn f() {\n", "if a {\n", 10000, "", "nested_too_deeply");
	expect_repeated("", "{", 10000, "", "unexpected nested_too_deeply");
	expect_repeated("fn f() {\n    log ", "\"#{", 10000, "", "nested_too_deeply");
	expect_repeated("fn f() {\n    log ", "\"\"\"#{", 10000, "", "nested_too_deeply");
	expect_repeated("fn f() {\n    let x = ", "-", 100000, "1\n}\n", "nested_too_deeply");
	expect_repeated("fn f() {\n    let x = ", "not ", 100000, "a\n}\n", "nested_too_deeply");
	expect_repeated("fn f() {\n    let x = 1", " + 1", 100000, "\n}\n", "nested_too_deeply");
	expect_repeated("fn f() {\n    let x = a", " and a", 100000, "\n}\n", "nested_too_deeply");
	expect_repeated("fn f() {\n    let x = a", ".b", 100000, "\n}\n", "nested_too_deeply");
	expect_repeated("fn f() {\n    let x = a", ".b()", 100000, "\n}\n", "nested_too_deeply");
	expect_repeated("fn f() {\n    if a { }", " else if a { }", 100000, "\n}\n", "nested_too_deeply");
	expect_repeated("fn f(a: ", "list<", 10000, "int", "nested_too_deeply");
	expect_repeated("fn f(a: list<list<list<list<list<list<list<list<list<int>>>>>>>>>) { }", "\n", 1, "", "nested_too_deeply");
}

static void test_as_deep_as_it_may_be(void **state)
{
	(void)state;
	struct buf b = repeated("fn f() -> int {\n    return ", "(", 250, "1");
	buf_pad(&b, ')', 250);
	b.p[b.n] = 0;
	buf_puts(&b, "\n}\n");
	expect_codes(b.p, "");
	buf_free(&b);
	expect_repeated("fn f() {\n    let x = 1", " + 1", 900, "\n}\n", "");
	expect_repeated("fn f() {\n    if a { }", " else if a { }", 500, "\n}\n", "");
}

static void test_wide_is_fine(void **state)
{
	(void)state;
	expect_repeated("fn f() {\n    let x = [", "1, ", 100000, "]\n}\n", "");
	expect_repeated("fn f() {\n    log \"", "#{a}b", 10000, "\"\n}\n", "");
	expect_repeated("", "fn f() { log \"x\" }\n", 10000, "", "");
	expect_repeated("fn f() {\n    let x = 1", "\n\n\n\n", 10000, "}\n", "");
}

/* ---- input that is no text ---- */

static void test_bytes(void **state)
{
	(void)state;
	struct parsed p;
	parse_bytes(&p, STR("scenario \"x\" {\0}"));
	assert_string_equal(codes_of(&p), "nul_byte");
	parse_done(&p);
	expect_codes("# caf\xe9\nfn f() { log \"\xff\xfe\" }\n", "not_utf8 not_utf8");
	expect_codes("fn f\xe9() { }\n", "not_utf8");
	expect_codes("\xc3\xa9\n", "strange_character");
	expect_codes("\x01 \x7f ~ ^ ? `\n", "strange_character strange_character strange_character strange_character strange_character strange_character");
	expect_codes("", "");
	expect_codes("\n\n# only a comment", "");
	expect_codes("\r\r\r", "");
}

/* ---- one mistake, one diagnostic ---- */

static void test_mistakes(void **state)
{
	(void)state;
	expect_codes("fn f() {\n    let x = (1 + 2\n    let y = 3\n}\n", "unclosed_bracket");
	expect_codes("fn f() {\n    g(1,\n    let y = 3\n}\n", "unclosed_bracket");
	expect_codes("fn f() {\n    g(1\n}\n", "unclosed_bracket");
	expect_codes("fn f() {\n    g(\"a\n    let y = 3\n}\n", "unclosed_text");
	expect_codes("fn f() {\n    g([\"a, 'b', max(3\n    let y = 3\n}\n", "unclosed_text");
	expect_codes("fn f() {\n    log \"a #{b(c\"\n    let y = 3\n}\n", "unclosed_hole");
	expect_codes("scenario \"a {\n    step x \"b {\n    }\n}\n", "unclosed_text unclosed_text");
	expect_codes("fn f() { log \"a }\nfn g() { }\n", "unclosed_text");
	expect_codes("fn f() {\n    log \"\"\"a\n}\n", "unclosed_text");
	expect_codes("fn f() {\n    if a {\n        log \"x\"\n}\nfn g() { }\n", "unclosed_brace");
	expect_codes("scenario \"x\" {\n    step a {\n        induce {\n    step b { }\n}\n", "unclosed_brace");
	expect_codes("fn f() {\n    if a {\n", "unclosed_brace");
	expect_codes("fn f() {\n}\n}\n", "extra_bracket");
	expect_codes("fn f() {\n    let x = a)\n}\n", "extra_bracket");
	expect_codes("fn f() {\n    let x = 3 3\n    let = 4\n    wait\n}\n", "unexpected unexpected unexpected");
	expect_codes("stpe a {\n    induce { run \"x\" }\n}\n", "unknown_item");
	expect_codes("fn f() {\n    if a b {\n    } else if c {\n    } else {\n    }\n    log \"x\"\n}\n", "unexpected");
	expect_codes("fn f()\n{\n}\n", "brace_on_next_line");
	expect_codes("fn f() {\n    log \"a\";\n}\n", "semicolon");
	expect_codes("fn f() {\n    let x = \xe2\x80\x9c" "a b\xe2\x80\x9d\n}\n", "strange_character");
	expect_codes("fn f() {\n    brief\n}\n", "");
	expect_codes("scenario \"x\" {\n    brief\n}\n", "unexpected");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_newlines_end_statements),
		cmocka_unit_test(test_newlines_that_end_nothing),
		cmocka_unit_test(test_line_endings_and_marks),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_blocks_lose_their_margin),
		cmocka_unit_test(test_origins),
		cmocka_unit_test(test_depth_is_bounded),
		cmocka_unit_test(test_as_deep_as_it_may_be),
		cmocka_unit_test(test_wide_is_fine),
		cmocka_unit_test(test_bytes),
		cmocka_unit_test(test_mistakes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
