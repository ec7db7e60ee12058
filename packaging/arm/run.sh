#!/bin/sh
# Takes the demonstration's sales with programs for another machine: run.sh arm64|armhf
# The programs run under qemu-user, with that machine's own libraries around galla-display; only Xvfb is of this machine.
# Nothing of the other Debian is executed but what galla-display loads, so its packages are unpacked and not configured.
set -eu
arch=$1
cd "$(dirname "$0")/../.."
case $arch in
arm64) goarch=arm64 emulator=qemu-aarch64 ;;
armhf) goarch=arm emulator=qemu-arm ;;
*) echo "run.sh: $arch is not arm64 or armhf" >&2; exit 64 ;;
esac
# gallad starts itself to look at its sales file, and galla demo starts the others: the kernel must know the emulator.
if [ ! -e /proc/sys/fs/binfmt_misc/register ]; then
	mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
fi
packaging/setup/apt.sh qemu-user-static binfmt-support mmdebstrap xvfb zbar-tools
if [ ! -e /proc/sys/fs/binfmt_misc/$emulator ]; then
	update-binfmts --enable $emulator
fi
libraries=$PWD/build/rig/libraries-$arch
if [ ! -d "$libraries" ]; then
	mkdir -p build/rig
	rm -rf "$libraries.new" "$libraries.lib"
	mmdebstrap --quiet --mode=root --variant=extract --architectures=$arch \
		--include=libc6,libx11-6,libxrandr2,libxcursor1,libxi6,libxinerama1,libxrender1,libxext6,libegl1,libgles2,libgl1,libgl1-mesa-dri \
		bookworm "$libraries.new" "deb http://deb.debian.org/debian bookworm main"
	# qemu-user looks for every path here first (QEMU_LD_PREFIX): only libraries may be found, no devices and no settings.
	mkdir "$libraries.lib"
	cp -a "$libraries.new/lib" "$libraries.new/usr" "$libraries.lib/"
	for extra in bin sbin games include local src; do rm -rf "$libraries.lib/usr/$extra"; done
	rm -rf "$libraries.new"
	mv "$libraries.lib" "$libraries"
fi
programs=build/rig/$arch
mkdir -p "$programs"
for p in gallad galla galla-display galla-sim; do
	CGO_ENABLED=0 GOOS=linux GOARCH=$goarch GOARM=7 go build -trimpath -ldflags "-s -w -X main.version=$arch" -o "$programs/" ./cmd/$p
done
out=build/rig/demo-$arch
rm -rf "$out"
start=$(date +%s)
DISPLAY='' QEMU_LD_PREFIX=$libraries "$programs/galla" demo --patience 10 --out "$out" </dev/null
for n in 1-enkash 2-razorpay; do
	[ "$(zbarimg -q --raw -Sdisable -Sqrcode.enable "$out/$n-pay.png")" = "$(cat "$out/$n-issued.txt")" ]
done
file=$(od -An -tx1 -j18 -N1 "$programs/gallad")
echo "$arch (ELF machine $file): two sales from order to receipt in $(($(date +%s) - start)) s under $emulator; the pictures of the screen are read as they were issued"
