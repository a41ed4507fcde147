/* irsc check: whether a scenario or a module is right; and, for a scenario, what it would do. */
#include "irsc.h"

#include <unistd.h>

#include "cli.h"
#include "irs/parse.h"
#include "irsc_compile.h"
#include "irsc_plan.h"

struct options {
	bool no_plan;
	struct plan_options plan;
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
	/* A program that asked for diagnostics gets them alone: one object. */
	bool plans = !o->no_plan && !o->dump && format == RENDER_HUMAN && c.program->scenario && !c.diags.errors;
	if (plans && !plan_show(&c, &o->plan, &e) && e.what[0]) return cli_fail("irsc check", &e);
	int status = compilation_show(&c, format);
	if (o->dump) dump(&c, o->dump);
	return status;
}

int irsc_check(int argc, char **argv)
{
	struct options o = { 0 };
	const struct cli_option options[] = {
		{ "no-plan", 0, .flag = &o.no_plan, .doc = "only say what is wrong, not what would happen" },
		{ "inventory", 'i', .value = &o.plan.inventory, .metavar = "FILE", .doc = "hosts, as ansible-inventory --list prints them; or exec:PROGRAM" },
		{ "target", 0, .list = &o.plan.targets, .metavar = "TARGET=GROUP", .doc = "the inventory's group that a target is, if not that of its name" },
		{ "set", 0, .list = &o.plan.set, .metavar = "PARAM=VALUE", .doc = "a param's value instead of its default" },
		{ "set-file", 0, .list = &o.plan.set_file, .metavar = "PARAM=FILE", .doc = "the same from a file" },
		{ "json", 0, .flag = &o.plan.json, .doc = "the plan for programs" },
		{ "all", 0, .flag = &o.plan.all, .doc = "the plan with all that helper functions ask" },
		{ "format", 0, .value = &o.format, .metavar = "FORMAT", .doc = "of what is wrong: human, json or sarif" },
		{ "dump", 0, .value = &o.dump, .metavar = "WHAT", .doc = "for those who work on irsc: types, ast" },
		{ 0 },
	};
	const struct cli_command command = { "irsc check", "[OPTION]… FILE",
		"Checks a scenario or a module and says all that is wrong with it; then what a scenario would do, and how each step is undone. "
		"Never touches a host.", options };
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
