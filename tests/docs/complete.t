#!/bin/bash
# docs/language.md leaves nothing out of the tables, docs/errors.md is what irsc prints, docs/stdlib.md what the modules have, and the walk of docs/HACKING.md names functions that exist.
. tests/tap.sh
tables=include/irs/tbl

# Words of the reference: all that stands in a fenced example or between backquotes.
reference=$(awk '/^```/ { within = !within; next } within { print; next } { n = split($0, part, "`"); for (i = 2; i <= n; i += 2) print part[i] }' docs/language.md |
	grep -oE '[A-Za-z_]+' | sort -u)
# complete WHAT: each word of standard input stands in the reference.
complete() {
	local wanted; wanted=$(sort -u)
	ok "there are $1" test -n "$wanted"
	is "$(comm -23 <(echo "$wanted") <(echo "$reference"))" "" "docs/language.md tells of all $1"
}
quoted() { sed -n "$1" "$2" | grep -oE '"[A-Za-z]+"' | tr -d '"'; }
complete keywords < <(sed -nE 's/^KEYWORD\([A-Z]+, "([a-z]+)",.*/\1/p' $tables/keyword.def)
complete builtins < <(sed -nE 's/^BUILTIN\([a-z_0-9]+, "([a-z_]+)",.*/\1/p' $tables/builtin.def)
complete fields < <(sed -nE 's/^FIELD\([a-z_]+, "([a-z_]+)", T_.*/\1/p' $tables/field.def | grep -vx ok) # the compiler's own
complete types < <(quoted '/base_name\[/,/};/p' src/base/type.c | grep -vxE 'nothing|response') # these nobody writes
complete units < <(quoted '/struct unit .*_unit\[\]/,/^};/p' src/base/literal.c)

is "$("$irsc" explain --markdown)" "$(cat docs/errors.md)" "docs/errors.md is what irsc explain --markdown prints"

# What a module's `##` presents, and docs/stdlib.md names, is the same: what has only `#` is the module's own.
presented() {
	local module
	for module in file net process service; do
		awk -v m=$module '/^## / { doc = 1; next } doc && /^(fn|fault) / { n = $2; sub(/\(.*/, "", n); print m, $1, n } { doc = 0 }' stdlib/$module.irs
	done | sort
}
told() {
	awk '/^## / { m = $2 } /^### `/ { n = $2; gsub(/`|\(.*/, "", n); sub(/^.*\./, "", n); print m, "fault", n }
		/^\| `[a-z_]+\(/ { n = $2; gsub(/`|\(.*/, "", n); print m, "fn", n }' docs/stdlib.md | sort
}
is "$(presented)" "$(told)" "docs/stdlib.md tells of every function and fault that the modules present, and of no others"
ok "and they are not few" test "$(presented | wc -l)" -gt 20

steps=0 lost=
while read -r line; do
	steps=$((steps + 1))
	while read -r file name; do
		grep -qE "(^|[^a-z_])$name\(" "$file" || lost+="$file has no $name; "
	done < <(grep -oE '`[a-z]+/[a-z_./]+` `[a-z_]+`' <<<"$line" | tr -d '`')
	grep -qE '^[0-9]+\. `[a-z]+/[a-z_./]+` `[a-z_]+`' <<<"$line" || lost+="no function: $line; "
done < <(sed -n '/^## One `run`/,/^## How a step/p' docs/HACKING.md | grep -E '^[0-9]+\.')
is "$lost" "" "every function of the walk is where docs/HACKING.md says"
ok "and it is a long one" test "$steps" -gt 30
done_testing
