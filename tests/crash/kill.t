#!/bin/bash
# kill -9 at the n-th write to the journal, sync, and write to a shell, for every n: `irs restore --all` brings the machine back each time.
# CRASH_STRIDE=1 tries every n (make torture); the bounded form tries every seventh, beginning at another one for each kind.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/lib.sh"
stride=${CRASH_STRIDE:-7}
make_state
trap remove_state EXIT
image=$work/three.irb
"$irsc" build -o "$image" "$scenario" || exit 1
before=$(state)

status 0 "the scenario itself runs and is undone" run_scenario || explain "as a whole"
ok "and leaves the machine as it was" settled_as "$before"

induced=0
offset=1
for kind in journal torn sync synced shell told; do
	bad=0 tried=0 n=$offset step=$stride
	case $kind in sync*) n=1 step=1 ;; esac
	while :; do
		forget
		crash_at "$kind:$n" 2>/dev/null
		got=$?
		[ $got = 137 ] || break
		tried=$((tried + 1))
		[ "$(state)" = "$before" ] || induced=$((induced + 1))
		"$irs" restore --all >"$work/restored" 2>&1
		restored=$?
		if [ $restored != 0 ] || ! settled_as "$before"; then
			bad=$((bad + 1))
			explain "$kind:$n: irs restore exits $restored"
			break
		fi
		n=$((n + step))
	done
	is "$bad" 0 "killed at $tried of the places \"$kind\", and restored each time"
	ok "there were such places" test "$tried" -gt 0
	is "$got" 0 "behind the last one the run ends by itself"
	offset=$((offset % stride + 1))
done
forget
ok "no shell and no leash is left" all_gone
ok "often enough something was induced when it died" test "$induced" -gt 3
done_testing
