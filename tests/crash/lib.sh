# For the crash tests: a machine state of their own, and how to see whether it is as before. Sourced after tap.sh.
work=$(mktemp -d) && export XDG_STATE_HOME=$work/state PATH=$PATH:$work/ours
shim=$IRS_BUILD/crash-shim.so
export ASAN_OPTIONS=${ASAN_OPTIONS-}:verify_asan_link_order=0
scenario=$(dirname "$0")/three.irs

make_state() {
	mkdir -p "$work/dir/data" && chmod 750 "$work/dir/data" && echo original >"$work/dir/config"
	sleep 9999 & service=$!
}
remove_state() {
	kill -KILL "$service"; wait "$service" 2>/dev/null
	rm -rf "$work"
}
# All that the scenario changes, and every file in its directory.
state() {
	cat "$work/dir/config"
	stat -c '%n %a' "$work/dir"/* | sed "s:$work::"
	sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$service/status"
	pgrep -fc "^tail -f $work/dir/config\$"
}
# The state once it has settled: a signal that was sent needs a moment to arrive.
settled_as() {
	local i
	for i in 1 2 3 4 5 6 7 8 9 10; do
		[ "$(state)" = "$1" ] && return 0
		sleep 0.05
	done
	return 1
}
run_scenario() { "$irs" run --local --hold 0s --set "dir=$work/dir" --set "pid=$service" "${1-$image}" >"$work/out" 2>&1; }
crash_at() { LD_PRELOAD=$shim IRS_CRASH=$1 "$irs" run --local --hold 0s --set "dir=$work/dir" --set "pid=$service" "$image" >"$work/out" 2>&1; }
# Shells and leashes that a runner of this test started know its PATH, and nothing else of it.
some_live() {
	local p
	for p in $(grep -slzx "PATH=.*:$work/ours" /proc/[0-9]*/environ); do
		[ "$(cat "${p%environ}comm" 2>/dev/null)" = sh ] && return 0
	done
	return 1
}
# A leash that was told to go needs a second for its clock.
all_gone() {
	local i
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		some_live || return 0
		sleep 0.2
	done
	return 1
}
forget() { rm -rf "$XDG_STATE_HOME"; }
explain() { diag "$1"; diag "$(state)"; diag "$(tail -n 20 "$work/out")"; diag "$(tail -n 20 "$work/restored" 2>/dev/null)"; }
