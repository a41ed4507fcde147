#!/bin/bash
# Every command has a man page that mandoc accepts and that names each of its options.
. tests/tap.sh
for page in docs/man/*.1; do
	out=$(mandoc -T lint -W warning "$page" 2>&1)
	is "$out" "" "$page is clean mdoc"
done
for program in irsc irs; do
	for verb in $("$IRS_BUILD/$program" --help | sed -nE 's/^  ([a-z]+) .*/\1/p' | grep -v '^help$'); do
		page=docs/man/$program-$verb.1
		[ "$program-$verb" = irs-abort ] && page=docs/man/irs-end.1
		ok "$program $verb has a page" test -e "$page" || continue
		text=$(mandoc -T utf8 "$page" | sed 's/.\x08//g')
		for option in $("$IRS_BUILD/$program" "$verb" --help | grep -oE -- '--[a-z][a-z-]*' | sort -u | grep -vxE -- '--(help|version)'); do
			like "$text" "(^|[^a-z-])$option([^a-z-]|\$)" "$program-$verb(1) tells of $option"
		done
	done
done
done_testing
