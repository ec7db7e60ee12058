#!/bin/sh
# memory.sh MB: what the till and the customer's screen take of a board's memory. MB is the board's memory that its kernel and system leave
# for them. gallad, cage, Xwayland and galla-display run in one control group of so much, each unit's own limit below it, while SALES sales (60) are paid;
# the gateway and the cashier run outside it. It prints the kernel's figures (memory.max_usage_in_bytes, smaps_rollup), and fails where something was
# killed for want of memory. The monitor is a headless one that the processor draws (llvmpipe), which takes more than a GPU does. Needs root, cage,
# xwayland, Go, and a machine that gives control groups (v1 or v2).
set -eu
mb=$1
dir=$(mktemp -d)
go build -o "$dir/" ./cmd/gallad ./cmd/galla ./cmd/galla-sim ./cmd/galla-display
chmod 755 "$dir" "$dir"/gall*

if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
	root=/sys/fs/cgroup limit=memory.max peak=memory.peak oom=memory.events
	echo +memory > $root/cgroup.subtree_control 2>/dev/null || true
else
	root=/sys/fs/cgroup/memory limit=memory.limit_in_bytes peak=memory.max_usage_in_bytes oom=memory.oom_control
fi
group=$root/galla-board-$$
mkdir "$group"
[ ! -e "$group/cgroup.subtree_control" ] || echo +memory > "$group/cgroup.subtree_control"
echo $((mb << 20)) > "$group/$limit"
for unit in till:256 screen:350; do
	mkdir "$group/${unit%:*}"
	echo $((${unit#*:} << 20)) > "$group/${unit%:*}/$limit"
done
pids=
leave() {
	for p in $pids; do kill "$p" 2>/dev/null || true; done
	for p in $(cat "$group/till/cgroup.procs" "$group/screen/cgroup.procs"); do kill -9 "$p" 2>/dev/null || true; done
	sleep 1
	rmdir "$group/till" "$group/screen" "$group" 2>/dev/null || true
	rm -rf "$dir"
}
trap leave EXIT
trap 'exit 1' INT TERM

mkdir "$dir/keys" "$dir/session"
printf 'key_id = "rzp_live_GallaSim000001"\nkey_secret = "galla-sim-live-secret"\n' > "$dir/keys/gateway-razorpay"
chmod 600 "$dir/keys/gateway-razorpay"
chown 65534 "$dir/session"
cat > "$dir/gallad.toml" <<T
[shop]
name = "Asha General Stores"
[till]
database = "$dir/sales.db"
demo = true
sales_a_minute = 6000
[listen]
socket = "$dir/galla.sock"
display = "$dir/session/display.sock"
[[gateway]]
provider = "razorpay"
base_url = "http://127.0.0.1:18802"
rate = 100
T
"$dir/galla-sim" -calm -quiet -autopay 300ms -enkash 127.0.0.1:18801 -razorpay 127.0.0.1:18802 -manage 127.0.0.1:18803 > "$dir/sim.log" 2>&1 &
pids="$pids $!"
sh -c "echo \$\$ > $group/till/cgroup.procs; GOMEMLIMIT=160MiB exec $dir/gallad --config $dir/gallad.toml --secrets $dir/keys" > "$dir/gallad.log" 2>&1 &
for _ in $(seq 100); do [ -S "$dir/session/display.sock" ] && "$dir/galla" --socket "$dir/galla.sock" health > /dev/null 2>&1 && break; sleep 0.2; done
chown 65534 "$dir/session/display.sock"
sh -c "echo \$\$ > $group/screen/cgroup.procs; exec setpriv --reuid 65534 --regid 65534 --clear-groups env -i PATH=$PATH HOME=$dir/session XDG_RUNTIME_DIR=$dir/session \
	WLR_BACKENDS=headless WLR_LIBINPUT_NO_DEVICES=1 WLR_RENDERER=pixman MALLOC_ARENA_MAX=1 GOMEMLIMIT=96MiB \
	cage -d -- $dir/galla-display -socket $dir/session/display.sock -present ${PRESENT:-auto}" > "$dir/screen.log" 2>&1 &

for _ in $(seq 100); do "$dir/galla" --socket "$dir/galla.sock" health 2>/dev/null | grep -q "screen: connected" && break; sleep 0.2; done
sleep 5
begin=$(date +%s)
for n in $(seq "${SALES:-60}"); do
	"$dir/galla" --socket "$dir/galla.sock" sale --wait $((100 + n)) > "$dir/sale.log" 2>&1 || { cat "$dir/sale.log" "$dir/gallad.log"; exit 1; }
done
echo "board's rest: $mb MB; ${SALES:-60} sales paid in $(($(date +%s) - begin)) s, the customer's phone taking 0.3 s of each"
"$dir/galla" --socket "$dir/galla.sock" health | head -n 2
for unit in till screen; do
	echo "$unit: at most $(($(cat "$group/$unit/$peak") >> 20)) MB with the files it reads"
	for p in $(cat "$group/$unit/cgroup.procs"); do
		awk -v n="$(cat /proc/"$p"/comm)" '/^Rss/ { r = $2 } /^Pss:/ { s = $2 } /^Anonymous/ { a = $2 } END { printf "  %-14s RSS %.0f MB, PSS %.0f MB, of its own %.0f MB\n", n, r / 1024, s / 1024, a / 1024 }' /proc/"$p"/smaps_rollup
	done
done
echo "both: at most $(($(cat "$group/$peak") >> 20)) MB of $mb"
# In v1 each group counts its own alone; in v2 the upper one counts all.
killed=$(sed -n 's/^oom_kill //p' "$group/$oom" "$group/till/$oom" "$group/screen/$oom" | sort -n | tail -n 1)
echo "killed for want of memory: ${killed:-not told}"
[ "${killed:-0}" = 0 ] && [ -n "$(cat "$group/till/cgroup.procs")" ] && [ "$(wc -l < "$group/screen/cgroup.procs")" -ge 3 ]
