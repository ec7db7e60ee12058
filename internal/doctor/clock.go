package doctor

import (
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"galla/gateway"
	"galla/internal/counter/wire"
	"galla/internal/day"
)

// unset says that the clock shows less than any right one can.
func (d *Doctor) unset() bool { return d.o.Now().Before(d.o.Built) }

// synchronised says that network time has set the clock since the box started (systemd-timesyncd.service(8)).
func (d *Doctor) synchronised() bool {
	return exists(filepath.Join(d.o.Root, "run/systemd/timesync/synchronized"))
}

// clock says whether the time on slips and reports can be believed. outside may hold a comparison with a gateway's
// clock.
func (d *Doctor) clock(outside []wire.Check) wire.Check {
	now := d.o.Now().In(day.IST)
	if d.unset() {
		return bad("clock", "unset", values{"now_at": moment(now)})
	}
	off, known := d.apart()
	blocked := d.unserved(outside)
	if known && off.Abs() >= wrong {
		there := moment(now.Add(off))
		if blocked {
			return bad("clock", "wrong_unset", values{"now_at": moment(now), "there_at": there})
		}
		return bad("clock", "wrong", values{"now_at": moment(now), "there_at": there})
	}
	agrees := known && off.Abs() <= gateway.MaxSkew // by an answer that is newer than the last look
	for _, c := range outside {
		if c.Check != "clock" || agrees || known && c.Level == wire.LevelBad {
			continue // the last answer is newer than the last look
		}
		if c.Level != wire.LevelOK {
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
	case blocked:
		return note("clock", "blocked", values{"now_at": moment(now)})
	}
	if exists(filepath.Join(d.o.Root, "sys/class/rtc/rtc0")) {
		return note("clock", "alone", values{"now_at": moment(now)})
	}
	return note("clock", "chipless", values{"now_at": moment(now)})
}

// wrong is how far off a clock can't be believed about the day either: it leads the doctor's answer, and no day is
// closed by it.
const wrong = time.Hour

// apart is how far the gateways' clocks are ahead of ours, by the nearest of them.
func (d *Doctor) apart() (off time.Duration, known bool) {
	for _, a := range d.o.Accounts {
		if a.Skew == nil {
			continue
		}
		if skew, told := a.Skew(); told && (!known || skew.Abs() < off.Abs()) {
			off, known = skew, true
		}
	}
	return off, known
}

// unserved says that network time is wanted and doesn't come, though the internet works: systemd-timesyncd runs, whose
// folder this is, and has not set the clock, while a gateway's line was proven. UDP 123 is what shops' routers hold
// back.
func (d *Doctor) unserved(outside []wire.Check) bool {
	if d.synchronised() || !exists(filepath.Join(d.o.Root, "run/systemd/timesync")) {
		return false
	}
	return slices.ContainsFunc(outside, func(c wire.Check) bool { return c.SaysCode == "doctor_tls_proven" })
}

// moment is how a value holds one: in Indian time.
func moment(t time.Time) string { return t.In(day.IST).Format(time.RFC3339) }

// Floor is the moment a right clock can't be before: when the source of this program was committed, if the build noted
// it.
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
