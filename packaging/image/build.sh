#!/bin/sh
# Builds a bootable image for a Pi-class board from Debian's packages and ours, and the signed bundle that updates a box with it.
# Usage, from the repository, as root: packaging/image/build.sh galla_*_arm64.deb galla-display_*_arm64.deb
# Leaves build/image/galla.img (write it to a card), build/image/galla.raucb (for a USB stick), and their parts.
# KEYS=folder with cert.pem, key.pem and ca.pem of the one who signs updates; without it a pair for trials is made.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$PWD/build/image
mkdir -p "$out"
work=$out/work
export PATH="$PATH:/usr/sbin:/sbin" LC_ALL=C.UTF-8
packages=systemd,systemd-sysv,systemd-timesyncd,udev,dbus,kmod,linux-image-arm64,raspi-firmware,firmware-brcm80211,iproute2,initramfs-tools,zstd,init-system-helpers,ca-certificates,nftables,busybox,cage,seatd,xwayland,libgl1,libegl1,libgles2,libgl1-mesa-dri,libx11-6,libxrandr2,libxcursor1,libxi6,libxinerama1,libxkbcommon0,espeak-ng,alsa-utils,rauc,rauc-service,systemd-resolved,wpasupplicant,wireless-regdb,e2fsprogs,dosfstools,fdisk

# 1. Debian, once: the greater part of the time (a quarter of an hour where arm64 is emulated).
stamp=$({ echo "$packages"; find "$here/files/etc/initramfs-tools" -type f | sort | xargs cat; } | sha256sum | cut -c1-16)
if [ ! -f "$out/debian-$stamp.tar" ]; then
	mountpoint -q /proc/sys/fs/binfmt_misc || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
	[ "$(uname -m)" = aarch64 ] || [ -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ] || cat /usr/lib/binfmt.d/qemu-aarch64.conf > /proc/sys/fs/binfmt_misc/register
	rm -f "$out"/debian-*.tar
	mmdebstrap --mode=root --variant=minbase --architectures=arm64 --components=main,non-free-firmware --include="$packages" \
		--aptopt='Acquire::Retries "3"' --aptopt='APT::Install-Recommends "false"' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		--essential-hook='mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/etc/initramfs-tools/scripts/init-bottom"' \
		--essential-hook="copy-in $here/files/etc/initramfs-tools/scripts/init-bottom/overlay-root /etc/initramfs-tools/scripts/init-bottom" \
		--essential-hook="copy-in $here/files/etc/initramfs-tools/modules /etc/initramfs-tools" \
		--essential-hook="copy-in $here/files/etc/initramfs-tools/conf.d/galla /etc/initramfs-tools/conf.d" \
		trixie "$out/debian.part.tar"
	mv "$out/debian.part.tar" "$out/debian-$stamp.tar"
fi

# 2. The keys of the one who signs updates.
keys=${KEYS:-$out/keys}
if [ ! -f "$keys/cert.pem" ]; then
	mkdir -p "$keys"
	openssl req -x509 -newkey rsa:4096 -nodes -keyout "$keys/ca-key.pem" -out "$keys/ca.pem" -subj "/O=Galla/CN=updates, for trials only" -days 3650 2>/dev/null
	openssl req -newkey rsa:4096 -nodes -keyout "$keys/key.pem" -out "$keys/request.pem" -subj "/O=Galla/CN=builder, for trials only" 2>/dev/null
	openssl x509 -req -in "$keys/request.pem" -CA "$keys/ca.pem" -CAkey "$keys/ca-key.pem" -CAcreateserial -out "$keys/cert.pem" -days 3650 2>/dev/null
	chmod 600 "$keys"/*key.pem
fi

# 3. Ours on top.
rm -rf "$work"
mkdir -p "$work/root" "$work/boot"
root=$work/root
tar -C "$root" -xpf "$out/debian-$stamp.tar"
cp -r --no-preserve=ownership "$here/files/." "$root/"
cp "$keys/ca.pem" "$root/etc/rauc/keyring.pem"
cp "$@" "$root/var/tmp/"
# dpkg and not apt: what they need is there, or dpkg says what isn't.
chroot "$root" sh -c 'dpkg -i /var/tmp/*.deb && rm /var/tmp/*.deb'
# The settings of a new box: the hourly copy on its way to a stick (its days are kept there: no galla-backup.timer), and sales of three years.
sed -i 's|^#backup = .*|backup = "/var/lib/galla/copies/galla.db"|; s|^#keep_days = .*|keep_days = 1100|' "$root/usr/share/galla/gallad.toml"
grep -q '^backup = ' "$root/usr/share/galla/gallad.toml" && grep -q '^keep_days = ' "$root/usr/share/galla/gallad.toml"
cp "$root/usr/share/galla/gallad.toml" "$root/etc/galla/gallad.toml"
echo galla > "$root/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 galla\n' > "$root/etc/hosts"
: > "$root/etc/machine-id"
ln -sf /run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
mkdir -p "$root/data" "$root/boot/select" "$root/media/root-ro" "$root/var/lib/rauc" "$root/var/lib/systemd/timesync"
# No login anywhere, no key that restarts the box, and the screen is ours alone.
chroot "$root" passwd -q -l root
chroot "$root" systemctl -q mask getty@.service serial-getty@.service console-getty.service ctrl-alt-del.target systemd-vconsole-setup.service \
	apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service systemd-rfkill.service systemd-rfkill.socket \
	wpa_supplicant.service galla-backup.timer
chroot "$root" systemctl -q enable systemd-networkd.service systemd-resolved.service galla-trial.service galla-proved.service galla-grow.service galla-copies.timer
# The initramfs, with the layer in memory, was made with Debian's part; raspi-firmware's hook has filled /boot/firmware.
rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/var/log/*.log "$root"/var/log/apt
# A version names what is on it: our packages' version, and a sum over Debian's and the files of the recipe.
version=$(basename "$1" | cut -d_ -f2)+$({ cat "$root/var/lib/dpkg/status"; cd "$here/files" && find . -type f | sort | xargs cat; } | sha256sum | cut -c1-8)
echo "$version" > "$root/usr/lib/galla/image-version"

# 4. What lives on: settings, keys, sales. An update never touches it.
data=$work/data
mkdir -p "$data/galla" "$data/config" "$data/credstore" "$data/timesync" "$data/rauc"
cp -a "$root/etc/galla/." "$data/config/"
chmod 700 "$data/galla" "$data/credstore"

# 5. The boot partition: Debian's firmware, kernel and initramfs, and our command line.
cp -rL "$root/boot/firmware/." "$work/boot/"
cat > "$work/boot/cmdline.txt" <<'CMD'
root=PARTUUID=6a11a000-05 ro rootwait galla.overlay fsck.repair=yes quiet loglevel=3 systemd.show_status=false rd.udev.log_level=3 vt.global_cursor_default=0 logo.nologo consoleblank=0 console=tty3 panic=10 video=HDMI-A-1:D
CMD
# The root keeps no second copy of kernel and initramfs.
rm -rf "$root"/boot/firmware/* "$root"/boot/initrd.img* "$root"/boot/vmlinuz*
"$here/assemble.sh" "$work" "$out/galla.img"

# 6. The update: both partitions of a slot, signed.
rm -rf "$work/bundle" "$out/galla.raucb"
mkdir "$work/bundle"
mv "$work/root.ext4" "$work/boot.vfat" "$work/bundle/"
cp "$here/hook" "$work/bundle/hook"
cat > "$work/bundle/manifest.raucm" <<M
[update]
compatible=galla-pi
version=$version
[bundle]
format=verity
[hooks]
filename=hook
[image.rootfs]
filename=root.ext4
[image.boot]
filename=boot.vfat
hooks=post-install
M
rauc --cert="$keys/cert.pem" --key="$keys/key.pem" --keyring="$keys/ca.pem" bundle "$work/bundle" "$out/galla.raucb"
rauc --keyring="$keys/ca.pem" info "$out/galla.raucb"
ls -l "$out"/galla.*
