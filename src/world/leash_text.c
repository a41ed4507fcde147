#include "leash_text.h"

#include "shell_text.h"

enum { LINE = 400 }; /* less than what a pipe takes whole, in any shell's own portions: the ticker writes between them */

/*
 * The reader, and the ticker beside it. Ended by TERM it ends the ticker, which ends its sleep: the pipe's end tells that all are gone. The ticker
 * says that both are there, once its trap is set: a TERM between fork and trap would be lost.
 */
static const char helpers[] =
	"{\n"
	"	trap 'kill $!; wait; exit' TERM\n"
	"	(\n"
	"		trap 'kill $s; exit' TERM\n"
	"		read -r t _c _s m _x </proc/self/stat\n"
	"		echo \"p $m $t\"\n"
	"		while :; do\n"
	"			sleep 1 &\n"
	"			s=$!\n"
	"			wait $s\n"
	"			echo t || exit\n"
	"		done\n"
	"	) </dev/null &\n"
	"	while IFS= read -r l; do echo \"$l\"; done\n"
	"	echo e\n"
	"	wait\n"
	"}";

/*
 * n: ticks; k: when we last heard; s, x: silent and latest; w: the work shells; a: the fragment under way; o: somebody is there; u: why it
 * undoes; y: that this was said; d: disarmed; g: the tick at which the work shells' groups are killed, "-" when they are gone; f: failed reads
 * in a row (a signal makes one fail; four mean that the pipe has ended). The fragments are the positional parameters, the last first.
 */
static const char setup[] =
	"	n=0 k=0 s=- x=- w= a= o=1 u= y= d= g= f=0 p=\n"
	"	trap 'k=$n f=0' USR1\n"
	"	trap 'd=1 f=0' USR2\n"
	"	trap 'u=${u:-told} f=0' TERM\n"
	"	trap : PIPE\n"
	"	end_helpers() {\n"
	"		kill -CONT $p; kill $p; f=0\n"
	"		while [ $f -lt 4 ]; do if read -r l; then f=0; else f=$((f + 1)); fi; done\n"
	"	}\n"
	"	signal_work() { for _w in $w; do _k $1 ${_w%:*} ${_w#*:}; done; }\n"
	"	work_lives() { for _w in $w; do _m ${_w%:*} ${_w#*:} && return 0; done; return 1; }\n"
	"	least() { case $2 in -) r=$1 ;; *) r=$2; [ $1 = - ] || [ $1 -gt $2 ] || r=$1 ;; esac; }\n"
	"	while [ -z \"$p\" ] && read -r l; do case $l in p*) p=${l#p } ;; e) o= ;; esac; done\n"
	"	read -r i _x </proc/self/stat\n"
	"	_s $$ && echo && echo \"armed $i $_g $_t\"\n"; /* what a start file printed may lack its newline */

static const char hear[] =
	"		if IFS= read -r l; then\n"
	"			f=0\n"
	"			case $l in\n"
	"			t) n=$((n + 1)); [ -z \"$c\" ] || [ -e \"$c\" ] || u=${u:-consent} ;;\n"
	"			k) k=$n; echo \"k $n\" ;;\n"
	"			+*) a=$a${l#+} ;;\n"
	"			a\\ *)\n"
	"				eval \"set -- $a \\\"\\$@\\\"\"\n"
	"				a= k=$n l=${l#a }\n"
	"				least $s ${l% *}; s=$r\n"
	"				l=${l#* }; [ $l = - ] || l=$((n + l))\n"
	"				least $x $l; x=$r\n"
	"				echo \"a $#\" ;;\n"
	"			w*) w=${l#w}; echo w ;;\n"
	"			d) d=1 ;;\n"
	"			e) o= k=$n ;;\n"
	"			esac\n"
	"		else\n"
	"			f=$((f + 1)); [ $f -lt 4 ] || u=${u:-deaf}\n"
	"		fi\n";

/* A silence below five ticks is told from a slow network only once the stream has ended. A runner that lives hears first that it is to keep still. */
static const char decide[] =
	"		if [ \"$d\" ]; then end_helpers; echo disarmed; exit; fi\n"
	"		if [ $# -gt 0 ]; then\n"
	"			i=$s; [ -z \"$o\" ] || [ $i = - ] || [ $i -ge 5 ] || i=5\n"
	"			[ $i = - ] || [ $((n - k)) -lt $i ] || u=${u:-silent}\n"
	"			[ $x = - ] || [ $n -lt $x ] || u=${u:-latest}\n"
	"			[ -z \"$u\" ] || [ \"$y\" ] || { y=1; echo \"fired $u\"; }\n"
	"		elif [ -z \"$o\" ]; then\n"
	"			u=${u:-idle}\n"
	"		fi\n";

/* First what the runner left under way: by TERM, so that it can pass it on (sudo does), two ticks later by KILL. The deaf get no ticks. */
static const char end_work[] =
	"		if [ -z \"$g\" ] && { [ \"$u\" ] || [ -z \"$o\" ]; }; then signal_work TERM; signal_work CONT; g=$((n + 2)); fi\n"
	"		case $g in ''|-) continue ;; esac\n"
	"		i=0\n"
	"		while work_lives; do i=$((i + 1)); [ $i -lt 5 ] || break; done\n"
	"		if [ $i -ge 5 ]; then\n"
	"			if [ $f -ge 4 ]; then sleep 1; n=$((n + 1)); fi\n"
	"			[ $n -ge $g ] || continue\n"
	"			signal_work KILL\n"
	"			i=0\n"
	"			while work_lives; do i=$((i + 1)); [ $i -lt 50 ] || break; done\n"
	"		fi\n"
	"		g=-\n";

static const char fire[] =
	"	i=0\n"
	"	for _f; do\n"
	"		(\n"
	"			trap - HUP PIPE USR1 USR2 TERM\n"
	"			unset a c d f g i k l n o p r s u w x y\n"
	"			eval \"set --$_n$_f\"\n"
	"		) </dev/null >/dev/null 2>&1 || i=$((i + 1))\n"
	"	done\n"
	"	end_helpers\n"
	"	echo \"undone $i\"\n";

void leash_text_start(struct buf *b, const char *consent)
{
	buf_puts(b, "{\ntrap '' HUP\nexec 2>/dev/null\numask 022\ncd /\n_b='\\' _n='\n'\nc=");
	buf_shell_quoted(b, str_of(consent ? consent : ""));
	buf_putc(b, '\n');
	buf_puts(b, shell_functions);
	buf_puts(b, helpers);
	buf_puts(b, " | {\n");
	buf_puts(b, setup);
	buf_puts(b, "	until [ \"$u\" ] && [ \"$g\" = - ]; do\n");
	buf_puts(b, hear);
	buf_puts(b, decide);
	buf_puts(b, end_work);
	buf_puts(b, "	done\n");
	buf_puts(b, fire);
	buf_puts(b, "}\nexit\n}\n");
}

/*
 * One shell word for `script` that has neither newline nor backslash in it (`read` is line by line, and dash's `echo` interprets backslashes),
 * in lines that break between characters.
 */
static void word_put(struct buf *b, struct str script)
{
	struct buf line = { 0 };
	buf_puts(&line, "+'");
	for (size_t i = 0; i < script.n;) {
		uint32_t cp;
		size_t n = utf8_decode(script.p + i, script.n - i, &cp);
		if (!n) n = 1;
		if (script.p[i] == '\'') buf_puts(&line, "'\"'\"'");
		else if (script.p[i] == '\n') buf_puts(&line, "'\"$_n\"'");
		else if (script.p[i] == '\\') buf_puts(&line, "'\"$_b\"'");
		else buf_add(&line, script.p + i, n);
		i += n;
		if (line.n < LINE) continue;
		buf_str(b, buf_view(&line));
		buf_puts(b, "\n");
		buf_clear(&line);
		buf_putc(&line, '+');
	}
	buf_str(b, buf_view(&line));
	buf_puts(b, "'\n");
	buf_free(&line);
}

static void seconds_put(struct buf *b, long long s)
{
	if (s < 0) buf_puts(b, " -");
	else buf_printf(b, " %lld", s);
}

void leash_text_add(struct buf *b, struct str script, long long silent, long long latest)
{
	word_put(b, script);
	buf_putc(b, 'a');
	seconds_put(b, silent);
	seconds_put(b, latest);
	buf_putc(b, '\n');
}
