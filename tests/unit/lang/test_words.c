/*
 * Contextual words: each may be the name of anything and stands in expressions like any other name.  The words are the table's, so a new one is tried
 * without more ado.  A file with the word is read just as the same file with a name that means nothing, of the same length so that places agree.
 */
#include "parsed.h"

#include "keyword.h"

/* Where `@` stands is the word. */
static const char *const places[] = {
	/* every kind of item that has a name */
	"use @\n",
	"use net, @, process\n",
	"use \"./x.irs\" as @\n",
	"fn @(n: int) -> int { return n }\n",
	"fault @(n: int) {\n    needs root\n}\n",
	"fn f(@: int, @x: list<int>, n: int = @) { }\nfault f(@: string) { }\n",
	"scenario \"x\" {\n    target @: 1 host\n    target @: 2..5 hosts\n}\n",
	"scenario \"x\" {\n    param @: int = 3 in 1..9\n    secret param @: percent = @ in @..@\n    let @ = @ + 1\n}\n",
	"scenario \"x\" {\n    probe @ { }\n    probe @ \"x\" { }\n    probe @ every 1s { }\n    probe @ \"x\" every @ timeout @ from @ { }\n}\n",
	"scenario \"x\" {\n    alarm \"x\" critical when @ fails 3 of 5, latest 3m\n    alarm \"x\" when @ healthy\n    alarm \"x\" when @, latest @\n}\n",
	"scenario \"x\" {\n    precondition \"x\" on @ { }\n    precondition \"x\" on @ one at a time { }\n    precondition \"x\" on @ at most @ { }\n}\n",
	"scenario \"x\" {\n    message \"x\" after @ \"x\"\n}\n",
	/* steps, whose name may be left out */
	"scenario \"x\" {\n    step @ { }\n    step @ \"x\" { }\n    step @ \"x\" on @ { }\n}\n",
	"scenario \"x\" {\n    step @ on db { }\n    step @ on here { }\n    step @ on [db, lb] { }\n    step @ on (db) { }\n    step @ on @ { }\n}\n",
	"scenario \"x\" {\n    step on @ { }\n    step on @ one at a time { }\n    step on @ at most 2 { }\n    step on @ after 5m { }\n    step on [@] { }\n}\n",
	"scenario \"x\" {\n    step @ one at a time { }\n    step @ at most 20% { }\n    step @ after 15m { }\n    step @ after @ { }\n    step after @ { }\n}\n",
	"scenario \"x\" {\n    step @ when mitigated { }\n    step @ unless resolved { }\n    step @ on @ one at a time after @ unless resolved { }\n}\n",
	/* in steps and faults */
	"scenario \"x\" {\n    step {\n        let @ = @\n        retry @ every @ { do @() }\n        do @.@(@: @)\n        failsafe silent @, latest @\n    }\n}\n",
	"fault f(@: int) {\n    let @ = @\n    induce { @() }\n    verify { @ }\n    restore { run \"a #{@}\" }\n    superseded { @ healthy }\n}\n",
	/* in statements */
	"fn f() {\n    @\n    @(1)\n    @.a()\n    @ == 3\n    @ + 1\n    @ in l\n    @ and @\n    -@\n    not @\n    (@)\n    [@]\n}\n",
	"fn f() {\n    @ healthy\n    @ healthy for 2m\n    @ healthy for @\n    @ healthy and @ healthy\n    @ fails 3 of 5\n    not @ fails 1 of 2\n}\n",
	"fn f() {\n    if @ healthy { @ healthy } else { @ }\n    if @ { @() }\n    expect @ healthy\n    expect @ within @\n    expect @ for @\n}\n",
	"fn f() {\n    let @ = @\n    for @ in @ { }\n    for @ in @ at most @ { }\n    retry @ { }\n    retry @ every @ { }\n}\n",
	"fn f() {\n    wait @\n    log @\n    fail @\n    return @\n    spawn @ mark @\n    spawn [@] mark @\n    do @()\n    do @.@()\n}\n",
	"fn f() {\n    run @\n    run @ on @\n    run @ on: @, timeout: @, input: @\n    run [@] on @ timeout @ input @\n    run \"#{@}\" on: @\n}\n",
	/* in expressions */
	"fn f() {\n    let a = x.@\n    let b = @.@.@(@: @, @, n: @)\n    let c = run(@, on: @, timeout: @)\n    let d = try run(@).@\n}\n",
	"fn f() {\n    let a = @ + @ - @ * -@ / @ % @\n    let b = @ == @ and not @ or @ in @\n    let c = (@)\n    let d = [@, @]\n    let e = @ < @\n}\n",
	"fn f() {\n    let a = [@ for @ in @]\n    let b = [@ for @ in @ if @]\n    let c = [(@ healthy) for x in @]\n    let d = \"#{@} #{raw @} #{@.@(@)}\"\n}\n",
	"fn f() {\n    let a = http get @\n    let b = http get @ timeout @ body @ expect @ == @\n    let c = tcp connect @\n    let d = tcp connect @ timeout @\n}\n",
	/* where a line goes on */
	"fn f() {\n    let a =\n        @\n    let b = @ +\n        @\n    let c = @\n        .@()\n    g(\n        @,\n        @: 1,\n        @ == 1,\n    )\n}\n",
	"fn f() {\n    g(\n        @ healthy,\n        @ in l,\n        @ and @\n    )\n    let l = [\n        @\n        for @ in l\n        if @\n    ]\n}\n",
};
enum { PLACES = sizeof places / sizeof *places };

static char *put_word(const char *place, const char *word)
{
	struct buf b = { 0 };
	for (const char *c = place; *c; c++) {
		if (*c == '@') buf_puts(&b, word);
		else buf_putc(&b, *c);
	}
	return b.p;
}

/* `text` with `to` for each `from`; both of one length. */
static void exchange(char *text, const char *from, const char *to)
{
	for (char *at = text; (at = strstr(at, from)); at += strlen(to)) memcpy(at, to, strlen(to));
}

static void neutral_name(char *out, const char *word)
{
	size_t n = strlen(word);
	memset(out, 'q', n);
	out[n] = 0;
}

/* `text` as the formatter lays it out; it must be a file without mistakes. */
static char *formatted(const char *text)
{
	struct parsed p;
	struct buf b = { 0 };
	parse_text(&p, text);
	if (*codes_of(&p)) fail_msg("%s: in\n%s", codes_of(&p), text);
	fmt_put(&b, p.ast, &p.sources);
	parse_done(&p);
	return b.p;
}

static void check_formats(const char *text)
{
	struct parsed p, q;
	char *once = formatted(text), *twice = formatted(once);
	assert_string_equal(once, twice);
	parse_text(&p, text);
	parse_text(&q, once);
	assert_string_equal(tree_of(&p), tree_of(&q));
	parse_done(&p);
	parse_done(&q);
	free(once);
	free(twice);
}

static void check_reads_alike(const char *place, const char *word)
{
	char neutral[64];
	struct parsed p, q;
	neutral_name(neutral, word);
	char *text = put_word(place, word), *plain = put_word(place, neutral);
	parse_text(&p, text);
	parse_text(&q, plain);
	char *wanted = tree_of(&q);
	exchange(wanted, neutral, word);
	if (*codes_of(&q)) fail_msg("%s: in\n%s", codes_of(&q), plain);
	if (*codes_of(&p)) fail_msg("%s: in\n%s", codes_of(&p), text);
	assert_string_equal(tree_of(&p), wanted);
	parse_done(&p);
	parse_done(&q);
	check_formats(text);
	free(text);
	free(plain);
}

static bool is_reserved(const struct keyword *k)
{
	return k->use == KEYWORD_RESERVED || k->use == KEYWORD_OPENS;
}

static void test_contextual_words_are_names(void **state)
{
	(void)state;
	size_t n;
	const struct keyword *k = keyword_table(&n);
	for (size_t i = 0; i < n; i++)
		for (size_t place = 0; !is_reserved(&k[i]) && place < PLACES; place++) check_reads_alike(places[place], k[i].text);
}

static void test_any_word_stands_behind_a_dot_and_as_a_label(void **state)
{
	(void)state;
	size_t n;
	const struct keyword *k = keyword_table(&n);
	for (size_t i = 0; i < n; i++) {
		check_reads_alike("fn f(x: int) -> int {\n    return x.@.@(1, @: 2)\n}\n", k[i].text);
		check_reads_alike("fn f(x: int) {\n    run x.@ on x.@\n    expect x.@ within x.@\n    do x.@(@: 1)\n    expect x.@ in x.@ and x.@\n}\n", k[i].text);
	}
}

static void check_refused(const char *place, const char *word)
{
	struct parsed p;
	char *text = put_word(place, word);
	parse_text(&p, text);
	if (strcmp(codes_of(&p), "reserved_word") != 0) fail_msg("%s: in\n%s", codes_of(&p), text);
	parse_done(&p);
	free(text);
}

static void test_reserved_words_are_no_names(void **state)
{
	(void)state;
	/* What the language's page promises; all others are contextual. */
	static const char *const reserved[] = { "fn", "let", "http", "expect", "for", "in", "if", "else", "retry", "wait", "log", "fail", "try",
		"run", "raw", "return", "and", "or", "not", "true", "false", "here", "runner" };
	size_t n, found = 0;
	const struct keyword *k = keyword_table(&n);
	for (size_t i = 0; i < n; i++) found += is_reserved(&k[i]);
	assert_int_equal(found, sizeof reserved / sizeof *reserved);
	for (size_t i = 0; i < found; i++) {
		check_refused("fn f() {\n    let @ = 1\n}\n", reserved[i]);
		check_refused("fn @() { }\n", reserved[i]);
		check_refused("scenario \"x\" {\n    target @: 1 host\n}\n", reserved[i]);
		check_refused("scenario \"x\" {\n    probe @ { }\n}\n", reserved[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contextual_words_are_names),
		cmocka_unit_test(test_any_word_stands_behind_a_dot_and_as_a_label),
		cmocka_unit_test(test_reserved_words_are_no_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
