#!/bin/sh
# Sells one bill by Galla; hook.cgi beside it receives the webhook. curl, jq, openssl; busybox for the receiver.
#   GALLA=http://127.0.0.1:8086 TOKEN=… ./shop.sh BILL-17 25000        (paise)
#   mkdir -p cgi-bin && cp hook.cgi cgi-bin/hook && SECRET=… busybox httpd -f -p 127.0.0.1:9000     (url http://127.0.0.1:9000/cgi-bin/hook)
set -eu
reference=$1 paise=$2

call() { # METHOD PATH [curl's options]: asks until there is an answer; the same key, so nothing is done twice
	method=$1 path=$2
	shift 2
	until out=$(curl -sS -w '\n%{http_code}' -X "$method" -H "Authorization: Bearer $TOKEN" "$@" "$GALLA$path") &&
		status=${out##*
} && [ "$status" -lt 500 ]; do
		sleep 1
	done
	out=${out%
*}
	[ "$status" -lt 300 ] || { echo "$out" | jq -r '"\(.detail)\n\(.next)"' >&2; exit 1; }
}

# 1. The key is on the disk before the sale is asked for: a program that dies in between asks for the same sale again.
note=$(jq -rn --arg r "$reference" '$r | @uri').key # a bill may be INV/26-27/17
[ -s "$note" ] || openssl rand -hex 16 >"$note"
call POST /v1/sales -H 'Content-Type: application/json' -H "Idempotency-Key: $(cat "$note")" \
	-d "$(jq -nc --argjson paise "$paise" --arg reference "$reference" '{amount_paise: $paise, reference: $reference}')"
id=$(echo "$out" | jq -r .id)
echo "$(echo "$out" | jq -r .name) is open"

# 2. The receiver leaves a file for each sale of which something is known. What the sale is, the till is asked itself: so a
# message that is lost, late or comes twice does no harm. "closing" is no end: money may still come.
until phase=$(echo "$out" | jq -r .phase) && [ "$phase" = paid ] || [ "$phase" = closed ]; do
	i=0
	while [ $i -lt 50 ] && [ ! -e "$id.told" ]; do
		sleep 0.1
		i=$((i + 1))
	done
	rm -f "$id.told"
	call GET "/v1/sales/$id"
done
if [ "$phase" = paid ]; then
	echo "$reference is paid, RRN $(echo "$out" | jq -r .rrn)"
else
	echo "$reference was not paid: $(echo "$out" | jq -r .message)"
fi
