#!/bin/bash
# The command line of irsc: help, mistakes, formats of diagnostics, explanations.
. tests/tap.sh
export NO_COLOR=1 IRS_STDLIB=$PWD/stdlib
dir=$(mktemp -d) && [ -d "$dir" ] || exit 1; trap 'rm -rf "$dir"' EXIT

like "$("$irsc" --version)" '^irsc [0-9]+\.[0-9]+\.[0-9]+$' 'it has a version'
verbs=$(sed -nE 's/^IRSC_COMMAND\(([a-z]+),.*/\1/p' include/irs/tbl/irsc_command.def)
for verb in $verbs; do
	like "$("$irsc" help)" "^  $verb " "help lists $verb"
	like "$("$irsc" "$verb" --help)" "^usage: irsc $verb" "$verb has a help"
	is "$("$irsc" help "$verb")" "$("$irsc" "$verb" --help)" "help $verb is the same"
	status 2 "$verb refuses an option that there is not" "$irsc" "$verb" --no-such-option 2>/dev/null
	ok "$verb has a manual page" test -e "docs/man/irsc-$verb.1"
done
status 2 'no command: its use' "$irsc" >/dev/null
status 0 'help' "$irsc" help >/dev/null
like "$("$irsc" chekc 2>&1)" 'did you mean `check`' 'a misspelt command'
like "$("$irsc" fmt --chekc 2>&1)" 'did you mean --check' 'a misspelt option'
like "$("$irsc" check --format 2>&1)" 'wants a value' 'an option without its value'
like "$("$irsc" check --no-plan=3 x 2>&1)" 'takes no value' 'a flag with a value'
status 2 'a full disk is noticed' bash -c '"$1" help >/dev/full 2>/dev/null' - "$irsc"

echo 'fn f() { log }' >"$dir/bad.irs"
json=$("$irsc" check --no-plan --format=json "$dir/bad.irs")
is "$(jq -r '.diagnostics[0] | "\(.code) \(.severity) \(.line):\(.column)-\(.end_line):\(.end_column)"' <<<"$json")" 'IRS0110 error 1:13-1:13' 'JSON: one object'
is "$(jq -r '.diagnostics[0] | [has("message", "file", "notes", "help", "fix")] | all' <<<"$json" 2>/dev/null ||
	jq -r '.diagnostics[0] | (has("message") and has("file") and has("notes") and has("help") and has("fix"))' <<<"$json")" true 'JSON: all fields'
is "$("$irsc" check --no-plan --format json "$dir/bad.irs" 2>&1 >/dev/null)" '' 'JSON: nothing on standard error'
sarif=$("$irsc" check --no-plan --format sarif "$dir/bad.irs")
is "$(jq -r '[.version, .runs[0].tool.driver.name, .runs[0].results[0].ruleId, .runs[0].results[0].locations[0].physicalLocation.region.startLine] | join(" ")' \
	<<<"$sarif")" '2.1.0 irsc IRS0110 1' 'SARIF'
is "$(jq -r '.runs[0] | .results[0].ruleId == .tool.driver.rules[.results[0].ruleIndex].id' <<<"$sarif")" true 'SARIF: rules are found by their index'
unlike "$("$irsc" check --no-plan "$dir/bad.irs" 2>&1)" $'\033' 'no colour into a pipe'

like "$("$irsc" explain IRS0101)" '^IRS0101 unclosed_text \(error\): ' 'explain, by code'
is "$("$irsc" explain 0101)" "$("$irsc" explain IRS0101)" 'explain, by number'
is "$("$irsc" explain unclosed_text)" "$("$irsc" explain irs0101)" 'explain, by name'
status 2 'explain what there is not' "$irsc" explain IRS9999 2>/dev/null
"$irsc" explain --markdown >"$dir/errors.md"
same "$dir/errors.md" docs/errors.md 'docs/errors.md is current (UPDATE_GOLDENS=1 makes it so)'
codes=$(sed -nE 's/^DIAG\((IRS[0-9]+),.*/\1/p' include/irs/tbl/diag.def)
is "$(sort <<<"$codes" | uniq -d)" '' 'no code stands for two diagnostics'
for code in $codes; do
	lines=$("$irsc" explain "$code" | wc -l)
	((lines >= 3)) || fail "$code is explained"
done
done_testing
