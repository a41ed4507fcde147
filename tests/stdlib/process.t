#!/bin/bash
# process: every fault is rehearsed on processes of our own.
. tests/tap.sh
. tests/rehearse.sh
name=practice-$$
at_end() { pkill -KILL -f "^$name"; }

state() { sed -E 's/.*\) (.).*/\1/' "/proc/$1/stat" 2>/dev/null; }
as_before() { marked | sort; state "$target"; }
(exec -a "$name: master" /bin/sleep 1000) & target=$!; disown

proven "process.freeze" as_before "do process.freeze(\"$name: m[a]ster\")"

# A process with children, one in a pid namespace of its own; and one of the same pattern that is stopped already.
(exec setsid perl -e '$0 = "'"$name"'-several"; for (1 .. 3) { fork or last } sleep 1000') & several=$!; disown
[ "${IRS_TEST_BUSYBOX-}" ] && members=5 || members=6
[ "$members" = 5 ] || setsid unshare -p -f --kill-child perl -e '$0 = "'"$name"'-several: inside"; sleep 1000' 2>/dev/null & namespace=$!
setsid bash -c "exec -a '$name-several: stopped' /bin/sleep 1000" & stopped=$!; disown
found() { pgrep -f "^$name-several"; }
eventually eval '[ "$(found | wc -l)" = "$members" ]'
kill -STOP "$stopped"
eventually eval '[ "$(state "$stopped")" = T ]'
states() { marked | sort; for p in $(found); do echo "$p $(state "$p")"; done; }
proven "process.freeze_all" states "do process.freeze_all(\"^$name-several\")"
scenario "do process.freeze_all(\"^$name-several\")" >"$dir/all.irs"
held "$dir/all.irs"
is "$(for p in $(found); do state "$p"; done | sort | uniq -c | tr -d ' \n')" "${members}T" "all are frozen"
kill -KILL "$several"
released
is "$?" 0 "one of them was ended by responders meanwhile"
is "$(for p in $(found); do state "$p"; done | sort | uniq -c | tr -d ' \n')" "$((members - 2))S1T" "the others run on, and the one that was stopped before is"
kill -KILL $(found) "$namespace" 2>/dev/null

# A server that responders start again while it is frozen.
cat >"$dir/start" <<END
#!/bin/bash
[ ! -e "$dir/broken" ] || exit 1
for i in 1 2 3; do (exec -a "$name: server" /bin/sleep 1000) & done
echo \$! >"$dir/pid"
END
chmod +x "$dir/start"
"$dir/start" </dev/null >/dev/null 2>&1
servers() { marked | sort; pgrep -fc "^$name: server"; }
end_servers() { pkill -KILL -f "^$name: server"; eventually eval '! pgrep -f "^$name: server"'; }
scenario "do process.freeze(\"^$name: server\")" >"$dir/freeze.irs"
held "$dir/freeze.irs"
end_servers
"$dir/start" </dev/null >/dev/null 2>&1
released
is "$?" 0 "the frozen server was started again by responders"
is "$(pgrep -f "^$name: server" | while read -r p; do state "$p"; done | tr -d '\n')" SSS "and runs"

first=$(cat "$dir/pid")
proven "process.kill" servers "do process.kill(\"^$name: server\", restart: [\"$dir/start\"])"
ok "it is another one" test "$(cat "$dir/pid")" != "$first"
# The runner's own command line matches the pattern, as it does where the scenario's file bears the server's name.
scenario "param pattern: string = \"none\"" "do process.kill(pattern, restart: [\"$dir/start\"])" | sed '/^param/d; s/^target/param pattern: string = "none"\n&/' >"$dir/kill.irs"
held "$dir/kill.irs" --set "pattern=$name: server"
is "$(pgrep -fc "^$name: server")" 0 "no server is left while it lasts"
released
is "$?" 0 "a runner whose own command line matches"
is "$(pgrep -fc "^$name: server")" 3 "starts the server again"
# The runner dies behind each word that it says to the shell, also where only some of the servers are dead: what is left of a server is no server.
bad='' half=0
for ((n = 1; ; n++)); do
	old=$(pgrep -f "^$name: server" | sort)
	LD_PRELOAD=$IRS_BUILD/crash-shim.so IRS_CRASH=told:$n "$irs" run --local --hold 0s --set "pattern=$name: server" "$dir/kill.irs" >/dev/null 2>&1
	[ "$?" = 137 ] || break
	case $(pgrep -fc "^$name: server") in 1 | 2) half=$((half + 1)) ;; esac
	out=$("$irs" restore --all 2>&1) || bad+=" $n"
	new=$(pgrep -f "^$name: server" | sort)
	[ "$(wc -l <<<"$new")" = 3 ] && { [ "$new" = "$old" ] || [ -z "$(comm -12 <(echo "$old") <(echo "$new"))" ]; } || bad+=" $n($new)"
done 2>/dev/null
is "$bad" "" "the server is whole wherever the runner dies (of $n places)"
ok "and had been killed in part at some of them" test "$half" -gt 0
held "$dir/kill.irs" --set "pattern=$name: server"
killed
"$dir/start" </dev/null >/dev/null 2>&1
first=$(cat "$dir/pid")
out=$("$irs" restore --all 2>&1)
well "$?" "responders have started the killed server" "$out"
is "$(cat "$dir/pid") $(pgrep -fc "^$name: server")" "$first 3" "and keep it"
touch "$dir/broken"
held "$dir/kill.irs" --set "pattern=$name: server"
"$irs" end >/dev/null 2>&1; wait "$held_pid"
is "$?" 3 "a server that can't be started again is left, and said to be"
rm "$dir/broken"
out=$("$irs" restore --all 2>&1)
well "$?" "it is restored once it can be" "$out"
is "$(pgrep -fc "^$name: server")" 3 "and runs"

before=$(marked | sort)
all_marked() { marked | sort; }
proven "process.hog_cpu" all_marked 'do process.hog_cpu(workers: process.processors() + 1)'
proven "process.hog_memory" all_marked 'do process.hog_memory(48MiB)'
is "$(marked | sort)" "$before" "nothing that was started is left"
scenario 'do process.hog_memory(process.available_memory() * 2)' >"$dir/memory.irs"
out=$("$irs" rehearse --local "$dir/memory.irs" 2>&1)
ok "more memory than there is is refused" test "$?" != 0
like "$(tr -s ' \n' ' ' <<<"$out")" 'there are only [0-9]+ MiB of memory' "and it says so"
unlike "$out" "inducing" "before anything is done"

# A pattern that stands in the runner's own command line finds neither the runner nor what it came from.
scenario 'induce { run "true" }' 'verify { expect len(process.matching("rehearse.*--local")) > 0 within 1s }' 'restore { run "true" }' >"$dir/self.irs"
out=$("$irs" rehearse --local "$dir/self.irs" 2>&1)
is "$?" 1 "the session's own processes are never found"

# A process of that number, but not that one: gone, and left alone.
cat >"$dir/gone.irs" <<END
use process
scenario "Gone" {
    target box: 1 host
    precondition "another process with that number is no match" on box {
        let real = process.oldest("$name: master")
        let boot = real.identity().split(" ").last()
        let other = process("#{real.pid} 1 #{boot}")
        expect real.alive
        expect not other.alive
        expect other.state == "gone"
    }
    precondition "names with blanks and parentheses" on box {
        expect process.oldest("$name.odd").state == "S"
    }
    step s "a step" on box { do process.freeze("$name: master") }
}
END
(exec -a "$name.odd" perl -e '$0 = "'"$name.odd"'"; open my $f, ">", "/proc/self/comm"; print $f "a) R (b"; close $f; sleep 1000') & odd=$!
eventually grep -qF 'a) R (b' "/proc/$odd/comm"
out=$("$irs" rehearse --local "$dir/gone.irs" 2>&1)
well "$?" "identity is more than a number" "$out"
kill "$odd"
done_testing
