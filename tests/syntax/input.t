#!/bin/bash
# Input that is no scenario: each gets a diagnostic with its place and a remedy, never a crash.
. tests/tap.sh
export NO_COLOR=1 IRS_STDLIB=$PWD/stdlib
dir=$(mktemp -d) && [ -d "$dir" ] || exit 1; trap 'rm -rf "$dir"' EXIT

# refused STATUS REGEX NAME FILE: what irsc check says of it.
refused() {
	local out status
	out=$(timeout 60 "$irsc" check --no-plan "$4" 2>&1); status=$?
	is "$status" "$1" "$3: status $1"
	like "$out" "$2" "$3: says so"
}
many() { yes "$1" | head -n "$2" | tr -d '\n'; }

refused 2 'nowhere\.irs: ' 'a missing file' "$dir/nowhere.irs"
refused 2 "$dir: .*directory" 'a directory' "$dir"
refused 2 '/dev/null: .*regular' 'a device' /dev/null
mkfifo "$dir/fifo"; refused 2 'fifo: ' 'a pipe with a name' "$dir/fifo"
truncate -s 100M "$dir/large.irs"; refused 2 'large\.irs: ' '100 MiB' "$dir/large.irs"
printf 'scenario "x" {\0}\n' >"$dir/nul.irs"; refused 1 'IRS0003.*NUL' 'a NUL byte' "$dir/nul.irs"
head -c 100000 /dev/urandom >"$dir/random.irs"; refused 1 'IRS0003|IRS0002' 'random bytes' "$dir/random.irs"
printf '# caf\xe9\nfn f() { log "x" }\n' >"$dir/latin1.irs"; refused 1 'IRS0002.*UTF-8' 'Latin-1' "$dir/latin1.irs"
: >"$dir/empty.irs"; refused 1 'IRS0021' 'an empty file' "$dir/empty.irs"
printf '\n\n# nothing\n' >"$dir/comment.irs"; refused 1 'IRS0021' 'only a comment' "$dir/comment.irs"
printf 'use "./dir" as d\nfn f() { log "x" }\n' >"$dir/module.irs"; mkdir "$dir/dir"; refused 1 'IRS0001|dir' 'a module that is a directory' "$dir/module.irs"
{ printf 'fn f() -> int {\n    return '; many '(' 10000; } >"$dir/deep.irs"; refused 1 'IRS0109' '10,000 open brackets' "$dir/deep.irs"
{ printf 'fn f() -> int {\n    return '; many '(' 10000; printf 1; many ')' 10000; printf '\n}\n'; } >"$dir/deep.irs"
refused 1 'IRS0109' '10,000 nested brackets' "$dir/deep.irs"
{ printf 'fn f() -> int {\n    return 1'; many ' + 1' 100000; printf '\n}\n'; } >"$dir/sum.irs"; refused 1 'IRS0109' '100,000 operators' "$dir/sum.irs"
printf 'fn f() {\n    log """\n    never closed\n}\n' >"$dir/block.irs"; refused 1 'IRS0101.*' 'an open text block' "$dir/block.irs"
printf 'fn f() {\n    log "never closed\n}\n' >"$dir/text.irs"; refused 1 'IRS0101' 'an open text' "$dir/text.irs"
printf 'fn f() {\n    wait 99999999999999999999s\n}\n' >"$dir/number.irs"; refused 1 'IRS0105' 'a duration that does not fit' "$dir/number.irs"
{ yes 'let x = 3 3' | head -n 100000; } >"$dir/errors.irs"; refused 1 'not shown' '100,000 errors' "$dir/errors.irs"
{ many '"#{' 100000; } >"$dir/holes.irs"; refused 1 'IRS0109' '100,000 nested holes' "$dir/holes.irs"
many '}' 100000 >"$dir/closers.irs"; refused 1 'IRS0113' '100,000 closing braces' "$dir/closers.irs"

lf=$'fn f() -> string {\n    return """\n        a\n        b\n        """\n}\n'
printf '%s' "$lf" >"$dir/lf.irs"
printf '\xef\xbb\xbf%s' "${lf//$'\n'/$'\r\n'}" >"$dir/crlf.irs"
status 0 'LF' "$irsc" check --no-plan "$dir/lf.irs"
status 0 'CRLF behind a byte-order mark' "$irsc" check --no-plan "$dir/crlf.irs"
is "$("$irsc" fmt "$dir/crlf.irs")" "$("$irsc" fmt "$dir/lf.irs")" 'and they format alike'
is "$("$irsc" check --no-plan - <"$dir/text.irs" 2>&1 | sed -n 2p)" ' --> <stdin>:2:9' 'standard input has a name'
done_testing
