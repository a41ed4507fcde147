#include "irsc_compile.h"

#include <stdlib.h>
#include <unistd.h>

#include "cli.h"
#include "irs/file.h"

const char *stdlib_dir(struct arena *a)
{
	static const char *const beside[] = { "../share/irs/stdlib", "../stdlib", "../../stdlib" };
	const char *said = getenv("IRS_STDLIB");
	if (said && said[0]) return said;
	const char *program = file_program_dir(a);
	for (size_t i = 0; program && i < sizeof beside / sizeof *beside; i++) {
		const char *dir = arena_printf(a, "%s/%s", program, beside[i]);
		if (access(arena_printf(a, "%s/prelude.irs", dir), R_OK) == 0) return dir;
	}
	return IRS_DATADIR "/stdlib";
}

bool compilation_check(struct compilation *c, struct arena *a, const char *path, bool lints, struct err *e)
{
	*c = (struct compilation){ .a = a, .sources = { .arena = a }, .diags = { .arena = a } };
	if (!source_read(&c->sources, path, &c->file, e)) return false;
	struct check_options options = { .stdlib_dir = stdlib_dir(a), .lints = lints };
	c->program = check_program(a, &c->sources, c->file, &options, &c->diags);
	return true;
}

int compilation_show(struct compilation *c, enum render_format format)
{
	int fd = format == RENDER_HUMAN ? STDERR_FILENO : STDOUT_FILENO;
	struct render_options options = { .format = format, .color = cli_color(fd), .columns = cli_columns(fd) };
	struct buf out = { 0 };
	if (c->diags.list.n || format != RENDER_HUMAN) render_diags(&out, &c->diags, &c->sources, &options);
	cli_write(fd, &out);
	buf_free(&out);
	return c->diags.errors ? IRS_FAILED : IRS_OK;
}

bool render_format_named(const char *word, enum render_format *format)
{
	static const char *const words[] = { "human", "json", "sarif" };
	static const enum render_format formats[] = { RENDER_HUMAN, RENDER_JSON, RENDER_SARIF };
	*format = RENDER_HUMAN;
	if (!word) return true;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		if (strcmp(word, words[i]) != 0) continue;
		*format = formats[i];
		return true;
	}
	return false;
}
