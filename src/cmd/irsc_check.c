/* irsc check: whether a scenario or a module is right; and, for a scenario, what it would do. */
#include "irsc.h"

#include <unistd.h>

#include "cli.h"
#include "irs/parse.h"
#include "irsc_compile.h"

struct options {
	bool no_plan;
	const char *format, *dump;
};

static void dump(struct compilation *c, const char *what)
{
	struct buf out = { 0 };
	if (strcmp(what, "ast") == 0) ast_dump(&out, c->program->modules.at[0]->ast, &c->sources);
	else types_dump(&out, c->program);
	cli_write(STDOUT_FILENO, &out);
	buf_free(&out);
}

static int check(struct arena *a, const char *path, const struct options *o, enum render_format format)
{
	struct compilation c;
	struct err e = { 0 };
	if (!compilation_check(&c, a, path, false, &e)) return cli_fail("irsc check", &e);
	int status = compilation_show(&c, format);
	if (o->dump) dump(&c, o->dump);
	return status;
}

int irsc_check(int argc, char **argv)
{
	struct options o = { 0 };
	const struct cli_option options[] = {
		{ "no-plan", 0, .flag = &o.no_plan, .doc = "only say what is wrong, not what would happen" },
		{ "format", 0, .value = &o.format, .metavar = "FORMAT", .doc = "of what is wrong: human, json or sarif" },
		{ "dump", 0, .value = &o.dump, .metavar = "WHAT", .doc = "for those who work on irsc: types, ast" },
		{ 0 },
	};
	const struct cli_command command = { "irsc check", "[--no-plan] [--format FORMAT] FILE",
		"Checks a scenario or a module and says all that is wrong with it. Never touches a host.", options };
	struct arena *a = arena_new(0);
	struct cli_operands files;
	enum render_format format;
	int status;
	if (!cli_parse(a, &command, argc, argv, &files, &status)) goto out;
	if (files.n != 1) status = cli_usage(&command, "one file, please");
	else if (!render_format_named(o.format, &format)) status = cli_usage(&command, "there is no format `%s`", o.format);
	else if (o.dump && strcmp(o.dump, "types") != 0 && strcmp(o.dump, "ast") != 0) status = cli_usage(&command, "there is nothing called `%s` to dump", o.dump);
	else status = check(a, files.at[0], &o, format);
out:
	arena_free(a);
	return status;
}
