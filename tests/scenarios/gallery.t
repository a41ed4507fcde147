#!/bin/bash
# The gallery against the practice range: every scenario is rehearsed, and seen from outside while it lasts.
. tests/tap.sh
. tests/rehearse.sh
namespaced "$0" mn
web=$dir/web
at_end() { scenarios/range/nginx stop "$web"; umount -l "$web/var" 2>/dev/null; }

ip link set lo up
mkdir -p "$web/var"
mount -t tmpfs -o size=1m tmpfs "$web/var"
scenarios/range/nginx start "$web" 0 3
port=$(scenarios/range/nginx port "$web")
answers() { curl -s -o /dev/null --max-time 2 -w '%{http_code}' "$@"; }
page=http://127.0.0.1:$port/
is "$(answers "$page")" 200 "the range answers"
is "$(answers -d bytes "$page/upload")" 200 "and takes uploads"
common=(--set "port=$port")

# played SCENARIO WANTED-STATUS URL ARG…: rehearsed, then run and seen from outside.
played() {
	local file=scenarios/$1.irs wanted=$2 url=$3 name=$1 out; shift 3
	out=$("$irsc" check "$file" 2>&1)
	well "$?" "$name checks" "$out"
	out=$("$irsc" lint "$file" 2>&1)
	is "$out" "" "$name has nothing to lint"
	out=$("$irs" rehearse --local "${common[@]}" "$@" "$file" 2>&1)
	well "$?" "$name can be rehearsed" "$out"
	held "$file" "${common[@]}" "$@"
	is "$(answers -d bytes "$url")" "$wanted" "$name: what responders see"
	released
	is "$?" 0 "$name: the run ends well"
	is "$(answers "$page") $(answers -d bytes "$page/upload")" "200 200" "$name: all is well again"
}
played frozen-nginx 000 "$page" --set "pid_file=$web/nginx.pid"
played nginx-broken-config 502 "$page" --set "pid_file=$web/nginx.pid" --set "configuration=$web/nginx.conf"
# A link to the configuration that is turned meanwhile doesn't lead the way back astray.
cp "$web/nginx.conf" "$dir/was"
ln -s "$web/nginx.conf" "$dir/link"
held scenarios/nginx-broken-config.irs "${common[@]}" --set "pid_file=$web/nginx.pid" --set "configuration=$dir/link"
is "$(answers "$page")" 502 "a configuration behind a link is broken"
echo other >"$dir/other"
ln -sfn "$dir/other" "$dir/link"
released
is "$?" 0 "the link is turned, and the run ends well"
ok "the configuration is what it was" cmp "$web/nginx.conf" "$dir/was"
is "$(cat "$dir/other")" other "and the other file, too"

played full-disk-under-log 500 "$page/upload" --set "directory=$web/var/log"
is "$(ls "$web/var/log" | tr '\n' ' ')$(ls "$web" | tr '\n' ' ')" "access.log error.log nginx.conf nginx.pid tmp var " "nothing is left in the range"

scenarios/range/nginx stop "$web"
ok "the range stops by its own pid file" test ! -e "$web/nginx.pid"
done_testing
