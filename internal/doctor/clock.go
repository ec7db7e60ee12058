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
		return bad("clock", setClock, "the clock is not set: this box believes it is %s", now.Format(human))
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
		return ok("clock", "it is %s in India, set by network time", now.Format(human))
	case agrees:
		return ok("clock", "it is %s in India, and the gateway's clock agrees", now.Format(human))
	}
	return note("clock", "Compare it with a phone. It sets itself once the box is in the internet; a box that is often without wants a clock chip (RTC).",
		"it is %s in India by this box, and nobody has confirmed it since it was switched on%s", now.Format(human), d.chip())
}

func (d *Doctor) chip() string {
	if exists(filepath.Join(d.o.Root, "sys/class/rtc/rtc0")) {
		return ""
	}
	return "; it has no clock chip of its own"
}

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
