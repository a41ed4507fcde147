#!/bin/bash
# process: every fault is rehearsed on processes of our own.
. tests/tap.sh
. tests/rehearse.sh
name=practice-$$
at_end() { [ -z "${target-}" ] || kill -KILL "$target" 2>/dev/null; [ ! -e "$dir/pid" ] || kill -KILL "$(cat "$dir/pid")" 2>/dev/null; }

state() { sed -E 's/.*\) (.).*/\1/' "/proc/$1/stat" 2>/dev/null; }
(exec -a "$name: master" /bin/sleep 1000) & target=$!; disown

rehearsed "process.freeze" "do process.freeze(\"$name: m[a]ster\")"
is "$(state "$target")" S "the process runs on"

cat >"$dir/start" <<END
#!/bin/bash
(exec -a "$name: server" /bin/sleep 1000) &
echo \$! >"$dir/pid"
END
chmod +x "$dir/start"
"$dir/start" </dev/null >/dev/null 2>&1
first=$(cat "$dir/pid")
rehearsed "process.kill" "do process.kill(\"^$name: server\", restart: [\"$dir/start\"])"
is "$(pgrep -fc "^$name: server")" 1 "one server runs"
ok "it is another one" test "$(cat "$dir/pid")" != "$first"

before=$(marked | sort)
rehearsed "process.hog_cpu" 'do process.hog_cpu(workers: 3)'
rehearsed "process.hog_memory" 'do process.hog_memory(48MiB)'
is "$(marked | sort)" "$before" "nothing that was started is left"

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
