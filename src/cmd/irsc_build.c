/* irsc build FILE -o OUT.irb: the image of a scenario, written aside and renamed. */
#include "irsc.h"

#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "irs/emit.h"
#include "irs/file.h"
#include "irsc_compile.h"

static const char *default_output(struct arena *a, const char *path)
{
	size_t n = strlen(path);
	if (n > 4 && strcmp(path + n - 4, ".irs") == 0) n -= 4;
	return arena_printf(a, "%.*s.irb", (int)n, path);
}

/* Whether the image would take the place of one of the files that it is made of. */
static bool is_source(const struct compilation *c, const char *output)
{
	struct stat out, source;
	if (stat(output, &out) != 0 || !S_ISREG(out.st_mode)) return false;
	for (size_t i = 0; i < c->sources.file.n; i++)
		if (stat(c->sources.file.at[i]->path, &source) == 0 && source.st_dev == out.st_dev && source.st_ino == out.st_ino) return true;
	return false;
}

static int build(struct arena *a, const struct cli_command *c, const char *path, const char *output)
{
	struct compilation compilation;
	struct image img;
	struct err e = { 0 };
	if (strcmp(path, "-") == 0 && !output) return cli_usage(c, "what comes from standard input needs an output: -o OUT.irb");
	if (!compilation_check(&compilation, a, path, false, &e)) return cli_fail(c->name, &e);
	int status = compilation_show(&compilation, RENDER_HUMAN);
	if (status != IRS_OK) return status;
	if (!compilation.program->scenario) return cli_usage(c, "%s is a module: only a scenario can be built", path);
	if (!emit_image(compilation.program, &img, a, &e)) return cli_fail(c->name, &e);
	if (!output) output = default_output(a, path);
	if (is_source(&compilation, output)) return cli_usage(c, "%s is a source of this scenario: the image would replace it", output);
	struct buf file = { 0 };
	image_save(&file, &img);
	bool written = file_write(output, buf_view(&file), 0600, &e);
	buf_free(&file);
	e.exit = IRS_USAGE; /* the scenario is right; where it should go is not */
	return written ? IRS_OK : cli_fail(c->name, &e);
}

int irsc_build(int argc, char **argv)
{
	const char *output = NULL;
	const struct cli_option options[] = {
		{ "output", 'o', .value = &output, .metavar = "OUT.irb", .doc = "where to write the image; `-`: standard output" },
		{ 0 },
	};
	const struct cli_command c = { "irsc build", "FILE [-o OUT.irb]",
		"Checks a scenario and compiles it into an image, which irs runs. Without -o it stands beside FILE.", options };
	struct arena *a = arena_new(0);
	struct cli_operands files;
	int status;
	if (!cli_parse(a, &c, argc, argv, &files, &status)) goto out;
	status = files.n == 1 ? build(a, &c, files.at[0], output) : cli_usage(&c, "one scenario at a time, please");
out:
	arena_free(a);
	return status;
}
