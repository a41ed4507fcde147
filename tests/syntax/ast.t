#!/bin/bash
# Trees: what the parser makes of a file, golden by golden.
. tests/tap.sh
out=$(mktemp); trap 'rm -f "$out"' EXIT
for file in tests/syntax/ast/*.irs; do
	"$irsc" check --no-plan --dump ast "$file" >"$out" 2>/dev/null
	same "$out" "${file%.irs}.ast" "$file"
done
done_testing
