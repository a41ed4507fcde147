#!/bin/bash
# net: loss towards a neighbour, in network namespaces of its own: this one and, behind a veth pair, another.
. tests/tap.sh
. tests/rehearse.sh
namespaced "$0" mn
servers=()
at_end() { kill "${servers[@]}" 2>/dev/null; }

unshare -n sleep 1000 & neighbour=$!
servers+=("$neighbour")
eventually test "$(readlink /proc/$neighbour/ns/net)" != "$(readlink /proc/self/ns/net)"
there() { nsenter -t "$neighbour" -n "$@"; }
mkdir -p /run/netns 2>/dev/null
ip link set lo up
ip link add left type veth peer name right netns "$neighbour"
ip addr add 10.9.8.1/24 dev left && ip -6 addr add fd09::1/64 dev left nodad && ip link set left up
there ip addr add 10.9.8.2/24 dev right && there ip -6 addr add fd09::2/64 dev right nodad && there ip link set right up

mkdir "$dir/www"
echo hello >"$dir/www/index.html"
nsenter -t "$neighbour" -n busybox httpd -f -p 80 -h "$dir/www" & servers+=($!)
busybox httpd -f -p 22 -h "$dir/www" & servers+=($!)
reaches() { [ "$(curl -sg --max-time 2 "$1")" = hello ]; }
back() { [ "$(there curl -sg --max-time 2 "$1")" = hello ]; }
ok "the neighbour answers" eventually reaches http://10.9.8.2/
ok "and by IPv6" eventually reaches "http://[fd09::2]/"

nft add table inet foreign
nft 'add chain inet foreign c { type filter hook input priority 0; policy accept; }'
nft add rule inet foreign c counter accept
rules() { nft -s list ruleset; }
before=$(rules)

rehearsed "net.loss" 'do net.loss(to: "10.9.8.2", share: 20%)' 'failsafe silent 10m, latest 1h'
is "$(rules)" "$before" "no foreign rule was touched, and no table is left"
rehearsed "net.loss by IPv6" 'do net.loss(to: "fd09::2", share: 2.5%)' 'failsafe silent 10m, latest 1h'
is "$(rules)" "$before" "nothing is left"

for address in 10.9.8.2 fd09::2; do
	url=$address; [[ $address != *:* ]] || url="[$address]"
	scenario "do net.loss(to: \"$address\", share: 100%)" 'failsafe silent 10m, latest 1h' >"$dir/loss.irs"
	held 8s "$dir/loss.irs"
	ok "while it lasts, $address is cut off" eval "! reaches 'http://$url/'"
	own=10.9.8.1; [[ $address != *:* ]] || own='[fd09::1]'
	ok "but SSH from there still comes in" back "http://$own:22/"
	released
	is "$?" 0 "the run ends well"
	ok "$address answers again" reaches "http://$url/"
done
is "$(rules)" "$before" "nothing is left"

scenario 'do net.loss(to: "10.9.8.2 drop; flush ruleset", share: 20%)' 'failsafe silent 10m, latest 1h' >"$dir/loss.irs"
out=$("$irs" rehearse --local "$dir/loss.irs" 2>&1)
ok "an address that is none is refused" test "$?" != 0
is "$(rules)" "$before" "and has done nothing"
done_testing
