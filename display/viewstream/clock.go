package viewstream

import (
	"time"

	"golang.org/x/sys/unix"
)

// boottime reads the kernel's clock that only ever goes forward and counts suspend. Both ends of a Unix socket see the
// same one, so the difference between sending and reading is how long a line lay in the socket.
func boottime() time.Duration {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		return 0 // no such clock: every line counts as fresh, as it would without the stamp
	}
	return time.Duration(ts.Nano())
}

// age is how long ago a message was sent. A stamp from the future (another time namespace) counts as now.
func age(now time.Duration, m message) time.Duration {
	if m.SentMS <= 0 || m.SentMS > now.Milliseconds() {
		return 0
	}
	return now - time.Duration(m.SentMS)*time.Millisecond
}
