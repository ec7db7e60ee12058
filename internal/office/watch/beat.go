package watch

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"galla/internal/counter/wire"
	"galla/internal/segment"
	"galla/internal/typed"
)

// Beat is a terminal's newest heartbeat.
type Beat struct {
	Terminal string
	Signed   time.Time     // by the box, in the office's time
	Received time.Time     // by the office
	Head     segment.Place // of the box
	Ours     segment.Place // of the office's newest branch, then; zero: it had none
	Behind   time.Time     // since when the heads differ and the office's did not move; zero: they are the same
	Skew     time.Duration // the box's clock less the office's
	Said     Said
	Health   json.RawMessage // as it came; nil: none
}

// Said is what a box's health says that somebody should know. It is what is stored of it for looking at all boxes.
type Said struct {
	Version   string   `json:"version,omitempty"`
	Problem   string   `json:"problem,omitempty"`   // code of why it takes no sale
	Gateways  []string `json:"gateways,omitempty"`  // that don't answer
	Printer   string   `json:"printer,omitempty"`   // code of what is wrong with it
	Disk      string   `json:"disk,omitempty"`      // the same
	Attention int      `json:"attention,omitempty"` // sales with open items
}

// bounds of what is kept of a box's words.
const (
	maxWord     = 64
	maxGateways = 16
	maxSkew     = 100 * 365 * 24 * time.Hour
)

// said reads a box's health. It is its word: what can't be read says nothing.
func said(raw json.RawMessage) (s Said) {
	var h wire.Health
	if len(raw) == 0 || json.Unmarshal(raw, &h) != nil {
		return Said{}
	}
	s.Version = typed.Clean(h.Version, maxWord)
	s.Attention = min(max(h.Attention, 0), 1_000_000)
	if !h.Ready {
		s.Problem = word(h.ProblemCode, "health_stopped")
	}
	for _, g := range h.Gateways {
		if !g.OK && len(s.Gateways) < maxGateways {
			s.Gateways = append(s.Gateways, word(g.Name, "gateway"))
		}
	}
	if h.Printer != "none" && h.Printer != "ready" && h.Printer != "" {
		s.Printer = word(h.PrinterCode, "printer")
	}
	if h.Checkup != nil {
		if bad := h.Checkup.Bad("disk"); bad != nil {
			s.Disk = word(bad.SaysCode, "disk")
		}
	}
	return s
}

func word(text, or string) string {
	if text = typed.Clean(text, maxWord); text == "" {
		return or
	}
	return text
}

// next is the beat that follows from a heartbeat, and from the one before; was is zero for the first.
func next(was Beat, terminal string, m segment.Heartbeat, signed, now time.Time, ours []segment.Place) Beat {
	b := Beat{
		Terminal: terminal,
		Signed:   signed,
		Received: now,
		Head:     m.Head,
		Skew:     min(max(m.At.Sub(now), -maxSkew), maxSkew),
		Said:     said(m.Health),
	}
	if json.Valid(m.Health) {
		b.Health = bytes.ToValidUTF8(m.Health, []byte("\uFFFD"))
	}
	if len(ours) > 0 {
		b.Ours = ours[0]
	}
	if b.Head != b.Ours {
		b.Behind = was.Behind
		if b.Behind.IsZero() || b.Ours != was.Ours { // what it lacks is on its way
			b.Behind = now
		}
	}
	return b
}

// newer reports whether a version is newer than another; false where one of them is no version.
func newer(version, than string) bool {
	a, ok1 := numbers(version)
	b, ok2 := numbers(than)
	if !ok1 || !ok2 {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return a[i] > b[i]
		}
	}
	return false
}

// numbers reads 1.2.3, v1.2.3 and what git describe adds to it.
func numbers(version string) (n [3]int, ok bool) {
	version, _, _ = strings.Cut(strings.TrimPrefix(version, "v"), "-")
	version, _, _ = strings.Cut(version, "~")
	version, _, _ = strings.Cut(version, "+")
	parts := strings.Split(version, ".")
	if len(parts) < 2 || len(parts) > len(n) {
		return n, false
	}
	for i, p := range parts {
		v, err := strconv.ParseUint(p, 10, 31)
		if err != nil {
			return n, false
		}
		n[i] = int(v)
	}
	return n, true
}
