/* irsc dis FILE: an image as text, its code between the source lines that it came from. */
#include "irsc.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "irs/emit.h"
#include "irs/file.h"
#include "irsc_compile.h"
#include "irsc_dis_tables.h"

struct lines { /* where source lines come from */
	struct compilation *compilation;
	struct str *name; /* of each module's file, as the image calls it */
};

static struct str line_of(void *ctx, struct str file, uint32_t line)
{
	const struct lines *l = ctx;
	const struct program *p = l->compilation->program;
	for (size_t i = 0; i < p->modules.n; i++)
		if (str_eq(l->name[i], file)) return source_line(&l->compilation->sources, p->modules.at[i]->file, line);
	return (struct str){ 0 };
}

static struct lines lines_of(struct arena *a, struct compilation *c)
{
	struct lines l = { c, arena_array_of(a, struct str, c->program->modules.n) };
	for (size_t i = 0; i < c->program->modules.n; i++) l.name[i] = emit_file_name(c->program, c->program->modules.at[i]->file, a);
	return l;
}

static void print(const struct image *img, image_source_line *source, void *ctx)
{
	struct buf out = { 0 };
	image_disassemble(&out, img, source, ctx);
	cli_write(STDOUT_FILENO, &out);
	buf_free(&out);
}

static int dis_source(struct arena *a, const struct cli_command *c, const char *path)
{
	struct compilation compilation;
	struct image img;
	struct err e = { 0 };
	if (!compilation_check(&compilation, a, path, false, &e)) return cli_fail(c->name, &e);
	int status = compilation_show(&compilation, RENDER_HUMAN);
	if (status != IRS_OK) return status;
	if (!compilation.program->scenario) return cli_usage(c, "%s is a module: only a scenario becomes an image", path);
	if (!emit_image(compilation.program, &img, a, &e)) return cli_fail(c->name, &e);
	struct lines lines = lines_of(a, &compilation);
	print(&img, line_of, &lines);
	return IRS_OK;
}

/* ---- an image: the lines of sources that stand beside it, as they did when it was built ---------------------- */

struct beside {
	struct arena *a;
	struct str folder;    /* of the image, with its slash */
	time_t built;
	struct sources sources;
	VEC(struct str) name; /* of each source, as the image calls it; an empty one is read, but missing or younger */
};

/* An image names sources in its own folder; one that names others is not followed there. */
static bool leads_out(struct str name)
{
	return name.n == 0 || name.p[0] == '/' || memmem(name.p, name.n, "..", 2) != NULL;
}

static uint32_t source_beside(struct beside *b, struct str name)
{
	static const struct str stdlib = { "stdlib/", 7 };
	struct stat st;
	struct err e;
	uint32_t file;
	bool ours = str_starts(name, stdlib);
	struct str folder = ours ? str_of(stdlib_dir(b->a)) : b->folder, rest = ours ? (struct str){ name.p + 6, name.n - 6 } : name;
	const char *path = arena_printf(b->a, "%.*s%.*s", STR_ARG(folder), STR_ARG(rest));
	bool same = !leads_out(name) && stat(path, &st) == 0 && S_ISREG(st.st_mode) && st.st_mtime <= b->built && source_read(&b->sources, path, &file, &e);
	return same ? file : source_add(&b->sources, path, STR(""));
}

static struct str line_beside(void *ctx, struct str name, uint32_t line)
{
	struct beside *b = ctx;
	size_t i = 0;
	while (i < b->name.n && !str_eq(b->name.at[i], name)) i++;
	if (i == b->name.n) {
		source_beside(b, name);
		vec_push(b->a, &b->name, name);
	}
	return source_line(&b->sources, (uint32_t)i, line);
}

static struct str folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? (struct str){ path, (size_t)(slash - path) + 1 } : (struct str){ "", 0 };
}

static int dis_image(struct arena *a, const struct cli_command *c, const char *path, struct str bytes)
{
	struct err e = { 0 };
	struct stat st;
	struct beside beside = { .a = a, .folder = folder_of(path), .sources = { .arena = a } };
	const struct image *img = image_load(a, bytes.p, bytes.n, &e);
	if (!img) {
		err_within(&e, path);
		return cli_fail(c->name, &e);
	}
	if (stat(path, &st) == 0) beside.built = st.st_mtime;
	print(img, line_beside, &beside);
	return IRS_OK;
}

static int dis(struct arena *a, const struct cli_command *c, const char *path)
{
	struct err e = { 0 };
	struct str bytes;
	size_t n = strlen(path);
	if (n > 4 && strcmp(path + n - 4, ".irs") == 0) return dis_source(a, c, path);
	if (!file_read(a, path, IMAGE_MAX_BYTES, &bytes, &e)) return cli_fail(c->name, &e);
	return dis_image(a, c, path, bytes);
}

static int print_tables(void)
{
	struct buf out = { 0 };
	image_tables(&out);
	cli_write(STDOUT_FILENO, &out);
	buf_free(&out);
	return IRS_OK;
}

int irsc_dis(int argc, char **argv)
{
	bool tables = false;
	const struct cli_option options[] = {
		{ "tables", 0, .flag = &tables, .doc = "no file, but the format's tables, as they stand in docs/image.md" },
		{ 0 },
	};
	const struct cli_command c = { "irsc dis", "FILE.irb | FILE.irs | --tables",
		"Shows what a compiled scenario says and does, instruction by instruction. A source file is compiled first, and its lines stand beside.",
		options };
	struct arena *a = arena_new(0);
	struct cli_operands files;
	int status;
	if (!cli_parse(a, &c, argc, argv, &files, &status)) goto out;
	if (tables && files.n == 0) status = print_tables();
	else status = files.n == 1 ? dis(a, &c, files.at[0]) : cli_usage(&c, "one image or scenario at a time, please");
out:
	arena_free(a);
	return status;
}
