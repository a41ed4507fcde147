#!/bin/bash
# The plan that `irsc check` prints, for people and for programs.
. tests/tap.sh
export NO_COLOR=1 LC_ALL=C.UTF-8 COLUMNS=80 IRS_STDLIB=$PWD/stdlib
here=tests/plan out=$(mktemp) escape=$(printf '\033'); trap 'rm -f "$out"' EXIT
plan() { "$irsc" check "$@" "$here/ways.irs" >"$out" 2>&1; }

status 0 "a plan without an inventory" plan
same "$out" "$here/ways.out" "targets stand by their names"
status 0 "a plan with one" plan -i "$here/inventory.json" --target db=pg
same "$out" "$here/ways.inventory.out" "hosts are exact, and what differs among them is shown apart"
ok "no line is wider than 80 columns" test "$(wc -L <"$out")" -le 80
ok "nor, on a narrow terminal, than 60" test "$(for f in scenarios/*.irs tests/plan/ways.irs; do COLUMNS=60 "$irsc" check "$f" 2>&1; done | wc -L)" -le 60
unlike "$(cat "$out")" "$escape" "no colours in a pipe"

plan -i "$here/inventory.json" --target db=pg --set deep=true --set share=40%
like "$(cat "$out")" '^ +never +exact$' "a known branch is gone one way"
like "$(cat "$out")" '40%   \(instead of 20%\)' "a param that was set says so"
status 1 "too few hosts" plan -i "$here/inventory.json" --target db=lb
like "$(cat "$out")" 'IRS0803' "a target's number of hosts is checked"

status 0 "a plan for programs" plan --json -i "$here/inventory.json" --target db=pg
is "$(jq -r '.steps | length' "$out")" 2 "all steps"
is "$(jq -r '.steps[0].variants[1].frames[0].restore.lines[0].text' "$out")" "rm -f -- /tmp/'db2'" "commands after interpolation"
is "$(jq -r '.lets[0].certainty' "$out")" drawn "how sure a value is"
is "$(jq -c '.undone_on_abort' "$out")" '[[0],[1,0]]' "an abort undoes in reverse"
is "$(jq -r '.steps[1].failsafe.why' "$out")" "there is nothing to undo" "why there is no failsafe"
done_testing
