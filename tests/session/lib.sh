# For the session tests: a directory and a state of their own, and a scenario that puts a flag into it. Sourced after tap.sh.
work=$(mktemp -d) && export XDG_STATE_HOME=$work/state
trap 'rm -rf "$work"' EXIT
flag=$work/dir/flag
mkdir "$work/dir"

# scenario NAME EXTRA: a step that makes the flag; EXTRA stands before the scenario's end.
scenario() {
	cat >"$work/$1.irs" <<IRS
scenario "A flag appears" {
    brief "Something is there that should not be."
    target box: 1 host
    param dir: string = "$work/dir"
    precondition "the directory is there" on box { run "test -d #{dir}" }
    step flag "put a flag" on box {
        induce  { run "touch #{dir}/flag" }
        verify  { run "test -e #{dir}/flag" }
        restore { run "rm -f #{dir}/flag" }
    }
$2
    resolved { expect true }
}
IRS
}
session() { "$irs" list --json | jq -r ".[-1].id"; }
quiet() { "$@" >"$work/out" 2>&1; }
# What was printed, unfolded.
said() { tr '\n' ' ' <"$work/out" | tr -s ' '; }
# Waits until a file holds a word.
await() {
	local i
	for i in $(seq 200); do grep -q -- "$2" "$1" 2>/dev/null && return 0; sleep 0.05; done
	return 1
}
