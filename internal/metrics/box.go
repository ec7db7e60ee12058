package metrics

import (
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"galla/internal/counter/wire"
	"galla/internal/till"
)

// Till is the engine as a scrape looks at it.
type Till interface {
	Health() till.Health
	Seq() (uint64, error)
}

// Box is what a scrape looks at. What is nil or empty isn't there.
type Box struct {
	Till    Till
	Printer func() wire.Printer
	Checkup func() wire.Checkup
	// Skews are the gateways' clocks minus ours, by name; false until a gateway has answered.
	Skews map[string]func() (time.Duration, bool)
	// Disks are the folders gallad writes to, by what they hold; Room answers in bytes.
	Disks  map[string]string
	Room   func(dir string) (free, size uint64, readOnly bool, err error)
	Slow   func() time.Duration // how long the slowest write of late took, 0 if none took long
	Backup string               // path of the copy of the sales file
	Hooks  []func() Hook
	Office func() wire.Office // the head office; nil: there is never one
}

// Hook is how a webhook stands.
type Hook struct {
	Name    string
	At      uint64    // the newest event that its receiver was told
	Failing time.Time // since when it takes nothing; zero: it does
}

// conditions are all a printer can be in (printer.Condition).
var conditions = []string{
	"ready",
	"unknown",
	"mute",
	"garbled",
	"asleep",
	"printing",
	"paper_out",
	"cover_open",
	"offline",
	"error",
	"gone",
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("galla_"+name, help, labels, nil)
}

var (
	ready     = desc("ready", "1 if the till takes sales.")
	open      = desc("sales_open", "Sales under way.")
	attention = desc(
		"sales_attention",
		"Sales on which a person has to decide: money that came late, twice, or in another amount.",
	)
	seq      = desc("event_sequence_number", "Number of the newest event.")
	turned   = desc("engine_last_turn_timestamp_seconds", "When the engine last turned over.")
	up       = desc("gateway_up", "1 if the last call to the gateway was answered.", "gateway")
	skew     = desc("gateway_clock_skew_seconds", "The gateway's clock minus this box's, to about a second.", "gateway")
	paper    = desc("printer_condition", "1 for the condition the printer is in.", "condition")
	nearEnd  = desc("printer_paper_near_end", "1 if the roll is nearly used up.")
	screen   = desc("display_connected", "1 if a customer's screen is connected and well.")
	free     = desc("disk_free_bytes", "Room left on the disk of what is named.", "disk")
	size     = desc("disk_size_bytes", "Size of that disk.", "disk")
	readOnly = desc("disk_readonly", "1 if that disk is mounted read-only.", "disk")
	slow     = desc(
		"store_slow_commit_seconds",
		"The slowest commit to the sales file in the last ten minutes, or the one under way, if it took more than a "+
			"second; else 0.",
	)
	backup = desc(
		"backup_timestamp_seconds",
		"When the copy of the sales file was last written; 0 while a copy is wanted and there is none.",
	)
	hookBehind  = desc("hook_behind_events", "Events that the receiver of a webhook was not told yet.", "hook")
	hookFailing = desc(
		"hook_failing_since_timestamp_seconds",
		"Since when the receiver of a webhook takes nothing; 0 while it does.",
		"hook",
	)
	officeJoined = desc("office_joined", "1 if this box has joined a head office.")
	officeBehind = desc("office_behind_events", "Events that the head office has not acknowledged yet.")
	officeAway   = desc(
		"office_away_since_timestamp_seconds",
		"Since when the head office takes nothing; 0 while it does.",
	)
	check = desc("check_bad", "1 if the doctor's link is broken at any gateway (galla doctor).", "check")
)

// Describe sends what Collect may send.
func (b Box) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{ready, open, attention, seq, turned, up, skew, paper, nearEnd, screen, free,
		size, readOnly, slow, backup, hookBehind, hookFailing, officeJoined, officeBehind,
		officeAway, check} {
		ch <- d
	}
}

// Collect looks at the box.
func (b Box) Collect(ch chan<- prometheus.Metric) {
	send := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	h := b.Till.Health()
	send(ready, one(h.Ready))
	send(open, float64(h.Open))
	send(attention, float64(h.Attention))
	newest, err := b.Till.Seq()
	if err == nil { // a sales file that can't be read has no number; ready says so
		send(seq, float64(newest))
	}
	for _, status := range b.Hooks {
		h := status()
		send(hookBehind, float64(max(newest, h.At)-h.At), h.Name)
		send(hookFailing, max(0, seconds(h.Failing)), h.Name)
	}

	if b.Office != nil {
		o := b.Office()
		send(officeJoined, one(o.Joined))
		if o.Joined {
			send(officeBehind, float64(o.Behind))
			send(officeAway, max(0, seconds(o.AwaySince)))
		}
	}

	send(turned, seconds(h.LastTurn))
	send(screen, one(h.Display == "connected"))
	for _, g := range h.Gateways {
		send(up, one(g.OK), g.Name)
		if s := b.Skews[g.Name]; s != nil {
			if d, known := s(); known {
				send(skew, d.Seconds(), g.Name)
			}
		}
	}

	if b.Printer != nil {
		p := b.Printer()
		for _, c := range conditions {
			send(paper, one(p.Condition == c), c)
		}
		send(nearEnd, one(p.NearEnd))
	}

	for name, dir := range b.Disks {
		if f, s, ro, err := b.Room(dir); err == nil { // a disk that can't be asked has no figures; the doctor says so
			send(free, float64(f), name)
			send(size, float64(s), name)
			send(readOnly, one(ro), name)
		}
	}

	if b.Slow != nil {
		send(slow, b.Slow().Seconds())
	}
	if b.Backup != "" {
		written := 0.0 // a stick that was pulled out must not look like a till without copies
		if info, err := os.Stat(b.Backup); err == nil {
			written = seconds(info.ModTime())
		}
		send(backup, written)
	}

	if b.Checkup != nil {
		broken := map[string]bool{}
		for _, c := range b.Checkup().Checks {
			broken[c.Check] = broken[c.Check] || c.Level == wire.LevelBad
		}
		for name, is := range broken {
			send(check, one(is), name)
		}
	}
}

// Watch adds the box's gauges.
func (m *Metrics) Watch(b Box) error { return m.labelled.Register(b) }

func one(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
