#!/bin/sh
# Exits 0 where KVM runs a guest: QEMU's firmware, with this computer's own processor, says a word within 10 s.
set -eu
[ -w /dev/kvm ] && command -v qemu-system-x86_64 >/dev/null || exit 1
said=$(mktemp)
trap 'rm -f "$said"' EXIT
timeout 10 qemu-system-x86_64 -nodefaults -accel kvm -cpu host -m 64 -display none -debugcon "file:$said" -global isa-debugcon.iobase=0x402 >/dev/null 2>&1 || true
grep -q "SeaBIOS (version" "$said"
