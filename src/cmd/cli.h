/*
 * cli: what both programs do with a command line and a terminal.  A
 * subcommand states its options in a table; parsing, `--help`, "did you mean"
 * and the words of an error come from here, so that all commands behave alike.
 *
 *     static int run(struct arena *a, int argc, char **argv)
 *     {
 *             bool check = false;
 *             const struct cli_option options[] = {
 *                     { "check", 0, .flag = &check, .doc = "only say whether it would change" },
 *                     { 0 },
 *             };
 *             const struct cli_command c = { "irsc fmt", "[--check] [FILE]…", "Formats scenarios.", options };
 *             struct cli_operands files;
 *             int status;
 *             if (!cli_parse(a, &c, argc, argv, &files, &status)) return status;
 *
 * Uses base only: it is linked into irsc and irs.
 */
#ifndef IRS_CMD_CLI_H
#define IRS_CMD_CLI_H

#include "irs/arena.h"
#include "irs/buf.h"
#include "irs/err.h"

#define IRS_VERSION "0.1.0"

struct cli_list { /* values of an option that may be repeated, in their order */
	const char **at;
	size_t n;
};

/* Ends with an entry without name. Exactly one of flag, value, list is set; it is written when the option is there. */
struct cli_option {
	const char *name;    /* "set" for --set */
	char letter;         /* 'i' for -i, or 0 */
	bool *flag;          /* a flag */
	const char **value;  /* takes a value; the last one counts */
	struct cli_list *list; /* takes a value each time */
	const char *metavar; /* what the help calls its value: "FILE" */
	const char *doc;     /* one line */
};

struct cli_command {
	const char *name;     /* "irsc fmt" */
	const char *synopsis; /* what follows the name: "[--check] [FILE]…" */
	const char *about;    /* sentences for the help */
	const struct cli_option *options;
};

struct cli_operands {
	char **at;
	size_t n;
};

/* Reads argv[1…] as GNU programs do: options and operands in any order, `--name=value`, `-abc`, `--` ends options.
 * False when the command is over: after --help (status 0) or wrong usage (status 2), both already printed. */
bool cli_parse(struct arena *a, const struct cli_command *c, int argc, char **argv, struct cli_operands *operands, int *status);

/* Wrong usage that cli_parse could not see: "irsc fmt: …" and where to find help, on standard error; returns IRS_USAGE. */
int cli_usage(const struct cli_command *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Prints an error, its place and its remedy on standard error, foreign characters made safe; returns e->exit. */
int cli_fail(const char *command, const struct err *e);

/* One subcommand: a line of tbl/irsc_command.def or tbl/irs_command.def. */
struct cli_verb {
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0] is the verb; returns an enum irs_exit */
	const char *about;                 /* one line */
};

struct cli_program {
	const char *name;  /* "irsc" */
	const char *about; /* one sentence */
	const struct cli_verb *verbs;
	size_t nverbs;
};

/* `PROGRAM VERB …`, `PROGRAM help [VERB]`, `--help`, `--version`. Returns the status to exit with; output that could not
 * be written makes it IRS_USAGE. */
int cli_main(const struct cli_program *p, int argc, char **argv);

/* Whether to colour what goes to `fd`: a terminal that is not dumb, and NO_COLOR is not set. */
bool cli_color(int fd);
/* Columns of the terminal behind `fd`; $COLUMNS, else 80. */
unsigned cli_columns(int fd);
/* Writes all of it to standard output or error. */
void cli_write(int fd, const struct buf *b);

#endif
