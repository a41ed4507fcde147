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

proven "net.loss" rules 'do net.loss(to: "10.9.8.2", share: 20%)'
proven "net.loss by IPv6" rules 'do net.loss(to: "fd09::2", share: 2.5%)'
proven "two losses at once" rules 'do net.loss(to: "fd09::2", share: 100%)' 'do net.loss(to: "10.9.8.2", share: 50%)'

for address in 10.9.8.2 fd09::2; do
	url=$address; [[ $address != *:* ]] || url="[$address]"
	scenario "do net.loss(to: \"$address\", share: 100%)" 'failsafe silent 10m, latest 1h' >"$dir/loss.irs"
	held "$dir/loss.irs"
	ok "while it lasts, $address is cut off" eval "! reaches 'http://$url/'"
	own=10.9.8.1; [[ $address != *:* ]] || own='[fd09::1]'
	there ip neigh flush all 2>/dev/null; ip neigh flush all 2>/dev/null
	ok "but SSH from there still comes in" back "http://$own:22/"
	released
	is "$?" 0 "the run ends well"
	ok "$address answers again" reaches "http://$url/"
done
is "$(rules)" "$before" "nothing is left"

# A name stands for all its addresses; a foreign table in the way of nobody; what responders flush stays flushed.
cp /etc/hosts "$dir/hosts" && printf '10.9.8.2 neighbour\nfd09::2 neighbour\n' >>"$dir/hosts"
mount --bind "$dir/hosts" /etc/hosts
scenario 'do net.loss(to: "neighbour", share: 100%)' 'failsafe silent 10m, latest 1h' >"$dir/loss.irs"
held "$dir/loss.irs"
ok "a name's IPv4 address is cut off" eval "! reaches http://10.9.8.2/"
ok "and its IPv6 address" eval "! reaches 'http://[fd09::2]/'"
like "$(rules)" 'table inet foreign' "the foreign table stands beside it"
nft flush ruleset
released
is "$?" 0 "responders have flushed everything: the run ends well"
is "$(rules)" "" "and nothing is put back"

refused() { # SAID LINE…
	local said=$1 out; shift
	scenario "$@" 'failsafe silent 10m, latest 1h' >"$dir/loss.irs"
	before=$(rules)
	out=$("$irs" rehearse --local "$dir/loss.irs" 2>&1)
	ok "$1: refused" test "$?" != 0
	like "$(tr -s ' \n' ' ' <<<"$out")" "$said" "it says why"
	unlike "$out" " live$" "and is never live"
	is "$(rules)" "$before" "it has done nothing"
}
refused "can't be resolved" 'do net.loss(to: "10.9.8.2 drop; flush ruleset", share: 20%)'
refused "at most 100 %" 'do net.loss(to: "10.9.8.2", share: 120%)'
refused "more than 0 %" 'do net.loss(to: "10.9.8.2", share: 0%)'

# An nft that isn't there, and one that may do nothing.
mkdir "$dir/path"
for file in /usr/bin/*; do [ "${file##*/}" = nft ] || ln -s "$file" "$dir/path"; done
PATH=$dir/path refused 'nft' 'do net.loss(to: "10.9.8.2", share: 20%)'
printf '#!/bin/sh\necho "Operation not permitted" >&2\nexit 1\n' >"$dir/path/nft" && chmod +x "$dir/path/nft"
PATH=$dir/path refused 'nft|not permitted' 'do net.loss(to: "10.9.8.2", share: 20%)'
out=$("$irs" restore --all 2>&1)
well "$?" "nothing is left to restore" "$out"
done_testing
