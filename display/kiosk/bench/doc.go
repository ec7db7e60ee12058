// Command bench measures galla-display beside the two programs a shop would otherwise use for the same screen: a
// Chromium kiosk page and a pygame script. All run under the same X server, in the same run, one after the other, and
// are looked at from outside: the kernel counts their CPU time and memory, the X server tells when a QR is really
// there.
//
//	make bench-display
//
// It takes seven minutes and prints Markdown: CPU time at rest and during the countdown, CPU time of a sale, memory
// (PSS), the time from a start to the first QR and from a sale to its QR. Figures of one run compare with each other
// and with nothing else: the machine's load, which it prints, is in all of them.
//
// A program that is missing ends the run with an error: none is left out silently (-peers says who takes part). The
// command is in no package that a shop installs.
package main
