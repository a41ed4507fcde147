#!/bin/bash
# irsc lint --sh: what shells themselves say, for all commands at once, each at its place.
. tests/tap.sh
dir=$(mktemp -d) && [ -d "$dir" ] || exit 1; trap 'rm -rf "$dir"' EXIT
export NO_COLOR=1

out=$("$irsc" lint --sh stdlib/*.irs scenarios/*.irs scenarios/faults/*.irs 2>&1)
is "$? $out" "0 " "nothing speaks against the stdlib and the gallery"

# Shells that are counted.
mkdir "$dir/bin"
for shell in dash shellcheck; do
	printf '#!/bin/sh\necho %s >>"%s/asked"\nexec %s "$@"\n' "$shell" "$dir" "$(command -v $shell)" >"$dir/bin/$shell"
	chmod +x "$dir/bin/$shell"
done
asked() { grep -c "^$1\$" "$dir/asked"; }
module() { # module N BAD…: N commands, those of these numbers wrong
	local n=$1 i; shift
	echo '## Many.'
	echo 'fn many(x: string) -> list<string> {'
	echo '    return ['
	for ((i = 0; i < n; i++)); do
		if [[ " $* " == *" $i "* ]]; then echo '        run("for i in #{x} && a; do cat; done").stdout,'; else echo '        run("if true; then echo #{x} '"$i"'; fi").stdout,'; fi
	done
	printf '    ]\n}\n'
}
module 2000 >"$dir/good.irs"
PATH=$dir/bin:$PATH "$irsc" lint --sh "$dir/good.irs" >/dev/null 2>&1
is "$? $(asked dash) $(asked shellcheck)" "0 1 1" "2,000 commands are one shell and one shellcheck"

: >"$dir/asked"
module 300 7 150 299 >"$dir/bad.irs"
out=$(PATH=$dir/bin:$PATH "$irsc" lint --sh --format json "$dir/bad.irs")
is "$?" 1 "wrong commands are errors"
is "$(jq -r '.diagnostics[] | "\(.code) \(.line):\(.column)"' <<<"$out" | tr '\n' ' ')" "IRS0533 11:14 IRS0533 154:14 IRS0533 303:14 " "each at its place, and those behind it too"
ok "few shells were asked" test "$(asked dash)" -le 320

# Without shellcheck it is said, and goes on.
mkdir "$dir/few"
ln -s "$(command -v dash)" "$dir/few/dash"
out=$(PATH=$dir/few "$irsc" lint --sh "$dir/good.irs" 2>&1)
is "$?" 0 "without shellcheck the rest is done"
like "$out" "shellcheck is not installed" "and said"
rm "$dir/few/dash"
out=$(PATH=$dir/few "$irsc" lint --sh "$dir/good.irs" 2>&1)
is "$?" 2 "without any shell it fails"
like "$out" "no such program" "and says why"

# Nothing that stands in a command is run.
printf '## Bad.\nfn f() -> string {\n    return run("touch %s/ran; $(touch %s/ran)").stdout\n}\n' "$dir" "$dir" >"$dir/run.irs"
"$irsc" lint --sh "$dir/run.irs" >/dev/null 2>&1
ok "nothing is run" test ! -e "$dir/ran"
done_testing
