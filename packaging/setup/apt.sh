#!/bin/sh
# Installs the Debian packages named on the command line that are missing. Needs root, or sudo.
set -eu
missing=
for p in "$@"; do
	dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing="$missing $p"
done
[ -n "$missing" ] || exit 0
echo "installing:$missing"
as=
[ "$(id -u)" = 0 ] || as=sudo
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
$as apt-get -o DPkg::Lock::Timeout=550 install -y --no-install-recommends $missing >/dev/null 2>&1 || {
	$as apt-get -o DPkg::Lock::Timeout=550 update -q >/dev/null
	$as apt-get -o DPkg::Lock::Timeout=550 install -y --no-install-recommends $missing >/dev/null
}
