#!/bin/bash
# What reads the timeline, or doesn't, decides nothing: not whether a session goes on, not how it ends.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/lib.sh"
scenario flag ""
run() { "$irs" run --local --hold 0s "$work/$1.irs"; }
strays() { find "$XDG_STATE_HOME/irs/sessions" -name lock -size +0; }

run flag 2>"$work/err" | head -n 1 >/dev/null
is "${PIPESTATUS[0]}" 0 "a reader that goes away: the run ends well"
is "$(cat "$work/err")" "" "and nobody complains"
run flag >/dev/full 2>"$work/err"
is $? 0 "a timeline that can't be written: the run ends well"
like "$(cat "$work/err")" "timeline could not be written" "and that is said"
ok "all is undone" test ! -e "$flag"

run flag >&- 2>"$work/err"
is $? 0 "without standard output"
run flag 2>&- >/dev/null
is $? 0 "without standard error"
run flag <&- >&- 2>&-
is $? 0 "without any of them"
is "$(strays)" "" "what is said lands in no file of the session's"
"$irs" list >&- 2>/dev/null
is $? 2 "but a list that nobody gets is an error"
ok "all is undone" test ! -e "$flag"

# More than a pipe holds, to a reader that doesn't read until it is told to.
long=$(printf 'x%.0s' $(seq 1000))
scenario chatty "
    step chatty on box {
        let text = \"$long\"
        induce {
            run \"touch #{dir}/chatty\"
            for i in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] { for k in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] { log text } }
        }
        verify  { run \"test -e #{dir}/chatty\" }
        restore { run \"rm -f #{dir}/chatty\" }
    }"
mkfifo "$work/deaf"
exec 7<>"$work/deaf"
"$irs" run --local "$work/chatty.irs" >"$work/deaf" 2>"$work/err" & pid=$!
await_live() { local i; for i in $(seq 200); do "$irs" status --json 2>/dev/null | grep -q '"phase": "live"' && return; sleep 0.05; done; return 1; }
ok "a reader that doesn't read holds up nothing: it is live" await_live
status 0 "and can be ended" quiet "$irs" end
like "$(said)" "is restored" "and restored, while nobody reads"
ok "all is undone" test ! -e "$flag"
timeline=$(timeout 60 sed '/restored: everything/q' <&7)
wait $pid
is $? 0 "the run ends well"
like "$timeline" "restored: everything is undone" "and who reads at last misses nothing"
exec 7>&-
done_testing
