#!/bin/bash
# The demo, as a newcomer runs it: its status, its timeline, and nothing left behind; also where two are run at once, by an ordinary user, or where one dies.
. tests/tap.sh
. tests/rehearse.sh
at_end() { scenarios/range/nginx stop "$dir/web"; }
mkdir "$dir/tmp"
export TMPDIR=$dir/tmp
# Nothing that a demo made is left: no file, no server, no process that has its directory in its command line or environment.
clean() { [ -z "$(ls "$dir/tmp")" ] && ! pgrep -f "nginx.*$dir" >/dev/null && ! grep -qsa "XDG_STATE_HOME=$dir/tmp" /proc/[0-9]*/environ; }
nothing_left() { ok "$1: nothing is left" eventually clean || diag "$(find "$dir/tmp"; pgrep -af "$dir"; grep -lsa "XDG_STATE_HOME=$dir/tmp" /proc/[0-9]*/environ)"; }

scenarios/demo "$IRS_BUILD" >"$dir/second" 2>&1 &
second=$!
out=$(scenarios/demo "$IRS_BUILD" 2>&1)
well "$?" "the demo ends well" "$out"
like "$out" "induc" "the timeline says that the outage was induced"
like "$out" "restored" "and that all is restored"
is "$(formal <<<"$out")" "$(sed -n '/^What a run looks like/,/^## /p' README.md | sed -n '/^```$/,/^```$/{/^```$/!p}' | formal)" "README.md shows what it prints"
wait "$second"
well "$?" "and so does another at the same time" "$(cat "$dir/second")"
nothing_left "two demos"

# Killed: the demo alone, or with its runner.
begun() { setsid scenarios/demo "$IRS_BUILD" >"$dir/out" 2>&1 & demo=$!; disown "$demo"; }
for moment in 'inducing' 'live' ' restoring'; do
	begun
	eventually grep -q "$moment" "$dir/out"
	kill -KILL -- "-$demo"
	nothing_left "killed with its runner at \"$moment\""
	begun
	eventually grep -q "$moment" "$dir/out"
	kill -KILL "$demo"
	nothing_left "killed at \"$moment\""
done
begun
eventually pgrep -f "^flock $dir" >/dev/null
kill -KILL "$demo"
nothing_left "killed while its server begins"
begun
eventually pgrep -f "nginx.*$dir" >/dev/null
kill -KILL -- "-$demo"
nothing_left "killed when its server has just begun"
begun
eventually grep -q live "$dir/out"
kill -TERM -- "-$demo"
nothing_left "ended by TERM"
unlike "$(cat "$dir/out")" "its time is over" "and the outage is not held to its end"
like "$(cat "$dir/out")" "restored: everything is undone" "but restored"

# Without nginx, in a mount namespace where it can't be executed.
mapped=()
[ "$(id -u)" = 0 ] || mapped=(-r)
# shellcheck disable=SC2016 # the inner shell's
out=$(unshare "${mapped[@]}" -m sh -c 'mount --bind /dev/null "$(PATH=$PATH:/usr/sbin command -v nginx)" && exec scenarios/demo "$1"' sh "$IRS_BUILD" 2>&1)
is "$?" 1 "without nginx the demo fails"
is "$out" "scenarios/range/nginx: nginx is not installed: apt-get install nginx-light" "and says what to do"
nothing_left "without nginx"

# A port that somebody has is refused, and nothing goes on.
scenarios/range/nginx start "$dir/web" 0
port=$(scenarios/range/nginx port "$dir/web")
out=$(scenarios/range/nginx start "$dir/other" "$port" 2>&1)
is "$?" 1 "a port that is taken is refused"
like "$out" "nginx does not start on ports $port and $((port + 1))" "and the ports are named"
scenarios/range/nginx stop "$dir/web"

if [ "$(id -u)" = 0 ]; then
	mkdir -p "$dir/clone/build" "$dir/clone/tmp"
	cp -r scenarios stdlib "$dir/clone"
	cp "$IRS_BUILD/irs" "$IRS_BUILD/irsc" "$dir/clone/build"
	chown -R 65534:65534 "$dir/clone"
	chmod 711 "$dir"
	out=$(setpriv --reuid 65534 --regid 65534 --clear-groups env HOME="$dir/clone" TMPDIR="$dir/clone/tmp" "$dir/clone/scenarios/demo" 2>&1)
	well "$?" "an ordinary user can run it" "$out"
	is "$(ls "$dir/clone/tmp")" "" "and has nothing left"
fi
done_testing
