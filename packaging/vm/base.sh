#!/bin/sh
# Builds the machine the rig boots: Debian 12 amd64 with what the packages named on the command line depend on, and without them.
# They are installed later, by apt inside the running machine, which needs no network for it.
# Usage: base.sh OUT galla_*.deb galla-display_*.deb
# Leaves OUT/root.img (ext4), OUT/vmlinuz, OUT/initrd. Needs root, and apt-get install mmdebstrap e2fsprogs.
set -eu
out=$1
shift
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$out"
out=$(cd "$out" && pwd)
export PATH="$PATH:/usr/sbin:/sbin"

# What the packages need, but for each other. Of alternatives the first is taken.
needs=$(for d in "$@"; do dpkg-deb -f "$d" Pre-Depends Depends | sed 's/^[^:]*: //'; done | tr ',' '\n' |
	sed 's/|.*//; s/(.*//; s/ //g' | grep -v -e '^galla' -e '^$' | sort -u | paste -sd, -)
stamp=$({ echo "$needs"; cat "$here/base.sh" "$here"/guest/*; cat "$here"/../image/files/etc/initramfs-tools/scripts/init-bottom/overlay-root; } | sha256sum | cut -c1-16)
if [ -f "$out/root.img" ] && [ "$(cat "$out/stamp" 2>/dev/null)" = "$stamp" ]; then
	exit 0
fi
echo "building the machine's Debian with: $needs"
rm -rf "$out/root" "$out/stamp"
mmdebstrap --quiet --mode=root --variant=minbase --architectures=amd64 \
	--include="systemd,systemd-sysv,udev,dbus,kmod,linux-image-amd64,initramfs-tools,zstd,e2fsprogs,iproute2,ca-certificates,procps,$needs" \
	--aptopt='APT::Install-Recommends "false"' \
	--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
	--essential-hook='mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/etc/initramfs-tools/scripts/init-bottom"
		printf "MODULES=list\nCOMPRESS=zstd\nCOMPRESSLEVEL=3\n" > "$1/etc/initramfs-tools/conf.d/rig"
		printf "%s\n" virtio_blk virtio_pci ext4 overlay > "$1/etc/initramfs-tools/modules"' \
	--essential-hook="copy-in $here/../image/files/etc/initramfs-tools/scripts/init-bottom/overlay-root /etc/initramfs-tools/scripts/init-bottom" \
	--customize-hook="copy-in $here/guest/rig-shell.service /etc/systemd/system" \
	--customize-hook="copy-in $here/guest/rig.network /etc/systemd/network" \
	--customize-hook='echo rig > "$1/etc/hostname"; echo "127.0.1.1 rig" >> "$1/etc/hosts"; : > "$1/etc/machine-id"
		printf "LABEL=root / ext4 noatime,errors=remount-ro 0 1\n" > "$1/etc/fstab"
		chroot "$1" systemctl -q enable rig-shell systemd-networkd
		chroot "$1" systemctl -q mask serial-getty@hvc0 serial-getty@ttyS0 apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer' \
	bookworm "$out/root"
cp "$out"/root/boot/vmlinuz-* "$out/vmlinuz"
cp "$out"/root/boot/initrd.img-* "$out/initrd"
rm -f "$out/root.img"
truncate -s 2G "$out/root.img"
# mke2fs looks at every loop device of the machine, and hangs on one whose server is gone: it gets a view without them.
unshare -m sh -c 'grep ^/dev/loop /proc/mounts | cut -d" " -f2 | xargs -r umount -l; exec mke2fs "$@"' sh \
	-q -t ext4 -L root -E lazy_itable_init=0,lazy_journal_init=0 -d "$out/root" "$out/root.img"
rm -rf "$out/root"
echo "$stamp" > "$out/stamp"
