#!/bin/bash
# service: init scripts (Debian's of nginx among them) and plain pid files, in namespaces of its own. systemd.t has systemd.
. tests/tap.sh
. tests/rehearse.sh
namespaced "$0" mn
at_end() { for file in "$dir"/*/pid /run/nginx.pid; do [ ! -e "$file" ] || kill -KILL "$(cat "$file")" 2>/dev/null; done; }
mount -t tmpfs tmpfs /run
ip link set lo up

# daemon HOME SECONDS: a daemon of ours, HOME/daemon start|stop|status, which takes SECONDS to end.
daemon() {
	local home=$1 seconds=$2
	mkdir "$home"
	cat >"$home/daemon" <<-END
		#!/bin/bash
		running() { [ -e $home/pid ] && grep -q "^State:[[:space:]]*[RSD]" "/proc/\$(cat $home/pid)/status" 2>/dev/null; }
		case \$1 in
		start) running || { env >$home/environment; $home/serve & echo \$! >$home/pid; } ;;
		stop) ! running || { kill "\$(cat $home/pid)"; while running; do sleep 0.1; done; rm $home/pid; } ;;
		status) running || exit 3 ;;
		esac
	END
	cat >"$home/serve" <<-END
		#!/bin/bash
		trap 'touch $home/told; sleep $seconds; exit' TERM
		while :; do sleep 0.1; done
	END
	chmod +x "$home/daemon" "$home/serve"
	"$home/daemon" start </dev/null >/dev/null 2>&1
}
state() { "$dir/quick/daemon" status && echo "it runs, $(pgrep -fc "^/bin/bash $dir/quick/serve") time"; }
daemon "$dir/quick" 0
proven "service.stop_by_pid_file" state "do service.stop_by_pid_file(\"$dir/quick/pid\", start: [\"$dir/quick/daemon\", \"start\"])"

# What takes long to end, longer than a verify waits.
daemon "$dir/slow" 12
rehearsed "service.stop_by_pid_file of a slow server" "do service.stop_by_pid_file(\"$dir/slow/pid\", start: [\"$dir/slow/daemon\", \"start\"])"
status 0 "the slow server runs" "$dir/slow/daemon" status
rm -f "$dir/slow/told"
before=$(cat "$dir/slow/pid")
"$irs" run --local --hold 1h "$dir/rehearsed.irs" >"$dir/held" 2>&1 & held_pid=$!
ok "the slow server is told to end" eventually test -e "$dir/slow/told"
killed
out=$("$irs" restore --all 2>&1)
well "$?" "the runner is killed while it ends" "$out"
status 0 "it runs" "$dir/slow/daemon" status
ok "and is another one, that stays" test "$(cat "$dir/slow/pid")" != "$before"

# A stale pid file, whose number has come to somebody else.
sleep 1000 & innocent=$!
echo "$innocent" >"$dir/stale.pid"
touch -d '2001-02-03 04:05:06' "$dir/stale.pid"
scenario "do service.stop_by_pid_file(\"$dir/stale.pid\", start: [\"true\"])" >"$dir/stale.irs"
out=$("$irs" rehearse --local "$dir/stale.irs" 2>&1)
ok "a stale pid file is refused" test "$?" != 0
like "$(tr -s ' \n' ' ' <<<"$out")" 'its process is younger than the file' "and it says so"
ok "the innocent lives" kill -0 "$innocent"
kill "$innocent"; wait "$innocent" 2>/dev/null
out=$("$irs" rehearse --local "$dir/stale.irs" 2>&1)
ok "a pid file of a process that is gone is refused" test "$?" != 0
unlike "$out" "inducing" "before anything is done"

# Init scripts.
mkdir "$dir/init.d"
cp "$dir/quick/daemon" "$dir/init.d/practice-daemon"
cp /etc/init.d/nginx "$dir/init.d"
mount --bind "$dir/init.d" /etc/init.d
export ONLY_THE_RUNNERS=1
proven "service.stop with an init script" state 'do service.stop("practice-daemon")'
unlike "$(cat "$dir/quick/environment")" ONLY_THE_RUNNERS "the daemon is started with a clean environment"

if [ ! "${IRS_TEST_BUSYBOX-}" ]; then # Debian's script wants Debian's tools
mount -t tmpfs tmpfs /etc/nginx
mkdir /run/nginx
[ "$(id -u)" != 0 ] || echo 'user root;' >/etc/nginx/nginx.conf
cat >>/etc/nginx/nginx.conf <<END
pid /run/nginx.pid;
error_log /run/nginx/error.log;
events { }
http {
    access_log off;
    client_body_temp_path /run/nginx/body; proxy_temp_path /run/nginx/proxy; fastcgi_temp_path /run/nginx/fastcgi;
    uwsgi_temp_path /run/nginx/uwsgi; scgi_temp_path /run/nginx/scgi;
    server { listen 127.0.0.1:80; location / { return 200 "welcome\n"; } }
}
END
/etc/init.d/nginx start >/dev/null </dev/null
page() { curl -s --max-time 5 http://127.0.0.1/; ls /run; tr '\0' '\n' <"/proc/$(cat /run/nginx.pid)/cmdline"; } 2>/dev/null
like "$(page)" welcome "nginx runs"
proven "service.stop with nginx's own init script" page 'do service.stop("nginx")'
proven "service.stop_by_pid_file with nginx" page 'do service.stop_by_pid_file("/run/nginx.pid", start: ["/usr/sbin/nginx"])'
fi

scenario 'do service.stop("no-such-service")' >"$dir/none.irs"
out=$("$irs" rehearse --local "$dir/none.irs" 2>&1)
ok "a service that doesn't exist is refused" test "$?" != 0
like "$out" "no-such-service" "and named"
unlike "$out" "inducing" "before anything is done"
done_testing
