/*
 * A restore as one POSIX script: its bytecode runs here and now, over captured values, and a driver writes down what it wants instead of doing
 * it.  Whatever would have to be asked first makes it fail.  The script does what the runner would: it stops at the first command that fails,
 * skips commands on processes that are gone, waits, and ends what takes too long.
 */
#include <inttypes.h>

#include "irs/literal.h"
#include "irs/world.h"

struct script {
	struct buf body;
	const struct vm *vm;
	uint32_t here;
	bool guards, runs;
};

/* A process is the one that was captured if it lives, was started at the same tick, and the machine has not booted since. */
static const char alive[] =
	"_a() {\n"
	"	{ IFS= read -r _l </proc/sys/kernel/random/boot_id; } 2>/dev/null && [ \"$_l\" = \"$3\" ] || return 1\n"
	"	_x=\n"
	"	{ while IFS= read -r _l || [ \"$_l\" ]; do _x=\"$_x $_l\"; done </proc/$1/stat; } 2>/dev/null || return 1\n"
	"	_t=$2\n"
	"	set -- ${_x##*)}\n"
	"	case ${1:-X} in [ZX]) return 1 ;; esac\n"
	"	[ \"${20:-}\" = \"$_t\" ]\n"
	"}\n";

/*
 * POSIX knows no time-out: a watchdog counts seconds beside the command. Where there is setsid(1), the command gets a group of its own and is
 * ended with all its children, though its leader may have ended before them; else only the shell that runs it. It comes on standard input, so
 * that no argument vector shows it. What took too long has failed, however it ended. The watchdog is told by a signal when the command has ended,
 * and looks for itself as well: mksh can lose a signal that comes just after it forked.
 * _w SECONDS COMMAND [its input, in octal]
 */
static const char within[] =
	"_w() {\n"
	"	_q=$2\n"
	"	if command -v setsid >/dev/null 2>&1; then\n"
	"		case $# in\n"
	"		2) printf '{\\n%s\\n} </dev/null\\n' \"$2\" ;;\n"
	"		*) printf \"printf '%s' | {\\n%s\\n}\\n\" \"$3\" \"$2\" ;;\n"
	"		esac | setsid sh &\n"
	"		set -- $1 -$!\n"
	"	elif [ $# -eq 2 ]; then\n"
	"		( set --; eval \"$_q\" ) </dev/null &\n"
	"		set -- $1 $!\n"
	"	else\n"
	"		printf \"$3\" | ( set --; eval \"$_q\" ) &\n"
	"		set -- $1 $!\n"
	"	fi\n"
	"	(\n"
	"		_i=0 _x=0\n"
	"		trap 'kill $_s; exit $_x' TERM\n"
	"		while [ $_i -lt $1 ]; do sleep 1 & _s=$!; wait $_s; kill -0 ${2#-} || exit 0; _i=$((_i + 1)); done\n"
	"		_i=0 _x=9\n"
	"		case $2 in -*) trap '' TERM ;; esac\n"
	"		kill -TERM $2; kill -CONT $2\n"
	"		while [ $_i -lt 4 ] && kill -0 $2; do\n"
	"			[ $_i -ne 2 ] || kill -KILL $2\n"
	"			sleep 1 & _s=$!; wait $_s; _i=$((_i + 1))\n"
	"		done\n"
	"		exit 9\n"
	"	) >/dev/null 2>&1 &\n"
	"	_d=$!\n"
	"	wait ${2#-}\n"
	"	set -- $?\n"
	"	kill $_d 2>/dev/null\n"
	"	wait $_d 2>/dev/null\n"
	"	[ $? -ne 9 ] || set -- 143\n"
	"	return $1\n"
	"}\n";

static bool refuse(const struct script *s, const struct effect *at, struct err *e, const char *why)
{
	const struct image *img = s->vm->image;
	char where[sizeof e->where] = "";
	uint32_t line, column;
	if (at->function != IMAGE_NONE && image_place(img, at->function, at->pc, &line, &column))
		snprintf(where, sizeof where, "%.*s:%" PRIu32 ":%" PRIu32, STR_ARG(image_str(img, img->function[at->function].file)), line, column);
	return err_set(e, IRS_FAILED, where, "this restore can't be written down as a script: %s", why);
}

static int64_t whole_seconds(int64_t ns) { return ns <= 0 ? 0 : (ns - 1) / NS_PER_S + 1; }

static void put_guards(struct script *s, const struct guard *g)
{
	s->guards = true;
	buf_puts(&s->body, "if ");
	for (const struct guard *first = g; g; g = g->next) {
		if (g != first) buf_puts(&s->body, " && ");
		buf_printf(&s->body, "_a %" PRId64 " %" PRIu64 " ", g->process->pid, g->process->start);
		buf_shell_quoted(&s->body, str_of(g->process->boot));
	}
	buf_puts(&s->body, "; then\n");
}

static void put_words(struct buf *b, struct value command)
{
	if (command.tag == V_STRING) buf_add(b, command.text->p, command.text->n);
	for (size_t i = 0; command.tag == V_LIST && i < command.list->n; i++) {
		struct text *word = command.list->at[i].text;
		if (i) buf_putc(b, ' ');
		buf_shell_quoted(b, (struct str){ word->p, word->n });
	}
}

static void put_run(struct script *s, const struct effect *e)
{
	struct buf words = { 0 };
	s->runs = true;
	if (e->run.guards) put_guards(s, e->run.guards);
	put_words(&words, e->run.command);
	buf_printf(&s->body, "_w %" PRId64 " ", whole_seconds(e->run.timeout));
	buf_shell_quoted(&s->body, buf_view(&words));
	if (e->run.input.tag == V_STRING) {
		const struct text *input = e->run.input.text;
		buf_puts(&s->body, " '");
		for (size_t i = 0; i < input->n; i++) buf_printf(&s->body, "\\%03o", (unsigned char)input->p[i]);
		buf_putc(&s->body, '\'');
	}
	buf_puts(&s->body, e->run.flags & RUN_TRY ? "\n[ $? -le 125 ] || exit 1\n" : " || exit\n");
	if (e->run.guards) buf_puts(&s->body, "fi\n");
	buf_free(&words);
}

static bool write_run(struct script *s, const struct effect *at, struct err *e)
{
	if (at->run.spawn) return refuse(s, at, e, "it starts a process that lives on");
	if (at->run.host != s->here) return refuse(s, at, e, "it runs a command on another host");
	if (value_has_unknown(at->run.command) || at->run.input.tag == V_UNKNOWN || at->run.timeout < 0)
		return refuse(s, at, e, "a command depends on what another one says");
	put_run(s, at);
	return true;
}

static bool write_note(struct script *s, const struct effect *at, struct err *e)
{
	if (at->note.kind == NOTE_EACH) return refuse(s, at, e, "a loop goes over what a command says");
	if (at->note.kind == NOTE_RETRY) return refuse(s, at, e, "it repeats what failed");
	return at->note.truth != UNKNOWN3 || refuse(s, at, e, "it expects what only the host can tell");
}

/* Writes down what the fiber wants; `o` lets it go on. */
static bool write_down(struct script *s, const struct effect *at, struct outcome *o, struct err *e)
{
	*o = (struct outcome){ .unknown = "what a command says", .certainty = HOSTLY };
	switch (at->kind) {
	case EFFECT_RUN: return write_run(s, at, e);
	case EFFECT_NOTE: return write_note(s, at, e);
	case EFFECT_LOG: case EFFECT_CLOCK: return true; /* nobody listens; nothing is polled without an expectation */
	case EFFECT_SLEEP:
		if (at->sleep < 0) return refuse(s, at, e, "it waits for as long as a command says");
		if (at->sleep) buf_printf(&s->body, "sleep %" PRId64 "\n", whole_seconds(at->sleep));
		return true;
	case EFFECT_HTTP: case EFFECT_TCP: return refuse(s, at, e, "it asks the network");
	case EFFECT_PROBE: return refuse(s, at, e, "it asks what the probes say");
	case EFFECT_RANDOM: case EFFECT_MARK: return refuse(s, at, e, "it draws, and would draw something else the next time");
	case EFFECT_POLL: case EFFECT_NONE: break;
	}
	return refuse(s, at, e, "it waits for a condition");
}

static bool write_all(struct script *s, struct fiber *f, struct err *e)
{
	struct outcome o;
	enum fiber_state state = fiber_resume(f, NULL);
	while (state == FIBER_EFFECT) {
		if (!write_down(s, fiber_effect(f), &o, e)) return false;
		state = fiber_resume(f, &o);
	}
	const struct failure *failed = fiber_failure(f);
	struct effect nowhere = { .function = IMAGE_NONE }, at = { .function = failed->function, .pc = failed->pc };
	if (state == FIBER_FORK) return refuse(s, &nowhere, e, "it branches on what a command says");
	return state == FIBER_DONE || refuse(s, &at, e, failed->what);
}

bool render_restore(struct buf *out, const struct vm *vm, uint32_t fn, const struct value *captures, uint32_t here, struct err *e)
{
	struct vm dry = *vm;
	dry.dry = true; /* what a command says is unknown, and whatever rests on it shows itself */
	struct script s = { .vm = &dry, .here = here };
	struct fiber *f = fiber_new(&dry, fn, captures, here);
	bool written = write_all(&s, f, e);
	if (written) {
		if (s.guards) buf_puts(out, alive);
		if (s.runs) buf_puts(out, within);
		buf_str(out, buf_view(&s.body));
		buf_puts(out, "exit 0\n");
	}
	fiber_free(f);
	buf_free(&s.body);
	return written;
}
