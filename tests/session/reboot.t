#!/bin/bash
# A machine that went down with the session: what the boot has ended is undone, all else is restored, and nothing is signalled by a number of old.
# Another boot id stands for the reboot. What the dead runner started is stopped and still there: now these are somebody else's processes.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/lib.sh"
if [ "$(id -u)" != 0 ] || ! unshare -m true; then skip "restoring after a reboot" "it needs root and mount namespaces"; done_testing; fi

sleep 86398 & service=$!
cat >"$work/down.irs" <<IRS
use process
scenario "It goes down" {
    brief "It is slow, and then it is away."
    target box: 1 host
    precondition "the directory is there" on box { run "test -d $work/dir" }
    step flag "put a flag" on box {
        induce  { run "touch $work/dir/flag" }
        verify  { run "test -e $work/dir/flag" }
        restore { run "rm -f $work/dir/flag" }
    }
    step freeze "freeze the service" on box { do process.freeze("^sleep 86398\$") }
    resolved { expect true }
}
IRS
state_of() { sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null; }
another_boot() { unshare -m sh -c 'mount --bind "$1" /proc/sys/kernel/random/boot_id && shift && exec "$@"' sh "$work/boot" "$@"; }

"$irs" run --local "$work/down.irs" >"$work/out" 2>&1 & pid=$!
await "$work/out" ' live$'
is "$(state_of $service)" T "the service is frozen"
id=$(session) journal=$XDG_STATE_HOME/irs/sessions/$(session)/journal.jsonl
before=$(wc -l <"$journal")
leashes=$(jq -r 'select(.ev == "shell" and .kind == "leash").pgid' "$journal")
for group in $leashes; do kill -STOP -- "-$group"; done
kill -KILL $pid; wait $pid 2>/dev/null

echo 11111111-2222-4333-8444-555555555555 >"$work/boot"
status 0 "restored after the reboot" quiet another_boot "$irs" restore "$id"
like "$(said)" "localhost was rebooted since" "that is said"
like "$(said)" "freeze \(process.freeze\) on localhost: restored" "what ended with the boot is undone"
like "$(said)" "everything is undone, and the preconditions hold again" "and so is the session"
ok "a file outlives a boot: it is restored" test ! -e "$flag"
is "$(state_of $service)" T "a process with the number of one that ended isn't signalled"
is "$(tail -n +$((before + 1)) "$journal" | jq -r 'select(.ev == "run" and .item == "freeze: restore").gone')" true "no command was run on it"
for group in $leashes; do is "$(state_of "$group")" T "nor is a leash of another boot"; done
like "$("$irs" list --json | jq -r '.[-1].state')" closed "nothing is left"
for group in $leashes; do kill -KILL -- "-$group"; done
kill -KILL $service; wait $service 2>/dev/null
done_testing
