#!/bin/sh
# Builds a bootable image for a Pi-class board from Debian's packages and ours, and the signed bundle that updates a box with it.
# Usage, from the repository, as root: packaging/image/build.sh galla_*_arm64.deb galla-display_*_arm64.deb
# Leaves build/image/galla.img (write it to a card), build/image/galla.raucb (for a USB stick), and their parts.
# KEYS=folder with cert.pem, key.pem and ca.pem of the one who signs updates, or DEMO=yes: keys.sh.
# Also galla.version, galla.lock (what is on it: packages, with version and sum) and galla.contents (each file, with its sum).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$PWD/build/image
mkdir -p "$out"
work=$out/work
export PATH="$PATH:/usr/sbin:/sbin" LC_ALL=C.UTF-8

keys=$("$here/keys.sh" "$out/keys")

# 1. What Debian offers today is what the lock says, or the build ends before it has begun.
mkdir -p "$work"
"$here/lock.sh" "$work/debian"
if [ "${LOCK:-}" = new ]; then
	cp "$work/debian/lock" "$here/debian.lock"
elif ! cmp -s "$work/debian/lock" "$here/debian.lock"; then
	diff -u "$here/debian.lock" "$work/debian/lock" | grep '^[-+][^-+]' >&2 || true
	echo "image: Debian has moved on (- the lock, + today). LOCK=new takes what there is today; MIRROR and SECURITY name a snapshot of the day of the lock" >&2
	exit 1
fi
lock=$(cut -d' ' -f1,2 "$here/debian.lock" | tr ' \n' '=,' | sed 's/,$//')

# 2. Debian, once: the greater part of the time (a quarter of an hour where arm64 is emulated).
SOURCE_DATE_EPOCH=$(git -C "$here" log -1 --format=%ct)
export SOURCE_DATE_EPOCH
stamp=$({ cat "$here/debian.lock" "$here/preferences"; find "$here/files/etc/initramfs-tools" -type f | sort | xargs cat; } | sha256sum | cut -c1-16)
if [ ! -f "$out/debian-$stamp.tar" ]; then
	mountpoint -q /proc/sys/fs/binfmt_misc || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
	[ "$(uname -m)" = aarch64 ] || [ -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ] || cat /usr/lib/binfmt.d/qemu-aarch64.conf > /proc/sys/fs/binfmt_misc/register
	rm -f "$out"/debian-*.tar
	mmdebstrap --mode=root --variant=minbase --architectures=arm64 --include="$lock" \
		--aptopt='Acquire::Retries "3"' --aptopt='APT::Install-Recommends "false"' --aptopt="Acquire::Check-Valid-Until \"${VALID:-true}\"" \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		--setup-hook='mkdir -p "$1/etc/apt/preferences.d"' --setup-hook="cp '$here/preferences' \"\$1/etc/apt/preferences.d/galla\"" \
		--essential-hook='mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/etc/initramfs-tools/scripts/init-bottom"' \
		--essential-hook="copy-in $here/files/etc/initramfs-tools/scripts/init-bottom/overlay-root /etc/initramfs-tools/scripts/init-bottom" \
		--essential-hook="copy-in $here/files/etc/initramfs-tools/modules /etc/initramfs-tools" \
		--essential-hook="copy-in $here/files/etc/initramfs-tools/conf.d/galla /etc/initramfs-tools/conf.d" \
		trixie "$out/debian.part.tar" "$work/debian/sources.list"
	mv "$out/debian.part.tar" "$out/debian-$stamp.tar"
fi

# 3. Ours on top.
rm -rf "${work:?}/root" "${work:?}/boot" "${work:?}/data"
mkdir -p "$work/root" "$work/boot"
root=$work/root
tar -C "$root" -xpf "$out/debian-$stamp.tar"
cp -r --no-preserve=ownership "$here/files/." "$root/"
cp "$keys/ca.pem" "$root/etc/rauc/keyring.pem"
cp "$@" "$root/var/tmp/"
# dpkg and not apt: what they need is there, or dpkg says what isn't.
chroot "$root" sh -c 'dpkg -i /var/tmp/*.deb && rm /var/tmp/*.deb'
# shellcheck disable=SC2016
chroot "$root" dpkg-query -W -f '${Package} ${Version} ${Architecture}\n' | sort >"$work/installed"
cut -d' ' -f1-3 "$here/debian.lock" >"$work/locked"
for deb in "$@"; do
	# shellcheck disable=SC2016
	dpkg-deb -W --showformat='${Package} ${Version} ${Architecture}\n' "$deb" >>"$work/locked"
done
sort -o "$work/locked" "$work/locked"
diff "$work/locked" "$work/installed" >&2 || { echo "image: what is installed (>) is not what the lock says (<)" >&2; exit 1; }
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
echo "$version" > "$out/galla.version"
{
	cat "$here/debian.lock"
	for deb in "$@"; do
		# shellcheck disable=SC2016
		echo "$(dpkg-deb -W --showformat='${Package} ${Version} ${Architecture}' "$deb") $(sha256sum <"$deb" | cut -d' ' -f1)"
	done
} >"$out/galla.lock"

# 4. What lives on: settings, keys, sales. An update never touches it.
data=$work/data
mkdir -p "$data/galla" "$data/config" "$data/credstore" "$data/timesync" "$data/rauc"
cp -a "$root/etc/galla/." "$data/config/"
chmod 700 "$data/galla" "$data/credstore"

# 5. The boot partition: Debian's firmware, kernel and initramfs, and our command line.
# raspi-firmware's hook looks for device trees where kernels before 7 had them, so those of this one are put where the firmware looks.
cp -rL "$root/boot/firmware/." "$work/boot/"
cp "$root"/usr/lib/modules/*/dtb/broadcom/bcm2*.dtb "$work/boot/"
sed -n 's/^tree  *\([^ ]*\) as \([^ ]*\)$/\1 \2/p' "$here/boards" | while read -r tree other; do
	cp "$work/boot/$tree" "$work/boot/$other"
done
for need in config.txt "$(sed -n 's/^kernel=//p' "$work/boot/config.txt")" "$(sed -n 's/^initramfs //p' "$work/boot/config.txt")" \
	$(sed -n 's/^tree  *\([^ ]*\).*/\1/p; s/^firmware  *\([^-].*\)$/\1/p' "$here/boards"); do
	[ -s "$work/boot/$need" ] || { echo "image: the boot partition lacks $need, which packaging/image/boards names" >&2; exit 1; }
done
cat > "$work/boot/cmdline.txt" <<'CMD'
root=PARTUUID=6a11a000-05 ro rootwait galla.overlay fsck.repair=yes quiet loglevel=3 systemd.show_status=false rd.udev.log_level=3 vt.global_cursor_default=0 logo.nologo consoleblank=0 console=tty3 panic=10 video=HDMI-A-1:D
CMD
# The root keeps no second copy of kernel and initramfs.
rm -rf "$root"/boot/firmware/* "$root"/boot/initrd.img* "$root"/boot/vmlinuz*
for part in root boot data; do
	"$here/contents.sh" "$work/$part" | sed "s|^|$part |"
done >"$out/galla.contents"
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
