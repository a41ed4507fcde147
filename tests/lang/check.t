#!/bin/bash
# irsc check and irsc lint as commands: what they exit with, and which files they read.
. tests/tap.sh
export NO_COLOR=1 IRS_STDLIB=$PWD/stdlib
work=$(mktemp -d) && [ -d "$work" ] || exit 1; trap 'rm -rf "$work"' EXIT
good=$work/good.irs bad=$work/bad.irs
echo 'fn f() { }' >"$good"
echo 'fn f() { g() }' >"$bad"

status 0 "a good file" "$irsc" check --no-plan "$good"
is "$("$irsc" check --no-plan "$good" 2>&1)" "" "of a good file nothing is said"
status 1 "a file with an error" "$irsc" check --no-plan "$bad" 2>/dev/null
status 1 "a lint is a finding of lint" "$irsc" lint "$good" 2>/dev/null
status 0 "and none of check" "$irsc" check --no-plan "$good"
status 2 "a file that isn't there" "$irsc" check "$work/absent.irs" 2>/dev/null
status 2 "a directory" "$irsc" check "$work" 2>/dev/null
status 2 "no file" "$irsc" check 2>/dev/null
status 2 "an unknown format" "$irsc" check --format xml "$good" 2>/dev/null
is "$("$irsc" check --no-plan - <"$bad" 2>&1 | head -n 1)" "error[IRS0202]: there is no function \`g\`" "standard input"
is "$("$irsc" check --no-plan --format json "$bad" | jq -r '.diagnostics[] | "\(.code) \(.line):\(.column)-\(.end_line):\(.end_column)"')" "IRS0202 1:10-1:11" "JSON"
is "$("$irsc" check --no-plan --format json "$good" | jq -c .diagnostics)" "[]" "JSON of a good file"
is "$("$irsc" check --no-plan --format sarif "$bad" | jq -r '.version, .runs[0].results[0].ruleId')" "2.1.0
IRS0202" "SARIF"
for module in stdlib/*.irs; do
	is "$("$irsc" lint "$module" 2>&1)" "" "$module: nothing wrong, nothing doubtful"
done
is "$("$irsc" check --dump types tests/lang/faults/queue.irs | head -n 4 | cut -d' ' -f2-)" "fn leader -> host observes on other hosts
fn depth -> int observes needs here
fault flood
among: list<host>" "what was found out"

# Which modules are read.
mkdir -p "$work/in/faults" "$work/out"
echo 'fn f() -> int { return 1 }' | tee "$work/in/faults/a.irs" "$work/out/b.irs" >"$work/in/c.irs"
uses() { # uses PATH: what is said of a scenario's module
	printf 'use "%s" as m\nfn f() -> int { return m.f() }\n' "$1" >"$work/in/user.irs"
	(cd "$work/in" && timeout 10 "$irsc" check --no-plan user.irs 2>&1 | head -n 1)
}
is "$(uses ./faults/a.irs)" "" "a module in a folder below"
is "$(uses c.irs)" "" "a module beside"
like "$(uses ../out/b.irs)" "leads upwards" "a module above is refused"
like "$(uses "$work/out/b.irs")" "is absolute" "an absolute path is refused"
like "$(uses ./faults/../c.irs)" "leads upwards" "so is a way round"
ln -s ../../out/b.irs "$work/in/faults/link.irs"
like "$(uses ./faults/link.irs)" "symbolic link" "a link out of the folder is refused"
ln -s a.irs "$work/in/faults/inner.irs"
is "$(uses ./faults/inner.irs)" "" "a link within it is fine"
like "$(uses ./absent.irs)" "can't be read" "a module that isn't there"
like "$(uses ./faults)" "can't be read" "a directory"
mkfifo "$work/in/pipe.irs"
like "$(uses ./pipe.irs)" "can't be read" "a pipe, without waiting for it"
ln -s loop.irs "$work/in/loop.irs"
like "$(uses ./loop.irs)" "can't be read" "a link to itself"
like "$(uses ./user.irs)" "use each other in a circle" "the file itself"

# The same module by two names is one module.
printf 'use "./c.irs" as one\nuse "./same.irs" as two\nfn f() -> int { return one.f() + two.f() }\n' >"$work/in/user.irs"
ln -s c.irs "$work/in/same.irs"
is "$("$irsc" check --no-plan "$work/in/user.irs" 2>&1)" "" "one file by two names"

# Lints are also for the modules that a file uses, but not for the standard library's.
mkdir -p "$work/lint/faults"
printf 'use process\nuse "./faults/odd.irs" as odd\nfn f(n: int) -> int { return odd.f(n) }\n' | tee "$work/lint/a.irs" >"$work/lint/b.irs"
printf '## Says it.\nfn f(n: int) -> int {\n    let x = 1\n    return n\n}\nfn g() { log "g" }\n' >"$work/lint/faults/odd.irs"
cd "$work/lint" || exit 1
irsc_in=$irsc; [ "${irsc#/}" != "$irsc" ] || irsc_in=$OLDPWD/$irsc
places() { jq -r '.diagnostics[] | "\(.file):\(.line) \(.code)"'; }
wanted='a.irs:1 IRS0704
a.irs:3 IRS0703
faults/odd.irs:3 IRS0702
faults/odd.irs:6 IRS0703'
is "$("$irsc_in" lint --format json a.irs | places)" "$wanted" "lints of a module, in the module's file"
is "$("$irsc_in" lint --format sarif a.irs | jq -r '.runs[0].results[] | .locations[0].physicalLocation | "\(.artifactLocation.uri):\(.region.startLine)"' | sort -u)" \
	"$(cut -d' ' -f1 <<<"$wanted")" "lints of a module, as SARIF"
is "$("$irsc_in" lint a.irs 2>&1 | sed -n 's/^ *--> //p' | cut -d: -f1-2)" "$(cut -d' ' -f1 <<<"$wanted")" "lints of a module, for people"
is "$("$irsc_in" lint a.irs b.irs ./faults/../faults/odd.irs 2>&1 | grep -c 'the value `x`')" 1 "what is wrong with a module is said once"
status 1 "a module's lint is a finding" "$irsc_in" lint a.irs 2>/dev/null
is "$("$irsc_in" check --no-plan --format json a.irs | jq -c .diagnostics)" "[]" "lints of a module are nothing to check"
echo 'fn h() -> int { return "x" }' >>faults/odd.irs
is "$("$irsc_in" check --no-plan --format json a.irs | places)" "faults/odd.irs:7 IRS0301" "errors of a module are"
is "$("$irsc_in" lint a.irs b.irs 2>&1 | grep -c '^error')" 1 "and said once by lint"
done_testing
