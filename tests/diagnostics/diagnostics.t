#!/bin/bash
# A golden for each diagnostic: NAME.irs (also NAME.2.irs, …) and what irsc says of it, NAME.irs.out. NAME is the diagnostic's name in tbl/diag.def; the
# command is `irsc check --no-plan`, or what the first line says: `# lint …`, `# check …`. A diagnostic without a golden fails, and
# so does a golden that does not show its own.
. tests/tap.sh
export NO_COLOR=1 LC_ALL=C.UTF-8 COLUMNS=80 IRS_STDLIB=../../stdlib
out=$(mktemp); trap 'rm -f "$out"' EXIT
table=include/irs/tbl/diag.def

code_of() { sed -nE "s/^DIAG\((IRS[0-9]+), $1,.*/\1/p" "$table"; }
say() { # say FILE: what irsc says of it
	local first; first=$(head -n 1 "$1" | tr -d '\0')
	cd tests/diagnostics || exit
	# shellcheck disable=SC2086 # the options are words
	[[ $1 == */no_stdlib.irs ]] && export IRS_STDLIB=/nowhere
	case $first in
	'# lint'* | '# check'*) "$irsc" ${first#\# } "${1##*/}" 2>&1 ;;
	*) "$irsc" check --no-plan "${1##*/}" 2>&1 ;;
	esac
}

for file in tests/diagnostics/*.irs; do
	(say "$file") >"$out"
	same "$out" "$file.out" "$file"
	name=${file##*/} name=${name%%.*}
	grep -q "\[$(code_of "$name")\]" "$out" || fail "$file shows no $(code_of "$name") ($name)"
done
# What no readable file shows is proven in tests/syntax/input.t.
elsewhere='unreadable not_utf8 nul_byte nested_too_deeply'
for name in $(sed -nE 's/^DIAG\(IRS[0-9]+, ([a-z0-9_]+),.*/\1/p' "$table"); do
	[[ " $elsewhere " == *" $name "* ]] && continue
	ok "$name has a golden" test -e "tests/diagnostics/$name.irs"
done
done_testing
