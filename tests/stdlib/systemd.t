#!/bin/bash
# service.stop with a real systemd: it is booted as the first process of namespaces of its own, with nothing but our units and that of Debian's nginx.
. tests/tap.sh
. tests/rehearse.sh

# What systemd starts from, and the first steps of its process 1.
units() {
	local target
	for target in sysinit basic shutdown sockets timers multi-user default; do printf '[Unit]\nDefaultDependencies=no\n' >"$target.target"; done
	cp /lib/systemd/system/nginx.service .
	printf '[Service]\nExecStart=/bin/sleep 1000\nRestart=always\nRestartSec=100ms\n' >practice.service
	printf '[Unit]\nRequires=practice.service\nAfter=practice.service\n[Service]\nExecStart=/bin/sleep 1000\n' >dependent.service
	printf '[Unit]\nPartOf=dependent.service\n[Service]\nExecStart=/bin/sleep 1000\n' >part.service
	printf '[Socket]\nListenStream=127.0.0.1:7777\n' >activated.socket
	printf '[Service]\nExecStart=/bin/sleep 1000\n' >activated.service
	printf '[Service]\nExecStart=/bin/sleep 1000\n' >masked.service
	printf "[Service]\nExecStart=/bin/sh -c 'trap \"\" TERM; while :; do sleep 1; done'\nTimeoutStopSec=2\n" >stubborn.service
}
first_steps() {
	cat <<-END
		set -e
		mount --make-rprivate /
		mount -t proc proc /proc
		mount -t tmpfs tmpfs /run
		mount -t tmpfs tmpfs /var/log
		mount -t tmpfs tmpfs /etc/nginx
		umount -R /sys/fs/cgroup
		mount -t cgroup2 cgroup2 /sys/fs/cgroup
		mkdir /var/log/nginx /run/units
		cp $dir/units/* /run/units
		cp $dir/nginx.conf /etc/nginx
		ip link set lo up
		exec env -i container=practice PATH="\$PATH" SYSTEMD_UNIT_PATH=/run/units /lib/systemd/systemd --system --log-target=console --show-status=no
	END
}
if [ -z "${IRS_TEST_NAMESPACE-}" ]; then
	if [ "$(id -u)" != 0 ]; then skip "systemd" "only root gives it a control group"; done_testing; fi
	[ -e /sys/fs/cgroup/cgroup.procs ] && groups=/sys/fs/cgroup || groups=/sys/fs/cgroup/unified
	group=$groups/irs-test-$$
	at_end() {
		kill -KILL "$keeper" 2>/dev/null; wait "$keeper" 2>/dev/null
		echo 0 >"$groups/cgroup.procs"
		eventually eval '! grep -q . $(find "$group" -name cgroup.procs)' && find "$group" -depth -type d -exec rmdir {} +
	}
	mkdir "$dir/units" && (cd "$dir/units" && units)
	echo 'events { } http { server { listen 127.0.0.1:80; location / { return 200 "welcome\n"; } } }' >"$dir/nginx.conf"
	first_steps >"$dir/first"
	mkdir "$group" && echo 0 >"$group/cgroup.procs"
	unshare --pid --fork --kill-child --mount --uts --ipc --cgroup --net sh "$dir/first" </dev/null >"$dir/log" 2>&1 & keeper=$!
	inside() { nsenter -t "$(pgrep -P "$keeper")" --all "$@"; }
	if ! eventually eval 'inside systemctl is-system-running 2>/dev/null | grep -q running'; then sed 's/^/# /' "$dir/log"; fi
	IRS_TEST_NAMESPACE=1 inside env -C "$PWD" bash "$0"
	exit
fi

is "$(cat /proc/1/comm)" systemd "systemd is process 1"
systemctl start nginx practice dependent part activated.socket activated masked stubborn
# What is to be as before: the units (but mounts, which others may take away) and their states, the sockets, the page.
state() {
	systemctl list-units --type=service,socket,timer,target --all --plain --no-legend | while read -r unit load active sub rest; do echo "$unit $load $active $sub"; done
	ss -Hltn | tr -s ' '
	curl -s --max-time 5 http://127.0.0.1/
}
like "$(state)" '^welcome' "nginx runs"
proven "service.stop with nginx's own unit" state 'do service.stop("nginx")'
proven "service.stop of a unit that is always restarted, and that others require" state 'do service.stop("practice.service")'
rehearsed "service.stop of a unit that TERM doesn't end" 'do service.stop("stubborn")'

before=$(state)
scenario 'do service.stop("practice")' >"$dir/stop.irs"
held "$dir/stop.irs"
is "$(systemctl is-active practice dependent part | tr '\n' ' ')" "inactive inactive inactive " "what requires it is down, too"
released
is "$?" 0 "the run ends well"
is "$(state)" "$before" "and all of it is up again"

scenario 'do service.stop("activated")' >"$dir/stop.irs"
held "$dir/stop.irs"
ok "the socket of a service that it activates is closed" eval '! (exec 3<>/dev/tcp/127.0.0.1/7777) 2>/dev/null'
is "$(systemctl is-active activated)" inactive "so nobody wakes the service"
released
is "$?" 0 "the run ends well"
is "$(state)" "$before" "and the socket listens again"

ln -sf /dev/null /run/units/masked.service
systemctl daemon-reload
systemd-run --quiet --unit=transient sleep 1000
before=$(state)
refused() {
	local out
	scenario "do service.stop(\"$1\")" >"$dir/stop.irs"
	out=$("$irs" rehearse --local "$dir/stop.irs" 2>&1)
	ok "$1 is refused" test "$?" != 0
	like "$(tr -s ' \n' ' ' <<<"$out")" "$2" "and it says why"
	is "$(state)" "$before" "before anything is done"
}
refused masked "masked.service is masked"
refused transient "transient.service can't be started again"
refused no-such-unit "no-such-unit.service doesn't exist"
done_testing
