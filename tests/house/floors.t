#!/bin/bash
# The house rule that carries the architecture: a file includes only from floors below its own (docs/HACKING.md).
. tests/tap.sh
declare -A floor=([base]=0 [sys]=1 [image]=1 [vm]=2 [record]=2 [http]=2 [plan]=2 [world]=3 [report]=3 [lang]=3 [session]=4 [compile]=4 [cmd]=5)
declare -A owner
while read -r header dir; do [[ $header == \#* || -z $header ]] || owner[$header]=$dir; done < tests/house/owners

# breaches FILE DIR: prints each include of FILE (which belongs to DIR) that the floors forbid.
breaches() {
	local file=$1 dir=$2 header
	while read -r header; do
		case $header in
		irs/tbl/*) ;;
		irs/*.h)
			local name=${header#irs/}; name=${name%.h}
			local from=${owner[$name]-}
			if [ -z "$from" ]; then echo "$file: $header has no owner in tests/house/owners"
			elif [ "$from" != "$dir" ] && ((floor[$from] >= floor[$dir])); then echo "$file: $header is of $from, not below $dir"; fi ;;
		*/*) echo "$file: \"$header\" is another directory's private header" ;;
		*) [ -e "$(dirname "$file")/$header" ] || [[ $header == irs.*.h ]] || echo "$file: \"$header\" is not in its own directory" ;;
		esac
	done < <(sed -nE 's/^[[:space:]]*#[[:space:]]*include[[:space:]]+"([^"]+)".*/\1/p' "$file")
}

found=
for file in src/*/*.[ch]; do
	dir=$(basename "$(dirname "$file")")
	found+=$(breaches "$file" "$dir")
	[ "${floor[$dir]+known}" ] || found+="$file: unknown directory"
done
for file in include/irs/*.h; do
	name=$(basename "$file" .h)
	[ "${owner[$name]+known}" ] || { found+="$file has no owner in tests/house/owners; "; continue; }
	found+=$(breaches "$file" "${owner[$name]}")
done
is "$found" "" "no include goes upwards or sideways"

# Cycles among the private headers of one directory, and among the public ones.
cycles=$(for file in include/irs/*.h src/*/*.h; do
	sed -nE "s|^[[:space:]]*#[[:space:]]*include[[:space:]]+\"(irs/)?([^\"/]+\.h)\".*|$(basename "$file") \2|p" "$file"
done | tsort 2>&1 >/dev/null)
is "$cycles" "" "no headers include each other in a circle"

# What the test above can see must be able to fail: a breach made on purpose is found.
probe=$(mktemp -d) && [ -d "$probe" ] || exit 1
mkdir -p "$probe/src/vm"; echo '#include "irs/check.h"' > "$probe/src/vm/bad.c"
like "$(breaches "$probe/src/vm/bad.c" vm)" "not below vm" "an upward include is found"
rm -rf "$probe"

needed() { objdump -p "$1" | awk '$1 == "NEEDED" { print $2 }'; }
symbols() { nm -g --defined-only "$@" | awk 'NF == 3 { print $3 }'; }
libs=$(needed "$irsc")
unlike "$libs" 'libcurl|libssh2|libuv' "irsc loads neither libcurl nor libssh2 nor libuv"
like "$libs" 'libjansson' "the list of irsc's libraries can be read"
names=$(symbols "$irs")
compilers() { grep -Fxf <(symbols "$IRS_BUILD"/lib/{lang,compile}.a | grep -v '^__'); }
is "$(compilers <<<"$names")" "" "irs links nothing of the compiler"
like "$(symbols "$irsc" | compilers)" '^parse_file$' "the same look at irsc finds the parser"
like "$names" '^image_load$' "irs has the image loader"
is "$(symbols "$IRS_BUILD"/lib/*.a | grep -v '^__' | sort | uniq -d)" "" "no two directories define the same name: the linker would take the first"
for binary in "$irsc" "$irs"; do
	headers=$(readelf -hldW "$binary")
	like "$headers" 'DYN \(Position' "$(basename "$binary") is position-independent"
	like "$headers" 'GNU_RELRO' "$(basename "$binary") has its relocations read-only"
	like "$headers" 'BIND_NOW|NOW' "$(basename "$binary") binds at once"
	# Sanitizers and unoptimised builds do without.
	nm "$binary" | grep -qE '__asan_|__gcov_' || like "$(nm -D "$binary")" ' U __[a-z]+_chk' "$(basename "$binary") has its buffers' lengths checked"
done
done_testing
