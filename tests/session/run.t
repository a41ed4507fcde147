#!/bin/bash
# irs run: refusals, the timeline, ends and aborts, and their exit statuses.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/lib.sh"
scenario flag ""

status 4 "without a word which machine may be wrecked: refused" quiet "$irs" run "$work/flag.irs"
like "$(said)" "--local" "and that says how to allow it"
echo '{"box":{"hosts":["here"]},"_meta":{"hostvars":{"here":{"irs_transport":"local"}}}}' >"$work/no.json"
status 4 "an inventory that doesn't allow it: refused" quiet "$irs" run -i "$work/no.json" "$work/flag.irs"
like "$(said)" "irs_practice" "and that says which variable"
status 2 "a scenario that isn't there" quiet "$irs" run --local "$work/nothing.irs"
status 2 "neither .irs nor .irb" quiet "$irs" run --local "$work"
status 2 "a hold that is no duration" quiet "$irs" run --local --hold 5 "$work/flag.irs"
status 2 "a param that isn't there" quiet "$irs" run --local --set nothing=1 "$work/flag.irs"
status 2 "a param that is given twice" quiet "$irs" run --local --set "dir=$work/dir" --set "dir=$work" "$work/flag.irs"
like "$(said)" "\`dir\` is given twice" "and that is said"
status 2 "a target's group, where every target is this machine" quiet "$irs" run --local --target box=nobody "$work/flag.irs"
like "$(said)" "with --local there is none" "and that is said, too"
status 2 "a param's file that can't be read" quiet "$irs" run --local --set-file "dir=$work/nothing" "$work/flag.irs"
echo 'scenario' >"$work/wrong.irs"
status 1 "a scenario with errors" quiet "$irs" run --local "$work/wrong.irs"
printf 'IRSB\r\n\032\nnonsense' >"$work/wrong.irb"
status 2 "an image that is none" quiet "$irs" run --local "$work/wrong.irb"
is "$(find "$XDG_STATE_HOME" -mindepth 3 | wc -l)" 0 "none of them leaves a session"
echo '{"box":{"hosts":["far"]},"_meta":{"hostvars":{"far":{"ansible_host":"127.0.0.1","irs_port":1,"irs_practice":true}}}}' >"$work/far.json"
status 4 "a host that SSH does not reach: refused" quiet "$irs" run -i "$work/far.json" "$work/flag.irs"
like "$(said)" "far: it can't be opened: 127.0.0.1, port 1: Connection refused" "and it is said why"
rm -rf "$XDG_STATE_HOME"

status 0 "a run that ends by itself" quiet "$irs" run --local --hold 0s "$work/flag.irs"
like "$(said)" "flag on localhost: induced" "the timeline tells what is induced"
like "$(tail -n 1 "$work/out")" "restored: everything is undone" "and that all is undone"
unlike "$(said)" "$(printf '\033')" "without colours where there is no terminal"
ok "and it is" test ! -e "$flag"
id=$(session)
is "$(stat -c %a "$XDG_STATE_HOME/irs/sessions/$id")" 700 "the session's directory is private"
ok "its journal is JSON" jq -e . "$XDG_STATE_HOME/irs/sessions/$id/journal.jsonl" >/dev/null
is "$(ls "$XDG_STATE_HOME/irs/claims" | wc -l)" 0 "no claim is left"
quiet "$irs" run --local --hold 0s --json "$work/flag.irs"
is "$(jq -r .ev "$work/out" | tail -n 1)" closed "--json prints the journal's lines"
COLUMNS=40 quiet "$irs" run --local --hold 0s "$work/flag.irs"
is "$(awk 'length > 40' "$work/out" | wc -l)" 0 "the timeline keeps within the terminal"

echo '{"box":{"hosts":["here"]},"_meta":{"hostvars":{"here":{"irs_transport":"local","irs_practice":true,"irs_address":"127.0.0.9"}}}}' >"$work/yes.json"
status 0 "an inventory that allows it" quiet "$irs" run -i "$work/yes.json" --hold 0s "$work/flag.irs"
like "$(said)" "flag on here: induced" "under the inventory's name"
is "$(jq -r '._meta.hostvars.here.irs_address' "$XDG_STATE_HOME/irs/sessions/$(session)/inventory.json")" 127.0.0.9 "the inventory as used is kept"

touch "$flag"
status 1 "already so: nothing is induced" quiet "$irs" run --local --hold 0s "$work/flag.irs"
like "$(said)" "already so before we began" "and that is said"
ok "and what was there is left" test -e "$flag"
rm "$flag"
status 4 "a precondition that doesn't hold: refused" quiet "$irs" run --local --hold 0s --set "dir=$work/none" "$work/flag.irs"
like "$(said)" 'precondition "the directory is there" does not hold' "and it is named"

for how in INT TERM HUP; do
	"$irs" run --local "$work/flag.irs" >"$work/out" 2>&1 & pid=$!
	await "$work/out" ' live$'
	ok "live" test -e "$flag"
	kill -$how $pid; wait $pid
	is $? 130 "SIG$how: aborted and restored"
	ok "and all is undone" test ! -e "$flag"
done

"$irs" run --local "$work/flag.irs" >"$work/live" 2>&1 & pid=$!
await "$work/live" ' live$'
status 4 "a second session on this machine is refused" quiet "$irs" run --local --hold 0s "$work/flag.irs"
like "$("$irs" status)" "is running \(live\)" "irs status knows the only one that runs"
is "$("$irs" status --json | jq -r '.open[0].step')" flag "and what of it is not undone"
like "$("$irs" end --reason enough)" "is restored" "irs end waits until it is restored"
wait $pid
is $? 0 "the run ends well"
like "$(cat "$work/live")" "enough" "with its reason"
"$irs" run --local "$work/flag.irs" >"$work/live" 2>&1 & pid=$!
await "$work/live" ' live$'
status 0 "irs abort" quiet "$irs" abort
wait $pid
is $? 130 "and the run says so"
status 2 "irs end without a running session" quiet "$irs" end
status 2 "an empty id is none" quiet "$irs" end ''
status 2 "irs restore never means all by itself" quiet "$irs" restore
done_testing
