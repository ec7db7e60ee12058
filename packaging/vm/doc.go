// Package vm proves the appliance in a machine of its own: Debian 12 with systemd in QEMU, our packages installed by
// apt, the kiosk on its graphics card, and a disk that forgets what it was not told to keep when its plug is pulled.
//
//	host                                    machine
//	 test ── virtio console, root shell ──▶ systemd, apt
//	   │ ─── TLS, paired device ──────────▶ gallad ──▶ galla-display ──▶ cage ──▶ tty1
//	   │ ◀── QMP screendump ──────────────────────────────────────────────────────┘
//	 gateway simulator (TLS) ◀───────────── gallad
//	 lossy disk (NBD) ◀──────────────────── ext4
//
// The gateway and the client stand outside, as they do in a shop: what was acknowledged and what was paid is known when
// the machine is dead. Everything is a test behind the build tag rig; README.md says how to run it and what it
// measured.
package vm
