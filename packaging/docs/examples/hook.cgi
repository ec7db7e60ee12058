#!/bin/sh
# Receives Galla's webhook for shop.sh: for each sale of which something is known it leaves a file ID.told beside cgi-bin.
body=$(mktemp)
trap 'rm -f "$body"' EXIT
head -c "$CONTENT_LENGTH" >"$body"
at=${HTTP_GALLA_SIGNATURE#t=}
at=${at%%,*}
right=$({ printf '%s.' "$at"; cat "$body"; } | openssl dgst -sha256 -hmac "$SECRET" -r | cut -d' ' -f1)
case ",$HTTP_GALLA_SIGNATURE," in
*",v1=$right,"*) ;;
*) at=0 ;;
esac
age=$(($(date +%s) - at))
if [ "${age#-}" -gt 300 ]; then
	printf 'Status: 403 Forbidden\r\n\r\n'
	exit
fi
jq -r '.events[] | select(.milestones) | .sale_id' "$body" | grep -E '^[0-9A-Z]+$' | while read -r id; do
	: >"../$id.told"
done
printf 'Status: 204 No Content\r\n\r\n'
