# TAP for shell tests: `. tests/tap.sh`, then ok/is/like…, and `done_testing` at the end.
tap_n=0 tap_failed=0
irsc=${IRS_BUILD:?}/irsc irs=$IRS_BUILD/irs
pass() { tap_n=$((tap_n + 1)); echo "ok $tap_n - $1"; }
# fail NAME LINE…: with what was seen. A check that fails is false, so that a test can say more: `ok … || diag …`.
fail() { tap_n=$((tap_n + 1)); tap_failed=$((tap_failed + 1)); echo "not ok $tap_n - $1"; shift; local line; for line; do diag "$line"; done; return 1; }
skip() { tap_n=$((tap_n + 1)); echo "ok $tap_n - $1 # SKIP $2"; }
diag() { printf '%s\n' "$*" | sed 's/^/# /'; }
# ok NAME COMMAND…: passes if the command succeeds.
ok() { local name=$1; shift; if "$@"; then pass "$name"; else fail "$name" "command failed: $*"; fi; }
# is GOT WANTED NAME
is() { if [ "$1" = "$2" ]; then pass "$3"; else fail "$3" "got:    $1" "wanted: $2"; fi; }
# like TEXT REGEX NAME
like() { if grep -qE -- "$2" <<<"$1"; then pass "$3"; else fail "$3" "text: $1" "lacks: $2"; fi; }
unlike() { if grep -qE -- "$2" <<<"$1"; then fail "$3" "text: $1" "has: $2"; else pass "$3"; fi; }
# status WANTED NAME COMMAND…: its exit status.
status() { local wanted=$1 name=$2 got; shift 2; "$@"; got=$?; is "$got" "$wanted" "$name"; }
# same FILE GOLDEN NAME: with UPDATE_GOLDENS=1 the golden is written instead.
same() {
	if [ "${UPDATE_GOLDENS-}" ]; then mkdir -p "$(dirname "$2")" && cp "$1" "$2"; fi
	if cmp -s "$1" "$2"; then pass "$3"; else fail "$3" "$(diff -u "$2" "$1" | head -n 40)"; fi
}
# What differs from run to run, times and session ids, keeps its form only.
formal() { sed -E 's/[0-9]{2}:[0-9]{2}:[0-9]{2}/00:00:00/g; s/[0-9]{8}-[0-9]{6}-[0-9a-f]{4}/00000000-000000-0000/g; s/[0-9]+ milliseconds/0 milliseconds/'; }
done_testing() { echo "1..$tap_n"; exit $((tap_failed > 0)); }
