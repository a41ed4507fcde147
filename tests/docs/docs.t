#!/bin/bash
# Every example in the docs is a program that checks clean. Fences: ```irs is a whole file; ```irs step, scenario, verify are the inside of one.
. tests/tap.sh
dir=$(mktemp -d); trap 'rm -rf "$dir"' EXIT
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
ok "there are examples" test "$tap_n" -gt 3
done_testing
