#!/bin/sh
# The session's tests in Debian 13, whose cage (0.2.0) and Xwayland (24.1) are others than Debian 12's: one and two outputs,
# memory, a bare Xorg with two monitors. Needs root and, once, Debian's mirror; two minutes, then half a one.
# Usage, from the repository: display/kiosk/kiosktest/debian13.sh [flags of the tests]
set -eu
export CGO_ENABLED=0
root=$PWD/build/debian13
if [ ! -f "$root.made" ]; then
	packaging/setup/apt.sh mmdebstrap >&2
	rm -rf "$root"
	mmdebstrap --quiet --variant=minbase --include="cage,xwayland,grim,xserver-xorg-core,xserver-xorg-video-dummy,\
x11-xserver-utils,x11-apps,xdotool,zbar-tools,libx11-6,libxrandr2,libxcursor1,libxi6,libxinerama1,libegl1,libgles2,libgl1-mesa-dri" \
		trixie "$root"
	: >"$root.made"
fi
go test -c -tags gpu -o "$root/root/screen.test" ./cmd/galla-display
# The mounts are the script's own and end with it.
exec unshare -m sh -c '
	root=$1
	shift
	mount -t proc proc "$root/proc"
	mount --rbind /dev "$root/dev"
	mkdir -p "$root/tmp/.X11-unix"
	chmod 1777 "$root/tmp" "$root/tmp/.X11-unix"
	exec chroot "$root" env -i HOME=/root PATH=/usr/bin:/bin:/usr/sbin:/sbin sh -c "cd /root && exec ./screen.test \"\$@\"" sh "$@"
' sh "$root" -test.v -test.timeout 10m -test.run 'TestScreen_[12]$|TestMemoryOfTheSession|Monitor' "$@"
