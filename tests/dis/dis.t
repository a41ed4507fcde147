#!/bin/bash
# irsc dis: goldens of the disassembly, and that every opcode and every kind of record stands in one.
. tests/tap.sh
dir=$(mktemp -d) && [ -d "$dir" ] || exit 1; trap 'rm -rf "$dir"' EXIT

for source in tests/dis/*.irs; do
	"$irsc" dis "$source" > "$dir/out" 2> "$dir/err"
	is "$?" 0 "$source is disassembled" || diag "$(cat "$dir/err")"
	same "$dir/out" "${source%.irs}.golden" "$source reads as it did"
done

missing=
while read -r opcode; do
	grep -qE "^ +[0-9]+  $opcode( |\$)" tests/dis/*.golden || missing+=" $opcode"
done < <(sed -nE 's/^OP\(([A-Z_]+),.*/\1/p' include/irs/tbl/opcode.def)
is "$missing" "" "every opcode stands in a golden"

widest=$(grep -vE '^ +[0-9]+ \|' tests/dis/everything.golden | awk '{ if (length($0) > n) n = length($0) } END { print n }')
ok "no line is wider than 120 columns" test "$widest" -le 120

# From a file it says the same, but for the text of the source lines.
"$irsc" build tests/dis/everything.irs -o "$dir/x.irb"
"$irsc" dis "$dir/x.irb" | sed -E 's/^( +[0-9]+ \|).*/\1/' > "$dir/from-image"
sed -E 's/^( +[0-9]+ \|).*/\1/' tests/dis/everything.golden > "$dir/from-source"
ok "an image reads like its source, without the lines" cmp "$dir/from-image" "$dir/from-source"
cp tests/dis/everything.irs "$dir/"; touch -d 2020-01-01 "$dir/everything.irs"
ok "with the source of then beside it, with them" cmp <("$irsc" dis "$dir/x.irb") tests/dis/everything.golden
touch -d '1 hour' "$dir/everything.irs"
ok "not with a source that has changed since" cmp <("$irsc" dis "$dir/x.irb" | sed -E 's/^( +[0-9]+ \|).*/\1/') <("$irsc" dis "$dir/x.irb")
unlike "$(cat "$dir/from-image")" "Somebody made a mess" "nothing hidden is in it"
ok "nothing hidden is in the file" test "$(grep -ac "Somebody made a mess" "$dir/x.irb")" = 0

# docs/image.md ends with the tables, made from the same files as the code.
mark='<!-- What follows is printed by: irsc dis --tables -->'
sed "/^$mark\$/q" docs/image.md > "$dir/page"; "$irsc" dis --tables >> "$dir/page"
same "$dir/page" docs/image.md "docs/image.md has the tables as they are"

said=$("$irsc" dis "$dir/nothing.irb" 2>&1); is "$?" 2 "a missing file is exit 2"
like "$said" "nothing.irb" "which is named"
said=$("$irsc" dis tests/dis/dis.t 2>&1); is "$?" 2 "what is no image is exit 2"
like "$said" "no compiled scenario" "and is called so"
head -c 1000 "$dir/x.irb" > "$dir/cut.irb"
said=$("$irsc" dis "$dir/cut.irb" 2>&1); is "$?" 2 "half an image is exit 2"
like "$said" "ends too early" "and is called so"
{ head -c 8 "$dir/x.irb"; printf '\7\0\0\0'; tail -c +13 "$dir/x.irb"; } > "$dir/other.irb"
said=$("$irsc" dis "$dir/other.irb" 2>&1); is "$?" 2 "an image of another version is exit 2"
like "$said" "version 7; this program reads 1" "both versions are named"
like "$said" "build it again" "and what to do"
done_testing
