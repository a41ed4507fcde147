/* irsc lint: what is wrong with files, and what is doubtful. */
#include "irsc.h"

#include <stdio.h>
#include <stdlib.h>

#include "cli.h"
#include "irs/filter.h"
#include "irs/lint_shell.h"
#include "irs/map.h"
#include "irsc_compile.h"

/* Where a diagnostic stands and what it says, whatever way led to its file. */
static struct str identity(struct compilation *c, const struct diag *d)
{
	const char *path = c->sources.file.at[d->span.file]->path;
	char *real = realpath(path, NULL);
	const char *text = arena_printf(c->a, "%s:%u:%u:%s", real ? real : path, d->span.start, d->span.end, d->message);
	free(real);
	return str_of(text);
}

/* Two files may use the same module: what is wrong in it is said once. */
static void drop_said(struct compilation *c, struct map *said)
{
	struct diags *ds = &c->diags;
	size_t kept = 0;
	for (size_t i = 0; i < ds->list.n; i++) {
		struct diag *d = ds->list.at[i];
		if (!map_put(c->a, said, identity(c, d), d)) ds->list.at[kept++] = d;
		else if (d->severity == DIAG_ERROR) ds->errors--;
		else ds->warnings--;
	}
	ds->list.n = kept;
}

static int lint(struct arena *a, const char *path, bool shell, enum render_format format, struct map *said)
{
	struct compilation c;
	struct err e = { 0 };
	if (!compilation_check(&c, a, path, true, &e)) return cli_fail("irsc lint", &e);
	if (shell && !lint_shell(c.program, &e)) return cli_fail("irsc lint", &e);
	if (shell && !filter_exists("shellcheck")) fputs("irsc lint: shellcheck is not installed; only `sh -n` was asked\n", stderr);
	bool found = c.diags.list.n;
	drop_said(&c, said);
	compilation_show(&c, format);
	return found ? IRS_FAILED : IRS_OK;
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
		"Says what `irsc check` says, and what is only doubtful, in the files and in the modules of their own that they use: names that nothing uses, words that give the answer away, times that don't go together. "
		"Exits with 1 if it has found anything.",
		options };
	struct arena *a = arena_new(0);
	struct cli_operands files;
	struct map said = { 0 };
	enum render_format format;
	int status;
	if (!cli_parse(a, &command, argc, argv, &files, &status)) goto out;
	if (!files.n) status = cli_usage(&command, "which file?");
	else if (!render_format_named(word, &format)) status = cli_usage(&command, "there is no format `%s`", word);
	else if (files.n > 1 && format != RENDER_HUMAN) status = cli_usage(&command, "one file at a time in this format");
	else
		for (size_t i = status = 0; i < files.n; i++) {
			int one = lint(a, files.at[i], shell, format, &said);
			status = one > status ? one : status;
		}
out:
	arena_free(a);
	return status;
}
