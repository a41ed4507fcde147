# For tests that rehearse: `. tests/rehearse.sh` behind tests/tap.sh. Everything lives in $dir, which goes at the end.
dir=$(mktemp -d)
export XDG_STATE_HOME=$dir/state PATH=$PATH:$dir/ours
trap 'at_end; sweep; rm -rf "$dir"' EXIT
at_end() { :; }
# sweep: ends what our own runs have spawned and left, should a restore have failed.
sweep() {
	local file
	for file in $(grep -lsa "PATH=.*:$dir/ours" /proc/[0-9]*/environ); do
		if tr '\0' '\n' 2>/dev/null <"$file" | grep -q '^_m='; then file=${file#/proc/}; kill -KILL "${file%/environ}" 2>/dev/null; fi
	done
}

# namespaced "$0" FLAGS: goes on in namespaces of its own (as root there, whoever we are). Call it first.
namespaced() {
	[ "${IRS_TEST_NAMESPACE-}" ] && return
	rm -rf "$dir"
	[ "$(id -u)" = 0 ] || set -- "$1" "r$2"
	IRS_TEST_NAMESPACE=1 exec unshare "-$2" "$1"
}

# well STATUS NAME OUTPUT: the status is 0; else the output is shown.
well() { is "$1" 0 "$2"; [ "$1" = 0 ] || diag "$3"; }

# scenario STEP…: a scenario whose step has these lines.
scenario() {
	printf '%s\n' 'use process, file, service, net' 'scenario "Rehearsed" {' 'brief "A fault."' 'level beginner' 'lasts 1h..2h' 'components "a host"' \
		'target box: 1 host' 'step s "a step" on box {' "$@" '}' '}'
}

# rehearsed NAME STEP…: the step can be rehearsed: induced, verified, undone twice, verified again.
rehearsed() {
	local name=$1 out; shift
	scenario "$@" >"$dir/rehearsed.irs"
	out=$("$irs" rehearse --local "$dir/rehearsed.irs" 2>&1)
	well "$?" "$name can be rehearsed" "$out"
}

# eventually COMMAND…: succeeds once within 20 s.
eventually() {
	local i
	for ((i = 0; i < 200; i++)); do "$@" && return; sleep 0.1; done
	return 1
}

# marked: the processes that a spawn has left behind.
marked() { grep -lsaE '(^|\x00)_m=' /proc/[0-9]*/environ; }

# held FILE ARG…: a run in the background, its output in $dir/held; waits until it is live. `released` ends it and waits until all is restored: its status.
held() {
	local file=$1; shift
	rm -f "$dir/held" # what an earlier run said
	"$irs" run --local --hold 1h "$@" "$file" >"$dir/held" 2>&1 &
	held_pid=$!
	eventually eval 'grep -qsw live "$dir/held" || ! kill -0 "$held_pid" 2>/dev/null'
}
released() {
	"$irs" end >"$dir/ended" 2>&1 || { sed 's/^/# /' "$dir/ended"; kill -TERM "$held_pid" 2>/dev/null; }
	wait "$held_pid"
	local status=$?
	[ "$status" = 0 ] || sed 's/^/# /' "$dir/held"
	return "$status"
}
# live NAME: the held run is.
live() { like "$(cat "$dir/held")" '\blive$' "$1"; }
# killed: the runner of a held run dies.
killed() { disown "$held_pid"; kill -KILL "$held_pid"; eventually eval '! kill -0 "$held_pid" 2>/dev/null'; }

# proven NAME STATE STEP…: whichever way the step is undone, the command STATE prints what it did before: rehearsed, restored after the runner was killed,
# and by the leash alone. The step has no failsafe of its own.
proven() {
	local name=$1 state=$2 before out; shift 2
	before=$($state)
	rehearsed "$name" "$@" 'failsafe silent 1h, latest 3h'
	is "$($state)" "$before" "$name: all is as before"
	held "$dir/rehearsed.irs"
	live "$name: the run is live"
	killed
	out=$("$irs" restore --all 2>&1)
	well "$?" "$name: its runner is killed, and another restores" "$out"
	is "$($state)" "$before" "$name: all is as before"
	scenario "$@" 'failsafe silent 3s, latest 3h' >"$dir/leash.irs"
	held "$dir/leash.irs"
	live "$name: the run is live again"
	killed
	eventually eval '[ "$($state)" = "$before" ]'
	is "$($state)" "$before" "$name: the leash alone undoes it"
	out=$("$irs" restore --all 2>&1)
	well "$?" "$name: nothing is left to restore" "$out"
	is "$($state)" "$before" "$name: all is still as before"
}
