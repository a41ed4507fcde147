#!/bin/bash
# irs run, interrupted before there is a session: nothing began, so nothing is left, also of what it had started itself.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/lib.sh"
scenario flag ''
mkdir "$work/bin"
cp "$irs" "$work/bin/irs"
alone=$work/bin/irs

# slow FILE COMMAND: makes a program that runs the command, says who it is, and doesn't end.
slow() {
	printf '#!/bin/sh\n%s\necho $$ >%s\nexec sleep 1000\n' "$2" "$work/pid" >"$1"
	chmod +x "$1"
}
# interrupted SIGNAL NAME COMMAND…: while the slow program runs.
interrupted() {
	local signal=$1 name=$2
	shift 2
	rm -f "$work/pid"
	"$@" >"$work/out" 2>&1 & run=$!
	await "$work/pid" . || fail "$name: the program was not started"
	kill "-$signal" $run
	status 130 "$name, SIG$signal: the exit status says so" wait $run
	like "$(said)" "interrupted" "so does a word"
	ok "what it waited for has ended" test ! -d "/proc/$(cat "$work/pid")"
	is "$(ls "$XDG_STATE_HOME/irs/sessions")" "" "and nothing is left"
}
slow "$work/bin/irsc" 'shift 2; : >"$1.1.new"'
slow "$work/inventory" :
"$irsc" build -o "$work/flag.irb" "$work/flag.irs"
for signal in INT TERM HUP; do
	interrupted $signal "while it is compiled" "$alone" run --local "$work/flag.irs"
	interrupted $signal "while an inventory is asked for" "$alone" run -i "exec:$work/inventory" "$work/flag.irb"
done

slow "$work/bin/irsc" 'kill -SEGV $$'
status 1 "a compiler that dies" quiet "$alone" run --local "$work/flag.irs"
like "$(said)" "ended by signal 11" "is told"
is "$(ls "$XDG_STATE_HOME/irs/sessions")" "" "and leaves nothing"
done_testing
