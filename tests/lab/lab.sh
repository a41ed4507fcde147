# lab.sh: hosts on this machine, each with its own network, file system, processes and name, and its own sshd. Sourced by tests.
#
#   lab_new                     makes $lab: a folder in memory, the runner's network, keys; everything goes when the test ends
#   lab_host NAME [VARIANT…]    starts a host; variants are the functions variant_* below
#   lab_wait                    until the sshd of every host listens
#   lab_run COMMAND…            in the runner's network, with its HOME ($lab/home)
#   lab_on NAME COMMAND…        on a host as its root, without SSH
#   lab_reboot NAME             all of its processes and mounts go, and it comes up again with another boot id
#   lab_cut NAME in|out         packets to, or from, a host are lost from here on; lab_mend NAME ends that
#   lab_inventory               prints the inventory of all hosts: groups "all" and, per host, its own variables
#
# Addresses are 10.213.0.0/16 within a network namespace that the lab makes: nothing reaches the machine's own network.

lab_pid() { cat "$lab/$1/pid"; }

lab_new() {
	lab=$(mktemp -d /tmp/irs-lab-XXXXXX)
	lab_hosts=()
	trap lab_down EXIT
	mount -t tmpfs -o mode=755 tmpfs "$lab"
	mkdir -p "$lab/home/.ssh" "$lab/runner"
	chmod 700 "$lab/home" "$lab/home/.ssh"
	unshare --net --kill-child -- sleep infinity &
	lab_runner=$!
	disown
	ssh-keygen -q -t ed25519 -N '' -C lab -f "$lab/home/.ssh/id_ed25519"
	ssh-keygen -q -t ed25519 -N '' -C host -f "$lab/host_ed25519"
	printf 'Host *\n\tUserKnownHostsFile %s/home/.ssh/known_hosts\n\tIdentityFile %s/home/.ssh/id_ed25519\n' "$lab" "$lab" >"$lab/home/.ssh/config"
	until lab_net 2>/dev/null ip link add br0 type bridge; do sleep 0.01; done
	lab_net ip addr add 10.213.0.1/16 dev br0
	lab_net ip link set br0 up
	lab_net ip link set lo up
}
lab_net() { nsenter --net="/proc/$lab_runner/ns/net" "$@"; }
# ssh finds its configuration by the user's entry in passwd, not by HOME: the lab's is laid over it in a mount namespace.
lab_run() { lab_net unshare --mount sh -c 'mount --bind "$1/home" /root && shift && HOME=/root exec "$@"' sh "$lab" "$@"; }

lab_host() { # lab_host NAME [VARIANT…]
	local name=$1 n=$((${#lab_hosts[@]} + 1)) v
	shift
	mkdir -p "$lab/$name/etc"
	lab_hosts+=("$name")
	echo "10.213.$((n / 250 + 1)).$((n % 250 + 1))" >"$lab/$name/address"
	printf '%032x\n' $((0x1ab00000 + n)) >"$lab/$name/etc/machine-id"
	printf 'Port 22\nHostKey /etc/ssh/lab_key\nPermitRootLogin yes\nUsePAM no\nStrictModes no\nAuthorizedKeysFile /etc/ssh/lab_keys\nPidFile none\nPasswordAuthentication no\n' >"$lab/$name/etc/sshd_config"
	printf '{"machine_id": "%032x", "contact": "the lab", "until": "2999-01-01"}\n' $((0x1ab00000 + n)) >"$lab/$name/etc/irs-practice"
	: >"$lab/$name/setup"
	: >"$lab/$name/vars"
	for v; do "variant_${v%%=*}" "$name" "${v#*=}"; done
	lab_boot "$name"
	printf '%s %s\n' "$(cat "$lab/$name/address")" "$(cut -d' ' -f1,2 "$lab/host_ed25519.pub")" >>"$lab/home/.ssh/known_hosts"
}
lab_boot() {
	local name=$1 address
	address=$(cat "$lab/$name/address")
	cat /proc/sys/kernel/random/uuid >"$lab/$name/etc/boot_id"
	unshare --net --mount --pid --uts --ipc --fork --kill-child -- bash tests/lab/init "$lab" "$name" >"$lab/$name/log" 2>&1 &
	echo $! >"$lab/$name/unshare"
	disown
	local child
	until child=$(pgrep -P "$!"); do kill -0 $! || return 1; done
	echo "$child" >"$lab/$name/pid"
	lab_net ip link add "v$name" type veth peer name eth0 netns "/proc/$child/ns/net"
	lab_net ip link set "v$name" master br0 up
	nsenter --net="/proc/$child/ns/net" ip link set eth0 address "$(printf '02:13:%02x:%02x:%02x:%02x' $(tr . ' ' <<<"$address"))" # the same after a reboot
	nsenter --net="/proc/$child/ns/net" ip addr add "$address/16" dev eth0
	nsenter --net="/proc/$child/ns/net" ip link set eth0 up
	nsenter --net="/proc/$child/ns/net" ip link set lo up
	: >"$lab/$name/linked"
}
lab_on() {
	local pid; pid=$(lab_pid "$1"); shift
	nsenter --target "$pid" --net --mount --pid --uts --ipc --root --wd -- "$@"
}
lab_wait() {
	local h
	for h in "${lab_hosts[@]}"; do
		until lab_net bash -c "exec 3<>/dev/tcp/$(cat "$lab/$h/address")/22" 2>/dev/null; do
			kill -0 "$(cat "$lab/$h/unshare")" || { cat "$lab/$h/log"; return 1; }
			sleep 0.05
		done
	done
}
lab_reboot() {
	lab_halt "$1"
	lab_boot "$1"
}
lab_halt() {
	kill -9 "$(cat "$lab/$1/unshare")"
	while kill -0 "$(lab_pid "$1")" 2>/dev/null; do sleep 0.02; done
	rm -f "$lab/$1/linked"
	lab_net ip link del "v$1" 2>/dev/null
	rm -rf "$lab/$1/up" "$lab/$1/work"
}
lab_cut() { # lab_cut NAME in|out
	local hook=ingress
	[ "$2" = in ] && hook=egress
	lab_net nft "add table netdev cut_$1; add chain netdev cut_$1 c { type filter hook $hook device v$1 priority 0; policy drop; }"
}
lab_mend() { lab_net nft delete table netdev "cut_$1"; }
lab_inventory() {
	local h first=1
	printf '{"_meta": {"hostvars": {'
	for h in "${lab_hosts[@]}"; do
		[ "$first" ] || printf ', '
		first=
		printf '"%s": {"ansible_host": "%s", "irs_practice": true%s}' "$h" "$(cat "$lab/$h/address")" "$(cat "$lab/$h/vars")"
	done
	printf '}}, "lab": {"hosts": ['
	printf '"%s", ' "${lab_hosts[@]}" | sed 's/, $//'
	printf ']}}\n'
}
lab_down() {
	local h
	for h in "${lab_hosts[@]}"; do kill -9 "$(cat "$lab/$h/unshare")" 2>/dev/null; done
	for h in "${lab_hosts[@]}"; do while kill -0 "$(lab_pid "$h")" 2>/dev/null; do sleep 0.02; done; done
	kill -9 "$lab_runner" 2>/dev/null
	umount -l "$lab" && rmdir "$lab"
}

# ---- variants: how a host differs

lab_sshd() { printf '%s\n' "$2" >>"$lab/$1/etc/sshd_config"; }
lab_setup() { printf '%s\n' "$2" >>"$lab/$1/setup"; } # a line of shell that runs on the host before its sshd
variant_etm() { lab_sshd "$1" 'MACs hmac-sha2-256-etm@openssh.com'; }
variant_rsa() {
	[ -f "$lab/host_rsa" ] || ssh-keygen -q -t rsa -b 2048 -N '' -f "$lab/host_rsa"
	sed -i 's|^HostKey .*|HostKey /etc/ssh/lab_rsa|' "$lab/$1/etc/sshd_config"
}
variant_maxstartups() { lab_sshd "$1" "MaxStartups $2"; }
variant_maxsessions() { lab_sshd "$1" "MaxSessions $2"; }
variant_alive() { lab_sshd "$1" 'ClientAliveInterval 1'; }
variant_forcecommand() { lab_sshd "$1" 'ForceCommand /bin/echo this account is for backups only'; }
variant_shell() { # shell=csh
	lab_setup "$1" "usermod -s \"\$(command -v $2)\" root"
}
variant_noisy() { lab_setup "$1" 'usermod -s /bin/bash root; echo "echo welcome; echo warning >&2; printf \"no newline\"" >/root/.bashrc; echo "echo profile" >/root/.profile'; }
variant_fulldisk() { lab_setup "$1" 'mount -t tmpfs -o size=64k tmpfs /var/tmp; dd if=/dev/zero of=/var/tmp/fill 2>/dev/null; mount --bind /var/tmp /tmp; mount --bind /var/tmp /root'; }
variant_notmp() { mkdir -p "$lab/$1/up"; mknod "$lab/$1/up/tmp" c 0 0; } # overlayfs takes it for "removed"
variant_ops() { # logs in as ops, who may become root without a password
	lab_setup "$1" 'useradd -m -s /bin/sh -p x ops; echo "ops ALL=(ALL) NOPASSWD: ALL" >/etc/sudoers.d/ops'
	printf ', "ansible_user": "ops", "ansible_become": true' >>"$lab/$1/vars"
}
variant_password() { # the same, but sudo asks
	variant_ops "$1"
	lab_setup "$1" 'echo "ops ALL=(ALL) ALL" >/etc/sudoers.d/ops'
}

# ---- runs

# lab_scenario NAME [FAILSAFE]: a scenario that leaves a file on every host of the group `lab`, in $lab/home/NAME.irs
lab_scenario() {
	cat >"$lab/home/$1.irs" <<-IRS
	scenario "A mark on every host" {
	    brief      "A file is where none should be."
	    level      beginner
	    lasts      10m..1h
	    components "files"
	    target lab: 1..1000 hosts
	    precondition "there is no mark" on lab { run "test ! -e /run/mark" }
	    step mark "leave a mark" on lab {
	        needs root
	        induce  { run "hostname >/run/mark" }
	        verify  { run "test -e /run/mark" }
	        restore { run "rm -f /run/mark" }
	        failsafe ${2:-silent 1h, latest 2h}
	    }
	    resolved { expect true }
	    hidden resolution {
	        cause "A file."
	        fix   "Remove it."
	    }
	}
	IRS
}
# lab_marks: the hosts that have one
lab_marks() {
	local h
	for h in "${lab_hosts[@]}"; do if lab_on "$h" test -e /run/mark; then printf '%s ' "$h"; fi; done
}
# lab_remnants: what of ours is left on hosts: files that were written there (overlayfs keeps them apart), processes that are not sshd's
lab_remnants() {
	local h
	for h in "${lab_hosts[@]}"; do
		{
			find "$lab/$h/up" -type f -printf '/%P\n'
			lab_on "$h" sh -c 'find /run /tmp -xdev -type f 2>/dev/null'
		} | grep -vE '^/(etc/(ssh/|machine-id|irs-practice$|passwd|shadow|group|gshadow|subuid|subgid|\.pwd\.lock|sudoers\.d/ops)|(tmp|root|var/tmp)/fill$|root/\.(bashrc|profile)$|home/ops/|run/(sudo/|utmp)|var/(log/(lastlog|wtmp|btmp|faillog)|mail/))' | sed "s/^/$h: /"
		lab_on "$h" ps -eo args= | grep -vE '^(bash tests/lab/init|sshd: |/usr/sbin/sshd|ps -eo|\[)' | sed "s/^/$h: /"
	done
}
# lab_begin FILE ARG…: irs run in the background, its output in $lab/out, until it is live; its pid in $lab_pid
lab_begin() {
	local file=$1; shift
	rm -f "$lab/out"
	lab_run "$irs" run -i "$lab/home/inventory.json" "$@" "$file" >"$lab/out" 2>&1 &
	lab_job=$!
	if ! lab_await "$lab/out" ' live$'; then fail "a session goes live"; done_testing; fi
	lab_pid=$(head -n 1 "$XDG_STATE_HOME/irs/sessions/$(lab_session)/journal.jsonl" | jq .runner.pid)
}
lab_session() { ls "$XDG_STATE_HOME/irs/sessions" | tail -n 1; }
# lab_await FILE REGEX [SECONDS]
lab_await() {
	local i
	for ((i = 0; i < ${3:-60} * 20; i++)); do
		if grep -qE -- "$2" "$1" 2>/dev/null; then return; fi
		sleep 0.05
	done
	sed 's/^/# /' "$1"
	return 1
}
# lab_until SECONDS COMMAND…
lab_until() {
	local i n=$1; shift
	for ((i = 0; i < n * 20; i++)); do if "$@"; then return; fi; sleep 0.05; done
	return 1
}
