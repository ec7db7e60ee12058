// Package port opens a serial line to a printer in a way that nothing on it can hang.
//
//	open(2) O_NONBLOCK ──▶ os.File: reads and writes with deadlines, Close releases both
//	        │ then
//	        └─▶ go.bug.st/serial: raw mode, speed, exclusive use ──▶ then our flow control bits through the os.File
//
// Two descriptors of one terminal share its settings. The library's own Write can't be cancelled, isn't released by its
// Close and afterwards writes to whatever file got its number; so it never writes here, and it offers no flow control.
//
// It promises that Close takes less than a second even when the line is stuck (a plain close waits 30 s), and that
// the failures people meet at a counter come back as sentences with a remedy.
// It refuses to list ports: the library's enumerator opens every ttyS and sets it to 9600, under a running print job too.
package port
