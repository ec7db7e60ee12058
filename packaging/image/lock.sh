#!/bin/sh
# lock.sh DIR: asks Debian's archive what a card would be made of today, and writes into the folder DIR
#
#   sources.list, preferences   what apt reads, here and on the card's way
#   lock                        a line for each package: name version architecture sha256, sorted by name
#
# Nothing is installed and nothing of arm64 runs. MIRROR and SECURITY are the archives, such as a snapshot's; apt checks their signatures.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=$(mkdir -p "$1" && cd "$1" && pwd)
export LC_ALL=C.UTF-8
mirror=${MIRROR:-http://deb.debian.org/debian} security=${SECURITY:-http://deb.debian.org/debian-security}
ring=/usr/share/keyrings/debian-archive-keyring.gpg
{
	for suite in trixie trixie-updates trixie-backports; do
		echo "deb [signed-by=$ring] $mirror $suite main non-free-firmware"
	done
	echo "deb [signed-by=$ring] $security trixie-security main non-free-firmware"
	# What of it: preferences. Its day doesn't matter: two packages are taken, and the lock has their sums.
	echo "deb [signed-by=$ring check-valid-until=no] $mirror forky main"
} >"$dir/sources.list"
cp "$here/preferences" "$dir/preferences"
apt=$dir/apt
mkdir -p "$apt/etc/apt/apt.conf.d" "$apt/etc/apt/preferences.d" "$apt/var/lib/apt/lists/partial" "$apt/var/cache/apt/archives/partial" "$apt/var/lib/dpkg"
cp "$dir/sources.list" "$apt/etc/apt/sources.list"
cp "$dir/preferences" "$apt/etc/apt/preferences.d/galla"
: >"$apt/var/lib/dpkg/status"
cat >"$apt/conf" <<C
Dir "$apt";
Dir::State::status "$apt/var/lib/dpkg/status";
APT::Architecture "arm64";
APT::Architectures { "arm64"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
Acquire::Check-Valid-Until "${VALID:-true}";
C
export APT_CONFIG="$apt/conf"
apt-get -qq update
names=$(grep -v '^#' "$here/packages")
# shellcheck disable=SC2086
apt-get -qq --print-uris -y -o Acquire::ForceHash=SHA256 install '?essential' $names >"$apt/uris"
# 'http://…/dpkg_1.22.21_arm64.deb' dpkg_1.22.21_arm64.deb 1553068 SHA256:…
sed -n "s/^'[^']*' \([^_]*\)_\([^_]*\)_\([^_.]*\)\.deb [0-9]* SHA256:\([0-9a-f]\{64\}\)$/\1 \2 \3 \4/p" "$apt/uris" |
	sed 's/%3a/:/g; s/%2b/+/g; s/%7e/~/g' | sort >"$dir/lock"
[ "$(wc -l <"$dir/lock")" = "$(grep -c "^'" "$apt/uris")" ] || {
	echo "lock: apt named $(grep -c "^'" "$apt/uris") packages, and $(wc -l <"$dir/lock") were understood; see $apt/uris" >&2
	exit 1
}
