package doctor

import (
	"path/filepath"
	"runtime/debug"
	"time"

	"galla/internal/counter/wire"
	"galla/internal/day"
)

// unset says that the clock shows less than any right one can.
func (d *Doctor) unset() bool { return d.o.Now().Before(d.o.Built) }

// synchronised says that network time has set the clock since the box started (systemd-timesyncd.service(8)).
func (d *Doctor) synchronised() bool {
	return exists(filepath.Join(d.o.Root, "run/systemd/timesync/synchronized"))
}

// clock says whether the time on slips and reports can be believed. outside may hold a comparison with a gateway's clock.
func (d *Doctor) clock(outside []wire.Check) wire.Check {
	now := d.o.Now().In(day.IST)
	if d.unset() {
		return bad("clock", "unset", values{"now_at": moment(now)})
	}
	agrees := false
	for _, c := range outside {
		if c.Check != "clock" {
			continue
		}
		if c.Level != levelOK {
			c.Gateway = ""
			return c
		}
		agrees = true
	}
	switch {
	case d.synchronised():
		return ok("clock", "network", values{"now_at": moment(now)})
	case agrees:
		return ok("clock", "agrees", values{"now_at": moment(now)})
	}
	if exists(filepath.Join(d.o.Root, "sys/class/rtc/rtc0")) {
		return note("clock", "alone", values{"now_at": moment(now)})
	}
	return note("clock", "chipless", values{"now_at": moment(now)})
}

// moment is how a value holds one: in Indian time.
func moment(t time.Time) string { return t.In(day.IST).Format(time.RFC3339) }

// Floor is the moment a right clock can't be before: when the source of this program was committed, if the build noted it.
func Floor() time.Time {
	floor := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if at, err := time.Parse(time.RFC3339, s.Value); s.Key == "vcs.time" && err == nil && at.After(floor) {
				floor = at
			}
		}
	}
	return floor
}
