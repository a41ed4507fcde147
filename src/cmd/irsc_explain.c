/* irsc explain CODE: the long text of a diagnostic. `--markdown` prints the whole table as docs/errors.md. */
#include "irsc.h"

#include <stdio.h>
#include <strings.h>

#include "cli.h"
#include "irs/diag.h"

static const char *severity_word(enum diag_severity s)
{
	static const char *const words[] = { "error", "warning", "lint", "note" };
	return words[s];
}

static const struct diag_info *find(const char *word)
{
	for (size_t i = 0; i < DIAG_CODES; i++) {
		const struct diag_info *d = &diag_table[i];
		if (strcasecmp(d->code, word) == 0 || strcasecmp(d->code + 3, word) == 0 || strcmp(d->name, word) == 0) return d;
	}
	return NULL;
}

static int explain(const struct cli_command *c, const char *word)
{
	const struct diag_info *d = find(word);
	if (!d) return cli_usage(c, "there is no diagnostic `%s`", word);
	printf("%s %s (%s): %s\n\n%s\n", d->code, d->name, severity_word(d->severity), d->title, d->help);
	return IRS_OK;
}

static int markdown(void)
{
	puts("# Diagnostics\n\n"
	     "Made by `irsc explain --markdown` from the table in `include/irs/tbl/diag.def`; `irsc explain CODE` prints one.");
	for (size_t i = 0; i < DIAG_CODES; i++) {
		const struct diag_info *d = &diag_table[i];
		printf("\n## %s: %s\n*%s, `%s`*\n\n%s\n", d->code, d->title, severity_word(d->severity), d->name, d->help);
	}
	return IRS_OK;
}

int irsc_explain(int argc, char **argv)
{
	bool all = false;
	const struct cli_option options[] = {
		{ "markdown", 0, .flag = &all, .doc = "the whole table, as docs/errors.md" },
		{ 0 },
	};
	const struct cli_command c = { "irsc explain", "CODE… | --markdown", "Says what a diagnostic means: `irsc explain IRS0101`, or `0101`.",
		options };
	struct arena *a = arena_new(0);
	struct cli_operands codes;
	int status;
	if (!cli_parse(a, &c, argc, argv, &codes, &status)) goto out;
	if (all) status = markdown();
	else if (codes.n == 0) status = cli_usage(&c, "which diagnostic?");
	else
		for (size_t i = status = 0; i < codes.n && status == IRS_OK; i++) status = explain(&c, codes.at[i]);
out:
	arena_free(a);
	return status;
}
