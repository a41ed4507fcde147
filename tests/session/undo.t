#!/bin/bash
# A command under way when the session is aborted, or its runner killed, is ended first; what failed is restored; a restore that fails is named.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/lib.sh"
scenario slow '
    step slow "takes long" on box {
        induce  { run "touch #{dir}/begun; tail -f #{dir}/begun; touch #{dir}/late" timeout 1h }
        verify  { run "test -e #{dir}/begun" }
        restore { run "rm -f #{dir}/begun" }
    }'
under_way() { pgrep -fc "^tail -f $work/dir/begun\$"; }
begun() { local i; for i in $(seq 200); do [ "$(under_way)" -gt 0 ] && return; sleep 0.05; done; }

"$irs" run --local "$work/slow.irs" >"$work/out" 2>&1 & pid=$!
begun
ok "a command is under way" test "$(under_way)" -gt 0
kill -INT $pid; wait $pid
is $? 130 "aborted and restored"
is "$(under_way)" 0 "its command is ended"
is "$(ls "$work/dir")" "" "and all is undone"

"$irs" run --local "$work/slow.irs" >"$work/out" 2>&1 & pid=$!
begun
kill -KILL $pid; wait $pid 2>/dev/null
status 2 "its runner killed, irs end has nobody to tell" quiet "$irs" end "$(session)"
like "$(said)" "irs restore $(session)" "and says what helps"
status 4 "nobody can settle what nobody has tried to restore" quiet "$irs" settle --reason "no" "$(session)" slow localhost
status 0 "irs restore undoes it" quiet "$irs" restore "$(session)"
is "$(under_way)" 0 "its command is ended first"
is "$(ls "$work/dir")" "" "and all is undone"

scenario stuck '
    step stuck "can not be undone" on box {
        induce  { run "touch #{dir}/stuck" }
        verify  { run "test -e #{dir}/stuck" }
        restore { run "echo no >&2; exit 7" }
    }'
status 3 "a restore that fails: something is left" quiet "$irs" run --local --hold 0s "$work/stuck.irs"
like "$(said)" "LEFT: stuck on localhost" "it is named, with its host"
like "$(said)" "exit 7" "and why"
ok "the others went on" test ! -e "$flag"
id=$(session)
status 3 "irs status exits so, too" quiet "$irs" status "$id"
like "$(said)" "stuck on localhost is not undone" "and names it"
status 4 "the next run on this machine is refused" quiet "$irs" run --local --hold 0s "$work/stuck.irs"
like "$(said)" "$id has left something" "and says which session it was"
status 3 "irs restore tries again, and says that it is still left" quiet "$irs" restore --all
status 2 "irs settle wants a reason" quiet "$irs" settle "$id" stuck localhost
status 2 "and something that is open" quiet "$irs" settle --reason "by hand" "$id" flag localhost
rm "$work/dir/stuck"
status 0 "settled" quiet "$irs" settle --reason "removed by hand" "$id" stuck localhost
like "$(said)" "stuck: verify on localhost: false" "after its verify was shown"
is "$("$irs" list --json | jq -r --arg id "$id" '.[] | select(.id == $id).state')" closed "then nothing is left of it"
quiet "$irs" run --local --hold 0s "$work/slow.irs" --set "dir=$work/none"
unlike "$(said)" "has left something" "and others may come"

scenario late '
    step late "takes a while to undo" on box {
        induce  { run "touch #{dir}/late" }
        verify  { run "test -e #{dir}/late" }
        restore { run "sleep 1; rm -f #{dir}/late" }
    }'
"$irs" run --local "$work/late.irs" >"$work/out" 2>&1 & pid=$!
await "$work/out" ' live$'
kill -INT $pid
await "$work/out" 'late on localhost: restoring'
kill -INT $pid; kill -TERM $pid; wait $pid
is $? 130 "a second signal doesn't stop the restoring"
like "$(said)" "late on localhost is not undone yet" "it tells what is left"
like "$(said)" "irs restore " "and how to undo it"
is "$(ls "$work/dir")" "" "and all is undone"

scenario fails '
    step fails "fails half way" on box {
        induce  { run "touch #{dir}/half; exit 3" }
        verify  { run "test -e #{dir}/half" }
        restore { run "rm -f #{dir}/half" }
    }'
status 1 "an induce that fails: all is restored" quiet "$irs" run --local --hold 0s "$work/fails.irs"
is "$(ls "$work/dir")" "" "also what only may have begun"

scenario good ''
"$irs" run --local "$work/good.irs" >"$work/out" 2>&1 & pid=$!
await "$work/out" ' live$'
kill -KILL $pid; wait $pid 2>/dev/null
journal=$XDG_STATE_HOME/irs/sessions/$(session)/journal.jsonl
sed -i 's/"ev":"begin"/"ev":"Begin"/' "$journal"
status 3 "a journal that was damaged behind the undo record: what it says is undone, and that there was more" quiet "$irs" restore --all
like "$(said)" "damaged at line" "and that is said"
ok "and it is undone" test ! -e "$flag"
rm -rf "$XDG_STATE_HOME"

status 0 "a rehearsal" quiet "$irs" rehearse --local "$work/good.irs"
like "$(said)" "by the failsafe's script, and once more" "undoes it by the failsafe's script, too"
sed 's/rm -f #{dir}/rm #{dir}/' "$work/good.irs" >"$work/bad.irs"
status 3 "a restore that can't be run twice doesn't pass" quiet "$irs" rehearse --local "$work/bad.irs"
rm -rf "$XDG_STATE_HOME"
# Somebody else's state, or another home, knows nothing of a claim.
"$irs" run --local "$work/good.irs" >"$work/live" 2>&1 & pid=$!
await "$work/live" ' live$'
cp -a "$XDG_STATE_HOME/irs/sessions/$(session)" "$work/copy"
XDG_STATE_HOME=$work/other status 4 "a copy of a living session, restored from another state directory: refused" quiet "$irs" restore "$work/copy"
like "$(said)" "runner of session .* is alive" "and that is said"
ok "the session goes on" test -e "$flag"
kill -KILL $pid; wait $pid 2>/dev/null
XDG_STATE_HOME=$work/other status 0 "once its runner is dead the copy does" quiet "$irs" restore "$work/copy"
ok "and it is undone" test ! -e "$flag"
rm -rf "$XDG_STATE_HOME"

scenario once '
    step once "is undone by what no script can do" on box {
        let name = "once"
        induce  { run "touch #{dir}/#{name}" }
        verify  { run "test -e #{dir}/#{name}" }
        restore {
            let found = run("echo #{dir}/#{name}").stdout.trim()
            run "rm #{found}"
        }
    }'
status 0 "a restore that can't be written as a script" quiet "$irs" run --local --hold 0s "$work/once.irs"
status 3 "doesn't pass either, if it can't be run twice" quiet "$irs" rehearse --local "$work/once.irs"
like "$(said)" "LEFT: once on localhost: restore failed" "and that is said"
done_testing
