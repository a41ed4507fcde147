#!/bin/bash
# irsc build: one image, whole or not at all, the same each time.
. tests/tap.sh
dir=$(mktemp -d) && [ -d "$dir" ] || exit 1; trap 'rm -rf "$dir"' EXIT
cp tests/dis/everything.irs "$dir/s.irs"

ok "a scenario is built" "$irsc" build "$dir/s.irs"
ok "beside it, as .irb" test -s "$dir/s.irb"
is "$(stat -c %a "$dir/s.irb")" 600 "for its owner only: it holds what responders must not know"
"$irsc" build "$dir/s.irs" -o "$dir/again.irb"
ok "twice gives the same bytes" cmp "$dir/s.irb" "$dir/again.irb"
mkdir "$dir/elsewhere"; cp "$dir/s.irs" "$dir/elsewhere/s.irs"
(cd "$dir/elsewhere" && "$irsc" build s.irs)
ok "also from another folder" cmp "$dir/s.irb" "$dir/elsewhere/s.irb"
"$irsc" build "$dir/s.irs" -o - > "$dir/piped.irb"
ok "-o - writes to standard output" cmp "$dir/s.irb" "$dir/piped.irb"
said=$("$irsc" build - < "$dir/s.irs" 2>&1); is "$?" 2 "what comes by a pipe needs a name"
like "$said" "needs an output" "and it says so"

before=$(sha256sum < "$dir/s.irb")
sed 's/pick(many)/pick(none)/' "$dir/s.irs" > "$dir/wrong.irs"; mv "$dir/wrong.irs" "$dir/s.irs"
said=$("$irsc" build "$dir/s.irs" 2>&1); is "$?" 1 "a file with errors is exit 1"
like "$said" "none" "which are shown"
is "$(sha256sum < "$dir/s.irb")" "$before" "and the image of before is as it was"
is "$(ls "$dir" | grep -vc -e '^s.irs$' -e '^s.irb$' -e '^again.irb$' -e '^piped.irb$' -e '^elsewhere$')" 0 "nothing else is left behind"

said=$("$irsc" build stdlib/process.irs -o "$dir/m.irb" 2>&1); is "$?" 2 "a module can't be built"
like "$said" "module" "and it says so"
ok "nor is anything written" test ! -e "$dir/m.irb"
said=$("$irsc" build tests/dis/everything.irs -o "$dir/no/such/x.irb" 2>&1); is "$?" 2 "an output that can't be written is exit 2"
like "$said" "no/such" "which is named"
source=$(sha256sum < "$dir/elsewhere/s.irs"); ln -s s.irs "$dir/elsewhere/link.irb"
said=$("$irsc" build "$dir/elsewhere/s.irs" -o "$dir/elsewhere/s.irs" 2>&1); is "$?" 2 "the source is no place for its image"
like "$said" "source of this scenario" "and it says so"
"$irsc" build "$dir/elsewhere/s.irs" -o "$dir/elsewhere/link.irb" 2>"$dir/said"; is "$?" 2 "nor is it by a link"
is "$(sha256sum < "$dir/elsewhere/s.irs")" "$source" "it is as it was"
rm "$dir/said"
said=$("$irsc" build "$dir" 2>&1); is "$?" 2 "a folder is exit 2"
{ printf 'scenario "s" {\n'; for i in $(seq 70); do echo "  target t$i: 1 host"; done
  printf '  step a {\n    induce { run "true" }\n    verify { run "true" }\n    restore { run "true" }\n  }\n}\n'; } > "$dir/many.irs"
said=$("$irsc" build "$dir/many.irs" 2>&1)
like "$said" "more targets than the machine allows" "a scenario too large for an image is refused with its reason"
ok "and nothing is written" test ! -e "$dir/many.irb"
done_testing
