#!/bin/bash
# The demo, as a newcomer runs it: its status, its timeline, and nothing left behind.
. tests/tap.sh
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
out=$(TMPDIR=$dir scenarios/demo "$IRS_BUILD" 2>&1)
is "$?" 0 "the demo ends well" || diag "$out"
like "$out" "induc" "the timeline says that the outage was induced"
like "$out" "restored" "and that all is restored"
is "$(ls "$dir")" "" "no file is left"
ok "no server is left" eval '! pgrep -f "nginx.*$dir"'
done_testing
