/* irsc lint: what is wrong with files, and what is doubtful. */
#include "irsc.h"

#include <stdio.h>

#include "cli.h"
#include "irs/filter.h"
#include "irs/lint_shell.h"
#include "irsc_compile.h"

static int lint(struct arena *a, const char *path, bool shell, enum render_format format)
{
	struct compilation c;
	struct err e = { 0 };
	if (!compilation_check(&c, a, path, true, &e)) return cli_fail("irsc lint", &e);
	if (shell && !lint_shell(c.program, &e)) return cli_fail("irsc lint", &e);
	if (shell && !filter_exists("shellcheck")) fputs("irsc lint: shellcheck is not installed; only `sh -n` was asked\n", stderr);
	int status = compilation_show(&c, format);
	return c.diags.list.n ? IRS_FAILED : status;
}

int irsc_lint(int argc, char **argv)
{
	const char *word = NULL;
	bool shell = false;
	const struct cli_option options[] = {
		{ "sh", 0, .flag = &shell, .doc = "also give all commands to `sh -n`, and to shellcheck where it is installed" },
		{ "format", 0, .value = &word, .metavar = "FORMAT", .doc = "human, json or sarif" },
		{ 0 },
	};
	const struct cli_command command = { "irsc lint", "[--sh] [--format FORMAT] FILE…",
		"Says what `irsc check` says, and what is only doubtful: names that nothing uses, words that give the answer away, times that don't go together. "
		"Exits with 1 if it has found anything.",
		options };
	struct arena *a = arena_new(0);
	struct cli_operands files;
	enum render_format format;
	int status;
	if (!cli_parse(a, &command, argc, argv, &files, &status)) goto out;
	if (!files.n) status = cli_usage(&command, "which file?");
	else if (!render_format_named(word, &format)) status = cli_usage(&command, "there is no format `%s`", word);
	else if (files.n > 1 && format != RENDER_HUMAN) status = cli_usage(&command, "one file at a time in this format");
	else
		for (size_t i = status = 0; i < files.n; i++) {
			int one = lint(a, files.at[i], shell, format);
			status = one > status ? one : status;
		}
out:
	arena_free(a);
	return status;
}
