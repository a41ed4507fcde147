#!/bin/bash
# irsc fmt: goldens, and what it does to files.
. tests/tap.sh
export NO_COLOR=1
dir=$(mktemp -d) && [ -d "$dir" ] || exit 1; trap 'rm -rf "$dir"' EXIT
for file in tests/syntax/fmt/*.irs; do
	"$irsc" fmt "$file" >"$dir/out" 2>&1
	same "$dir/out" "${file%.irs}.out" "$file"
done
for file in stdlib/*.irs scenarios/*.irs; do
	"$irsc" fmt "$file" >"$dir/once" && "$irsc" fmt - <"$dir/once" >"$dir/twice"
	ok "$file: twice is once" cmp "$dir/once" "$dir/twice"
done

ugly=$'fn f( ){\nwait   5s\n}\n' pretty=$'fn f() {\n    wait 5s\n}'
printf '%s' "$ugly" >"$dir/x.irs"; chmod 640 "$dir/x.irs"
is "$("$irsc" fmt "$dir/x.irs")" "$pretty" 'to standard output'
is "$("$irsc" fmt <"$dir/x.irs")" "$pretty" 'from standard input'
is "$(cat "$dir/x.irs")" "${ugly%$'\n'}" 'the file is as it was'
out=$("$irsc" fmt --check "$dir/x.irs" 2>&1); is "$?" 1 '--check: status 1'
like "$out" 'x\.irs: it is not formatted' '--check: names it'
status 0 '-w' "$irsc" fmt -w "$dir/x.irs"
is "$(cat "$dir/x.irs")" "$pretty" '-w: written'
is "$(stat -c %a "$dir/x.irs")" 640 '-w: its mode stays'
status 0 '--check: nothing to say' "$irsc" fmt --check "$dir/x.irs"
before=$(stat -c '%i %Y' "$dir/x.irs"); "$irsc" fmt -w "$dir/x.irs"
is "$(stat -c '%i %Y' "$dir/x.irs")" "$before" '-w: what is formatted is not touched'
is "$(ls -A "$dir")" "$(printf 'once\nout\ntwice\nx.irs')" '-w: nothing is left beside it'
echo 'fn f( {' >"$dir/broken.irs"
out=$("$irsc" fmt -w "$dir/broken.irs" 2>&1); is "$?" 1 'a broken file: status 1'
like "$out" 'IRS01' 'a broken file: says why'
is "$(cat "$dir/broken.irs")" 'fn f( {' 'a broken file is left alone'
status 2 'a missing file: status 2' "$irsc" fmt "$dir/none.irs" 2>/dev/null
status 2 '--check and -w' "$irsc" fmt --check -w "$dir/x.irs" 2>/dev/null
dir=$(mktemp -d); printf 'fn f()   {\n}\n' > "$dir/real.irs"; ln -s real.irs "$dir/link.irs"
ok "-w formats what a link names" "$irsc" fmt -w "$dir/link.irs"
ok "the link stays one" test -L "$dir/link.irs"
ok "and its file is formatted" "$irsc" fmt --check "$dir/real.irs"
rm -r "$dir"
done_testing
