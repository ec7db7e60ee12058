package watch

import (
	"strconv"
	"strings"
	"time"

	"galla/internal/office"
)

// The kinds of conditions are findings of the office.
const (
	Silent    = office.FindingSilent
	Behind    = office.FindingBehind
	Clock     = office.FindingClock
	Stopped   = office.FindingStopped
	Gateway   = office.FindingGateway
	Printer   = office.FindingPrinter
	Disk      = office.FindingDisk
	Attention = office.FindingAttention
	Newer     = office.FindingUpdate
)

// Kinds are all of them.
var Kinds = []string{Silent, Behind, Clock, Stopped, Gateway, Printer, Disk, Attention, Newer}

const (
	SilentAfter = 3 * time.Minute
	BehindAfter = 5 * time.Minute
	ClockOff    = 5 * time.Minute
)

// Condition is something that holds of a terminal now. There is one of a kind at a time.
type Condition struct {
	Terminal string
	Kind     string
	Values   map[string]string
}

// Standing is a terminal that is joined, and what is known of it.
type Standing struct {
	Terminal      string
	JoinedAt      time.Time
	Shop          string // its id; empty: it stands nowhere
	Opens, Closes string // as joining.Shop has them
	Heard         bool   // there is a Beat
	Beat          Beat   // without its Health
}

// conditions are what holds of a terminal. since is when this office began to listen; open says whether the shop is
// open now; silent whether the terminal was silent already.
func conditions(s Standing, now, since time.Time, version string, silent bool, open func() bool) (all []Condition) {
	holds := func(kind string, values ...string) {
		c := Condition{Terminal: s.Terminal, Kind: kind, Values: map[string]string{}}
		for i := 0; i < len(values); i += 2 {
			c.Values[values[i]] = values[i+1]
		}
		all = append(all, c)
	}

	last := s.JoinedAt
	if s.Heard {
		last = s.Beat.Received
	}
	switch quiet := now.Sub(later(last, since)); {
	case silent && now.Sub(last) >= SilentAfter, !silent && quiet >= SilentAfter && open():
		holds(Silent, "heard_at", last.UTC().Format(time.RFC3339))
	}
	if !s.Heard {
		return all
	}

	b := s.Beat
	if !b.Behind.IsZero() && now.Sub(b.Behind) >= BehindAfter {
		holds(Behind, "place", strconv.FormatUint(b.Head.Seq, 10), "here", strconv.FormatUint(b.Ours.Seq, 10))
	}
	if b.Skew.Abs() > ClockOff {
		holds(Clock, "seconds", strconv.FormatInt(int64(b.Skew/time.Second), 10))
	}
	if b.Said.Problem != "" {
		holds(Stopped, "code", b.Said.Problem)
	}
	if len(b.Said.Gateways) > 0 {
		holds(Gateway, "gateways", strings.Join(b.Said.Gateways, ", "))
	}
	if b.Said.Printer != "" {
		holds(Printer, "code", b.Said.Printer)
	}
	if b.Said.Disk != "" {
		holds(Disk, "code", b.Said.Disk)
	}
	if b.Said.Attention > 0 {
		holds(Attention, "sales", strconv.Itoa(b.Said.Attention))
	}
	if newer(b.Said.Version, version) {
		holds(Newer, "version", b.Said.Version)
	}
	return all
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
