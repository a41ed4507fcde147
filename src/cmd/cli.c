#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "irs/term.h"

enum { MAX_NAMES = 64, OPTION_WIDTH = 26 };

bool cli_color(int fd)
{
	return term_of(fd).color;
}

unsigned cli_columns(int fd)
{
	return term_of(fd).columns;
}

void cli_write(int fd, const struct buf *b)
{
	FILE *to = fd == STDERR_FILENO ? stderr : stdout;
	if (b->n) fwrite(b->p, 1, b->n, to);
}

int cli_fail(const char *command, const struct err *e)
{
	struct buf b = { 0 };
	buf_printf(&b, "%s: ", command);
	if (e->where[0]) {
		buf_safe(&b, str_of(e->where));
		buf_puts(&b, ": ");
	}
	buf_safe(&b, str_of(e->what));
	buf_putc(&b, '\n');
	if (e->remedy[0]) {
		buf_puts(&b, "  ");
		buf_safe(&b, str_of(e->remedy));
		buf_putc(&b, '\n');
	}
	cli_write(STDERR_FILENO, &b);
	buf_free(&b);
	return e->exit;
}

int cli_usage(const struct cli_command *c, const char *fmt, ...)
{
	struct buf b = { 0 }, safe = { 0 };
	va_list ap;
	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	buf_printf(&safe, "%s: ", c->name);
	buf_safe(&safe, buf_view(&b));
	buf_printf(&safe, "\n  usage: %s %s\n  `%s --help` says more\n", c->name, c->synopsis, c->name);
	cli_write(STDERR_FILENO, &safe);
	buf_free(&safe);
	buf_free(&b);
	return IRS_USAGE;
}

/* ---- options ---- */

static bool takes_value(const struct cli_option *o)
{
	return o->value || o->list;
}

static size_t spelling(struct buf *b, const struct cli_option *o)
{
	size_t before = b->n;
	if (o->letter) buf_printf(b, "-%c, ", o->letter);
	else buf_puts(b, "    ");
	buf_printf(b, "--%s", o->name);
	if (takes_value(o)) buf_printf(b, " %s", o->metavar ? o->metavar : "VALUE");
	return str_columns((struct str){ b->p + before, b->n - before });
}

/* A text, folded at the terminal's width; all rows but the first stand `indent` columns in. */
static void put_folded(struct buf *b, const char *text, size_t indent)
{
	size_t columns = cli_columns(STDOUT_FILENO), width = columns > 2 * indent ? columns - indent : indent;
	struct str rest = str_of(text);
	do {
		if (rest.p != text) buf_pad(b, ' ', indent);
		buf_str(b, str_row(&rest, width));
		buf_putc(b, '\n');
	} while (rest.n);
}

static void print_help(const struct cli_command *c)
{
	const struct cli_option help = { "help", 'h', .doc = "this text" };
	struct buf b = { 0 };
	buf_printf(&b, "usage: %s ", c->name);
	put_folded(&b, c->synopsis, strlen("usage: ") + strlen(c->name) + 1);
	buf_putc(&b, '\n');
	put_folded(&b, c->about, 0);
	buf_puts(&b, "\noptions:\n");
	for (const struct cli_option *o = c->options;; o++) {
		const struct cli_option *shown = o->name ? o : &help; /* help stands last */
		buf_puts(&b, "  ");
		size_t width = spelling(&b, shown);
		if (width >= OPTION_WIDTH) buf_putc(&b, '\n');
		buf_pad(&b, ' ', width < OPTION_WIDTH ? OPTION_WIDTH - width : 2 + OPTION_WIDTH);
		put_folded(&b, shown->doc, 2 + OPTION_WIDTH);
		if (!o->name) break;
	}
	cli_write(STDOUT_FILENO, &b);
	buf_free(&b);
}

static const struct cli_option *by_letter(const struct cli_command *c, char letter)
{
	for (const struct cli_option *o = c->options; o->name; o++)
		if (o->letter == letter) return o;
	return NULL;
}

static const struct cli_option *by_name(const struct cli_command *c, struct str name)
{
	for (const struct cli_option *o = c->options; o->name; o++)
		if (str_eq(str_of(o->name), name)) return o;
	return NULL;
}

static void unknown_option(const struct cli_command *c, struct str name)
{
	const char *names[MAX_NAMES];
	size_t n = 0;
	for (const struct cli_option *o = c->options; o->name && n < MAX_NAMES - 1; o++) names[n++] = o->name;
	names[n++] = "help";
	const char *near = str_nearest(name, names, n);
	if (near) cli_usage(c, "there is no option --%.*s; did you mean --%s?", STR_ARG(name), near);
	else cli_usage(c, "there is no option --%.*s", STR_ARG(name));
}

/* What is left of the command line, and where what is found goes. */
struct reading {
	struct arena *arena;
	const struct cli_command *command;
	char **argv;
	int argc, next;
	struct cli_operands *operands;
	int *status;
};

static bool over(struct reading *r, int status)
{
	*r->status = status;
	return false;
}

static bool take(struct reading *r, const struct cli_option *o, const char *value)
{
	if (!value && r->next < r->argc) value = r->argv[r->next++];
	if (!value) return over(r, cli_usage(r->command, "--%s wants a value: %s", o->name, o->metavar ? o->metavar : "VALUE"));
	if (o->value) {
		*o->value = value;
		return true;
	}
	if (!o->list->at) o->list->at = arena_array_of(r->arena, const char *, r->argc);
	o->list->at[o->list->n++] = value;
	return true;
}

static bool help(struct reading *r)
{
	print_help(r->command);
	return over(r, IRS_OK);
}

static bool long_option(struct reading *r, const char *word)
{
	const char *equals = strchr(word, '=');
	struct str name = { word, equals ? (size_t)(equals - word) : strlen(word) };
	const struct cli_option *o = by_name(r->command, name);
	if (!o && str_eq(name, STR("help"))) return help(r);
	if (!o) {
		unknown_option(r->command, name);
		return over(r, IRS_USAGE);
	}
	if (takes_value(o)) return take(r, o, equals ? equals + 1 : NULL);
	if (equals) return over(r, cli_usage(r->command, "--%s takes no value", o->name));
	return *o->flag = true;
}

static bool letters(struct reading *r, const char *word)
{
	for (; *word; word++) {
		const struct cli_option *o = by_letter(r->command, *word);
		if (!o && *word == 'h') return help(r);
		if (!o) return over(r, cli_usage(r->command, "there is no option -%c", *word));
		if (takes_value(o)) return take(r, o, word[1] ? word + 1 : NULL);
		*o->flag = true;
	}
	return true;
}

bool cli_parse(struct arena *a, const struct cli_command *c, int argc, char **argv, struct cli_operands *operands, int *status)
{
	struct reading r = { a, c, argv, argc, 1, operands, status };
	*operands = (struct cli_operands){ arena_array_of(a, char *, argc + 1), 0 };
	bool only_operands = false;
	while (r.next < argc) {
		char *word = argv[r.next++];
		if (only_operands || word[0] != '-' || !word[1]) operands->at[operands->n++] = word;
		else if (strcmp(word, "--") == 0) only_operands = true;
		else if (!(word[1] == '-' ? long_option(&r, word + 2) : letters(&r, word + 1))) return false;
	}
	return true;
}

/* ---- the program ---- */

static void program_help(const struct cli_program *p)
{
	struct buf b = { 0 };
	buf_printf(&b, "%s: %s\n\nusage: %s COMMAND [OPTION]… [FILE]…\n\ncommands:\n", p->name, p->about, p->name);
	for (size_t i = 0; i < p->nverbs; i++) {
		buf_printf(&b, "  %-10s ", p->verbs[i].name);
		put_folded(&b, p->verbs[i].about, 13);
	}
	buf_printf(&b, "\n`%s help COMMAND` says more about one of them.\n`%s --version` prints the version.\n", p->name, p->name);
	cli_write(STDOUT_FILENO, &b);
	buf_free(&b);
}

static const struct cli_verb *verb_named(const struct cli_program *p, const char *name)
{
	for (size_t i = 0; i < p->nverbs; i++)
		if (strcmp(p->verbs[i].name, name) == 0) return &p->verbs[i];
	return NULL;
}

static int unknown_verb(const struct cli_program *p, const char *name)
{
	const char *names[MAX_NAMES];
	size_t n = 0;
	for (; n < p->nverbs && n < MAX_NAMES; n++) names[n] = p->verbs[n].name;
	const char *near = str_nearest(str_of(name), names, n);
	struct err e;
	if (near) err_set(&e, IRS_USAGE, NULL, "there is no command `%s`; did you mean `%s`?", name, near);
	else err_set(&e, IRS_USAGE, NULL, "there is no command `%s`", name);
	err_remedy(&e, "`%s help` lists them", p->name);
	return cli_fail(p->name, &e);
}

static int dispatch(const struct cli_program *p, int argc, char **argv)
{
	if (argc < 2) {
		program_help(p);
		return IRS_USAGE;
	}
	const char *word = argv[1];
	bool wants_help = strcmp(word, "help") == 0 || strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
	if (wants_help && argc < 3) {
		program_help(p);
		return IRS_OK;
	}
	if (strcmp(word, "--version") == 0) return printf("%s %s\n", p->name, IRS_VERSION) < 0 ? IRS_USAGE : IRS_OK;
	if (wants_help) word = argv[2];
	const struct cli_verb *v = verb_named(p, word);
	if (!v) return unknown_verb(p, word);
	if (!wants_help) return v->run(argc - 1, argv + 1);
	char help_option[] = "--help", *help_argv[] = { argv[2], help_option, NULL };
	return v->run(2, help_argv);
}

/* Where a standard stream is closed, the next file that is opened would get what is said there: a lock, a journal. Opened the wrong way round,
 * so that who uses it is told so as before. */
static void hold_standard_streams(void)
{
	static const int wrong[] = { O_WRONLY, O_RDONLY, O_RDONLY };
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) open("/dev/null", wrong[fd]);
}

int cli_main(const struct cli_program *p, int argc, char **argv)
{
	hold_standard_streams();
	int status = dispatch(p, argc, argv);
	if (fflush(stdout) == 0 && !ferror(stdout)) return status;
	struct err e;
	err_set(&e, IRS_USAGE, "standard output", "the output could not be written");
	return cli_fail(p->name, &e);
}
