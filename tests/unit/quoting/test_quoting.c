/*
 * The promise of quoting, kept by real shells: what stands in a hole arrives in the shell as exactly that value, whatever it is and wherever the hole
 * stands. Every template is scanned by the compiler's scanner, its holes are filled by the run-time half, and the commands reach each shell as the runner
 * sends them: one `eval` a command, on standard input.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../compile/template.h"

/* `wanted` is what the shell prints: § is the value, | a NUL, and a NUL is at the end. */
enum kind { ANY, STARTS /* a leading `-` is refused */, FILE_NAME };
static const struct sample {
	const char *template, *wanted;
	enum kind kind;
} samples[] = {
	{ "printf '%s\\0' #{s}", "§", STARTS },
	{ "printf '%s\\0' '#{s}' \"#{s}\"", "§|§", STARTS },
	{ "printf '%s\\0' a#{s}", "a§", ANY },
	{ "printf '%s\\0' #{s}b", "§b", STARTS },
	{ "printf '%s\\0' a#{s}b#{s}c", "a§b§c", ANY },
	{ "printf '%s\\0' #{s}# no comment", "§#|no|comment", STARTS },
	{ "printf '%s\\0' '[#{s}]' \"[#{s}]\"", "[§]|[§]", ANY },
	{ "printf '%s\\0' \"it's #{s} \\\"here\\\" \\\\\"", "it's § \"here\" \\", ANY },
	{ "printf '%s\\0' 'say \"#{s}\" $x `x` \\'", "say \"§\" $x `x` \\", ANY },
	{ "x=y; printf '%s\\0' $x#{s} ${x}#{s} \"$x#{s}\" \"${x}#{s}$x\"", "y§|y§|y§|y§y", STARTS },
	{ "printf '%s\\0' g#{s}* g[#{s}]", "g§*|g[§]", ANY },
	{ "printf '%s\\0' ./x~#{s}", "./x~§", ANY },
	{ "x=#{s}; printf '%s\\0' \"$x\"", "§", ANY },
	{ "x='#{s}' y=a:#{s}:b; printf '%s\\0' \"$x\" \"$y\"", "§|a:§:b", ANY },
	{ "x=#{s} sh -c 'printf \"%s\\0\" \"$x\"'", "§", ANY },
	{ "sh -c 'printf \"%s\\0\" \"$1\"' -- a#{s}", "a§", ANY },
	{ "case #{s} in #{s}) printf 'same\\0' ;; *) printf 'other\\0' ;; esac", "same", ANY },
	{ "case a#{s}b in *\"#{s}\"b) printf 'same\\0' ;; *) printf 'other\\0' ;; esac", "same", ANY },
	{ "case #{s} in '#{s}'?) printf 'other\\0' ;; *) printf 'same\\0' ;; esac", "same", ANY },
	{ "if [ x#{s} = \"x#{s}\" ]; then printf 'same\\0'; else printf 'other\\0'; fi", "same", ANY },
	{ "printf '%s\\0' \"$(printf '%s' [#{s}])\"", "[§]", ANY },
	{ "printf '%s\\0' \"$(printf '%s' \"[#{s}]\")\" \"<$(printf '[%s]' '#{s}')>\"", "[§]|<[§]>", STARTS },
	{ "printf '%s\\0' \"a$(printf '%s' \"b$(printf '%s' \"[#{s}]\")#{s}c\")d\"", "ab[§]§cd", ANY },
	{ "x=\"$(printf '%s' \"[#{s}]\")\"; printf '%s\\0' \"$x\"", "[§]", ANY },
	{ "printf '%s\\0' [#{s}] | cat", "[§]", ANY },
	{ "( printf '%s\\0' [#{s}]; ) ; { printf '%s\\0' [#{s}]; }", "[§]|[§]", ANY },
	{ "f() { printf '%s\\0' \"$1\" [#{s}]; }; f a#{s}", "a§|[§]", ANY },
	{ "for x in a#{s} \"a#{s}\"; do printf '%s\\0' \"$x\"; done", "a§|a§", ANY },
	{ "cat <<'E'; printf '%s\\0' a#{s}\nit's $(here\nE\n", "it's $(here\na§", ANY },
	{ "printf '%s\\0' a#{s} # it's a comment", "a§", ANY },
	{ "printf '%s\\0' \\\na#{s}\\\nb", "a§b", ANY },
	{ "printf '%s\\0' $((1 + $(printf '%s' \"#{s}\" | wc -l) * 0))", "1", STARTS },
	{ "printf a >./f#{s}; for f in ./f*; do printf '%s\\0' \"$f\"; done; rm -f ./f*", "./f§", FILE_NAME },
	{ "printf a >\"./f#{s}\"; cat <./f#{s}; printf '\\0'; rm -f ./f*", "a", FILE_NAME },
};

static const char *const hostile[] = {
	"", "x", "-x", "--", "-", "-rf /", "a b", " a  b ", "\t", "\n", "a\nb\n", "\n\n", "'", "''", "'''", "\"", "\"\"", "'\"'\"'", "\\", "\\\\", "a\\", "\\n", "\\'",
	"\\\"", "\\\n", "$", "$$", "$x", "${x}", "$HOME", "$(touch canary)", "`touch canary`", "$((1+1))", "; touch canary", "& touch canary &", "| touch canary",
	"&& touch canary", "\ntouch canary\n", "' ; touch canary ; '", "\" ; touch canary ; \"", "'\"; touch canary; #", "'$(touch canary)'", "\"$(touch canary)\"",
	"\\\"$(touch canary)\\\"", "*", "?", "[a-z]", ".*", "~", "~root", "~/x", "a=b", "x=~", "!", "!!", "!x", "#", "# x", "a#b", "{a,b}", "{1..3}", "(", ")", "()", "<", ">",
	">canary", "<(touch canary)", "if", "fi", "done", "}", "%", "%s", "%d%n", "é", "日本語", "🙂", "e\xcc\x81", "\xe2\x80\xa8", "\xff\xfe", "\xc3", "\x80\x81\x82\x88",
	"\x01\x02", "\x1b[31m", "\x7f", "a\rb", "\r\n", "E", "\nE\n", "$'a\\nb'", "$\"a\"", "a'b\"c`d$e\\f", ":", "/", "../x", "a:b", "^a", "[!a]", "[", "]", "]]", "x]",
};

static const struct shell {
	const char *name, *command; /* reads a script from standard input */
} shells[] = {
	{ "dash", "dash" },
	{ "bash", "bash --norc" },
	{ "bash --posix", "bash --norc --posix" },
	{ "busybox sh", "busybox sh" },
	{ "mksh", "mksh" },
};

static char directory[] = "/tmp/quoting.XXXXXX";

static struct template *scanned(struct arena *a, const char *text)
{
	struct diags ds = { .arena = a };
	struct template *t = template_of(a, text);
	quote_template(&ds, t);
	if (ds.errors) print_error("# %s: %s\n", text, ds.list.at[0]->message);
	assert_int_equal(ds.errors, 0);
	return t;
}

static bool fill(struct buf *out, const struct template *t, struct str value)
{
	for (size_t i = 0; i < t->parts.n; i++) {
		const struct template_part *p = &t->parts.at[i];
		const char *why;
		if (!p->hole) buf_str(out, p->text);
		else if (!shell_quote(out, p->context, value, &why)) return false;
	}
	return true;
}

/* As the runner sends a command. */
static void add_command(struct buf *script, const struct buf *command)
{
	buf_puts(script, "eval ");
	buf_shell_quoted(script, buf_view(command));
	buf_putc(script, '\n');
}

static void add_wanted(struct buf *out, const char *wanted, struct str value)
{
	for (; *wanted; wanted++) {
		if (strncmp(wanted, "§", 2) == 0) {
			buf_str(out, value);
			wanted++;
		} else {
			buf_putc(out, *wanted == '|' ? 0 : *wanted);
		}
	}
	buf_putc(out, 0);
}

static void save(const char *name, const struct buf *b)
{
	FILE *f = fopen(name, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(b->p ? b->p : "", 1, b->n, f), b->n);
	assert_int_equal(fclose(f), 0);
}

static void load(const char *name, struct buf *b)
{
	FILE *f = fopen(name, "r");
	assert_non_null(f);
	for (size_t n; (n = fread(buf_reserve(b, 4096), 1, 4096, f)) > 0;) b->n += n;
	fclose(f);
}

static void run_shell(const struct shell *sh, const struct buf *script, struct buf *got)
{
	char command[256];
	save("script", script);
	/* An empty directory to glob in; what an injection would make is found there. */
	snprintf(command, sizeof command, "rm -rf empty && mkdir empty && cd empty && LC_ALL=C.UTF-8 PATH=$PATH:/bin %s <../script >../out 2>../err", sh->command);
	int status = system(command);
	(void)status;
	load("out", got);
	assert_int_not_equal(access("empty/canary", F_OK), 0);
}

/* Where they part, in words. */
static void compare(const struct shell *sh, const char *template, const struct buf *got, const struct buf *wanted)
{
	if (got->n == wanted->n && (!got->n || memcmp(got->p, wanted->p, got->n) == 0)) return;
	size_t i = 0;
	while (i < got->n && i < wanted->n && got->p[i] == wanted->p[i]) i++;
	while (i && wanted->p[i - 1]) i--;
	struct buf text = { 0 };
	buf_puts(&text, "wanted: ");
	buf_safe(&text, str_of(i < wanted->n ? wanted->p + i : "(nothing)"));
	buf_puts(&text, "\n#   got:    ");
	buf_safe(&text, str_of(i < got->n ? got->p + i : "(nothing)"));
	print_error("# %s: %s\n#   %s\n", sh->name, template, text.p);
	buf_free(&text);
	fail();
}

static bool fits_file_name(struct str v) { return !memchr(v.p, '/', v.n) && v.n < 200; }

static void with_shell(const struct shell *sh, const struct sample *x, const struct str *values, size_t n)
{
	struct arena *a = arena_new(0);
	struct template *t = scanned(a, x->template);
	struct buf script = { 0 }, wanted = { 0 }, got = { 0 }, command = { 0 };
	for (size_t i = 0; i < n; i++) {
		if (x->kind == FILE_NAME && !fits_file_name(values[i])) continue;
		buf_clear(&command);
		if (!fill(&command, t, values[i])) {
			assert_true(x->kind == STARTS && values[i].p[0] == '-');
			continue;
		}
		assert_false(x->kind == STARTS && values[i].n && values[i].p[0] == '-');
		add_command(&script, &command);
		add_wanted(&wanted, x->wanted, values[i]);
	}
	run_shell(sh, &script, &got);
	compare(sh, x->template, &got, &wanted);
	buf_free(&script);
	buf_free(&wanted);
	buf_free(&got);
	buf_free(&command);
	arena_free(a);
}

static void test_hostile(void **state)
{
	(void)state;
	struct str values[sizeof hostile / sizeof *hostile];
	size_t n = sizeof hostile / sizeof *hostile;
	for (size_t i = 0; i < n; i++) values[i] = str_of(hostile[i]);
	for (size_t s = 0; s < sizeof shells / sizeof *shells; s++)
		for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) with_shell(&shells[s], &samples[i], values, n);
}

/* Every byte but NUL, at both ends of a word and within it, in every quoting. */
static void test_bytes(void **state)
{
	(void)state;
	static const struct sample x = { "printf '%s\\0' a#{s} 'a#{s}' \"a#{s}\" \"$(printf '[%s]' a#{s})\"", "a§|a§|a§|[a§]", ANY };
	char text[255][4];
	struct str values[255];
	for (int i = 0; i < 255; i++) {
		memcpy(text[i], (char[]){ (char)(i + 1), 'x', (char)(i + 1), 0 }, 4);
		values[i] = (struct str){ text[i], 3 };
	}
	for (size_t s = 0; s < sizeof shells / sizeof *shells; s++) with_shell(&shells[s], &x, values, 255);
}

/* A list is as many words as it has elements. */
static void test_words(void **state)
{
	(void)state;
	struct arena *a = arena_new(0);
	struct template *t = scanned(a, "set -- #{l}; printf '%s\\0' $# \"$@\"; for x in -- #{l}; do printf '%s\\0' \"$x\"; done; set --");
	struct buf words = { 0 }, values = { 0 };
	const char *why;
	size_t n = sizeof hostile / sizeof *hostile;
	for (size_t i = 0; i < n; i++) {
		buf_puts(&words, i ? " " : "");
		assert_true(shell_quote(&words, HOLE_WORDS, str_of(hostile[i]), &why));
		buf_add(&values, hostile[i], strlen(hostile[i]) + 1);
	}
	struct buf command = { 0 }, script = { 0 }, wanted = { 0 };
	for (size_t i = 0; i < t->parts.n; i++) buf_str(&command, t->parts.at[i].hole ? buf_view(&words) : t->parts.at[i].text);
	add_command(&script, &command);
	buf_printf(&wanted, "%zu", n);
	buf_putc(&wanted, 0);
	buf_str(&wanted, buf_view(&values));
	buf_add(&wanted, "--", 3);
	buf_str(&wanted, buf_view(&values));
	for (size_t s = 0; s < sizeof shells / sizeof *shells; s++) {
		struct buf got = { 0 };
		run_shell(&shells[s], &script, &got);
		compare(&shells[s], "a list", &got, &wanted);
		buf_free(&got);
	}
	buf_free(&words);
	buf_free(&values);
	buf_free(&command);
	buf_free(&script);
	buf_free(&wanted);
	arena_free(a);
}

static const struct calculation {
	const char *value, *template, *wanted;
	bool wide; /* more than mksh's 32 bit */
} calculations[] = {
	{ "0", "printf '%s\\0' $((#{i})) $((7-#{i}))", "0|7", false },
	{ "5", "x=7; printf '%s\\0' \"$((#{i})) $((x-#{i})) $(((#{i} + x) * 2))\"", "5 2 24", false },
	{ "-5", "x=7; printf '%s\\0' \"$((#{i})) $((x-#{i})) $(((#{i} + x) * 2)) $((-#{i}))\"", "-5 12 4 5", false },
	{ "4294967296", "printf '%s\\0' $((#{i}+1))", "4294967297", true },
	{ "9223372036854775807", "printf '%s\\0' $((#{i}))", "9223372036854775807", true },
	{ "-9223372036854775808", "printf '%s\\0' $((#{i}))", "-9223372036854775808", true },
};

static void calculate(const struct shell *sh, const struct calculation *c)
{
	struct arena *a = arena_new(0);
	struct buf command = { 0 }, script = { 0 }, wanted = { 0 }, got = { 0 };
	assert_true(fill(&command, scanned(a, c->template), str_of(c->value)));
	add_command(&script, &command);
	add_wanted(&wanted, c->wanted, STR(""));
	run_shell(sh, &script, &got);
	compare(sh, c->template, &got, &wanted);
	buf_free(&command);
	buf_free(&script);
	buf_free(&wanted);
	buf_free(&got);
	arena_free(a);
}

static void test_arithmetic(void **state)
{
	(void)state;
	for (size_t s = 0; s < sizeof shells / sizeof *shells; s++)
		for (size_t i = 0; i < sizeof calculations / sizeof *calculations; i++)
			if (!calculations[i].wide || strcmp(shells[s].name, "mksh") != 0) calculate(&shells[s], &calculations[i]);
}

static void test_refused(void **state)
{
	(void)state;
	static const struct { enum hole_context context; struct str value; } refused[] = {
		{ HOLE_BARE, { "a\0b", 3 } }, { HOLE_SINGLE, { "\0", 1 } }, { HOLE_RAW, { "\0", 1 } }, { HOLE_WORDS, { "\0", 1 } }, { HOLE_BARE_START, { "-c", 2 } },
		{ HOLE_SINGLE_START, { "-", 1 } }, { HOLE_DOUBLE_START, { "--", 2 } }, { HOLE_WORDS_START, { "-1", 2 } }, { HOLE_ARITHMETIC, { "", 0 } },
		{ HOLE_ARITHMETIC, { "-", 1 } }, { HOLE_ARITHMETIC, { "x", 1 } }, { HOLE_ARITHMETIC, { "1+1", 3 } }, { HOLE_ARITHMETIC, { "$(x)", 4 } },
	};
	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
		struct buf out = { 0 };
		const char *why = NULL;
		assert_false(shell_quote(&out, refused[i].context, refused[i].value, &why));
		assert_non_null(why);
		assert_int_equal(out.n, 0);
	}
}

static int enter(void **state)
{
	(void)state;
	return mkdtemp(directory) && chdir(directory) == 0 ? 0 : -1;
}

static int leave(void **state)
{
	(void)state;
	char command[64];
	snprintf(command, sizeof command, "rm -rf %s", directory);
	return chdir("/") || system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_refused), cmocka_unit_test(test_hostile), cmocka_unit_test(test_bytes), cmocka_unit_test(test_words), cmocka_unit_test(test_arithmetic),
	};
	return cmocka_run_group_tests_name("quoting", tests, enter, leave);
}
