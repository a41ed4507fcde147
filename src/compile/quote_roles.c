#include "quote_scan.h"

/*
 * What a command does with its words, as far as a hole may not stand in them, or had better not: program text that is parsed once more, and names of
 * shell variables. The command is looked for behind `sudo`, `env` and their like, too.
 */

enum program_kind {
	WRAPPER,   /* runs the command that its words name */
	ALL_TEXT,  /* every word is read as shell text */
	NAMES,     /* every word names a variable, up to its `=` */
	OPTION,    /* the word behind one option names a variable */
	SHELL,     /* program text, refused */
	LANGUAGE   /* program text, a lint */
};

struct program {
	const char *names[40];    /* up to NULL */
	enum program_kind kind;
	const char *takes;        /* letters of options that take an argument (attached or in the next word) */
	const char *text;         /* those whose argument is program text */
	const char *long_text;    /* the same, long */
	const char *no_text;      /* those after which no operand is */
	char needed;              /* the one without which no operand is, or 0 */
	unsigned first, last;     /* operands that are program text, from 1; 0: none */
	bool permutes;            /* options may follow operands */
	bool wraps;               /* it runs the command that its words name, too */
};

static const struct program programs[] = {
	{ { "sudo", "doas", "env", "nice", "nohup", "setsid", "timeout", "ionice", "chrt", "taskset", "stdbuf",
	    "command", "builtin", "exec", "time", "xargs", "find", "chroot", "unshare", "nsenter", "ip",
	    "setpriv", "busybox", "strace", "systemd-run", "docker", "podman", "kubectl", "lxc-attach",
	    "prlimit", "runcon", "pkexec", "ltrace" }, .kind = WRAPPER },
	{ { "eval", "trap", "alias", "watch", "parallel" }, .kind = ALL_TEXT },
	{ { "read", "unset", "export", "declare", "typeset", "local", "readonly", "let", "getopts", "mapfile",
	    "readarray" }, .kind = NAMES },
	{ { "printf", "[", "test" }, .kind = OPTION, .text = "v" },
	{ { "wait" }, .kind = OPTION, .text = "p" },
	{ { "sh", "bash", "dash", "ash", "ksh", "mksh", "zsh" }, .kind = SHELL, .takes = "oO", .needed = 'c', .first = 1, .last = 1 },
	{ { "su", "runuser" }, .kind = SHELL, .takes = "cgGsw", .text = "c", .long_text = " command session-command ", .permutes = true },
	{ { "flock" }, .kind = SHELL, .takes = "cEw", .text = "c", .long_text = " command ", .first = 2, .wraps = true },
	{ { "script" }, .kind = SHELL, .takes = "cBEImoOTt", .text = "c", .long_text = " command ", .permutes = true },
	{ { "sg" }, .kind = SHELL, .takes = "c", .text = "c", .first = 2, .last = 2, .permutes = true },
	{ { "awk", "gawk", "mawk", "nawk" }, .kind = LANGUAGE, .takes = "Fvfe", .text = "e", .long_text = " source ", .no_text = "fe", .first = 1, .last = 1 },
	{ { "sed" }, .kind = LANGUAGE, .takes = "efl", .text = "e", .long_text = " expression ", .no_text = "fe", .first = 1, .last = 1, .permutes = true },
	{ { "perl", "ruby", "lua" }, .kind = LANGUAGE, .takes = "eEMmIiF", .text = "eE" },
	{ { "python", "python2", "python3" }, .kind = LANGUAGE, .takes = "cmWX", .text = "c" },
	{ { "psql" }, .kind = LANGUAGE, .takes = "cdfhpUvLoFPRT", .text = "c", .long_text = " command ", .permutes = true },
	{ { "mysql", "mariadb" }, .kind = LANGUAGE, .takes = "ehuPDS", .text = "e", .long_text = " execute ", .permutes = true },
	{ { "ssh" }, .kind = LANGUAGE, .takes = "BbcDEeFIiJLlmOopQRSWw", .first = 2, .last = ~0U },
};

static const struct program *program_named(const struct word *w)
{
	if (!w->fixed || w->cut || !w->n) return NULL;
	const char *base = w->literal + w->n;
	while (base > w->literal && base[-1] != '/') base--;
	struct str name = { base, (size_t)(w->literal + w->n - base) };
	for (size_t i = 0; name.n && i < sizeof programs / sizeof *programs; i++)
		for (const char *const *known = programs[i].names; *known; known++)
			if (**known == *base && str_eq(name, str_of(*known))) return &programs[i];
	return NULL;
}

/* ---- judgements ---------------------------------------------------------------------------------------- */

static void refuse_names(struct scan *s, const struct word *w)
{
	for (size_t i = 0; i < w->holes.n; i++) {
		if (w->holes.at[i].behind_equals || w->holes.at[i].part->raw) continue;
		struct diag *d = scan_report(s, D_shell_hole_as_variable, w->holes.at[i].part->span, "a hole can't name a shell variable");
		diag_help(s->ds, d, "shells evaluate what is in such a name; choose a fixed one");
	}
}

static void refuse_text(struct scan *s, const struct word *w)
{
	for (size_t i = 0; i < w->holes.n; i++) {
		if (w->holes.at[i].part->raw) continue;
		struct diag *d = scan_report(s, D_shell_hole_in_shell_text, w->holes.at[i].part->span, "a hole can't stand in text that a shell reads once more");
		diag_help(s->ds, d, "let it be an argument of that shell: `sh -c 'kill \"$1\"' sh #{…}`");
	}
}

static void doubt_text(struct scan *s, const struct word *w)
{
	for (size_t i = 0; i < w->holes.n; i++) {
		if (w->holes.at[i].part->raw) continue;
		struct diag *d = scan_report(s, D_shell_hole_in_program, w->holes.at[i].part->span, "a hole in the text of another program is quoted for the shell alone");
		diag_help(s->ds, d, "give it as an argument or variable of that program (`awk -v x=#{…}`), or on its input");
	}
}

static void judge_text(struct scan *s, const struct program *p, const struct word *w)
{
	if (p->kind == SHELL) refuse_text(s, w);
	else doubt_text(s, w);
}

/* ---- options and operands --------------------------------------------------------------------------------- */

static bool has(const char *letters, char c) { return letters && c && strchr(letters, c); }

static void option_seen(struct roles *r, char c)
{
	if (c == r->program->needed) r->has_text = true;
	if (has(r->program->no_text, c)) r->no_text = true;
}

/* Whether `--word` is, or abbreviates, one of the options whose argument is program text. */
static bool is_long_text(const struct program *p, const struct word *w, size_t n)
{
	for (const char *at = p->long_text; at && (at = strchr(at, ' ')) && at[1]; at++)
		if (n > 4 && strncmp(at + 1, w->literal + 2, n - 2) == 0) return true;
	return false;
}

static void long_option(struct scan *s, struct roles *r, const struct word *w)
{
	const char *equals = memchr(w->literal, '=', w->n);
	if (!is_long_text(r->program, w, equals ? (size_t)(equals - w->literal) : w->n)) return;
	char letter = r->program->text[0];
	option_seen(r, letter);
	if (equals) judge_text(s, r->program, w);
	else r->pending = letter;
}

/* `-ne`, `-es/a/b/`, `-F:`. */
static void short_options(struct scan *s, struct roles *r, const struct word *w)
{
	for (size_t i = 1; i < w->n; i++) {
		char c = w->literal[i];
		option_seen(r, c);
		if (!has(r->program->takes, c)) continue;
		if (i + 1 == w->n) r->pending = c;
		else if (has(r->program->text, c)) judge_text(s, r->program, w);
		return;
	}
	/* A hole among a shell's option letters could be `c`. */
	if (r->program->needed && w->holes.n) refuse_text(s, w);
}

static void operand(struct scan *s, struct roles *r, const struct word *w)
{
	const struct program *p = r->program;
	if (p->needed && !r->has_text) return; /* a script, or an option's argument: a -c may still come */
	unsigned n = ++r->operands;
	if (!p->permutes && n >= p->first) r->options_over = true;
	if (!r->no_text && p->first && n >= p->first && n <= p->last) judge_text(s, p, w);
}

static void program_word(struct scan *s, struct roles *r, const struct word *w)
{
	const struct program *p = r->program;
	if (r->pending) {
		if (has(p->text, r->pending)) judge_text(s, p, w);
		r->pending = 0;
	} else if (!r->options_over && word_is(w, "--")) {
		r->options_over = true;
	} else if (!r->options_over && w->n > 1 && (w->literal[0] == '-' || (w->literal[0] == '+' && p->needed))) {
		if (w->literal[1] == '-') long_option(s, r, w);
		else short_options(s, r, w);
	} else {
		operand(s, r, w);
	}
}

static void judge_word(struct scan *s, struct roles *r, const struct word *w)
{
	switch (r->program->kind) {
	case WRAPPER: break;
	case ALL_TEXT: refuse_text(s, w); break;
	case NAMES: refuse_names(s, w); break;
	case OPTION: {
		char option[] = { '-', r->program->text[0], 0 };
		if (r->pending || (w->n > 2 && memcmp(w->literal, option, 2) == 0)) refuse_names(s, w);
		r->pending = word_is(w, option) ? option[1] : 0;
		break;
	}
	case SHELL: case LANGUAGE: program_word(s, r, w); break;
	}
}

/* True if the word is the command's name. Behind a wrapper every fixed word may be; the one that matters more stays. */
static bool names_program(struct roles *r, const struct word *w)
{
	bool first = r->words == 0;
	if (!first && !r->wrapped) return false;
	const struct program *p = program_named(w);
	if (!first) {
		if (!p || p->kind == WRAPPER) return false;
		if (r->program->kind != WRAPPER && r->program->kind < LANGUAGE && p->kind == LANGUAGE) return false;
	}
	*r = (struct roles){ .program = p, .wrapped = r->wrapped || (p && (p->kind == WRAPPER || p->wraps)), .words = r->words, .dashes = r->dashes };
	return true;
}

/* Whether `--` has been said to the program itself: behind a wrapper a fixed word after it may be the program, and the `--` was the wrapper's. */
static void note_dashes(struct roles *r, const struct word *w)
{
	if (w->fixed && w->n == 2 && memcmp(w->literal, "--", 2) == 0) r->dashes = true;
	else if (r->wrapped && w->fixed) r->dashes = false;
}

void roles_word(struct scan *s, struct roles *r, const struct word *w)
{
	if (!names_program(r, w) && r->program) judge_word(s, r, w);
	note_dashes(r, w);
	r->words++;
}
