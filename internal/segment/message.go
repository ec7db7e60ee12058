package segment

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// The calls of a box to its office, below its address. Each bears a request signature (galla/internal/signature).
const (
	PathHeads     = "/v1/terminals/me/heads"     // GET; answered with Heads
	PathLocate    = "/v1/terminals/me/locate"    // POST Places; answered with Located
	PathSegments  = "/v1/terminals/me/segments"  // POST a segment's bytes; answered with Taken, 200: committed
	PathHeartbeat = "/v1/terminals/me/heartbeat" // POST Heartbeat; answered with Heads
)

// Type is the media type of a segment.
const Type = "application/vnd.galla.segment"

// MaxMessage bounds every message but a segment, in bytes.
const MaxMessage = 64 << 10

// MaxHeads bounds how many branches an office names.
const MaxHeads = 64

// Heads says where an office's branches of a terminal end, the newest branch first, at most MaxHeads of them.
type Heads struct {
	Heads []Place `json:"heads"`
}

// Places is a locator.
type Places struct {
	Places []Place `json:"places"`
}

// Located is the newest place of a locator that the office has; absent for none.
type Located struct {
	Place *Place `json:"place,omitempty"`
}

// Taken is what became of a segment: with 200 append, duplicate, fork or hole, with 409 gap, with 422 refused.
type Taken struct {
	Verdict Kind    `json:"verdict"`
	Heads   []Place `json:"heads,omitempty"`
	Reason  string  `json:"reason,omitempty"`
}

// Heartbeat is what a box says of itself once a minute.
type Heartbeat struct {
	Head   Place           `json:"head"`
	At     time.Time       `json:"at"`               // by the box's clock
	Health json.RawMessage `json:"health,omitempty"` // wire.Health
}

// Decode reads a message: one JSON value within MaxMessage, whose places are in number within their bounds. Fields that
// are not known are passed over.
func Decode(raw []byte, into any) error {
	if len(raw) > MaxMessage {
		return fmt.Errorf("the message has more than %d bytes", MaxMessage)
	}
	if err := json.Unmarshal(bytes.TrimSpace(raw), into); err != nil {
		return fmt.Errorf("the message can't be read: %w", err)
	}
	n, most := 0, MaxHeads
	switch m := into.(type) {
	case *Heads:
		n = len(m.Heads)
	case *Taken:
		n = len(m.Heads)
	case *Places:
		n, most = len(m.Places), MaxLocator
	}
	if n > most {
		return fmt.Errorf("the message names %d places, more than %d", n, most)
	}
	return nil
}
