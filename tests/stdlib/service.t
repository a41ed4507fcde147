#!/bin/bash
# service: init scripts, systemd (one that we play) and plain pid files, in a mount namespace of its own.
. tests/tap.sh
. tests/rehearse.sh
namespaced "$0" mn
at_end() { [ ! -e "$dir/pid" ] || kill -KILL "$(cat "$dir/pid")" 2>/dev/null; }

# One daemon, three ways to it.
cat >"$dir/daemon" <<END
#!/bin/bash
running() { [ -e "$dir/pid" ] && grep -q "^State:[[:space:]]*[RSD]" "/proc/\$(cat "$dir/pid")/status" 2>/dev/null; }
case \$1 in
start) running || { sleep 1000 & echo \$! >"$dir/pid"; } ;;
stop) ! running || { kill "\$(cat "$dir/pid")"; rm "$dir/pid"; } ;;
status) running || exit 3 ;;
esac
END
chmod +x "$dir/daemon"
start() { "$dir/daemon" start </dev/null >/dev/null 2>&1; }

start
rehearsed "service.stop_by_pid_file" "do service.stop_by_pid_file(\"$dir/pid\", start: [\"$dir/daemon\", \"start\"])"
status 0 "the daemon runs" "$dir/daemon" status

mkdir "$dir/init.d"
cp "$dir/daemon" "$dir/init.d/practice-daemon"
mount --bind "$dir/init.d" /etc/init.d
mount -t tmpfs tmpfs /run
rehearsed "service.stop with an init script" 'do service.stop("practice-daemon")'
status 0 "the daemon runs" "$dir/daemon" status

scenario 'do service.stop("no-such-service")' >"$dir/none.irs"
out=$("$irs" rehearse --local "$dir/none.irs" 2>&1)
ok "a service that doesn't exist is refused" test "$?" != 0
like "$out" "no-such-service" "and named"
unlike "$out" "inducing" "before anything is done"

# systemctl, as far as the stdlib asks it.
mkdir -p /run/systemd/system "$dir/bin"
cat >"$dir/bin/systemctl" <<END
#!/bin/bash
echo "\$*" >>"$dir/asked"
case \$* in
"is-active --quiet -- practice-unit") exec "$dir/daemon" status ;;
"stop -- practice-unit") exec "$dir/daemon" stop ;;
"start -- practice-unit") "$dir/daemon" start </dev/null >/dev/null 2>&1 ;;
*) exit 1 ;;
esac
END
chmod +x "$dir/bin/systemctl"
PATH=$dir/bin:$PATH rehearsed "service.stop with systemd" 'do service.stop("practice-unit")'
status 0 "the daemon runs" "$dir/daemon" status
like "$(cat "$dir/asked")" '^stop -- practice-unit$' "systemctl was asked"
done_testing
