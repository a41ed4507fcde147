/* The shell scanner: templates, the contexts of their holes, and what is reported, with the very place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "template.h"

static const char *const context_names[HOLE_CONTEXTS] = { "text", "bare", "bare^", "single", "double", "double^", "single^", "arith", "words", "words^", "raw" };

static void describe(struct buf *out, const struct template *t, const struct diags *ds)
{
	for (size_t i = 0; i < t->parts.n; i++)
		if (t->parts.at[i].hole) buf_printf(out, "%s%s", out->n ? " " : "", context_names[t->parts.at[i].context]);
	for (size_t i = 0; i < ds->list.n; i++) {
		const struct diag *d = ds->list.at[i];
		buf_printf(out, "%s%s@%u-%u", out->n ? " " : "", diag_table[d->code].name + sizeof "shell_" - 1, d->span.start, d->span.end);
	}
}

static const struct sample {
	const char *text, *wanted;
} samples[] = {
	/* places */
	{ "echo x", "" },
	{ "kill -STOP #{p}", "bare^" },
	{ "kill -STOP -- #{p}", "bare" },
	{ "rm -f -- a #{s} '#{s}'", "bare single" },
	{ "echo a#{s} #{s}b '#{s}' \"#{s}\" 'a#{s}' \"a#{s}\"", "bare bare^ single^ double^ single double" },
	{ "echo #{s}#{s} #{i}#{s}", "bare^ bare^ bare^ bare" },
	{ "echo $x#{s} ${x}#{s} \"$x#{s}\" ''#{s} $((1))#{s}", "bare^ bare^ double^ bare^ bare" },
	{ "x=#{s} y=\"#{s}\" cmd #{s}", "bare double bare^" },
	{ "x=#{s}", "bare" },
	{ "echo >#{s} 2>>'#{s}' <\"#{s}\" >|#{s}", "bare single double bare" },
	{ "case #{s} in a#{s}|'#{s}') echo #{s};; (#{s}) ;; esac", "bare bare single bare^ bare" },
	{ "for f in #{s} #{l}; do echo \"$f\"; done", "bare^ words^" },
	{ "echo \"$(basename #{s})\" $(cat \"#{s}\")", "bare^ double^" },
	{ "echo \"a $(echo \"b $(echo '#{s}')\") #{s}\"", "single^ double" },
	{ "echo $((#{i} + (2 * #{i}))) \"$((#{i}))\"", "arith arith arith" },
	{ "echo $(( $(cat #{s}) + #{i} ))", "bare^ arith" },
	{ "echo \"${x:-\"a}b\"}\" ${y#\"}\"} ${z%'}'} \"${z%'x'}\" #{s}", "bare^" },
	{ "echo '#{s}", "single^ unclosed_quote@5-6" },
	{ "echo #{l}", "words^" },
	{ "rm -- #{l}", "words" },
	{ "echo #{e}", "words^" },
	{ "timeout 5 rm -- #{s}", "bare" },
	{ "sudo -- rm #{s}", "bare^" },
	{ "env x=1 -- #{s}", "bare" },
	{ "a -- #{s}; b #{s} | c #{s} && d #{s}\ne #{s}", "bare bare^ bare^ bare^ bare^" },
	{ "( a #{s} ); { b #{s}; }; f() { c #{s}; }; f", "bare^ bare^ bare^" },
	{ "if a #{s}; then b; elif c #{s}; then d; else e #{s}; fi", "bare^ bare^ bare^" },
	{ "while a #{s}; do b; done <#{s}", "bare^ bare" },
	{ "#{s}# no comment", "bare^" },
	{ "echo a#b '#{s}' # it's a comment\necho #{s}", "single^ bare^" },
	{ "echo \\\n#{s}", "bare^" },
	{ "echo \\'#{s}\\'", "bare" },
	{ "echo ~/#{s} a~#{s} ~root/#{s}", "bare bare bare" },
	{ "#{r}", "raw raw@0-4" },
	{ "echo \"\\$x\" \"costs 5$\" '$'\\''' $ #{s}", "bare^" },
	{ "echo $$ $? $! $# $@ $1 #{s}", "bare^" },
	{ "cat <<E >#{s}\nit's $( open\nE\necho #{s}", "bare bare^" },
	{ "cat <<-'E x' | a #{s}\n\tit's\n\tE x\necho #{s}", "bare^ bare^" },
	{ "{ { a; } } >/dev/null", "" },
	{ "for x\ndo a; done; for x in b\ndo c; done; for x do d; done", "" },
	{ "echo if then fi done esac } {", "" },
	{ "! a && ! { b; }", "" },
	{ "\"if\" a; 'fi' b; \\done", "" },
	{ "case x in\n\ta) if b; then c; fi ;;\n\t*) ;;\nesac", "" },
	{ "2>/dev/null echo 3>&1 #{s}", "bare^" },
	{ "echo #{i}>x", "bare^" },

	/* what is never closed */
	{ "echo \"a", "unclosed_quote@5-6" },
	{ "echo \"a $(b 'c\"", "unclosed_quote@12-13" },
	{ "echo $(a; b", "unclosed_substitution@5-6" },
	{ "echo ${a", "unclosed_substitution@5-6" },
	{ "echo $((1 + 2)", "unclosed_substitution@5-14" },
	{ "echo $((1", "unclosed_substitution@5-6" },
	{ "echo `a", "unclosed_substitution@5-6" },
	{ "if a; then b", "unclosed_block@0-2" },
	{ "if a", "unclosed_block@0-2" },
	{ "x; while a; do b", "unclosed_block@3-8" },
	{ "for x in a; do { b; done", "unclosed_block@15-16" },
	{ "{ a; ( b; }", "unclosed_block@5-6" },
	{ "{ a", "unclosed_block@0-1" },
	{ "( a; if b; then c; fi", "unclosed_block@0-1" },
	{ "case x in a) b;;", "unclosed_block@0-4" },
	{ "a; fi", "unexpected@3-5" },
	{ "a )", "unexpected@2-3" },
	{ "if a; fi", "unexpected@6-8" },
	{ "a;; b", "unexpected@1-3" },
	{ "for x on a; do b; done", "unexpected@6-8" },
	{ "x=(a b)", "unexpected@2-3" },
	{ "echo $(if a; then b)", "unclosed_block@7-9" },
	{ "cat <<E\na\n E", "unclosed_heredoc@4-5" },
	{ "cat <<E", "unclosed_heredoc@4-5" },
	{ "echo a\\", "trailing_backslash@6-7" },

	/* commands that are missing */
	{ "a | ", "no_command@2-3" },
	{ "a &&", "no_command@2-4" },
	{ "a || # b", "no_command@2-4" },
	{ "; a", "no_command@0-1" },
	{ "a; ; b", "no_command@3-4" },
	{ "a\n; b", "no_command@2-3" },
	{ "a || ; b", "no_command@2-4" },
	{ "| a", "no_command@0-1" },
	{ "&", "no_command@0-1" },
	{ "a >b 2>&1 & && c", "no_command@12-14" },
	{ "a && | b", "no_command@2-4" },
	{ "! ; a", "no_command@0-1" },
	{ "$(a |)", "no_command@4-5" },
	{ "$(; a)", "no_command@2-3" },
	{ "( )", "no_command@0-1" },
	{ "{ }", "no_command@0-1" },
	{ "if then a; fi", "no_command@0-2" },
	{ "if a; then; b; fi", "no_command@6-10" },
	{ "if a; then b; else fi", "no_command@14-18" },
	{ "while a; do done", "no_command@9-11" },
	{ "for x do done", "no_command@6-8" },
	{ "case x in a) b && ;; esac", "no_command@15-17" },
	{ "case x in a) ; ;; esac", "no_command@13-14" },
	{ "f()", "no_command@1-3" },
	{ "a >", "no_command@2-3" },
	{ "a >>; b", "no_command@2-4" },
	{ "a < | b", "no_command@2-3" },
	{ "a < #c\n", "no_command@2-3" },
	{ "a <<; b", "no_command@2-4" },
	{ "( a ) b", "unexpected@6-7" },
	{ "if a; then b; fi c", "unexpected@17-18" },
	{ "{ a; } { b; }", "unexpected@7-8" },
	{ "x=1 ( a )", "unexpected@4-5" },
	{ "x=1 if a; then b; fi", "unexpected@10-14" },
	{ "for x | a", "unexpected@6-7" },
	{ "case x in a && b) c;; esac", "unexpected@12-14" },
	{ "case x; in a) b;; esac", "unexpected@6-7" },
	{ "a |\n\n# c\n b &&\n c || ! d", "" },
	{ "a |\\\n b; >x; x=1; a | >x", "" },
	{ "a && { b; } && ( c ) || if d\nthen\ne\nfi | while f; do\n# g\nh; done", "" },
	{ "case x in a) ;; b|c) d ;; (e) f; ;; g) esac", "" },
	{ "case x in esac; echo $() $( ) $(\na\n)", "" },
	{ "f() { a; }; g()\n( b ); f", "" },
	{ "{ { a; }; } >x 2>&1 & b\n", "" },
	{ "{ a; } #{r}", "raw raw@7-11" },
	{ "#{s} | #{l} && #{s}", "bare^ words^ bare^" },

	/* where no hole can stand */
	{ "echo ${x:-#{s}} ${#{s}}", "bare bare hole_in_parameter@10-14 hole_in_parameter@18-22" },
	{ "echo \"${x:-$(a #{s} '#{s}')}\"", "bare bare hole_in_parameter@15-19 hole_in_parameter@21-25" },
	{ "echo ${x:-$((#{i}))}", "bare hole_in_parameter@13-17" },
	{ "echo `a #{s}` \"`b #{s}`\"", "bare bare hole_in_backquotes@8-12 hole_in_backquotes@18-22" },
	{ "echo # #{s}\na #{s}", "bare bare^ hole_in_comment@7-11" },
	{ "cat <<E\n#{s}\nE\n", "bare hole_in_heredoc@8-12" },
	{ "cat <<'E'\n#{s}\nE", "bare hole_in_heredoc@10-14" },
	{ "cat <<#{s}\n#{s}\n", "bare bare hole_in_delimiter@6-10" },
	{ "echo \\#{s} \"\\#{s}\"", "bare bare hole_after_backslash@6-10 hole_after_backslash@13-17" },
	{ "echo $#{s} \"$#{s}\" '$#{s}'", "bare bare single hole_after_dollar@6-10 hole_after_dollar@13-17" },
	{ "ls ~#{s} a=~x#{s}", "bare bare hole_after_tilde@4-8 hole_after_tilde@13-17" },
	{ "a >&#{i} <& #{i}", "bare bare hole_in_duplication@4-8 hole_in_duplication@12-16" },
	{ "f#{s}() { a; }", "bare hole_before_paren@1-5" },
	{ "#{s}=1 a; x#{s}=2", "bare^ bare hole_in_assignment@0-4 hole_in_assignment@11-15" },
	{ "dd if=#{s} --x#{s}=#{s}; a #{s}=b", "bare bare bare bare^" },
	{ "eval #{s}", "bare^ hole_in_shell_text@5-9" },
	{ "trap 'rm #{s}' EXIT", "single hole_in_shell_text@9-13" },
	{ "sh -c 'a #{s}'", "single hole_in_shell_text@9-13" },
	{ "sh -c 'kill $1' sh #{p}", "bare^" },
	{ "/bin/bash -ec \"#{s}\" x", "double^ hole_in_shell_text@15-19" },
	{ "sudo -u x env A=1 sh -x -c \"a #{s}\"", "double hole_in_shell_text@30-34" },
	{ "find . -exec sh -c 'a #{s}' \\;", "single hole_in_shell_text@22-26" },
	{ "bash --rcfile f -c 'a #{s}'", "single hole_in_shell_text@22-26" },
	{ "sh #{s} #{s}", "bare^ bare^" },
	{ "sh -#{s} a", "bare hole_in_shell_text@4-8" },
	{ "su - #{s} -c 'a #{s}'", "bare^ single hole_in_shell_text@16-20" },
	{ "su x --command='#{s}'", "single hole_in_shell_text@16-20" },
	{ "flock -n /l -c #{s}; script -qc #{s} f; sg #{s} -c #{s}; parallel #{s}", "bare^ bare^ bare^ bare^ bare^ hole_in_shell_text@15-19 hole_in_shell_text@32-36 hole_in_shell_text@51-55 hole_in_shell_text@66-70" },
	{ "flock /l grep -c #{s}", "bare^" },
	{ "flock /l sh -c #{s}; pkexec sh -c #{s}", "bare^ bare^ hole_in_shell_text@15-19 hole_in_shell_text@34-38" },
	{ "a[#{s}]=1 b; test a[#{s}]=1", "bare bare hole_in_assignment@2-6" },
	{ "wait -p #{s}; wait #{s}", "bare^ bare^ hole_as_variable@8-12" },
	{ "read #{s}", "bare^ hole_as_variable@5-9" },
	{ "export #{s}=1 X=#{s}", "bare^ bare hole_as_variable@7-11" },
	{ "unset x#{s}", "bare hole_as_variable@7-11" },
	{ "printf -v #{s} a", "bare^ hole_as_variable@10-14" },
	{ "printf %s #{s}", "bare^" },
	{ "[ -v #{s} ] || test -v \"#{s}\"", "bare^ double^ hole_as_variable@5-9 hole_as_variable@24-28" },
	{ "[ -e #{s} ]", "bare^" },
	{ "for #{s} in a; do b; done", "bare hole_as_variable@4-8" },

	/* types */
	{ "a #{d} #{h} #{z} #{b}", "bare bare bare bare hole_type@2-6 hole_type@7-11 hole_type@12-16 hole_type@17-21" },
	{ "a #{H}", "bare hole_type@2-6" },
	{ "a #{?}", "bare^" },
	{ "a '#{l}' x#{l} >#{l} y=#{l}", "words^ words words words list_place@3-7 list_place@10-14 list_place@16-20 list_place@23-27" },
	{ "x=#{l} a; case #{l} in b) ;; esac", "words words list_place@2-6 list_place@15-19" },
	{ "echo $((#{s} + #{l} + #{p}))", "bare bare bare arithmetic_type@8-12 arithmetic_type@15-19 arithmetic_type@22-26" },
	{ "#{r} #{s}", "raw bare^ raw_not_alone@0-4" },

	/* what shells disagree about */
	{ "echo $'a'", "ambiguous@5-7" },
	{ "echo $\"a\"", "ambiguous@5-7" },
	{ "echo \"$'a'\"", "" },
	{ "echo $[1]", "ambiguous@5-7" },
	{ "((x))", "ambiguous@0-2" },
	{ "[[ -e x ]]", "ambiguous@0-2" },
	{ "a &> x", "ambiguous@2-4" },
	{ "a <<< x", "ambiguous@2-5" },
	{ "a <(b)", "ambiguous@2-4" },
	{ "echo $(case x in a) b;; esac)", "ambiguous@7-11" },
	{ "echo $(cat <<E\nE\n)", "ambiguous@11-12" },
	{ "echo $\\\nx", "ambiguous@5-7" },

	/* doubts */
	{ "a &", "background_output@2-3" },
	{ "a >/dev/null 2>&1 &", "" },
	{ "a 2>&1 >/dev/null &", "background_output@18-19" },
	{ "a >x &", "background_output@5-6" },
	{ "( a; b ) >x 2>&1 & c", "" },
	{ "( a >x 2>&1 ) & c", "background_output@14-15" },
	{ "a | b >x 2>&1 &", "background_output@14-15" },
	{ "a 2>x | b >x 2>&1 & wait", "" },
	{ "a; b >&- 2>&- &", "" },
	{ "awk '/#{s}/' x", "single hole_in_program@6-10" },
	{ "awk -v x=#{s} -F #{s} '{ print x }' #{s}", "bare bare^ bare^" },
	{ "awk -f a.awk #{s}", "bare^" },
	{ "sed -n 's/a/#{s}/p' #{s}", "single bare^ hole_in_program@12-16" },
	{ "sed -i -e \"s/a/#{s}/\" #{s}", "double bare^ hole_in_program@15-19" },
	{ "perl -ne 'print #{s}'", "single hole_in_program@16-20" },
	{ "python3 -c 'x#{s}' #{s}", "single bare^ hole_in_program@13-17" },
	{ "psql -At -d #{s} -c \"select #{s}\"", "bare^ double hole_in_program@28-32" },
	{ "sudo -u postgres psql --command=\"#{s}\"", "double hole_in_program@33-37" },
	{ "ssh -p 22 #{s} ls #{s}", "bare^ bare^ hole_in_program@18-22" },
};

static bool right(const struct sample *x)
{
	struct arena *a = arena_new(0);
	struct diags ds = { .arena = a };
	struct template *t = template_of(a, x->text);
	struct buf got = { 0 };
	quote_template(&ds, t);
	describe(&got, t, &ds);
	buf_putc(&got, 0);
	bool same = strcmp(got.p, x->wanted) == 0;
	if (!same) print_error("# template: %s\n#   got:    %s\n#   wanted: %s\n", x->text, got.p, x->wanted);
	buf_free(&got);
	arena_free(a);
	return same;
}

static void test_samples(void **state)
{
	(void)state;
	size_t wrong = 0;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) wrong += !right(&samples[i]);
	assert_int_equal(wrong, 0);
}

/* Text whose escapes were resolved: places come from the origin of each byte. */
static void test_origin(void **state)
{
	(void)state;
	struct arena *a = arena_new(0);
	struct diags ds = { .arena = a };
	struct template t = { .span = { 3, 10, 22 } };
	const uint32_t origin[] = { 11, 12, 14, 16, 20 };
	vec_push(a, &t.parts, ((struct template_part){ .text = STR("ab\"cd"), .span = { 3, 11, 21 }, .origin = origin }));
	quote_template(&ds, &t);
	assert_int_equal(ds.list.n, 1);
	assert_int_equal(ds.list.at[0]->span.file, 3);
	assert_int_equal(ds.list.at[0]->span.start, 14);
	assert_int_equal(ds.list.at[0]->span.end, 16);
	arena_free(a);
}

static void test_deep(void **state)
{
	(void)state;
	struct arena *a = arena_new(0);
	struct diags ds = { .arena = a };
	struct buf text = { 0 };
	for (int i = 0; i < 10000; i++) buf_puts(&text, "$(\"");
	quote_template(&ds, template_of(a, text.p));
	assert_int_equal(ds.list.n, 1);
	assert_int_equal(ds.list.at[0]->code, D_shell_too_deep);
	buf_free(&text);
	for (int i = 0; i < 10000; i++) buf_puts(&text, "( ");
	ds.list.n = 0;
	quote_template(&ds, template_of(a, text.p));
	assert_int_equal(ds.list.n, 1);
	assert_int_equal(ds.list.at[0]->code, D_shell_unclosed_block);
	buf_free(&text);
	arena_free(a);
}

static void test_fix(void **state)
{
	(void)state;
	struct arena *a = arena_new(0);
	struct diags ds = { .arena = a };
	quote_template(&ds, template_of(a, "sleep #{d}"));
	assert_int_equal(ds.list.n, 1);
	assert_true(ds.list.at[0]->fix.set);
	assert_string_equal(ds.list.at[0]->fix.text, ".seconds");
	assert_int_equal(ds.list.at[0]->fix.span.start, 9);
	arena_free(a);
}

static void test_sample(void **state)
{
	(void)state;
	struct arena *a = arena_new(0);
	struct diags ds = { .arena = a };
	struct buf out = { 0 };
	struct template *t = template_of(a, "a #{s} '#{s}' $((#{i} + 1)) #{l}");
	quote_template(&ds, t);
	quote_sample(&out, t);
	assert_string_equal(out.p, "a x 'x' $((1 + 1)) x");
	buf_free(&out);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_samples), cmocka_unit_test(test_origin), cmocka_unit_test(test_deep),
		cmocka_unit_test(test_fix), cmocka_unit_test(test_sample),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
