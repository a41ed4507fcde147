#!/bin/bash
# The stdlib on a machine that has nothing but busybox: its sh is /bin/sh, and its applets are what commands find (but for nft and systemctl, which it has not).
. tests/tap.sh
. tests/rehearse.sh
namespaced "$0" mn
busybox=$(command -v busybox)
mkdir "$dir/applets"
"$busybox" --install -s "$dir/applets"
rm -f "$dir/applets"/{bash,unshare,nsenter,ip,bash,env,timeout,realpath}   # the tests' own
mount --bind "$busybox" "$(readlink -f /bin/sh)"
is "$(sh -c 'busybox | head -n 1 | cut -c1-7' 2>&1)" BusyBox "sh is busybox"
export PATH=$dir/applets:$PATH IRS_TEST_BUSYBOX=1
for module in process file service; do
	out=$(env -u XDG_STATE_HOME bash "tests/stdlib/$module.t" 2>&1)
	well "$?" "$module" "$out"
done
done_testing
