#!/bin/sh
# Takes the demonstration's sales with programs for another machine: run.sh arm64|armhf
#
# gallad, galla and galla-sim run under qemu-user, from the order to the receipt. The screen that the pretend phone reads is
# drawn by this machine's galla-display: under qemu-user the other's comes up, connects, and waits for ever for its first
# event from X (ebiten's glfw), so of it is shown here what needs no X: the pictures of its storybook are drawn by it
# for a minute and held against this machine's.
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
packaging/setup/apt.sh qemu-user-static binfmt-support mmdebstrap xvfb zbar-tools imagemagick libx11-6 libxrandr2 libxcursor1 libxi6 libxinerama1 libegl1 libgles2 libgl1-mesa-dri
if [ ! -e /proc/sys/fs/binfmt_misc/$emulator ]; then
	update-binfmts --enable $emulator
fi
# libc for galla-display, unpacked and not configured: nothing of the other Debian is executed but this library.
libc=$PWD/build/rig/libc-$arch
if [ ! -d "$libc" ]; then
	mkdir -p build/rig
	rm -rf "$libc.new" "$libc.lib"
	mmdebstrap --quiet --mode=root --variant=extract --architectures=$arch --include=libc6 bookworm "$libc.new" "deb http://deb.debian.org/debian bookworm main"
	# qemu-user looks for every path here first (QEMU_LD_PREFIX): only the library may be found, no devices and no settings.
	mkdir "$libc.lib"
	cp -a "$libc.new/lib" "$libc.lib/"
	rm -rf "$libc.new"
	mv "$libc.lib" "$libc"
fi
programs=$PWD/build/rig/$arch
mkdir -p "$programs"
build() { # build MACHINE PROGRAM NAME
	loader=
	# Go names the loader of soft-float ARM, which a Debian armhf has not got (packaging/deb/stage.go does the same).
	[ "$2" != galla-display ] || [ "$1" != arm ] || loader="-I /lib/ld-linux-armhf.so.3"
	CGO_ENABLED=0 GOOS=linux GOARCH=$1 GOARM=7 go build -trimpath -ldflags "-s -w -X main.version=$arch $loader" -o "$programs/$3" "./cmd/$2"
}
for p in gallad galla galla-sim; do build $goarch $p $p; done
build $goarch galla-display other-display
build "$(go env GOHOSTARCH)" galla-display galla-display

out=build/rig/demo-$arch
rm -rf "$out"
start=$(date +%s)
DISPLAY='' "$programs/galla" demo --patience 10 --out "$out" </dev/null
for n in 1-enkash 2-razorpay; do
	[ "$(zbarimg -q --raw -Sdisable -Sqrcode.enable "$out/$n-pay.png" 2>/dev/null)" = "$(cat "$out/$n-issued.txt")" ]
done
echo "$arch: two sales from order to receipt in $(($(date +%s) - start)) s under $emulator; zbarimg reads on the screen what was issued"

here=build/rig/story-here there=build/rig/story-$arch
rm -rf $there $here
QEMU_LD_PREFIX=$libc timeout -s KILL ${STORY:-60} "$programs/other-display" -storybook $there || [ $? = 137 ]
timeout -s KILL ${STORY:-60} "$programs/galla-display" -storybook $here || [ $? = 137 ] # draws the same pictures in the same order, and more
rm "$(find $there -name '*.png' -printf '%T@ %p\n' | sort -n | tail -1 | cut -d' ' -f2)" # the one that the time ran out on
n=0 same=0
for picture in $(cd $there && find . -name '*.png' | sort); do
	n=$((n + 1))
	if cmp -s "$there/$picture" "$here/$picture"; then
		same=$((same + 1))
		continue
	fi
	# arm64 rounds a multiplication and an addition once where amd64 rounds twice: some pixels of an edge are one shade off.
	off=$(compare -metric AE "$there/$picture" "$here/$picture" null: 2>&1 || true)
	[ "$off" -le 500 ] || { echo "$picture differs in $off pixels" >&2; exit 1; }
done
[ $n -ge 20 ] || { echo "only $n pictures were drawn: give it more time with STORY=600" >&2; exit 1; }
echo "$arch: $n pictures of the screen drawn under $emulator, $same of them the same bytes as here, the others 500 pixels off at most"
