#!/bin/sh
# keys.sh: prints the folder with the keys of the one who signs updates, or says why there is none.
#
#   KEYS=folder   cert.pem and key.pem sign; ca.pem is what the boxes trust: one authority, or the old and the new one while they change
#   DEMO=yes      a pair for trials, made in build/image/keys; its names say so, and "make release" refuses what it signed
set -eu
die() { echo "image: $*" >&2; exit 1; }
trial="for trials only"
if [ -z "${KEYS:-}" ]; then
	[ "${DEMO:-}" = yes ] || die "whose updates may the boxes install? KEYS=folder with cert.pem, key.pem and ca.pem (packaging/image/README.md, Keys), or DEMO=yes for a card for trials, which nobody should sell with"
	keys=$1
	if [ ! -f "$keys/cert.pem" ]; then
		mkdir -p "$keys"
		openssl req -x509 -newkey rsa:4096 -nodes -keyout "$keys/ca-key.pem" -out "$keys/ca.pem" -subj "/O=Galla/CN=updates, $trial" -days 3650 2>/dev/null
		openssl req -newkey rsa:4096 -nodes -keyout "$keys/key.pem" -out "$keys/request.pem" -subj "/O=Galla/CN=builder, $trial" 2>/dev/null
		openssl x509 -req -in "$keys/request.pem" -CA "$keys/ca.pem" -CAkey "$keys/ca-key.pem" -CAcreateserial -out "$keys/cert.pem" -days 3650 2>/dev/null
		chmod 600 "$keys"/*key.pem
	fi
	echo "$keys"
	exit 0
fi
[ "${DEMO:-}" != yes ] || die "KEYS and DEMO=yes: one of them"
keys=$(cd "$KEYS" 2>/dev/null && pwd) || die "KEYS=$KEYS is no folder"
for f in cert.pem key.pem ca.pem; do
	[ -f "$keys/$f" ] || die "$keys has no $f"
done
names=$(openssl crl2pkcs7 -nocrl -certfile "$keys/ca.pem" | openssl pkcs7 -print_certs -noout)$(openssl x509 -in "$keys/cert.pem" -noout -subject -issuer) || die "a certificate in $keys can't be read"
case "$names" in *"$trial"*) die "$keys holds certificates for trials; DEMO=yes says that that is meant" ;; esac
openssl verify -partial_chain -CAfile "$keys/ca.pem" "$keys/cert.pem" >/dev/null 2>&1 || die "$keys/cert.pem is from no authority in $keys/ca.pem, so a box would refuse its own updates"
[ "$(openssl x509 -in "$keys/cert.pem" -noout -pubkey)" = "$(openssl pkey -in "$keys/key.pem" -pubout 2>/dev/null)" ] || die "$keys/key.pem is not the key of $keys/cert.pem"
openssl x509 -in "$keys/cert.pem" -noout -checkend $((90 * 86400)) >/dev/null || die "$keys/cert.pem ends within 90 days: boxes would refuse the update after that"
echo "$keys"
