/* irsc fmt: scenarios in their canonical layout. */
#include "irsc.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "irs/file.h"
#include "irs/parse.h"
#include "irs/render.h"

struct formatting {
	struct arena *arena;
	struct sources sources;
	struct diags diags;
	bool check, write;
};

static mode_t mode_of(const char *path)
{
	struct stat st;
	return stat(path, &st) == 0 ? st.st_mode & 07777 : 0644;
}

/* The formatted text goes where the options say; a file that is formatted already is not touched. */
static int deliver(struct formatting *f, const char *path, struct str before, const struct buf *text)
{
	struct err e;
	bool changed = !str_eq(before, buf_view(text));
	if (f->check) {
		if (!changed) return IRS_OK;
		err_set(&e, IRS_FAILED, path, "it is not formatted");
		err_remedy(&e, "`irsc fmt -w %s` formats it", path);
		return cli_fail("irsc fmt", &e);
	}
	if (!f->write || strcmp(path, "-") == 0) {
		cli_write(STDOUT_FILENO, text);
		return IRS_OK;
	}
	if (!changed) return IRS_OK;
	char *real = realpath(path, NULL); /* a link stays one */
	bool written = file_write(real ? real : path, buf_view(text), mode_of(path), &e);
	free(real);
	e.exit = IRS_USAGE; /* the file is right; it can't be written */
	return written ? IRS_OK : cli_fail("irsc fmt", &e);
}

/* The file's bytes, mark and all: what is written back is compared with them. */
static struct str bytes_of(const struct formatting *f, uint32_t file)
{
	const struct source *s = f->sources.file.at[file];
	return s->marked ? (struct str){ s->text.p - 3, s->text.n + 3 } : s->text;
}

static int format_file(struct formatting *f, const char *path)
{
	struct err e;
	uint32_t file;
	if (!source_read(&f->sources, path, &file, &e)) return cli_fail("irsc fmt", &e);
	size_t errors = f->diags.errors;
	struct ast *ast = parse_file(f->arena, &f->sources, file, &f->diags);
	if (ast->broken || f->diags.errors > errors) return IRS_FAILED;
	struct buf text = { 0 };
	fmt_put(&text, ast, &f->sources);
	int status = deliver(f, path, bytes_of(f, file), &text);
	buf_free(&text);
	return status;
}

static void print_diags(struct formatting *f)
{
	if (!f->diags.errors) return; /* a formatter has no lints */
	struct buf b = { 0 };
	struct render_options o = { RENDER_HUMAN, cli_color(STDERR_FILENO), cli_columns(STDERR_FILENO) };
	render_diags(&b, &f->diags, &f->sources, &o);
	cli_write(STDERR_FILENO, &b);
	buf_free(&b);
}

int irsc_fmt(int argc, char **argv)
{
	struct formatting f = { .arena = arena_new(0) };
	f.sources.arena = f.diags.arena = f.arena;
	const struct cli_option options[] = {
		{ "check", 0, .flag = &f.check, .doc = "only say which files are not formatted; status 1 if any" },
		{ "write", 'w', .flag = &f.write, .doc = "write the files in place of printing" },
		{ 0 },
	};
	const struct cli_command c = { "irsc fmt", "[--check | -w] [FILE… | -]",
		"Prints scenarios in their canonical layout. Comments survive, and nothing but white space changes. "
		"Without a file, or with -, standard input is read.", options };
	struct cli_operands files;
	int status;
	char standard_input[] = "-", *only_input[] = { standard_input };
	if (!cli_parse(f.arena, &c, argc, argv, &files, &status)) goto out;
	if (f.check && f.write) {
		status = cli_usage(&c, "--check and --write contradict each other");
		goto out;
	}
	if (!files.n) files = (struct cli_operands){ only_input, 1 };
	status = IRS_OK;
	for (size_t i = 0; i < files.n; i++) {
		int s = format_file(&f, files.at[i]);
		if (s > status) status = s;
	}
	print_diags(&f);
out:
	arena_free(f.arena);
	return status;
}
