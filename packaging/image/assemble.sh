#!/bin/sh
# assemble.sh WORK OUT: makes the file systems of WORK/root, WORK/boot and WORK/data, and the card's image OUT out of them. It needs
# no loop device and mounts nothing.
#
#   1 FAT  autoboot.txt: which slot the firmware starts     2 FAT  boot A   3 FAT  boot B
#   4 extended:   5 ext4 root A    6 ext4 root B (empty until the first update)    7 ext4 data: sales, settings, keys
set -eu
work=$1
out=$2
export PATH="$PATH:/usr/sbin:/sbin" MTOOLS_SKIP_CHECK=1
select_mb=32 boot_mb=256 root_mb=1400 data_mb=512
# mke2fs looks at every loop device of the machine, and hangs on one whose server is gone: it gets a view without them.
apart() { unshare -m sh -c 'grep ^/dev/loop /proc/mounts | cut -d" " -f2 | xargs -r umount -l; exec "$@"' sh "$@"; }
fat() { # file, MB, label, serial number, contents
	rm -f "$1"
	truncate -s "${2}M" "$1"
	mkfs.vfat -n "$3" -i "$4" "$1" >/dev/null
	mcopy -s -Q -i "$1" "$5"/* ::
}
mkdir -p "$work/select"
printf '[all]\nboot_partition=2\n' > "$work/select/autoboot.txt"
# The ROM of a Pi 3 looks for this on the first partition; later boards have it in a chip of their own.
cp "$work/boot/bootcode.bin" "$work/select/"
fat "$work/select.vfat" $select_mb SELECT 6a11a001 "$work/select"
fat "$work/boot.vfat" $boot_mb BOOT 6a11a002 "$work/boot"
for f in root:$root_mb:root data:$data_mb:data; do
	name=${f%%:*} mb=${f#*:}
	rm -f "$work/$name.ext4"
	truncate -s "${mb%%:*}M" "$work/$name.ext4"
	apart mke2fs -q -t ext4 -L "${f##*:}" -E lazy_itable_init=0,lazy_journal_init=0 -d "$work/$name" "$work/$name.ext4"
done
# MBR and not GPT: the firmware of a Pi 3 knows no other. Logical partitions stand 1 MiB behind their links.
a=4
b=$((a + select_mb)) c=$((a + select_mb + boot_mb))
d=$((c + boot_mb))
r1=$((d + 1)) r2=$((d + 1 + root_mb + 1)) da=$((d + 1 + 2 * (root_mb + 1)))
rm -f "$out"
truncate -s $((da + data_mb + 4))M "$out"
sfdisk -q "$out" <<P
label: dos
label-id: 0x6a11a000
start=${a}MiB, size=${select_mb}MiB, type=c, bootable
start=${b}MiB, size=${boot_mb}MiB, type=c
start=${c}MiB, size=${boot_mb}MiB, type=c
start=${d}MiB, type=5
start=${r1}MiB, size=${root_mb}MiB, type=83
start=${r2}MiB, size=${root_mb}MiB, type=83
start=${da}MiB, size=${data_mb}MiB, type=83
P
put() { dd if="$1" of="$out" bs=1M seek="$2" conv=notrunc,sparse status=none; }
put "$work/select.vfat" $a
put "$work/boot.vfat" $b
put "$work/boot.vfat" $c
put "$work/root.ext4" $r1
put "$work/data.ext4" $da
rm "$work/select.vfat" "$work/data.ext4"
sfdisk -l "$out"
