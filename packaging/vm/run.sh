#!/bin/sh
# Everything "make rig-vm" does: the packages in two versions, the machine's Debian, and the tests in it. Needs root for the second.
# Usage, from the repository: packaging/vm/run.sh [flags of the test, such as -test.run TestKiosk or -cuts 50]
set -eu
packaging/setup/apt.sh qemu-system-x86 mmdebstrap e2fsprogs zbar-tools util-linux systemd-container iproute2 >&2
to=$PWD/build/vm
mkdir -p "$to"
# The package's own version, and a later one to upgrade to.
if [ -z "${KEEP:-}" ] || [ ! -d "$to/debs" ]; then
	rm -rf "$to/debs" "$to/next"
	go run -C packaging/deb . -root "$PWD" -to "$to/debs" -arch amd64
	go run -C packaging/deb . -root "$PWD" -to "$to/next" -arch amd64 -version "$(cd "$to/debs" && echo galla_*_amd64.deb | cut -d_ -f2)+next"
fi
packaging/vm/base.sh "$to" "$to"/debs/galla_*.deb "$to"/debs/galla-display_*.deb
# In a network of its own, where the gateway has the address that the machine knows, and no port is anybody else's.
go test -c -tags rig -o "$to/vm.test" ./packaging/vm
cd packaging/vm
exec unshare -n sh -c 'ip link set lo up && ip addr add 10.0.2.2/32 dev lo && exec "$@"' sh \
	"$to/vm.test" -test.v -test.timeout 12h -test.skip TestImage "$@"
