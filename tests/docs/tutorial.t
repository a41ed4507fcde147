#!/bin/bash
# The tutorial, done as it says; where we are root, by an ordinary user as well.
. tests/tap.sh
. tests/docs/console.sh
at_end() {
	env -u XDG_STATE_HOME HOME="$dir/home" "$irs" restore --all >"$dir/restored" 2>&1
	scenarios/range/nginx stop "$dir/home/range"
}
play docs/tutorial.md

# In a mount namespace, because the tree may lie where only root may look.
as_nobody() {
	mkdir -m 755 "$dir/tree" && chmod 755 "$dir" && unshare -m bash -c '
		below=${IRS_BUILD#"$PWD"}
		mount --bind . "$1" && cd "$1" || exit
		IRS_BUILD=$1$below exec setpriv --reuid=65534 --regid=65534 --clear-groups tests/docs/tutorial.t' - "$dir/tree" >"$dir/out" 2>&1
}
if [ "$(id -u)" = 0 ]; then ok "an ordinary user sees the same" as_nobody || diag "$(cat "$dir/out")"; fi
done_testing
