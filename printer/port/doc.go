// Package port opens the line to a printer in a way that nothing on it can hang.
//
//	/dev/…            TTY      open(2) O_NONBLOCK ──▶ os.File: deadlines; go.bug.st/serial sets the mode only
//	usb:VID:PID       Printer  open(2) O_NONBLOCK on /dev/usb/lpN: one transfer at a time, status by LPGETSTATUS
//	tcp:HOST          Conn     a connection to port 9100, which is let go when there is nothing to print
//
// What "all is sent" means differs, and Queued tells it: on a TTY the bytes have left the kernel; a Printer has taken
// them, for the USB bus holds what it has no room for; a Conn's far end has acknowledged them. On none of them are they
// on paper.
//
// Two descriptors of one terminal share its settings. The library's own Write can't be cancelled, isn't released by its
// Close and afterwards writes to whatever file got its number; so it never writes here, and it offers no flow control.
//
// It promises that Close takes less than a second even when the line is stuck (a plain close of a UART waits 30 s), and
// that the failures people meet at a counter come back as sentences with a remedy.
// It refuses to list ports by the library: its enumerator opens every ttyS and sets it to 9600, under a running print
// job too. List reads names and sysfs, and opens nothing.
package port
