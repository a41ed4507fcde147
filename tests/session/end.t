#!/bin/bash
# How a session ends decides its exit status, wherever it stands: a person's word said twice, a step that is under way, a wait between two tries.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/lib.sh"

scenario slow '
    step slow "takes a while to undo" on box {
        induce  { run "touch #{dir}/slow" }
        verify  { run "test -e #{dir}/slow" }
        restore { run "sleep 1; rm -f #{dir}/slow" }
    }'
"$irs" run --local "$work/slow.irs" >"$work/out" 2>&1 & pid=$!
await "$work/out" ' live$'
status 0 "irs end" "$irs" end --no-wait
await "$work/out" 'slow on localhost: restoring'
status 0 "irs end once more, while it restores" "$irs" end --no-wait
wait $pid
is $? 0 "has ended well: what is ended is not interrupted by who says so again"

scenario late '
    step late "is under way when its time is over" on box after 0s {
        induce  { run "touch #{dir}/begun; sleep 7532" timeout 1h }
        verify  { run "test -e #{dir}/begun" }
        restore { run "rm -f #{dir}/begun" }
    }'
"$irs" run --local "$work/late.irs" >"$work/out" 2>&1 & pid=$!
await "$work/out" 'late on localhost: inducing'
status 0 "irs end, while a late step is being induced" "$irs" end --no-wait
wait $pid
is $? 0 "is no failure of the step"
is "$(ls "$work/dir")" "" "and is undone"

cat >"$work/again.irs" <<IRS
fault never(dir: string) {
    induce  { run "touch #{dir}/never; exit 1" }
    verify  { run "test -e #{dir}/never" }
    restore { run "rm -f #{dir}/never" }
}
scenario "It is tried again much later" {
    brief "Something is there that should not be."
    target box: 1 host
    param dir: string = "$work/dir"
    step flag on box {
        induce  { run "touch #{dir}/flag" }
        verify  { run "test -e #{dir}/flag" }
        restore { run "rm -f #{dir}/flag" }
    }
    step never on box { retry 3 every 9h { do never(dir) } }
    resolved { expect true }
}
IRS
"$irs" run --local "$work/again.irs" >"$work/out" 2>&1 & pid=$!
await "$work/out" 'never .* restored'
kill -INT $pid
ok "a signal between two tries: what was induced before is undone at once" await "$work/out" ' restored: everything'
grep -q ' restored: everything' "$work/out" || kill -KILL $pid # it would wait for hours
wait $pid
is $? 130 "and nobody waits for the next one"
is "$(ls "$work/dir")" "" "nothing is left"
rm -rf "$XDG_STATE_HOME"

# Without its image: what has no restore needs none.
scenario none '
    step none on box {
        induce  { run "touch #{dir}/none" }
        verify  { run "test -e #{dir}/none" }
        restore none because "it only stands there"
    }'
"$irs" run --local "$work/none.irs" >"$work/out" 2>&1 & pid=$!
await "$work/out" ' live$'
kill -KILL $pid; wait $pid 2>/dev/null
rm "$XDG_STATE_HOME/irs/sessions/$(session)/image.irb"
status 0 "the image has gone, and a step has no restore: the journal knows that" quiet "$irs" restore --all
like "$(said)" "has no restore: it only stands there" "and says so"
like "$(said)" "restored: without the image nothing could be verified" "and doesn't say that anybody looked"
unlike "$(said)" "and once more" "nor that it was undone twice"
ok "the others are undone" test ! -e "$flag"
done_testing
