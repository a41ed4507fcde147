#!/bin/bash
# A disk that is full, or fails, from the n-th write or sync of the journal on: refused before anything is touched, later aborted and restored.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/lib.sh"
stride=${CRASH_STRIDE:-5}
make_state
trap remove_state EXIT
image=$work/three.irb
"$irsc" build -o "$image" "$scenario" || exit 1
before=$(state)

for kind in full broken; do
	bad=0 tried=0 refused=0 aborted=0 n=1 step=$stride
	[ $kind = full ] || step=1
	while :; do
		forget
		crash_at "$kind:$n"
		got=$?
		case $got in
		0) break ;;
		4) refused=$((refused + 1)) ;;
		1) aborted=$((aborted + 1)) ;;
		*) bad=$((bad + 1)); explain "$kind:$n: exit $got" ;;
		esac
		tried=$((tried + 1))
		settled_as "$before" || { bad=$((bad + 1)); explain "$kind:$n: not as before"; }
		grep -q journal "$work/out" || { bad=$((bad + 1)); explain "$kind:$n: nobody was told"; }
		[ $got != 4 ] || ! grep -q inducing "$work/out" || { bad=$((bad + 1)); explain "$kind:$n: refused, but after it began"; }
		"$irs" restore --all >"$work/restored" 2>&1 || { bad=$((bad + 1)); explain "$kind:$n: irs restore exits $?"; }
		settled_as "$before" || { bad=$((bad + 1)); explain "$kind:$n: not as before after irs restore"; }
		[ $bad = 0 ] || break
		n=$((n + step))
	done
	is "$bad" 0 "$kind: $tried places, $refused refused, $aborted aborted and restored"
	ok "$kind: there were such places" test "$tried" -gt 0
	[ $kind = broken ] || ok "$kind: some were refused, some aborted" test $refused -gt 0 -a $aborted -gt 0
done
forget
ok "no shell and no leash is left" all_gone

# A disk without room for a session, and one that can be written no more.
if [ "$(id -u)" = 0 ]; then
	mkdir "$work/small"
	on_disk() { unshare -m bash -c 'mount -t tmpfs -o size=$2 none "$1/small" && export XDG_STATE_HOME=$1/small && shift 2 && "$@" 2>&1; echo "exit $?"' - "$work" "$@"; }
	out=$(on_disk 256k "$irs" run --local --hold 0s --set "dir=$work/dir" --set "pid=$service" "$scenario")
	like "$out" "exit 4" "a disk without room for a session: refused"
	like "$out" "no room for" "and that is said"
	ok "nothing was touched" settled_as "$before"
	die_and_restore() {
		"$irs" run --local --set "dir=$work/dir" --set "pid=$service" "$image" >"$work/out" & local pid=$!
		until grep -q ' live$' "$work/out" || ! kill -0 $pid 2>/dev/null; do sleep 0.05; done
		kill -KILL $pid; wait $pid
		state >"$work/broken"
		mount -o remount,ro "$work/small" && "$irs" restore --all
	}
	export -f die_and_restore state
	export work irs image service
	out=$(on_disk 8m die_and_restore)
	ok "a runner dies live" test "$(cat "$work/broken")" != "$before"
	ok "its disk can be written no more, and irs restore undoes it all the same" settled_as "$before"
	like "$out" "the journal could not be written" "and says what the journal doesn't know"
else
	skip "a disk without room for a session, or that can't be written" "needs root to mount one"
fi
done_testing
