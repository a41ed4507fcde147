#!/bin/bash
# file: every fault is undone in each way, in a mount namespace of its own, on paths and file systems that are hard to handle.
. tests/tap.sh
. tests/rehearse.sh
namespaced "$0" mn
mount -t tmpfs -o noexec tmpfs /run
at_end() { umount -l "$dir/full" "$dir/names" "$dir/ext4" "$dir/etc" 2>/dev/null; }

# All that can be said of a directory's files, and of our mounts: inode, permissions, owner, size, time, links, ACL, extended attributes, content.
facts() {
	find "$1" -print0 | sort -z | while IFS= read -rd '' f; do
		if [ -f "$f" ] && [ ! -L "$f" ]; then
			stat -c '%n %i %a %u %g %s %Y %h' -- "$f"
			getfacl -cp -- "$f"; getfattr -d -m - --absolute-names -- "$f"; cat -- "$f"
		else
			stat -c '%N %i %a %u %g' -- "$f"
		fi
	done 2>&1
	mounts
	ls -A /run
}
mounts() { cut -d' ' -f 3- /proc/self/mountinfo | grep -F -e "$dir" -e ' /run'; } # what others mount may go when they do
all() { facts "$dir/etc"; }
mkdir "$dir/etc" "$dir/etc/real" "$dir/etc/other"
mount --bind "$dir/etc" "$dir/etc"     # mounts of files stay below
name=$'it\'s a "file" $(x)\n-'
path="$dir/etc/it's a \\\"file\\\" \$(x)\\n-" # the same within a string
file=$dir/etc/$name
printf 'level = 1\n' >"$file"
chmod 640 "$file" && setfacl -m u:65534:r "$file" && setfattr -n user.note -v kept "$file"
touch -d '2001-02-03 04:05:06' "$file"

proven "file.replace" all "do file.replace(\"$path\", \"it's \\\"wrong\\\" \$HOME -x \\\\n\\n\")"
proven "file.replace_in_place" all "do file.replace_in_place(\"$path\", \"-n level = 2\\n\")"
proven "file.permissions" all "do file.permissions(\"$path\", \"000\")"

# What is shown has the owner, the permissions and the attributes of what is there.
attributes=kept; ! cp --version 2>&1 | grep -q BusyBox || attributes=lost # its cp knows no attributes
look() { stat -c '%a %u %g' "$file"; getfacl -cp "$file"; getfattr -d -m - --absolute-names -- "$file" | sed 1d; }
before=$(look)
for fault in replace replace_in_place; do
	scenario "do file.$fault(\"$path\", \"wrong\")" >"$dir/replace.irs"
	held "$dir/replace.irs"
	is "$(cat "$file")" wrong "file.$fault shows the content"
	[ "$attributes" = kept ] && is "$(look)" "$before" "with all that belongs to the file"
	released
	is "$?" 0 "and ends well"
done

# A script that is replaced can be run, though /run has noexec.
printf '#!/bin/sh\necho right\n' >"$dir/etc/script" && chmod 755 "$dir/etc/script"
scenario "do file.replace(\"$dir/etc/script\", \"#!/bin/sh\\necho wrong\\n\")" >"$dir/replace.irs"
held "$dir/replace.irs"
is "$("$dir/etc/script" 2>&1)" wrong "a script that is replaced runs"
released
is "$("$dir/etc/script" 2>&1)" right "and the right one afterwards"

# A directory's setgid bit, which chmod leaves alone unless told.
mkdir "$dir/etc/shared" && chmod 2755 "$dir/etc/shared"
proven "file.permissions of a setgid directory" all "do file.permissions(\"$dir/etc/shared\", \"000\")"
scenario "do file.permissions(\"$dir/etc/shared\", \"u=r\")" >"$dir/mode.irs"
out=$("$irs" rehearse --local "$dir/mode.irs" 2>&1)
ok "permissions that are no octal digits are refused" test "$?" != 0
like "$out" 'octal digits' "and it says so"
scenario "do file.permissions(\"$dir/etc/none\", \"000\")" >"$dir/mode.irs"
out=$("$irs" rehearse --local "$dir/mode.irs" 2>&1)
ok "a file that isn't there is refused" test "$?" != 0
like "$out" "there is no $dir/etc/none" "and named"

# A symbolic link that responders turn meanwhile.
odd=$'real/caf\xe9'
for fault in "replace(\"$dir/etc/link\", \"wrong\")" "replace_in_place(\"$dir/etc/link\", \"wrong\")" "permissions(\"$dir/etc/link\", \"000\")"; do
	echo first >"$dir/etc/real/f" && echo second >"$dir/etc/other/f"
	ln -sfn real/f "$dir/etc/link"
	before=$(facts "$dir/etc/real")
	scenario "do file.$fault" >"$dir/link.irs"
	held "$dir/link.irs"
	ln -sfn other/f "$dir/etc/link"
	released
	is "$?" 0 "file.${fault%%(*} through a link that is turned ends well"
	is "$(facts "$dir/etc/real")" "$before" "and puts back the file that it touched"
	is "$(ls "$dir/etc/other") $(cat "$dir/etc/other/f")" "f second" "and not another"
done
echo first >"$dir/etc/$odd"
ln -sfn "$odd" "$dir/etc/link"
before=$(all)
scenario "do file.permissions(\"$dir/etc/link\", \"000\")" >"$dir/odd.irs"
out=$("$irs" rehearse --local "$dir/odd.irs" 2>&1); status=$?
is "$(all)" "$before" "a link to a name that is no UTF-8 ($status): nothing is changed"
rm "$dir/etc/link" "$dir/etc/$odd"

# A directory that is renamed below the mount; a mount upon a mount.
echo first >"$dir/etc/real/f"
scenario "do file.replace(\"$dir/etc/real/f\", \"wrong\")" >"$dir/replace.irs"
held "$dir/replace.irs"
mv "$dir/etc/real" "$dir/etc/a new \\ name"
mkdir "$dir/etc/real" && echo responders >"$dir/etc/real/f"
released
is "$?" 0 "file.replace: the directory was renamed and made anew"
is "$(cat "$dir/etc/a new \\ name/f") $(cat "$dir/etc/real/f")" "first responders" "both have what they had"
rm -r "$dir/etc/a new \\ name"
echo below >"$dir/etc/below"
mount --bind "$dir/etc/below" "$dir/etc/real/f"
proven "file.replace upon a mount" all "do file.replace(\"$dir/etc/real/f\", \"wrong\")"
held "$dir/replace.irs"
ok "nothing can be mounted upon ours" eval '! mount --bind "$dir/etc/script" "$dir/etc/real/f" 2>/dev/null'
released
is "$?" 0 "the run ends well"
is "$(cat "$dir/etc/real/f")" below "and the mount that was there before shows again"
umount "$dir/etc/real/f"

# What responders did stays.
scenario "do file.replace(\"$path\", \"wrong\")" >"$dir/replace.irs"
before=$(mounts)
held "$dir/replace.irs"
echo mended >"$file"
released
is "$?" 0 "the run ends well after responders have mended the file"
is "$(cat "$file")" mended "what responders wrote upon the mount is carried over"
is "$(mounts)" "$before" "and the mount is gone"
scenario "do file.replace_in_place(\"$path\", \"wrong\")" >"$dir/replace.irs"
before=$(ls -A "$dir/etc")
held "$dir/replace.irs"
echo 'mended again' >"$file"
released
is "$(cat "$file")" 'mended again' "what responders wrote into a replaced file stays"
is "$(ls -A "$dir/etc")" "$before" "and nothing is left beside it"
scenario "do file.permissions(\"$path\", \"000\")" >"$dir/mode.irs"
held "$dir/mode.irs"
chmod 604 "$file"
released
is "$(stat -c %a "$file")" 604 "permissions that responders have set stay"

# File systems. mounted: what is to be filled is one of ours, and not the machine's.
mounted() {
	local name=$1; shift
	mkdir "$dir/$name"
	mount "$@" "$dir/$name"
	[ "$(stat -c %d "$dir/$name")" != "$(stat -c %d "$dir")" ] || { fail "$name can be mounted"; done_testing; }
}
mounted full -t tmpfs -o size=8m tmpfs
mounted names -t tmpfs -o nr_inodes=3000 tmpfs
left() { stat -f -c '%a %f %d' "$dir/full" "$dir/names"; ls -A "$dir/full" "$dir/names"; }
proven "file.fill" left "do file.fill(\"$dir/full\")"
proven "file.fill with a rest" left "do file.fill(\"$dir/full\", leave: 1MiB)"
proven "file.exhaust_inodes" left "do file.exhaust_inodes(\"$dir/names\", leave: 5)"
ln -s full "$dir/log"
scenario "do file.fill(\"$dir/log\")" >"$dir/fill.irs"
before=$(left)
held "$dir/fill.irs"
ok "a file system that is full takes nothing" eval '! echo x 2>/dev/null >"$dir/full/x"'
rm -f "$dir/full/x"
ln -sfn names "$dir/log"
released
is "$?" 0 "file.fill through a link that is turned ends well"
is "$(left)" "$before" "and gives back what it took"
head -c 8388608 /dev/zero >"$dir/full/responders" 2>/dev/null
ln -sfn full "$dir/log"
out=$("$irs" rehearse --local "$dir/fill.irs" 2>&1)
is "$?" 1 "a file system that is full already is refused"
like "$(tr -s ' \n' ' ' <<<"$out")" 'before we began' "and it says so"
is "$(ls "$dir/full")" responders "and nothing is written there"

ext4() { stat -f -c '%a %f %d' "$dir/ext4"; ls -A "$dir/ext4"; }
if [ "$(cat /proc/self/uid_map | tr -s ' ')" = " 0 0 4294967295" ]; then
	truncate -s 25165824 "$dir/image"
	mkfs.ext4 -q -m 5 -N 2000 "$dir/image"
	mounted ext4 -o loop "$dir/image"
	proven "file.fill on ext4" ext4 "do file.fill(\"$dir/ext4\")"
	proven "file.fill on ext4, by root" ext4 "do file.fill(\"$dir/ext4\", by_root: true)"
	proven "file.exhaust_inodes on ext4" ext4 "do file.exhaust_inodes(\"$dir/ext4\")"
	scenario "do file.fill(\"$dir/ext4\")" >"$dir/fill.irs"
	held "$dir/fill.irs"
	ok "root writes into what is kept for it" eval 'head -c 102400 /dev/zero 2>/dev/null >"$dir/ext4/root"'
	released
	scenario "do file.fill(\"$dir/ext4\", by_root: true)" >"$dir/fill.irs"
	rm "$dir/ext4/root"
	held "$dir/fill.irs"
	ok "unless that is taken, too" eval '! head -c 102400 /dev/zero 2>/dev/null >"$dir/ext4/root"'
	released
else
	skip "ext4 with reserved blocks" "only root mounts a loop device"
fi
done_testing
