#!/bin/bash
# file: every fault is rehearsed, in a mount namespace of its own.
. tests/tap.sh
. tests/rehearse.sh
namespaced "$0" mn
mount -t tmpfs tmpfs /run
at_end() { umount -l "$dir/full" "$dir/names" 2>/dev/null; }

facts() { stat -c '%i %a %u %g %s %Y' "$1" && cat "$1"; }
mkdir "$dir/etc"
file="$dir/etc/it's a \"file\" \$(x)"
path="$dir/etc/it's a \\\"file\\\" \$(x)" # the same within a string
printf 'level = 1\n' >"$file"
chmod 640 "$file"
facts=$(facts "$file")

rehearsed "file.replace" "do file.replace(\"$path\", \"it's \\\"wrong\\\" \$HOME -x \\\\n\\n\")"
is "$(facts "$file")" "$facts" "the file is untouched"
rehearsed "file.replace_in_place" "do file.replace_in_place(\"$path\", \"-n level = 2\\n\")"
is "$(facts "$file")" "$facts" "the file is back, with its inode and times"
rehearsed "file.permissions" "do file.permissions(\"$path\", \"000\")"
is "$(facts "$file")" "$facts" "permissions are back"
is "$(ls "$dir/etc")" "$(basename "$file")" "nothing is left beside it"
unlike "$(cat /proc/self/mountinfo)" "$dir/etc" "no mount is left"

# What responders did stays.
scenario "do file.replace(\"$path\", \"wrong\")" >"$dir/replace.irs"
held 3s "$dir/replace.irs"
is "$(cat "$file")" wrong "the file shows what it should while the fault lasts"
echo mended >"$file"
released
is "$?" 0 "the run ends well after responders have mended the file"
is "$(cat "$file")" mended "what responders wrote upon the mount is carried over"
unlike "$(cat /proc/self/mountinfo)" "$dir/etc" "and the mount is gone"
scenario "do file.replace_in_place(\"$path\", \"wrong\")" >"$dir/replace.irs"
held 3s "$dir/replace.irs"
echo 'mended again' >"$file"
released
is "$(cat "$file")" 'mended again' "what responders wrote into a replaced file stays"
is "$(ls "$dir/etc")" "$(basename "$file")" "and nothing is left beside it"

mkdir "$dir/full" "$dir/names"
mount -t tmpfs -o size=8m tmpfs "$dir/full"
mount -t tmpfs -o nr_inodes=3000 tmpfs "$dir/names"
free=$(stat -f -c '%a %d' "$dir/full" "$dir/names")
rehearsed "file.fill" "do file.fill(\"$dir/full\")"
rehearsed "file.fill with a rest" "do file.fill(\"$dir/full\", leave: 1MiB)"
rehearsed "file.exhaust_inodes" "do file.exhaust_inodes(\"$dir/names\")"
is "$(stat -f -c '%a %d' "$dir/full" "$dir/names")" "$free" "all that was taken is free again"
done_testing
