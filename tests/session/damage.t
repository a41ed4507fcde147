#!/bin/bash
# A journal with bytes that are no longer what they were: nothing that it says wrongly is done, all that can be believed is undone, and the rest is named
# until a person has answered for it.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/lib.sh"
scenario two '
    step other "put another one" on box {
        let name = "other"
        induce  { run "touch #{dir}/#{name}" }
        verify  { run "test -e #{dir}/#{name}" }
        restore { run "rm -f #{dir}/#{name}" }
    }'
journal() { echo "$XDG_STATE_HOME/irs/sessions/$(session)/journal.jsonl"; }
die_live() {
	rm -rf "$XDG_STATE_HOME" "$work/out" # an old timeline has been live, too
	"$irs" run --local "$work/two.irs" >"$work/out" 2>&1 & pid=$!
	await "$work/out" ' live$'
	kill -KILL $pid; wait $pid 2>/dev/null
}

die_live
touch "$work/dir/mother"
sed -i '/"ev":"undo"/s/"other"/"mother"/' "$(journal)"
status 3 "a captured name has changed: irs restore says that something is lost" quiet "$irs" restore --all
like "$(said)" "damaged at line [0-9]+" "and where"
ok "what the changed line says is not done" test -e "$work/dir/mother"
ok "the record before it is undone" test ! -e "$flag"
ok "the one that is lost is not" test -e "$work/dir/other"
id=$(session)
state() { "$irs" list --json | jq -r --arg id "$id" '.[] | select(.id == $id).state'; }
is "$(state)" damaged "irs list says so"
status 3 "irs status, too" quiet "$irs" status "$id"
status 3 "trying again doesn't make it whole" quiet "$irs" restore --all
status 4 "the next run on this machine is refused" quiet "$irs" run --local --hold 0s "$work/two.irs"
rm "$work/dir/other" "$work/dir/mother"
status 0 "a person looks, and answers for it" quiet "$irs" settle --reason "looked, and removed it" "$id" - -
is "$(state)" closed "then nothing is left of it"
status 0 "and others may come" quiet "$irs" run --local --hold 0s "$work/two.irs"

die_live
sed -i '/"ev":"begin"/{s/begin/Begin/;:a;n;ba}' "$(journal)"
status 3 "damage before the last undo record" quiet "$irs" restore --all
is "$(ls "$work/dir")" "" "hinders none of them"

die_live
sed -i '/"ev":"globals"/s/dir/die/' "$(journal)"
status 3 "the params are lost" quiet "$irs" restore --all
is "$(ls "$work/dir")" "" "then the scripts undo"

die_live
sed -i '1s/format/farmot/' "$(journal)"
status 3 "the first line is lost" quiet "$irs" restore --all
is "$(ls "$work/dir")" "" "then, too"

die_live
sed -i '2s/.*//' "$(journal)"
status 3 "the line with the hosts is lost" quiet "$irs" restore --all
is "$(ls "$work/dir")" "" "then the inventory, as it was used, tells them"
is "$(jq -r 'select(.ev == "closed").exit' <(grep '^{' "$(journal)"))" 3 "and the journal goes on"

die_live
sed -i '2s/.*//' "$(journal)"
rm "$XDG_STATE_HOME/irs/sessions/$(session)/inventory.json"
status 3 "the inventory, too" quiet "$irs" restore --all
is "$(ls "$work/dir")" "" "then those who stand in other lines"

# garbage BYTES NAME: a journal of which nothing can be read, and a leash that would wait for an hour.
garbage() {
	die_live
	local groups
	id=$(session)
	groups=$(jq -r 'select(.ev == "shell" and .kind == "leash").pgid' "$(journal)")
	printf "$1" >"$(journal)"
	is "$(state)" damaged "$2: irs list says that it is damaged"
	status 3 "irs status says that something may be left" quiet "$irs" status "$id"
	status 3 "so does irs restore" quiet "$irs" restore "$id"
	like "$(said)" "damaged at line 1: nobody knows" "and that nobody knows what"
	status 3 "again, too" quiet "$irs" restore --all
	for group in $groups; do kill -KILL -- "-$group" 2>/dev/null; done
	rm -f "$work/dir"/*
	status 4 "the next run on this machine is refused" quiet "$irs" run --local --hold 0s "$work/two.irs"
	status 0 "a person looks, and answers for it" quiet "$irs" settle --reason looked "$id" - -
	is "$(state)" closed "then nothing is left of it"
}
garbage 'one\nand another\n' "lines of something else"
garbage 'no line at all' "something else without a line's end"
garbage '\0\0\0\0' "nothing but NULs"

# forgotten BYTES NAME: what a crash at the first line leaves.
id=20990101-000000-000a
mkdir -p "$XDG_STATE_HOME/irs/sessions/$id"
forgotten() {
	printf "$1" >"$XDG_STATE_HOME/irs/sessions/$id/journal.jsonl"
	status 0 "$2: nothing began" quiet "$irs" restore "$id"
	like "$(said)" "nothing is left" "and that is said"
	is "$(state)" dead "irs list says so"
}
forgotten '' "an empty journal"
forgotten '{"seq":1,"t":"2099-01-' "half of a first line"
done_testing
