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

// age is how long ago the clock showed ms. No stamp, or one from the future (another time namespace), counts as now.
func age(now time.Duration, ms int64) time.Duration {
	if ms <= 0 || ms > now.Milliseconds() {
		return 0
	}
	return (now - time.Duration(ms)*time.Millisecond).Truncate(time.Millisecond)
}
