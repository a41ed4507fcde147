#!/bin/bash
# A scenario on three hosts over SSH: run, rehearsed, killed, restored from elsewhere, cut off, rebooted.
. tests/tap.sh
. tests/lab/lab.sh
[ "$(id -u)" = 0 ] || { skip "hosts over SSH" "only root makes hosts"; done_testing; }
lab_new || exit 1
lab_host alpha
lab_host beta noisy
lab_host gamma ops
lab_wait || exit 1
lab_inventory >"$lab/home/inventory.json"
export XDG_STATE_HOME=$lab/home/state
lab_scenario mark
lab_scenario leashed 'silent 1s, latest 1h'

out=$(lab_run "$irs" run -i "$lab/home/inventory.json" --hold 1s "$lab/home/mark.irs" 2>&1)
is "$?" 0 "three hosts are induced and restored"
for h in alpha beta gamma; do like "$out" "mark on $h: restored" "$h took part"; done
is "$(lab_marks)" "" "nothing is left there"
is "$(lab_remnants)" "" "no file of ours, no process"

out=$(lab_run "$irs" rehearse -i "$lab/home/inventory.json" "$lab/home/mark.irs" 2>&1)
is "$?" 0 "they can be rehearsed: undone by the runner, and by the failsafe's script"
is "$(lab_marks)" "" "and nothing is left"

# What a host shows while a practice is on it.
lab_begin "$lab/home/mark.irs"
is "$(lab_marks)" "alpha beta gamma " "live: all have it"
shown=$(for h in "${lab_hosts[@]}"; do lab_on "$h" ps -eo args= | grep -v ^bash.tests/lab/init; done)
unlike "$shown" 'mark|irs|hostname' "no argument vector tells of the fault"
is "$(for h in "${lab_hosts[@]}"; do lab_on "$h" sh -c 'cat /root/.*history /home/*/.*history 2>/dev/null'; done)" "" "no shell history does"
like "$(lab_on alpha cat /etc/irs-practice.claim)" "\"session\":\"$(lab_session)\"" "the claim says whose it is"
out=$(lab_run "$irs" run -i "$lab/home/inventory.json" --hold 1s "$lab/home/leashed.irs" 2>&1)
is "$?" 4 "a second session is refused meanwhile"
like "$out" 'is claimed by the session|is running on this machine' "and told by whom"
kill -INT "$lab_pid"
wait "$lab_job"
is "$?" 130 "interrupted: restored"
is "$(lab_marks)" "" "nothing is left"
is "$(lab_on alpha ls /etc/irs-practice.claim 2>/dev/null)" "" "the claim is given back"

# kill -9, and nobody comes: the leash.
lab_begin "$lab/home/leashed.irs"
kill -9 "$lab_pid"
ok "killed: the hosts undo by themselves" lab_until 30 eval '[ -z "$(lab_marks)" ]'
ok "and no leash stays" lab_until 30 eval '! lab_on alpha ps -eo args= | grep -q "^/bin/sh"'
out=$(lab_run "$irs" restore --all 2>&1)
is "$?" 0 "irs restore closes what they undid"
is "$(lab_on beta ls /etc/irs-practice.claim 2>/dev/null)" "" "and gives the claim back"

# kill -9, and another laptop with a copy of the session's directory.
lab_begin "$lab/home/mark.irs"
kill -9 "$lab_pid"
wait "$lab_job" 2>/dev/null
is "$(lab_marks)" "alpha beta gamma " "killed: with an hour of silence all stays as it is"
cp -r "$XDG_STATE_HOME/irs/sessions/$(lab_session)" "$lab/home/copy"
mv "$XDG_STATE_HOME" "$lab/home/gone"
out=$(XDG_STATE_HOME=$lab/home/elsewhere lab_run "$irs" restore "$lab/home/copy" 2>&1)
is "$?" 0 "a copy of its directory restores it elsewhere"
[ -z "$(lab_marks)" ] || diag "$out"
is "$(lab_marks)" "" "on every host"
is "$(lab_remnants)" "" "and nothing of ours is left"

# A host's network goes, in one direction and in the other; the leash there acts, the others are restored by us.
for way in in out; do
	lab_begin "$lab/home/leashed.irs"
	lab_cut beta $way
	ok "cut ($way): the host undoes by itself" lab_until 40 eval '! lab_on beta test -e /run/mark'
	lab_await "$lab/out" 'mark on gamma: restored' 60
	lab_mend beta
	wait "$lab_job"
	status=$?
	ok "cut ($way): the session ends, and says so by its status" test "$status" = 1 -o "$status" = 3
	lab_run "$irs" restore --all >"$lab/again" 2>&1
	is "$?" 0 "cut ($way): what it could not reach is closed later"
	is "$(lab_marks)" "" "cut ($way): nothing is left"
done

# A host is rebooted in the middle: what vanished with the boot is undone.
lab_begin "$lab/home/mark.irs"
lab_reboot beta
lab_wait
kill -INT "$lab_pid"
wait "$lab_job"
is "$?" 130 "rebooted: the session ends as ever"
[ -z "$(lab_marks)" ] || sed 's/^/# /' "$lab/out"
is "$(lab_marks)" "" "rebooted: nothing is left"

# Consent is withdrawn: the leash acts at once.
lab_begin "$lab/home/mark.irs"
lab_on gamma rm /etc/irs-practice
ok "without its consent file a host undoes at once" lab_until 20 eval '! lab_on gamma test -e /run/mark'
wait "$lab_job"
is "$(lab_marks)" "" "and the session ends everywhere"
done_testing
