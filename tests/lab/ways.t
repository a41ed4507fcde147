#!/bin/bash
# How hosts are reached, and what is said where they are not: each kind of sshd, of shell and of account.
. tests/tap.sh
. tests/lab/lab.sh
[ "$(id -u)" = 0 ] || { skip "hosts over SSH" "only root makes hosts"; done_testing; }
lab_new || exit 1
lab_host stock
lab_host noisy noisy
lab_host csh shell=csh
lab_host fish shell=fish
lab_host ops ops
lab_host full fulldisk
lab_host notmp notmp
lab_host alive alive
lab_host few maxsessions=2
lab_host alone maxsessions=1
lab_host etm etm
lab_host rsa rsa
lab_host forced forcecommand
lab_host password password
lab_host unknown
lab_host changed
lab_wait || exit 1
known=$lab/home/.ssh/known_hosts
address() { cat "$lab/$1/address"; }
sed -i "/^$(address unknown) /d; /^$(address changed) /d" "$known"
ssh-keygen -q -t ed25519 -N '' -f "$lab/other"
echo "$(address changed) $(cut -d' ' -f1,2 "$lab/other.pub")" >>"$known"
lab_inventory | jq '.lab.hosts += ["down", "nobody", "exec", "ipns"]
	| ._meta.hostvars.down = {ansible_host: "10.213.200.1"} | ._meta.hostvars.nobody = {ansible_host: "no-such-host.invalid"}
	| ._meta.hostvars.exec = {irs_transport: "exec", irs_exec: "ssh -T {address} /bin/sh", irs_address: $etm, irs_practice: true}
	| ._meta.hostvars.ipns = {irs_transport: "exec", irs_exec: "/no/such/program {name}"}' --arg etm "$(address etm)" >"$lab/home/inventory.json"
export XDG_STATE_HOME=$lab/home/state
json=$(lab_run "$irs" hosts -i "$lab/home/inventory.json" --check --json)
is "$?" 1 "some can't be reached"
of() { jq -r --arg n "$1" ".[] | select(.name == \$n) | $2" <<<"$json"; }

for h in stock noisy csh fish ops full notmp alive few alone exec; do
	is "$(of $h .root)" true "$h: commands run there, as root"
	[ "$(of $h .root)" = true ] || diag "$(of $h .error)"
done
is "$(of stock .how)" "ssh root@$(address stock)" "it is said how"
is "$(of ops .how)" "ssh ops@$(address ops), then root by sudo" "and as whom"
is "$(of exec .how)" "exec ssh -T $(address etm) /bin/sh" "or by which command"
like "$(of stock .tools)" nft "it is said which tools are there"
is "$(of stock .consent)" true "and whether it has consented"
fails() { # fails HOST REGEX [REMEDY]
	like "$(of "$1" .error)" "$2" "$1: $2"
	[ -z "${3-}" ] || like "$(of "$1" .remedy)" "$3" "$1: what to do"
}
fails etm 'offers only MACs that libssh2' 'irs_transport'
fails rsa 'offers only kinds of host keys' 'irs_transport'
fails forced 'this account is for backups only'
fails password 'sudo: a password is required'
fails unknown 'host key is not known: ssh-ed25519, SHA256:' "ssh-keyscan .* $(address unknown) >> "
fails changed 'host key has changed' "ssh-keygen .*-R $(address changed)"
fails down 'No route to host|no answer from'
fails nobody "can't be resolved"
fails ipns 'cannot start a shell: no such file'
is "$(lab_remnants)" "" "and nothing is left anywhere"

# Through a bastion, and through two.
printf 'Host behind\n\tHostName %s\n\tProxyJump %s\nHost far\n\tHostName %s\n\tProxyJump %s,%s\n' "$(address csh)" "$(address stock)" "$(address fish)" \
	"$(address stock)" "$(address noisy)" | cat - "$lab/home/.ssh/config" >"$lab/config"
printf 'Host command\n\tHostName %s\n\tProxyCommand ssh -W %%h:%%p %s\n' "$(address ops)" "$(address stock)" | cat - "$lab/config" >"$lab/home/.ssh/config"
printf '{"all": {"hosts": ["behind", "far", "command"]}}' >"$lab/home/jump.json"
json=$(lab_run "$irs" hosts -i "$lab/home/jump.json" --check --json)
is "$?" 0 "hosts behind bastions are reached"
is "$(of behind .hostname) $(of far .hostname) $(of command .hostname)" "csh fish ops" "and they are those that were meant"
like "$(of far .how)" "through $(address stock),\\[?$(address noisy)" "it is said through whom"

# Keys: of an agent; in a file with a passphrase, which is asked for once.
ssh-keygen -q -t ecdsa -N '' -f "$lab/home/.ssh/ecdsa"
ssh-keygen -q -t rsa -b 2048 -N 'open sesame' -f "$lab/home/.ssh/rsa"
for h in stock noisy; do
	lab_on $h sh -c 'cat >/etc/ssh/lab_keys' <"$lab/home/.ssh/ecdsa.pub"
done
lab_on csh sh -c 'cat >/etc/ssh/lab_keys' <"$lab/home/.ssh/rsa.pub"
printf '{"all": {"hosts": ["%s", "%s"]}}' "$(address stock)" "$(address noisy)" >"$lab/home/keys.json"
json=$(lab_run "$irs" hosts -i "$lab/home/keys.json" --check --json)
like "$(jq -r '.[0].error' <<<"$json")" 'lets root in by none of these keys: SHA256:' "a key that isn't wanted"
json=$(lab_run ssh-agent sh -c 'ssh-add -q /root/.ssh/ecdsa && "$@"' sh "$irs" hosts -i "$lab/home/keys.json" --check --json)
is "$?" 0 "an agent's ecdsa key"
printf '#!/bin/sh\necho asked >>%s/asked\necho open sesame\n' "$lab" >"$lab/home/askpass"
chmod +x "$lab/home/askpass"
printf '{"all": {"hosts": ["%s"]}}' "$(address csh)" >"$lab/home/keys.json"
sed -i "s|IdentityFile .*|IdentityFile $lab/home/.ssh/rsa|" "$lab/home/.ssh/config"
json=$(lab_run ssh-agent sh -c 'SSH_ASKPASS='"$lab"'/home/askpass SSH_ASKPASS_REQUIRE=force setsid -w ssh-add -q '"$lab"'/home/.ssh/rsa && "$@"' sh "$irs" hosts -i "$lab/home/keys.json" --check --json)
is "$?" 0 "an agent's RSA key, signed by SHA-2"
done_testing
