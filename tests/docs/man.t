#!/bin/bash
# Every command has a man page that mandoc accepts, that names each of its options, and whose examples work; its help says the same in 80 columns.
. tests/tap.sh
for page in docs/man/*.1; do
	out=$(mandoc -T lint -W warning "$page" 2>&1)
	is "$out" "" "$page is clean mdoc"
done

# Examples behind `$ ` are typed as they stand, with a free port and a home of their own.
. tests/docs/console.sh
port=$(page_port)
checkout
at_end() { scenarios/range/nginx stop "$dir/home/range"; }
export NO_COLOR=1
for page in docs/man/*.1; do
	ok "$page has examples" grep -q '^\.Sh EXAMPLES$' "$page"
	while IFS= read -r command; do
		out=$(cd "$dir/irs" && env -u XDG_STATE_HOME HOME="$dir/home" PATH="$dir/irs/build:$PATH" sh -c "$command" 2>&1 </dev/null)
		is "$?" 0 "$page: $command" || diag "$out"
	done < <(sed -n "s/^\.Dl \$ //; T; s/8080/$port/g; p" "$page")
done

for program in irsc irs; do
	like "$("$IRS_BUILD/$program" --version)" "^$program [0-9.]+\$" "$program tells its version"
	for verb in $("$IRS_BUILD/$program" --help | sed -nE 's/^  ([a-z]+) .*/\1/p' | grep -v '^help$'); do
		page=docs/man/$program-$verb.1
		[ "$program-$verb" = irs-abort ] && page=docs/man/irs-end.1
		ok "$program $verb has a page" test -e "$page" || continue
		help=$(COLUMNS=80 "$IRS_BUILD/$program" "$verb" --help)
		is "$(COLUMNS=80 "$IRS_BUILD/$program" help "$verb")" "$help" "$program help $verb says the same as --help"
		is "$(LC_ALL=C.UTF-8 grep -E '.{81}' <<<"$help")" "" "in 80 columns"
		text=$(mandoc -T utf8 "$page" | sed 's/.\x08//g')
		for option in $("$IRS_BUILD/$program" "$verb" --help | grep -oE -- '--[a-z][a-z-]*' | sort -u | grep -vxE -- '--(help|version)'); do
			like "$text" "(^|[^a-z-])$option([^a-z-]|\$)" "$program-$verb(1) tells of $option"
		done
	done
done
done_testing
