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
	PathZ         = "/v1/terminals/me/z"         // POST Z; answered with Heads; 422: it is not what was closed
	PathLeave     = "/v1/terminals/me/leave"     // POST without a body; answered 204
)

// The calls that make a box a terminal of an office. PathLook alone is not signed: nothing is known of the box yet.
const (
	PathLook = "/v1/join/look" // POST Look; 200 Looked, 404 the code is unknown, used or over, 429 too many tries
	PathJoin = "/v1/join"      // POST Join, signed by the key in it; 200 Joined, 410 the code is over
)

// The states of a terminal: until the owner has confirmed it at the office, each of its calls is answered 403 with
// Waiting.
const (
	StateWaiting = "waiting"
	StateJoined  = "joined"
)

// Type is the media type of a segment.
const Type = "application/vnd.galla.segment"

// MaxMessage bounds every message but a segment, in bytes.
const MaxMessage = 64 << 10

// MaxHeads bounds how many branches an office names.
const MaxHeads = 64

const (
	MaxWants    = 16               // how many Z reports an office asks for at once
	MaxZ        = 255 << 10        // bytes of a Z report; a larger one stays at the box
	MaxZMessage = MaxZ/3*4 + 1<<10 // bytes of the message that bears it
)

// Heads says where an office's branches of a terminal end, the newest branch first, at most MaxHeads of them, and which
// Z reports it lacks, by the operations that closed their days, at most MaxWants of them.
type Heads struct {
	Heads []Place  `json:"heads"`
	Wants []string `json:"wants,omitempty"`
}

// Z is a Z report as the box has it stored, byte for byte, for an office that wants it.
type Z struct {
	Operation string `json:"operation"`      // that closed its day
	Z         []byte `json:"z,omitempty"`    // at most MaxZ of them
	Lost      bool   `json:"lost,omitempty"` // the box has none of this operation, or a larger one
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

// Look asks what a code of the office's page "Add a box" is for. The code is eight digits, and a secret until it is
// used.
type Look struct {
	Code string `json:"code"`
}

// Looked is the place that a box takes with a code.
type Looked struct {
	Office  string    `json:"office"`  // "Asha Stores"
	Shop    string    `json:"shop"`    // "Karol Bagh"
	Counter string    `json:"counter"` // "Till 1"
	Expires time.Time `json:"expires"`
}

// Join makes a key the office's terminal, at the place that the code is for. The same key and code again are answered
// the same.
type Join struct {
	Code    string `json:"code"`
	Key     []byte `json:"key"`   // the public key, ed25519.PublicKeySize bytes
	Label   string `json:"label"` // the box's till.terminal: "T1"
	Shop    string `json:"shop"`  // as the box calls it
	Version string `json:"version"`
	Head    Place  `json:"head"` // of the box's chain
}

// Joined is what became of it.
type Joined struct {
	Terminal string `json:"terminal"`
	Office   string `json:"office"`
	Shop     string `json:"shop"`
	Counter  string `json:"counter"`
	State    string `json:"state"` // StateWaiting or StateJoined
}

// Waiting is the body of a 403 for a terminal that the owner has not confirmed yet.
type Waiting struct {
	State string `json:"state"` // StateWaiting
}

// maxOperation bounds the id of an operation, in bytes.
const maxOperation = 64

// Decode reads a message: one JSON value within MaxMessage, of a Z within MaxZMessage, whose parts are in number within
// their bounds. Fields that are not known are passed over.
func Decode(raw []byte, into any) error {
	size := MaxMessage
	if _, ok := into.(*Z); ok {
		size = MaxZMessage
	}
	if len(raw) > size {
		return fmt.Errorf("the message has more than %d bytes", size)
	}
	if err := json.Unmarshal(bytes.TrimSpace(raw), into); err != nil {
		return fmt.Errorf("the message can't be read: %w", err)
	}
	n, most := 0, MaxHeads
	switch m := into.(type) {
	case *Heads:
		n = len(m.Heads)
		if len(m.Wants) > MaxWants {
			return fmt.Errorf("the office wants %d Z reports at once, more than %d", len(m.Wants), MaxWants)
		}
		for _, id := range m.Wants {
			if id == "" || len(id) > maxOperation {
				return fmt.Errorf("the office wants the Z report of %.80q, which is no operation", id)
			}
		}
	case *Z:
		if m.Operation == "" || len(m.Operation) > maxOperation || len(m.Z) > MaxZ || m.Lost != (len(m.Z) == 0) {
			return fmt.Errorf("the Z report of operation %.80q has %d bytes, lost is %t: want at most %d, or lost",
				m.Operation, len(m.Z), m.Lost, MaxZ)
		}
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
