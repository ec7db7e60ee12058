#!/bin/sh
# Makes a release: a folder that any static server serves. "make release" runs it at the top of the tree; README.md says the rest.
#
#   build.sh OUT    from the packages in DEBS, and the image and the demo's tarballs where they are built
#
#   OUT/apt/pool, OUT/apt/dists/stable   the apt repository, with the packages of earlier releases in the same OUT
#   OUT/galla-archive-keyring.deb, OUT/galla.sources   what a box gets by hand, once
#   OUT/VERSION/                         SHA256SUMS, its signature, CHANGES, card image, update bundle, demo
#
# SIGN    fingerprints of the gpg keys that sign, with blanks between them; two while the readers of both are out there
# TRUST   folder with *.asc: the public keys that boxes are to trust from this release on
# URL     where OUT will be reached
# DEBS    folder with the packages of this version (default build/deb)
# IMAGE   folder with galla.img and galla.raucb (default build/image); none: no card in this release
# CA      ca.pem that the image's updates are checked by; needed where there is an image
# DEMO    folder with the demo's tarballs (default build/demo)
# TRIAL=yes   keys "for trials only" may sign; never for boxes of others
#
# It promises: OUT is as it was until all that is new is written and checked; then the pool grows, then the indices by their hashes, then
# Release, Release.gpg and InRelease: whoever reads meanwhile gets the old or the new release. Dying anywhere leaves one of the two.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
out=$1
export LC_ALL=C.UTF-8 TZ=UTC
debs=${DEBS:-build/deb} image=${IMAGE:-build/image} demo=${DEMO:-build/demo} trial="for trials only"
die() { echo "release: $*" >&2; exit 1; }
if [ "${TRIAL:-}" = yes ] && [ -z "${SIGN:-}" ]; then # a key that is made here, and its name says what it is worth
	GNUPGHOME=$(cd "$(dirname "$out")" && pwd)/trial-key
	export GNUPGHOME
	TRUST=$GNUPGHOME/trust URL=${URL:-http://127.0.0.1:8000}
	if [ ! -d "$TRUST" ]; then
		mkdir -p "$TRUST"
		chmod 700 "$GNUPGHOME"
		gpg --batch --quiet --passphrase '' --quick-generate-key "Galla archive, $trial" ed25519 sign never
		gpg --batch --quiet --armor --export >"$TRUST/archive.asc"
	fi
	SIGN=$(gpg --batch --with-colons --list-secret-keys | sed -n 's/^fpr:*\([0-9A-F]*\):.*/\1/p' | head -n 1)
fi
[ -n "${SIGN:-}" ] || die "SIGN is empty: give the fingerprint of the key that signs (gpg --list-secret-keys), or TRIAL=yes for a key for trials"
[ -n "${URL:-}" ] || die "URL is empty: give the address at which $out will be reached, as in https://example.org/galla"
case "$URL" in https://* | http://127.0.0.1*) ;; *) die "URL $URL is neither https nor 127.0.0.1" ;; esac
mkdir -p "$out"
new=$(mktemp -d "$out/.new-XXXXXX")
trap 'rm -rf "$new"' EXIT

# 1. The packages: one version, each machine's whole set.
[ -n "$(ls "$debs"/galla_*.deb 2>/dev/null)" ] || die "$debs has no galla_*.deb: make deb builds them"
version=
for f in "$debs"/*.deb; do
	v=$(dpkg-deb -f "$f" Version)
	[ -z "$version" ] || [ "$v" = "$version" ] || die "$debs holds two versions, $version and $v: empty it and build again"
	version=$v
done
case "$version" in
*~dev* | *.changed*) [ "${TRIAL:-}" = yes ] || die "$version is no release: commit, and tag v${version%%~*}" ;;
esac
[ ! -e "$out/$version" ] || die "$out/$version is there: a version is released once"
mkdir -p "$new/$version"

# 2. The keys.
ring=$new/galla-archive-keyring.gpg
for f in "${TRUST:-}"/*.asc; do
	[ -f "$f" ] || die "TRUST ${TRUST:-} has no public keys: give a folder with *.asc (gpg --armor --export FINGERPRINT >archive.asc)"
	gpg --batch --quiet --no-options --dearmor <"$f" >>"$ring"
done
with=
for key in $SIGN; do
	case "$key" in *[!0-9A-F]*) die "SIGN $key is no fingerprint: 40 hexadecimal digits" ;; esac
	[ ${#key} = 40 ] || die "SIGN $key is no fingerprint: 40 hexadecimal digits"
	names=$(gpg --batch --with-colons --list-keys "$key" 2>/dev/null | grep ^uid) || die "there is no key $key in $(gpgconf --list-dirs homedir)"
	case "$names" in *"$trial"*) [ "${TRIAL:-}" = yes ] || die "the key $key is for trials only" ;; esac
	with="$with --local-user $key!"
done
# shellcheck disable=SC2086
sign() { gpg --batch --yes --quiet --digest-algo SHA512 $with "$@"; }

# 3. The card, if there is one: of this version, and signed by a key that its own box trusts.
if [ -f "$image/galla.img" ]; then
	[ -f "${CA:-}" ] || die "$image has a card, and CA is no file: give the ca.pem it was made with, or IMAGE=none for a release without a card"
	said=$(rauc --keyring="$CA" info --output-format=readable "$image/galla.raucb" 2>&1) || die "$image/galla.raucb is not signed by $CA: $said"
	case "$said$(openssl crl2pkcs7 -nocrl -certfile "$CA" | openssl pkcs7 -print_certs -noout)" in
	*"$trial"*) [ "${TRIAL:-}" = yes ] || die "$image is signed by a key for trials: make image KEYS=…" ;;
	esac
	of=$(cat "$image/galla.version") || die "$image/galla.version is not there: make image writes it"
	case "$of" in "$version+"*) ;; *) die "the card in $image is of $of, not of $version: make image" ;; esac
	echo "$said" | grep -qF "$of" || die "$image/galla.raucb is not of $of"
	root=$(sfdisk --json "$image/galla.img" | sed -n 's/.*"start": *\([0-9]*\).*/\1/p' | sed -n 5p)
	debugfs -R "cat /etc/rauc/keyring.pem" "$image/galla.img?offset=$((root * 512))" 2>/dev/null | cmp -s - "$CA" ||
		die "the card in $image trusts another ca.pem than $CA, so it would refuse its updates"
	zstd -q -T2 -10 "$image/galla.img" -o "$new/$version/galla_$version.img.zst"
	cp "$image/galla.raucb" "$new/$version/galla.raucb"
	cp "$image/galla.lock" "$new/$version/galla_$version.lock"
fi
for f in "$demo"/galla-demo_"$version"_*.tar.gz; do
	[ ! -f "$f" ] || cp "$f" "$new/$version/"
done

# 4. What changed, for people: the changelog's entry.
scratch=$(mktemp -d)
trap 'rm -rf "$new" "$scratch"' EXIT
for first in "$debs"/galla_*.deb; do break; done # all of them hold the same changelog
dpkg-deb --fsys-tarfile "$first" | tar -xOf - ./usr/share/doc/galla/changelog.Debian.gz | gzip -d >"$scratch/changelog"
dpkg-parsechangelog -l "$scratch/changelog" --count 1 --show-field Changes | sed '/^$/d; s/^\.$//' >"$new/$version/CHANGES"
[ "$(dpkg-parsechangelog -l "$scratch/changelog" --show-field Version)" = "$version" ] || die "the changelog does not begin with $version"

# 5. The keyring's package: of this version, so that it is always an upgrade.
at=$(stat -c %Y "$first")
p=$scratch/keyring
mkdir -p "$p/DEBIAN" "$p/usr/share/keyrings" "$p/usr/share/doc/galla-archive-keyring"
cp "$ring" "$p/usr/share/keyrings/galla-archive-keyring.gpg"
cp "$here/keyring.copyright" "$p/usr/share/doc/galla-archive-keyring/copyright"
sed 's/^galla (/galla-archive-keyring (/' "$scratch/changelog" | gzip -9n >"$p/usr/share/doc/galla-archive-keyring/changelog.Debian.gz"
sed "s/@VERSION@/$version/" "$here/keyring.control" >"$p/DEBIAN/control"
(cd "$p" && find usr -type f | sort | xargs md5sum) >"$p/DEBIAN/md5sums"
chmod -R u=rwX,go=rX "$p"
SOURCE_DATE_EPOCH=$at dpkg-deb -Zxz --root-owner-group --build "$p" "$scratch/galla-archive-keyring_${version}_all.deb" >/dev/null
cp "$scratch/galla-archive-keyring_${version}_all.deb" "$new/galla-archive-keyring.deb"
sed "s|@URL@|$URL|" "$here/galla.sources" >"$new/galla.sources"

# 6. The sums of what is loaded by hand.
cp "$new/galla-archive-keyring.deb" "$new/galla.sources" "$ring" "$new/$version/"
(cd "$new/$version" && sha256sum -- * >"$scratch/SHA256SUMS" && mv "$scratch/SHA256SUMS" .)
sign --armor --detach-sign --output "$new/$version/SHA256SUMS.asc" "$new/$version/SHA256SUMS"
gpgv --quiet --keyring "$ring" "$new/$version/SHA256SUMS.asc" "$new/$version/SHA256SUMS" 2>/dev/null ||
	die "what SIGN signs, the keys in TRUST don't verify: no box would take this release"

# 7. The repository: the pool first, for an index must name nothing that isn't there.
mkdir -p "$out/apt/pool"
for f in "$debs"/*.deb "$scratch"/*.deb; do
	to=$out/apt/pool/$(basename "$f")
	[ ! -e "$to" ] || cmp -s "$f" "$to" || die "$to is there with other bytes: a version is built once"
	cp -p "$f" "$to.part" && mv "$to.part" "$to"
done
dist=$out/apt/dists/stable
for arch in amd64 arm64 armhf; do
	mkdir -p "$new/stable/main/binary-$arch"
	(cd "$out/apt" && apt-ftparchive --arch "$arch" packages pool) >"$new/stable/main/binary-$arch/Packages"
	gzip -9nk "$new/stable/main/binary-$arch/Packages"
done
apt-ftparchive -o APT::FTPArchive::DoByHash=true -c "$here/apt.conf" -o "APT::FTPArchive::Release::Version=$version" \
	release "$new/stable" >"$scratch/Release"
mv "$scratch/Release" "$new/stable/Release"
sign --clearsign --output "$new/stable/InRelease" "$new/stable/Release"
sign --armor --detach-sign --output "$new/stable/Release.gpg" "$new/stable/Release"
case "${GNUPGHOME:-}" in */trial-key) gpgconf --kill gpg-agent ;; esac # of the key that was made above; an agent of the owner's stays

# What an earlier Release names stays, by its hash: whoever has just read that one finds it.
mkdir -p "$dist"
cp -r "$new/stable/main" "$dist/"
for f in Release Release.gpg InRelease; do # InRelease last: apt asks for it first
	mv "$new/stable/$f" "$dist/$f"
done
mv "$new/galla-archive-keyring.deb" "$new/galla.sources" "$out/"
mv "$new/$version" "$out/$version"
echo "$out/$version is released; serve $out as $URL"
