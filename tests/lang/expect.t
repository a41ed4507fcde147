#!/bin/bash
# Files that carry their own expectations: a line that ends in `# expect: NAME…` gets just these diagnostics (names as in tbl/diag.def), a line
# without gets none. A file whose first line is `# lint` is linted, every other one checked.
. tests/tap.sh
export NO_COLOR=1 IRS_STDLIB=$PWD/stdlib
names=$(sed -nE 's/^DIAG\((IRS[0-9]+), ([a-z0-9_]+),.*/\1 \2/p' include/irs/tbl/diag.def)

wanted() { # FILE: "LINE NAME" for each expectation
	awk '{ at = index($0, "# expect: "); if (at) { n = split(substr($0, at + 10), w, " "); for (i = 1; i <= n; i++) print NR, w[i] } }' "$1" | sort -n
}
got() { # FILE
	local command=(check --no-plan)
	[ "$(head -n 1 "$1")" = '# lint' ] && command=(lint)
	"$irsc" "${command[@]}" --format json "$1" | jq -r --arg names "$names" '
		($names | split("\n") | map(split(" ") | { (.[0]): .[1] }) | add) as $name
		| .diagnostics[] | "\(.line) \($name[.code])"' | sort -n
}
for file in tests/lang/*.irs tests/lang/faults/*.irs; do
	is "$(got "$file")" "$(wanted "$file")" "$file"
done
done_testing
