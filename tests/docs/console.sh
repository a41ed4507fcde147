# Plays the terminals that a page shows: `. tests/docs/console.sh` behind tests/tap.sh, then `play PAGE`. A page is right when a terminal shows what it
# shows, letter for letter:
#
#     ```console          lines of the first terminal; what stands behind `$ ` is typed there, and so is a line that is `^C` or `^Z`
#     ```console second   lines of the second one
#     ```irs first.irs    is written to first.irs
#     ```diff first.irs   lines with `+` are put there behind the line above them
#
# A line `…` stands for any lines. Times, session ids and milliseconds need only have their form. Where a page says port 8080, a free one is taken.
# Everything happens below $dir, in a checkout of links, with a home of its own.
dir=$(mktemp -d)
trap 'close_terminals; at_end; rm -rf "$dir"' EXIT
at_end() { :; }
declare -A terminal typing shown

checkout() {
	mkdir -p "$dir/home" "$dir/irs"
	ln -s "$PWD"/* "$dir/irs/"
	rm -f "$dir/irs/build" && ln -s "$IRS_BUILD" "$dir/irs/build"
}

# A port of four digits, as on the page, with the next one free, too.
page_port() {
	local port
	while port=$((2000 + 2 * (RANDOM % 3900))); [ "$(ss -Hltn "sport = :$port or sport = :$((port + 1))" | wc -l)" -gt 0 ]; do :; done
	echo "$port"
}

open_terminal() { # open_terminal NAME
	mkfifo "$dir/$1.keys"
	(cd "$dir/irs" && exec env -i HOME="$dir/home" PATH="$PATH" TERM=dumb LC_ALL=C.UTF-8 PS1='$ ' \
		script -q -f -c 'stty cols 80 rows 24; exec bash --norc --noprofile --noediting' "$dir/$1.shown" <"$dir/$1.keys" >/dev/null 2>&1) &
	terminal[$1]=$!
	exec {typing[$1]}>"$dir/$1.keys"
	shown[$1]=
}
close_terminals() {
	local name fd
	for name in "${!terminal[@]}"; do
		fd=${typing[$name]}
		exec {fd}>&-
		kill "${terminal[$name]}" 2>/dev/null
		wait "${terminal[$name]}" 2>/dev/null
	done
	terminal=()
}

on_screen() { sed -e '1{/^Script started/d}' "$dir/$1.shown" 2>/dev/null | tr -d '\r' | formal; printf .; }
# A page's line as a pattern for what is on the screen.
pattern() {
	if [ "$1" = … ]; then printf '*'
	else formal <<<"$1" | sed 's/[][\\*?(]/\\&/g'; fi
}

# await_screen NAME END: until the terminal shows all that the page has shown so far, and then END.
await_screen() {
	local i screen
	for ((i = 0; i < 600; i++)); do
		screen=$(on_screen "$1") screen=${screen%.}
		# shellcheck disable=SC2053 # it is a pattern
		[[ $screen == ${shown[$1]}$2 ]] && return
		sleep 0.1
	done
	diag "$1 should show at the end: $(tail -n 20 <<<"${shown[$1]}")"
	diag "it shows: $(tail -n 20 <<<"$screen")"
	return 1
}

# type_line NAME LINE: once the terminal is ready for it; what is only shown is not typed.
type_line() {
	case $2 in
	'$ '*) await_screen "$1" '$ ' && printf '%s\n' "${2#??}" >&"${typing[$1]}" ;;
	^C) await_screen "$1" '' && printf '\003' >&"${typing[$1]}" ;;
	^Z) await_screen "$1" '' && printf '\032' >&"${typing[$1]}" ;;
	esac
}

play_console() { # play_console NAME <LINES
	local line newline=$'\n'
	[ "${terminal[$1]-}" ] || open_terminal "$1"
	while IFS= read -r line; do
		type_line "$1" "$line" || return
		shown[$1]+=$(pattern "$line")
		shown[$1]+=$newline
	done
	await_screen "$1" '?(\$ )'
}

write_file() { cat >"$1"; }
add_lines() { # add_lines FILE <LINES: those with a + behind the one before
	awk -v file="$1" '
		{ text = substr($0, 2) }
		/^\+/ { added[above] = added[above] "\n" text; next }
		{ above = text }
		END { while ((getline line < file) > 0) print line added[line] }' >"$1.new" && mv "$1.new" "$1"
}

play() { # play PAGE
	local page=$1 number=0 line fence port at body
	port=$(page_port)
	checkout
	while IFS= read -r line; do
		number=$((number + 1))
		if [ -z "${fence-}" ]; then
			case $line in '```console'* | '```irs '*.irs | '```diff '*) fence=${line#'```'} at=$number body=$dir/block; : >"$body" ;; esac
		elif [ "$line" != '```' ]; then printf '%s\n' "$line" >>"$body"
		else
			case $fence in
			console*) set -- play_console "${fence#console }" ;;
			irs*) set -- write_file "$dir/irs/${fence#irs }" ;;
			diff*) set -- add_lines "$dir/irs/${fence#diff }" ;;
			esac
			ok "$page:$at: $fence" "$@" <"$body"
			((tap_failed == 0)) || return
			fence=
		fi
	done < <(sed "s/8080/$port/g; s/8081/$((port + 1))/g" "$page")
}
