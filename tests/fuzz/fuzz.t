#!/bin/bash
# A bounded run of every fuzz target; `make fuzz` is the long one.
. tests/tap.sh
for source in tests/fuzz/fuzz_*.c; do
	target=$(basename "$source" .c)
	out=$(make --no-print-directory fuzz BUILD="${IRS_BUILD%/asan}" SAN= FUZZ="$target" FUZZ_SECONDS="${FUZZ_SECONDS:-5}" 2>&1)
	is "$?" 0 "$target finds nothing in ${FUZZ_SECONDS:-5} s"
	like "$out" "^ok +$target" "$target ran" || diag "$out"
done
done_testing
