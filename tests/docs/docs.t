#!/bin/bash
# Every example in the docs is a program that checks clean. Fences: ```irs is a whole file; ```irs step, scenario, verify are the inside of one.
. tests/tap.sh
dir=$(mktemp -d) && [ -d "$dir" ] || exit 1; trap 'rm -rf "$dir"' EXIT
export XDG_STATE_HOME=$dir/state
shopt -s nullglob

split() { # split FILE: writes each fenced example of FILE to $dir/NAME-LINE.KIND
	awk -v dir="$dir" -v base="$(basename "$1" .md)" '
		/^```irs/ { kind = $2 ? $2 : "file"; out = dir "/" base "-" NR "." kind; printf "" > out; next }
		/^```/ { if (out) close(out); out = ""; next }
		out { print >> out }' "$1"
}
wrap() { # wrap EXAMPLE: a whole file around it
	case $1 in
	*.file) cat "$1"; return ;;
	esac
	echo 'use process, net, file, service'
	echo 'scenario "Example" { brief "An example." level beginner lasts 1h..2h components "example" target db: 1 host target lb: 1 host'
	case $1 in
	*.scenario) cat "$1"; echo 'step s "a step" on db { do process.freeze("x") }' ;;
	*.step) echo 'step s "a step" on db {'; cat "$1"; echo '}' ;;
	*.verify) echo 'step s "a step" on db { induce { run "true" }'; echo 'verify {'; cat "$1"; echo '} restore { run "true" } }' ;;
	esac
	echo '}'
}

for page in README.md docs/*.md; do split "$page"; done
for example in "$dir"/*.{file,step,scenario,verify}; do
	# Statements end with newlines, so the wrapping is put on lines of its own.
	wrap "$example" | sed -E 's/ (brief|level|lasts|components|target|induce|step) /\n\1 /g' >"$dir/x.irs"
	if [[ $example == *.file ]]; then cp "$example" "$dir/x.irs"; fi
	out=$("$irsc" check --no-plan "$dir/x.irs" 2>&1)
	is "$?" 0 "$(basename "$example") checks"
	[ -z "$out" ] || diag "$out"
done

# docs/inventory.md's example is an inventory, and means what the page says.
sed -n '/^```json$/,/^```$/{/^```/!p}' docs/inventory.md >"$dir/inventory.json"
echo 'target front: 1 host' | sed 's/$/\nprecondition "there" on front { run "true" }/' >"$dir/front.scenario"
wrap "$dir/front.scenario" | sed -E 's/ (brief|level|lasts|components|target|induce|step) /\n\1 /g; s/target db: 1 host/target db: 2 hosts/; s/target lb.*//' >"$dir/x.irs"
plan=$("$irsc" check -i "$dir/inventory.json" "$dir/x.irs" 2>&1)
is "$(sed -nE 's/^  (db|front) +(.*[^ ]) +exact$/\1: \2/p' <<<"$plan" | sed 's/ *$//')" $'db: db1, db2\nfront: lb' "docs/inventory.md: the groups' hosts" || diag "$plan"
said=$("$irs" run -i "$dir/inventory.json" "$dir/x.irs" 2>&1)
is "$?" 4 "docs/inventory.md: hosts that nobody gave up are refused"
like "$said" "irs_practice" "and which variable says so"

# docs/plan.md names the members of a plan.
listed() { sed -n "/$1/,/$2/p" docs/plan.md | tr '\n' ' ' | grep -oE '`[a-z_]+`' | tr -d '`' | sort -u; }
is "$(comm -23 <("$irsc" check --json tests/dis/everything.irs | jq -r 'keys[]' | sort) <(listed '^`--json`' 'Times are'))" "" "docs/plan.md names all members of a plan"
is "$(comm -23 <("$irsc" check --json tests/dis/everything.irs | jq -r '[.. | objects | select(has("kind") and has("certainty")) | keys[]] | unique[]') \
	<(listed 'a line has' '$'))" "" "and of a line"
ok "there are examples" test "$tap_n" -gt 8
done_testing
