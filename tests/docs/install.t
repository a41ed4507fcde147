#!/bin/bash
# What `make install` puts somewhere works from there, and what was only built works from any folder.
. tests/tap.sh
dir=$(mktemp -d) && [ -d "$dir" ] || exit 1; trap 'rm -rf "$dir"' EXIT
export XDG_STATE_HOME=$dir/state
env -u MAKEFLAGS make -s install BUILD="$IRS_BUILD" DESTDIR="$dir/root" PREFIX=/usr >"$dir/out" 2>&1
is "$?" 0 "make install" || diag "$(cat "$dir/out")"
for page in docs/man/*.1; do ok "$page is installed" test -s "$dir/root/usr/share/man/man1/${page##*/}"; done
sed -n '/^```irs$/,/^```$/{/^```/!p}' README.md >"$dir/readme.irs"
cat >"$dir/flag.irs" <<'END'
use file
scenario "A flag appears" {
    target box: 1 host
    param dir: string = "/nowhere"
    step flag "put a flag" on box {
        do file.replace_in_place("#{dir}/flag", "changed")
    }
    resolved { expect true }
}
END
echo flag >"$dir/flag"
cd "$dir" || exit
for from in "$dir/root/usr/bin" "$IRS_BUILD"; do
	out=$("$from/irsc" check readme.irs 2>&1)
	is "$?" 0 "$from/irsc finds the standard library" || diag "$out"
	out=$("$from/irs" rehearse --local --set dir="$dir" flag.irs 2>&1)
	is "$?" 0 "$from/irs finds irsc beside it" || diag "$out"
done
is "$(cat flag)" flag "and all is undone"
done_testing
