/* Diagnostics as people and programs see them: carets over wide characters, tabs and several lines, foreign bytes, JSON and SARIF. */
#include "parsed.h"

#include <jansson.h>

struct rendering {
	struct arena *a;
	struct sources sources;
	struct diags diags;
	uint32_t file;
};

static void begin(struct rendering *r, const char *text)
{
	*r = (struct rendering){ .a = arena_new(0) };
	r->sources.arena = r->diags.arena = r->a;
	r->file = source_add(&r->sources, "x.irs", str_of(text));
}

/* The span of `word`'s first occurrence. */
static struct span at(struct rendering *r, const char *word)
{
	const char *text = r->sources.file.at[r->file]->text.p, *found = strstr(text, word);
	assert_non_null(found);
	return (struct span){ r->file, (uint32_t)(found - text), (uint32_t)(found - text + strlen(word)) };
}

static char *rendered(struct rendering *r, struct render_options o)
{
	struct buf b = { 0 };
	render_diags(&b, &r->diags, &r->sources, &o);
	char *text = arena_strndup(r->a, b.p ? b.p : "", b.n);
	buf_free(&b);
	return text;
}

static void expect_human(struct rendering *r, const char *wanted)
{
	assert_string_equal(rendered(r, (struct render_options){ 0 }), wanted);
	arena_free(r->a);
}

static void test_nothing(void **state)
{
	(void)state;
	struct rendering r;
	begin(&r, "x");
	expect_human(&r, "");
}

static void test_wide_characters_and_tabs(void **state)
{
	(void)state;
	struct rendering r;
	begin(&r, "a\t\xe6\x97\xa5\xe6\x9c\xac e\xcc\x81 here\n");
	diag_add(&r.diags, D_unexpected, at(&r, "here"), "a message");
	diag_add(&r.diags, D_unexpected, at(&r, "\xe6\x9c\xac"), "another");
	expect_human(&r,
		"error[IRS0110]: another\n --> x.irs:1:4\n  |\n1 | a   \xe6\x97\xa5\xe6\x9c\xac e\xcc\x81 here\n  |       ^^\n\n"
		"error[IRS0110]: a message\n --> x.irs:1:9\n  |\n1 | a   \xe6\x97\xa5\xe6\x9c\xac e\xcc\x81 here\n  |            ^^^^\n\n2 errors\n");
}

static void test_labels(void **state)
{
	(void)state;
	struct rendering r;
	begin(&r, "one two three\nbetween\nfour\n\n\n\nfive\n");
	struct diag *d = diag_add(&r.diags, D_unexpected, at(&r, "two"), "a message");
	diag_caption(&r.diags, d, "the caption");
	diag_label(&r.diags, d, at(&r, "three"), "a label");
	diag_label(&r.diags, d, at(&r, "one"), "first");
	diag_label(&r.diags, d, at(&r, "four"), "near");
	diag_label(&r.diags, d, at(&r, "five"), "far");
	diag_note(&r.diags, d, "a note");
	diag_note(&r.diags, d, "of\ntwo lines");
	diag_help(&r.diags, d, "a help");
	expect_human(&r,
		"error[IRS0110]: a message\n --> x.irs:1:5\n  |\n"
		"1 | one two three\n  | --- ^^^ ----- a label\n  | |   the caption\n  | first\n"
		"2 | between\n"
		"3 | four\n  | ---- near\n"
		"...\n"
		"7 | five\n  | ---- far\n"
		"  |\n  = note: a note\n  = note: of\n          two lines\n  = help: a help\n\n1 error\n");
}

static void test_several_lines_and_files(void **state)
{
	(void)state;
	struct rendering r;
	begin(&r, "    begin {\n        middle\n    } end\n");
	uint32_t other = source_add(&r.sources, "other.irs", str_of("declared\n"));
	struct diag *d = diag_add(&r.diags, D_unexpected, span_join(at(&r, "begin"), at(&r, "}")), "a block");
	diag_caption(&r.diags, d, "all of it");
	diag_label(&r.diags, d, (struct span){ other, 0, 8 }, "declared here");
	expect_human(&r,
		"error[IRS0110]: a block\n --> x.irs:1:5\n  |\n"
		"1 |     begin {\n  |     ^^^^^^^\n2 |         middle\n3 |     } end\n  |     ^ all of it\n"
		"  ::> other.irs:1:1\n1 | declared\n  | -------- declared here\n\n1 error\n");
}

static void test_the_end_and_empty_lines(void **state)
{
	(void)state;
	struct rendering r;
	begin(&r, "a\n\n");
	diag_add(&r.diags, D_unexpected, (struct span){ r.file, 2, 2 }, "an empty line");
	diag_add(&r.diags, D_unexpected, (struct span){ r.file, 3, 3 }, "the end");
	diag_add(&r.diags, D_unexpected, (struct span){ r.file, 1, 2 }, "a newline");
	expect_human(&r,
		"error[IRS0110]: a newline\n --> x.irs:1:2\n  |\n1 | a\n  |  ^\n\n"
		"error[IRS0110]: an empty line\n --> x.irs:2:1\n  |\n2 |\n  | ^\n\n"
		"error[IRS0110]: the end\n --> x.irs:3:1\n  |\n3 |\n  | ^\n\n3 errors\n");
}

static void test_fixes_in_words(void **state)
{
	(void)state;
	struct rendering r;
	begin(&r, "a b\n");
	diag_fix(&r.diags, diag_add(&r.diags, D_unexpected, at(&r, "a"), "m"), at(&r, "a"), "c");
	diag_fix(&r.diags, diag_add(&r.diags, D_unexpected, at(&r, "b"), "m"), (struct span){ r.file, 2, 2 }, "c");
	expect_human(&r, "error[IRS0110]: m\n --> x.irs:1:1\n  |\n1 | a b\n  | ^\n  |\n  = help: write `c`\n\n"
			 "error[IRS0110]: m\n --> x.irs:1:3\n  |\n1 | a b\n  |   ^\n  |\n  = help: insert `c`\n\n2 errors\n");
}

/* A line of a megabyte is cut to a window around the caret; nothing that a terminal acts on gets through. */
static void test_long_and_hostile_lines(void **state)
{
	(void)state;
	struct rendering r;
	struct buf text = repeated("", "\x1b]0;evil\x07 \xe2\x80\xae\xff\r ", 50000, " here");
	buf_puts(&text, " and more\n");
	begin(&r, text.p);
	struct diag *d = diag_add(&r.diags, D_unexpected, at(&r, "here"), "evil \x1b[31m \xe2\x80\xae");
	diag_note(&r.diags, d, "evil \x1b[31m");
	char *human = rendered(&r, (struct render_options){ .columns = 60 });
	assert_null(strchr(human, '\x1b'));
	assert_null(strchr(human, '\r'));
	assert_null(strstr(human, "\xe2\x80\xae"));
	assert_true(utf8_valid(human, strlen(human)) == strlen(human));
	for (char *line = human, *nl; (nl = strchr(line, '\n')); line = nl + 1)
		if (strstr(line, "here") && strstr(line, "here") < nl) assert_true(str_columns((struct str){ line, (size_t)(nl - line) }) <= 60);
	char *json = rendered(&r, (struct render_options){ .format = RENDER_JSON });
	json_t *parsed = json_loads(json, 0, NULL);
	assert_non_null(parsed);
	json_decref(parsed);
	buf_free(&text);
	arena_free(r.a);
}

static void test_colors(void **state)
{
	(void)state;
	struct rendering r;
	begin(&r, "a\n");
	diag_add(&r.diags, D_unexpected, at(&r, "a"), "m");
	char *text = rendered(&r, (struct render_options){ .color = true });
	assert_non_null(strstr(text, "\033[1;31merror[IRS0110]\033[0m"));
	size_t on = 0, off = 0;
	for (char *c = text; (c = strstr(c, "\033[")); c++) *(c + 2) == '0' ? off++ : on++;
	assert_true(on && off >= on);
	arena_free(r.a);
}

static void test_order_and_counts(void **state)
{
	(void)state;
	struct rendering r;
	begin(&r, "a b c\n");
	r.diags.limit = 2;
	diag_add(&r.diags, D_unexpected, at(&r, "c"), "third");
	diag_add(&r.diags, D_unexpected, at(&r, "a"), "first");
	diag_add(&r.diags, D_unexpected, at(&r, "b"), "not kept");
	char *text = rendered(&r, (struct render_options){ 0 });
	assert_true(strstr(text, "first") < strstr(text, "third"));
	assert_null(strstr(text, "not kept"));
	assert_non_null(strstr(text, "3 errors; 1 of them not shown\n"));
	arena_free(r.a);
}

static void fill(struct rendering *r)
{
	begin(r, "let \xe6\x97\xa5 = 3\nx\n");
	struct diag *d = diag_add(&r->diags, D_unexpected, at(r, "= 3"), "a \"message\"");
	diag_caption(&r->diags, d, "a caption");
	diag_label(&r->diags, d, at(r, "x"), "a label");
	diag_note(&r->diags, d, "a note");
	diag_help(&r->diags, d, "a help");
	diag_fix(&r->diags, d, at(r, "3"), "4");
	diag_add(&r->diags, D_unexpected, at(r, "x"), "plain");
}

static void test_json(void **state)
{
	(void)state;
	struct rendering r;
	fill(&r);
	json_t *j = json_loads(rendered(&r, (struct render_options){ .format = RENDER_JSON }), 0, NULL), *list = json_object_get(j, "diagnostics");
	assert_int_equal(json_array_size(list), 2);
	const char *code, *severity, *message, *file, *note, *help, *fix;
	int line, column, end_line, end_column, fix_column;
	assert_int_equal(json_unpack(json_array_get(list, 0), "{s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:i, s:[s], s:s, s:{s:s, s:i}}", "code", &code, "severity",
			&severity, "message", &message, "file", &file, "line", &line, "column", &column, "end_line", &end_line, "end_column", &end_column,
			"notes", &note, "help", &help, "fix", "text", &fix, "column", &fix_column), 0);
	assert_string_equal(code, "IRS0110");
	assert_string_equal(severity, "error");
	assert_string_equal(message, "a \"message\"");
	assert_string_equal(file, "x.irs");
	assert_int_equal(line * 1000 + column, 1007);
	assert_int_equal(end_line * 1000 + end_column, 1010);
	assert_string_equal(note, "a note");
	assert_string_equal(help, "a help");
	assert_string_equal(fix, "4");
	assert_int_equal(fix_column, 9);
	json_t *plain = json_array_get(list, 1);
	assert_true(json_is_null(json_object_get(plain, "help")) && json_is_null(json_object_get(plain, "fix")));
	json_decref(j);
	arena_free(r.a);
}

static void test_sarif(void **state)
{
	(void)state;
	struct rendering r;
	fill(&r);
	json_t *j = json_loads(rendered(&r, (struct render_options){ .format = RENDER_SARIF }), 0, NULL), *run, *results, *rules;
	const char *version, *rule, *level, *uri, *related, *inserted, *id;
	int start, column, index, deleted;
	assert_int_equal(json_unpack(j, "{s:s, s:[o]}", "version", &version, "runs", &run), 0);
	assert_string_equal(version, "2.1.0");
	assert_int_equal(json_unpack(run, "{s:{s:{s:o}}, s:o}", "tool", "driver", "rules", &rules, "results", &results), 0);
	assert_int_equal(json_array_size(rules), DIAG_CODES);
	json_t *first = json_array_get(results, 0), *place = json_object_get(first, "locations"), *fixes = json_object_get(first, "fixes");
	assert_int_equal(json_unpack(first, "{s:s, s:i, s:s, s:[{s:{s:s}}]}", "ruleId", &rule, "ruleIndex", &index, "level", &level, "relatedLocations",
			"message", "text", &related), 0);
	assert_int_equal(json_unpack(place, "[{s:{s:{s:s}, s:{s:i, s:i}}}]", "physicalLocation", "artifactLocation", "uri", &uri, "region", "startLine", &start,
			"startColumn", &column), 0);
	assert_int_equal(json_unpack(fixes, "[{s:[{s:[{s:{s:i}, s:{s:s}}]}]}]", "artifactChanges", "replacements", "deletedRegion", "startColumn", &deleted,
			"insertedContent", "text", &inserted), 0);
	assert_string_equal(rule, "IRS0110");
	json_unpack(json_array_get(rules, (size_t)index), "{s:s}", "id", &id);
	assert_string_equal(id, rule);
	assert_string_equal(level, "error");
	assert_string_equal(uri, "x.irs");
	assert_string_equal(related, "a label");
	assert_string_equal(inserted, "4");
	assert_int_equal(start * 1000 + column, 1007);
	assert_int_equal(deleted, 9);
	json_decref(j);
	arena_free(r.a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_wide_characters_and_tabs),
		cmocka_unit_test(test_labels),
		cmocka_unit_test(test_several_lines_and_files),
		cmocka_unit_test(test_the_end_and_empty_lines),
		cmocka_unit_test(test_fixes_in_words),
		cmocka_unit_test(test_long_and_hostile_lines),
		cmocka_unit_test(test_colors),
		cmocka_unit_test(test_order_and_counts),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_sarif),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
