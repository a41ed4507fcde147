#!/bin/bash
# kill -9 while restoring, at every place, then restoring again; and restoring from a copy, with the scenario's source and the session gone.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/lib.sh"
stride=${CRASH_STRIDE:-9}
make_state
trap remove_state EXIT
image=$work/three.irb
cp "$scenario" "$work/mine.irs"
"$irsc" build -o "$image" "$work/mine.irs" || exit 1
before=$(state)
restore() { "$irs" restore "$1" >"$work/restored" 2>&1; }

# The first word to a shell at which everything is induced.
last=10
while :; do
	forget
	crash_at "told:$last" 2>/dev/null
	if [ $? != 137 ] || grep -q ' live$' "$work/out"; then break; fi
	"$irs" restore --all >"$work/restored" 2>&1
	last=$((last + 1))
done
ok "a session that died live has induced everything" test "$(state)" != "$before"
"$irs" restore --all >"$work/restored" 2>&1

for kind in journal torn shell told; do
	bad=0 tried=0 n=1
	while :; do
		forget
		crash_at "told:$last" 2>/dev/null
		LD_PRELOAD=$shim IRS_CRASH=$kind:$n "$irs" restore --all >"$work/restored" 2>&1
		got=$?
		if [ $got = 137 ]; then
			tried=$((tried + 1))
			"$irs" restore --all >"$work/restored" 2>&1
			got=$?
			[ $got = 0 ] || { bad=$((bad + 1)); explain "$kind:$n: irs restore exits $got"; break; }
			settled_as "$before" || { bad=$((bad + 1)); explain "$kind:$n: not as before"; break; }
		else
			break
		fi
		n=$((n + stride))
	done
	is "$bad" 0 "restoring was killed at $tried of the places \"$kind\", and restored each time"
	ok "there were such places" test "$tried" -gt 0
	is "$got" 0 "behind the last one restoring ends by itself"
	ok "and all is as before" settled_as "$before"
done

# From a copy, elsewhere.
forget
crash_at "told:$last" 2>/dev/null
id=$("$irs" list --json | jq -r '.[0].id')
cp -a "$XDG_STATE_HOME/irs/sessions/$id" "$work/copy"
rm -rf "$XDG_STATE_HOME" "$work/mine.irs" "$image"
status 0 "restored from a copy of the session's directory, without the scenario" restore "$work/copy"
ok "all is as before" settled_as "$before"
status 0 "again: nothing is left to do" restore "$work/copy"

# Without an image that can be run: by the scripts that the journal has.
rm -rf "$XDG_STATE_HOME"
"$irsc" build -o "$image" "$scenario"
crash_at "told:$last" 2>/dev/null
id=$("$irs" list --json | jq -r '.[0].id')
printf 'IRSB\r\n\032\n\377\377\377\377' >"$XDG_STATE_HOME/irs/sessions/$id/image.irb"
status 0 "restored by the rendered scripts where the image is of another version" restore "$id"
ok "all is as before" settled_as "$before"
like "$(cat "$work/restored")" "scripts" "and that is said"
forget
ok "no shell and no leash is left" all_gone
done_testing
