#include "shell_text.h"

#include <inttypes.h>

/* A process may have newlines and parentheses in its name: all lines are read, and what counts stands behind the last parenthesis. */
const char shell_functions[] =
	"_s() {\n"
	"	_p= _g= _t= _x= _l=\n"
	"	{ while IFS= read -r _l || [ \"$_l\" ]; do _x=\"$_x $_l\"; done </proc/$1/stat; } 2>/dev/null || return 1\n"
	"	set -- ${_x##*)}\n"
	"	[ $# -ge 20 ] || return 1\n"
	"	_p=$1 _g=$3 _t=${20}\n"
	"}\n"
	"_v() { _s $1 || return 1; case $_p in [ZX]) return 1 ;; esac; }\n"
	"_o() { _s $1 || return 0; [ $_t = $2 ]; }\n"
	"_k() { _o $2 $3 && kill -$1 -$2 2>/dev/null; }\n"
	"_m() {\n"
	"	_o $1 $2 || return 1\n"
	"	_i=0\n"
	"	while [ $_i -lt 300 ]; do kill -0 -$1 2>/dev/null || return 1; _i=$((_i + 1)); done\n"
	"	for _d in /proc/[0-9]*; do _v ${_d#/proc/} && [ $_g = $1 ] && return 0; done\n"
	"	return 1\n"
	"}\n"
	"_h() { _v $2 && [ $_t = $3 ] || { _v $1 && [ $_g = $2 ]; }; }\n";

void shell_text_greeting(struct buf *b, const char *nonce)
{
	buf_puts(b, "trap : HUP INT TERM; umask 022; cd /\n");
	buf_puts(b, shell_functions);
	/* A single read line is enough of these; a file that isn't there leaves "-". */
	buf_puts(b, "_r() { _l=; { IFS= read -r _l <$1; } 2>/dev/null; [ \"$_l\" ] || _l=-; }\n"
		    "_u() { while read -r _x _l _d _i; do case $_x in Uid:) _u=$_d; return ;; esac; done </proc/self/status; }\n"
		    "_u 2>/dev/null; _f=$(command -v printf); _s $$; _a=\"$_g $_t $_u $_f\"\n"
		    "_r /proc/sys/kernel/random/boot_id; _a=\"$_a $_l\"\n"
		    "_r /etc/machine-id; _a=\"$_a $_l\"\n"
		    "_r /proc/sys/kernel/hostname; _a=\"$_a $_l\"\n");
	buf_printf(b, "echo; echo \"%s $$ $_a\"; { echo; echo %s; } >&2; unset _a _f _u _x _l _d _i\n", nonce, nonce);
}

static void guards_put(struct buf *b, const struct shell_command *c)
{
	for (const struct guard *g = c->guards; g; g = g->next) {
		if (g != c->guards) buf_puts(b, " && ");
		if (strcmp(g->process->boot, c->boot)) buf_puts(b, "false");
		else buf_printf(b, "_v %" PRId64 " && [ $_t = %" PRIu64 " ]", g->process->pid, g->process->start);
	}
}

static void input_put(struct buf *b, struct str input)
{
	buf_puts(b, "printf '");
	for (size_t i = 0; i < input.n; i++) buf_printf(b, "\\%03o", (unsigned char)input.p[i]);
	buf_puts(b, "' 2>/dev/null | ");
}

static void guarded_put(struct buf *b, const struct shell_command *c)
{
	if (c->input.p) input_put(b, c->input);
	buf_puts(b, c->inside ? "eval " : "( set --; eval ");
	buf_shell_quoted(b, c->text);
	buf_puts(b, c->inside ? "\n" : c->input.p ? " )\n" : " ) </dev/null\n");
}

/* Each frame is written at once; what the shell has read ahead can't be taken by the command, whose input is another. */
void shell_text_frame(struct buf *b, const struct shell_command *c, const char *a, const char *z)
{
	buf_printf(b, "printf '\\n%%s\\n' %s; printf '\\n%%s\\n' %s >&2\n", a, a);
	if (c->guards) {
		buf_puts(b, "if ");
		guards_put(b, c);
		buf_puts(b, "; then\n");
	}
	guarded_put(b, c);
	buf_printf(b, "printf '\\n%%s %%s\\n' %s $?\n", z);
	if (c->guards) buf_printf(b, "else printf '\\n%%s gone\\n' %s; fi\n", z);
	buf_printf(b, "printf '\\n%%s\\n' %s >&2\n", z);
}

/*
 * The started shell reads one compound command, so that the rest of its input is /dev/null for what runs in it. It says its number on a
 * third stream, which tells us that its environment is in place: from then on `process.marked` finds it.
 */
void shell_text_spawn(struct buf *b, struct str command, struct str mark)
{
	struct buf script = { 0 };
	buf_puts(&script, "echo $$ >&3; exec 3>&-\n{ eval ");
	buf_shell_quoted(&script, command);
	buf_puts(&script, "\n} </dev/null\n");
	buf_puts(b, "_x=$(printf '%s' ");
	buf_shell_quoted(b, buf_view(&script));
	buf_puts(b, " | _m=");
	buf_shell_quoted(b, mark);
	buf_puts(b, " setsid sh 3>&1 >/dev/null 2>&1 &) && case $_x in *[0-9]) ;; *) echo \"nothing was started: is setsid (util-linux) missing?\" >&2; exit 127 ;; esac\n");
	buf_free(&script);
}
