// Package rig runs the printer's driver on real tty drivers of a Linux kernel: cdc_acm, ftdi_sio, 8250 and usblp, in a
// virtual machine, because a pty has no modem lines, no output queue to speak of, and can't be stuck for 30 s.
//
//	run.sh ── Debian's kernel + busybox + this package's tests ──▶ qemu (no KVM needed)
//	            ttyACM0 ◀─ dummy_hcd ─▶ ttyGS0 ◀─ virtual printer      plugged by loading g_serial
//	            usb/lp0 ◀─ dummy_hcd ─▶ g_printer0 ◀─ virtual printer  plugged by binding usb_f_printer
//	            ttyUSB0 ◀─ ftdi_sio, qemu's usb-serial ─▶ ttyS2 ◀─ virtual printer
//	            ttyS1   ─▶ a pipe that nobody reads
//
// The tests have the build tag rig, and the machine run.sh makes is the only place for them: they load modules.
package rig
