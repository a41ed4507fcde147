#!/bin/bash
# The demo, as a newcomer runs it: its status, its timeline, and nothing left behind.
. tests/tap.sh
. tests/rehearse.sh
mkdir "$dir/tmp"
out=$(TMPDIR=$dir/tmp scenarios/demo "$IRS_BUILD" 2>&1)
well "$?" "the demo ends well" "$out"
like "$out" "induc" "the timeline says that the outage was induced"
like "$out" "restored" "and that all is restored"
is "$(formal <<<"$out")" "$(sed -n '/^What a run looks like/,/^## /p' README.md | sed -n '/^```$/,/^```$/{/^```$/!p}' | formal)" "README.md shows what it prints"
is "$(ls "$dir/tmp")" "" "no file is left"
ok "no server is left" eval '! pgrep -f "nginx.*$dir"'
done_testing
