#!/bin/sh
# Signs a request as RFC 9421 and RFC 9530 say, by openssl and nothing of ours: prints the three headers.
#   sign.sh KEY.pem METHOD PATH BODY-FILE CREATED KEYID
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
digest="sha-256=:$(openssl dgst -sha256 -binary "$4" | openssl base64 -A):"
params="(\"@method\" \"@path\" \"content-digest\");created=$5;keyid=\"$6\";alg=\"ed25519\""
# RFC 9421 section 2.5: a line for each component, and the parameters last, without a line end.
printf '"@method": %s\n"@path": %s\n"content-digest": %s\n"@signature-params": %s' "$2" "$3" "$digest" "$params" >"$dir/base"
openssl pkeyutl -sign -inkey "$1" -rawin -in "$dir/base" -out "$dir/signature"
printf 'Content-Digest: %s\nSignature-Input: galla=%s\nSignature: galla=:%s:\n' "$digest" "$params" "$(openssl base64 -A -in "$dir/signature")"
