#!/bin/bash
# irs replay: whatever a session decided is decided again from its journal, up to every line at which its runner may have died; and where the
# journal says something else, that place is named.
. "$(dirname "$0")/../tap.sh"
. "$(dirname "$0")/lib.sh"
jq -n '["a", "b", "c"] | {boxes: {hosts: .}, _meta: {hostvars: (map({(.): {irs_transport: "local", irs_practice: true}}) | add)}}' >"$work/three.json"

# several NAME FAN INDUCE VERIFY RESTORE: a step on three hosts with a mark and an output that is looked at, and another, later, on one that is drawn.
several() {
	cat >"$work/$1.irs" <<IRS
scenario "Flags appear" {
    brief "Something is there that should not be."
    target boxes: 2..5 hosts
    param dir: string = "$work/dir"
    param much: int = 3
    let chosen = pick(boxes)

    precondition "the directory is there" on boxes { run "test -d #{dir}" }
    precondition "the directory is there" on runner { run "test -d #{dir}" }

    step flag on boxes $2 {
        needs tool "seq"
        let m = mark()
        let last = run("seq 1 #{much}").stdout.lines().last()
        $3
        $4
        $5
    }
    step late on chosen after 20ms {
        let m = mark()
        induce {
            let others = run("ls #{dir} | wc -l").stdout.trim()
            log "marking #{m}, beside #{others}"
            retry 3 every 10ms { run "echo x >> #{dir}/#{m}; test \$(wc -l < #{dir}/#{m}) = 3" }
            expect true for 30ms
        }
        verify  { run "test -e #{dir}/#{m}" }
        restore { run "rm -f #{dir}/#{m}" }
    }
    resolved { expect true }
}
IRS
}
induce='induce { run "sleep 0.01; touch #{dir}/#{m}-#{last}" }'
verify='verify { expect try run("test -e #{dir}/#{m}-#{last}").exit == 0 within 5s }'
restore='restore { run "rm -f #{dir}/#{m}-#{last}" }'
practice() { quiet "$irs" run -i "$work/three.json" --hold 100ms "$@"; }
place() { echo "$XDG_STATE_HOME/irs/sessions/$(session)"; }
replayed() { "$irs" replay --json "${1-$(place)}"; }
# The journal's lines from the N-th on, as a jq program changes them, chained anew: a copy of the directory, as somebody made it up.
tampered() {
	local from=$1 line prev
	rm -rf "$work/copy" && cp -r "$(place)" "$work/copy"
	head -n $((from - 1)) "$work/copy/journal.jsonl" >"$work/forged"
	prev=$(tail -n 1 "$work/forged" | sha256sum | cut -d' ' -f1)
	tail -n +"$from" "$work/copy/journal.jsonl" | jq -c "if .seq == $from then del(.prev) | $2 | .prev = \"\" else . end" >"$work/changed"
	while read -r line; do
		line=${line%,\"prev\":*},\"prev\":\"$prev\"}
		printf '%s\n' "$line"
		prev=$(printf '%s\n' "$line" | sha256sum | cut -d' ' -f1)
	done <"$work/changed" >>"$work/forged"
	mv "$work/forged" "$work/copy/journal.jsonl"
	replayed "$work/copy"
}
# same_again END NAME: the last session decides the same, now and cut behind lines of it; and nothing in its directory was touched.
# CRASH_STRIDE=1 cuts behind each line (make torture); the bounded form behind every fifth, beginning at another one each time.
stride=${CRASH_STRIDE:-5} offset=0
same_again() {
	local dir n i bad= before
	dir=$(place) n=$(wc -l <"$(place)/journal.jsonl")
	before=$(find "$dir" -type f -printf '%p %s %T@\n' | sort)
	is "$(replayed | jq -r '"\(.verdict), \(.end)"')" "same, $1" "$2: replayed"
	rm -rf "$work/cut" && cp -r "$dir" "$work/cut"
	for ((i = 3 + offset; i < n; i += stride)); do
		head -n $i "$dir/journal.jsonl" >"$work/cut/journal.jsonl"
		replayed "$work/cut" >/dev/null || bad+="$i "
	done
	offset=$(((offset + 1) % stride))
	is "$bad" "" "and cut behind every line of its $n that was tried"
	[ "$bad" ] && diag "$(cat "$dir/journal.jsonl")"
	is "$(find "$dir" -type f -printf '%p %s %T@\n' | sort)" "$before" "and nothing in its directory was touched"
}
# The number of the first line that a jq condition selects.
line_of() { jq -r "select($1) | .seq" "$(place)/journal.jsonl" | head -n 1; }

for fan in "" "one at a time" "at most 2"; do
	several all "$fan" "$induce" "$verify" "$restore"
	status 0 "three hosts, ${fan:-side by side}" practice "$work/all.irs"
	same_again closed "three hosts, ${fan:-side by side}"
done
is "$(jq -r 'select(.ev == "draw") | "\(.item) on \(.host), below \(.bound)"' "$(place)/journal.jsonl")" "let chosen on runner, below 3" "a draw stands in the journal with its place"
like "$("$irs" replay "$(session)")" "the same decisions, to its end \([0-9]+ lines\)" "and it is said in words"

# What was decided by what: each answer that is changed makes a difference, and the first is named.
run=$(line_of '.ev == "run" and .item == "flag: verify before"')
is "$(tampered "$run" '.exit = 0' | jq -r '.verdict, .then' | cut -d' ' -f1-4 | tr -d '\n')" 'differscheck item="flag: verify before"' "an answer that is another: a check differs"
is "$(tampered "$run" '.exit = 0' | jq -r '.now | test("verdict=\"true\"")')" true "and it is said what it would be"
status 1 "with status 1" quiet "$irs" replay "$work/copy"
like "$(said)" "differs at line [0-9]+ of its journal then: check .* now: check" "and in words"
mark=$(line_of '.ev == "mark"')
like "$(tampered "$mark" '.token = "kffffffffffffffff"' | jq -r .then)" 'command="(test -e|ls)|^(run|undo) ' "another mark: what is run with it differs"
chosen=$(line_of '.ev == "draw"')
is "$(tampered "$chosen" '.number = (.number + 1) % 3' | jq -r '"\(.verdict) \(.line)"')" "differs $chosen" "another draw than the seed gives"
told=$(line_of '.ev == "told"')
is "$(tampered "$told" '.do = "abort" | .exit = 130' | jq -r '.now')" 'phase phase="aborting"' "an abort instead of an end: another phase"
facts=$(line_of '.ev == "opened" and .host == "b"')
is "$(tampered "$facts" '.boot = "other"' | jq -r '.now | split(" ")[0]')" undo "a host with another boot: another undo record"
log=$(line_of '.ev == "log"')
is "$(tampered "$log" '.text = "something else"' | jq -r .line)" "$log" "another log line"
undone=$(line_of '.ev == "undone"')
is "$(tampered "$undone" '.how = "superseded"' | jq -r '.now')" "undone record=$(sed -n "${undone}p" "$(place)/journal.jsonl" | jq .record) how=\"restored\"" "another way to be undone"
is "$(tampered "$(line_of '.ev == "closed"')" '.exit = 3' | jq -r '.now')" "closed exit=0" "another exit"
is "$(tampered 3 '.values.dir.v = "/elsewhere"' | jq -r .verdict)" differs "another param"
is "$(tampered "$(line_of '.ev == "step" and .label == "late"')" '.hosts = ["a", "b"]' | jq -r .verdict)" differs "other hosts"

# Ends of other kinds.
several false "" "$induce" 'verify { expect run("test -e #{dir}/#{last}").exit == 0 within 200ms }' "$restore"
status 1 "it never takes hold" practice "$work/false.irs"
same_again closed "it never takes hold"
is "$(line_of '.ev == "deadline"' | wc -l)" 1 "the clock's word stands in the journal"
is "$(tampered "$(line_of '.ev == "deadline"')" '.ev = "elsewhen"' | jq -r .verdict)" differs "and without it nothing would have failed"
several left "" "$induce" "$verify" 'restore { run "exit 7" }'
status 3 "it can't be undone" practice "$work/left.irs"
same_again closed "it can't be undone"
rm -f "$work"/dir/*
"$irs" settle --reason "for the test" "$(session)" flag a >/dev/null 2>&1
is "$(replayed | jq -r '.verdict + ", " + .end')" "same, closed" "what people add later is not replayed"
for host in a b c; do "$irs" settle --reason "for the test" "$(session)" flag $host >/dev/null 2>&1; done

several slow "" 'induce { run "touch #{dir}/#{m}-#{last}; sleep 5" }' "$verify" "$restore"
for moment in "verify before" inducing; do
	"$irs" run -i "$work/three.json" "$work/slow.irs" >"$work/out" 2>&1 & pid=$!
	await "$work/out" "$moment"
	kill -INT $pid; wait $pid
	is $? 130 "interrupted at \"$moment\""
	same_again closed "interrupted at \"$moment\""
done
status 0 "a rehearsal" quiet "$irs" rehearse -i "$work/three.json" "$work/all.irs"
same_again closed "a rehearsal"
cat >"$work/retry.irs" <<IRS
fault flag(dir: string) {
    let m = mark()
    induce  { run "touch #{dir}/#{m}; echo x >> #{dir}/tries; test \$(wc -l < #{dir}/tries) -ge 3" }
    verify  { run "test -e #{dir}/#{m}" }
    restore { run "rm -f #{dir}/#{m}" }
}
scenario "Third time lucky" {
    brief "Nothing works."
    target box: 1 host
    param dir: string = "$work/dir"
    step s on box { retry 3 every 10ms { do flag(dir) } }
    resolved { expect true }
}
IRS
status 0 "a fault that is tried three times" quiet "$irs" run --local --hold 0s "$work/retry.irs"
is "$(jq -c 'select(.ev == "failed")' "$(place)/journal.jsonl" | wc -l)" 2 "and failed twice"
same_again closed "a fault that is tried three times"
status 4 "a precondition that doesn't hold" practice --set "dir=$work/none" "$work/all.irs"
same_again closed "a precondition that doesn't hold"
"$irs" run -i "$work/three.json" "$work/all.irs" >"$work/live" 2>&1 & pid=$!
await "$work/live" ' live$'
first=$(place)
status 4 "a machine that another session has" practice "$work/all.irs"
same_again closed "a machine that another session has"

# A runner that died, and another that went on.
kill -KILL $pid; wait $pid 2>/dev/null
is "$(replayed "$first" | jq -r '.verdict + ", " + .end')" "same, broken off" "killed while it was live"
"$irs" restore "$first" >/dev/null 2>&1
is "$(replayed "$first" | jq -r '.verdict + ", " + .end')" "same, another runner" "and restored by another runner"

# Outputs: as much as can matter is kept, and where it is not, that is said.
status 0 "an output of 18 KiB that is looked at" practice --set "much=4000" "$work/all.irs"
same_again closed "an output of 18 KiB that is looked at"
sed -i 's/\.lines()\.last()/.len()/' "$work/all.irs"
status 0 "one of 570 KiB whose length is looked at" practice --set "much=100000" "$work/all.irs"
is "$(replayed | jq -r .verdict)" unknown "can't be replayed"
is "$(replayed | jq -r .cut)" "$(line_of .stdout_bytes)" "and the line that lacks it is named"
status 2 "with status 2" quiet "$irs" replay "$(session)"
like "$(said)" "stands there only in part" "and in words"

# What is no journal to replay.
is "$(tampered 3 '.ev = "unheard"' 2>&1 >/dev/null | grep -c given)" 1 "a journal of an older irs"
status 2 "has status 2" quiet "$irs" replay "$work/copy"
like "$(said)" "an older irs wrote it" "and that is said"
rm "$work/copy/image.irb"
status 2 "without an image" quiet "$irs" replay "$work/copy"
echo '{}' >"$work/copy/journal.jsonl"
status 2 "a journal that is none" quiet "$irs" replay "$work/copy"
status 2 "no session" quiet "$irs" replay
done_testing
